"""Every code block of the README runs."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def test_every_code_block_is_of_a_kind_that_these_tests_run() -> None:
    assert {kind for kind, _ in BLOCKS} == {"sh", "ipython", "python"}


def test_the_cells_of_the_readme_run_in_order_in_one_notebook(
    capsys: pytest.CaptureFixture[str],
) -> None:
    shell = InteractiveShell(config=Config({"HistoryManager": {"enabled": False}}))
    for kind, text in BLOCKS:
        if kind != "sh":
            shell.run_cell(text).raise_error()
    shell.run_line_magic("unload_ext", "ocigenai_nb")
    shown = capsys.readouterr().out
    assert "scatter" in shown
    assert "Your name is Ada." in shown


@pytest.mark.parametrize("command", [text.strip() for kind, text in BLOCKS if kind == "sh"])
def test_the_commands_of_the_readme_are_targets_that_make_knows(command: str) -> None:
    assert command in {"make lab", "make test"}
    dry_run = [*command.split(), "--dry-run"]
    assert subprocess.run(dry_run, cwd=ROOT, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("path", re.findall(r"\]\(([^):]+)\)", README))
def test_the_readme_links_to_files_that_exist(path: str) -> None:
    assert (ROOT / path).is_file()
