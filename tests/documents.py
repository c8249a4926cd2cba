"""What a Markdown file of this repository holds, for the tests of README and CONTRIBUTING."""

from __future__ import annotations

import re
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Document:
    """A file's text without its code blocks, and those: kind and text of each, in order."""

    prose: str
    blocks: tuple[tuple[str, str], ...]

    @classmethod
    def read(cls, name: str) -> Document:
        """The document of that name at the root of the repository."""
        text = (ROOT / name).read_text(encoding="utf-8")
        return cls(_BLOCK.sub("", text), tuple(_BLOCK.findall(text)))

    @property
    def commands(self) -> list[str]:
        """The lines of its shell blocks."""
        return [line for kind, text in self.blocks if kind == "sh" for line in text.splitlines()]

    @property
    def links(self) -> list[str]:
        """The files that it links to or shows."""
        return re.findall(r"\]\(([^)#:\s]+)[^):]*\)", self.prose)

    @property
    def quoted(self) -> list[str]:
        """What stands in backticks."""
        return re.findall(r"`([^`\n]+)`", self.prose)


def make_knows(command: str) -> bool:
    """Whether `make TARGET` is a target of the Makefile; nothing is made."""
    dry_run = [*shlex.split(command), "--dry-run"]
    return subprocess.run(dry_run, cwd=ROOT, capture_output=True, check=False).returncode == 0
