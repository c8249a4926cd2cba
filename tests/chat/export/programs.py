"""Exported programs: run in a process of their own, and looked at by the formatter."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from ocigenai_nb.emulator.service import Service


def run(source: str, folder: Path, **env: str) -> str:
    """What a program prints, in a process of its own that knows nothing of this package."""
    assert "import ocigenai_nb" not in source
    check_layout(source)
    program = folder / "program.py"
    program.write_text(source, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-X", "utf8", program.name],
        cwd=folder,
        env={**os.environ, **env},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode() + source
    return done.stdout.decode()


def check_layout(source: str) -> None:
    """Ruff finds nothing to change and nothing wrong, as it comes."""
    for words in (["format", "--diff"], ["check"]):
        command = [sys.executable, "-m", "ruff", *words, "--isolated", "--no-cache", "-q", "-"]
        done = subprocess.run(command, input=source.encode(), capture_output=True, check=False)
        assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()


def bodies(service: Service) -> list[Any]:
    """What the emulator was asked, in order."""
    return [entry.body for entry in service.journal]
