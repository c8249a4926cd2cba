"""Which browser the browser tests are run with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.tools import chromium

Install = Callable[..., Path]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Put programs on a PATH where there is nothing else."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("OCIGENAI_CHROMIUM", raising=False)

    def write(name: str, *, status: int) -> Path:
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\nexit {status}\n")
        program.chmod(0o755)
        return program

    return write


def test_the_chosen_browser_comes_first(install: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    install("chromium", status=0)
    chosen = install("my-browser", status=0)
    monkeypatch.setenv("OCIGENAI_CHROMIUM", str(chosen))
    assert chromium.find() == chosen


def test_a_browser_on_path_that_does_not_start_is_passed_over(install: Install) -> None:
    install("chromium-browser", status=1)
    chrome = install("google-chrome", status=0)
    assert chromium.find() == chrome


def test_without_a_browser_there_is_none(install: Install) -> None:
    assert chromium.find() is None


def test_a_chosen_browser_that_does_not_start_is_named(
    install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    install("chromium", status=0)
    monkeypatch.setenv("OCIGENAI_CHROMIUM", "/nowhere/chromium")
    with pytest.raises(SystemExit, match="OCIGENAI_CHROMIUM is /nowhere/chromium"):
        chromium.provide()
