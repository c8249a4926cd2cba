"""How the environment of `make` is installed: with uv, and with which certificates."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tools.environment import install_with_uv

BEHIND_A_PROXY = 'test -n "$UV_SYSTEM_CERTS$UV_NATIVE_TLS" && exit 0; '
UNKNOWN = 'echo "invalid peer certificate: UnknownIssuer" >&2; exit 2'
UNSOLVABLE = 'echo "No solution found" >&2; exit 1'


def write_uv(folder: Path, does: str) -> Path:
    """A program in place of uv, which notes in `calls` that it was called."""
    path = folder / "uv"
    path.write_text(f"#!/bin/sh\necho \"$@\" >> '{folder}/calls'\n{does}\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("does", "said", "calls"),
    [
        ("exit 0", None, 1),
        (BEHIND_A_PROXY + UNKNOWN, None, 2),
        (UNKNOWN, "invalid peer certificate: UnknownIssuer", 2),
        (UNSOLVABLE, "No solution found", 1),
    ],
)
def test_the_machines_certificates_are_tried_where_uvs_own_do_not_do(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], does: str, said: str | None, calls: int
) -> None:
    uv = write_uv(tmp_path, does)
    assert install_with_uv(uv, Path("python"), "some-package", settings={}) == said
    lines = (tmp_path / "calls").read_text().splitlines()
    assert lines == ["pip install --quiet --python python some-package"] * calls
    assert capfd.readouterr() == ("", ""), "pip may still do it, so nothing alarms"
