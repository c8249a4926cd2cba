"""What CONTRIBUTING.md names is there: commands, files, tests, settings."""

from __future__ import annotations

import re
import shlex

import pytest

from tests.bench.__main__ import MEASUREMENTS
from tests.documents import ROOT, Document, make_knows
from tests.tools.isolation import KEPT

CONTRIBUTING = Document.read("CONTRIBUTING.md")

PATHS = [
    name
    for name in CONTRIBUTING.quoted
    if re.fullmatch(r"[\w./-]+", name) and ("/" in name or name.endswith((".md", ".toml")))
]
TESTS = "\n".join(file.read_text(encoding="utf-8") for file in (ROOT / "tests").rglob("test_*.py"))


@pytest.mark.parametrize("command", [c for c in CONTRIBUTING.commands if c.startswith("make ")])
def test_make_knows_the_command(command: str) -> None:
    assert make_knows(command)


def test_every_target_in_the_text_is_one_of_make() -> None:
    targets = {name for name in CONTRIBUTING.quoted if name.startswith("make ")}
    assert {"make lab", "make check", "make test", "make docs", "make help"} <= targets
    assert [target for target in targets if not make_knows(target)] == []


@pytest.mark.parametrize("command", [c for c in CONTRIBUTING.commands if " -m pytest " in c])
def test_what_pytest_is_to_run_is_there(command: str) -> None:
    python, _m, _pytest, path, *options = shlex.split(command)
    assert python == ".venv/bin/python"
    assert (ROOT / path).exists()
    if options:
        kind, word = options
        assert kind == "-k"
        assert re.search(rf"^def test_\w*{word}", (ROOT / path).read_text(), re.MULTILINE)


def test_every_other_command_is_a_measurement() -> None:
    others = [c for c in CONTRIBUTING.commands if not c.startswith("make ") and "pytest" not in c]
    assert others
    for command in others:
        *start, name = shlex.split(command)
        assert start == [".venv/bin/python", "-m", "tests.bench"]
        assert name in MEASUREMENTS


@pytest.mark.parametrize("path", sorted({*PATHS, *CONTRIBUTING.links}))
def test_a_file_that_it_names_is_there(path: str) -> None:
    assert (ROOT / path).exists()


def test_the_test_and_the_settings_that_it_names_are_there() -> None:
    tests = [name for name in CONTRIBUTING.quoted if name.startswith("test_")]
    assert tests
    assert all(f"def {name}(" in TESTS for name in tests)
    settings = {name for name in CONTRIBUTING.quoted if name.startswith("OCIGENAI_")}
    assert settings
    assert settings <= set(KEPT)
