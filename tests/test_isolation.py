"""What `tests/conftest.py` promises every other test."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tools import isolation

ROOT = Path(__file__).resolve().parents[1]
SKIPPING = """
import pytest

def test_skipped():
    pytest.skip("no browser here")

@pytest.mark.xfail(reason="not yet")
def test_expected_to_fail():
    assert False
"""


def test_a_persons_settings_are_removed() -> None:
    environment = {
        "OCI_COMPARTMENT": "x",
        "OCIGENAI_CHROMIUM": "/usr/bin/chromium",
        "OPENAI_API_KEY": "x",
        "HTTPS_PROXY": "x",
        "https_proxy": "x",
        "PATH": "/usr/bin",
    }
    isolation.clean(environment)
    assert set(environment) == {"OCIGENAI_CHROMIUM", "PATH"}


def test_each_test_has_an_empty_home_with_the_folders_of_jupyter_in_it() -> None:
    home = Path.home()
    assert list(home.iterdir()) == []
    assert Path(os.environ["JUPYTER_CONFIG_DIR"]).is_relative_to(home)


@pytest.mark.parametrize("address", ["192.0.2.1", "2001:db8::1", "example.com"])
def test_only_loopback_is_reached(address: str) -> None:
    with pytest.raises(PermissionError, match="loopback only"):
        socket.create_connection((address, 443), timeout=1)
    assert isolation.escapes == [address]
    isolation.escapes.clear()


def test_a_datagram_to_elsewhere_is_refused() -> None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams,
        pytest.raises(PermissionError, match="loopback only"),
    ):
        datagrams.sendto(b"x", ("192.0.2.1", 53))
    isolation.escapes.clear()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_loopback_is_reached(host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection((host, server.getsockname()[1]), timeout=5).close()


def test_a_skip_fails_with_its_reason_where_nothing_may_be_skipped(tmp_path: Path) -> None:
    (tmp_path / "test_skipping.py").write_text(SKIPPING)
    command = [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-c", os.devnull]
    done = subprocess.run(
        [*command, "--rootdir", str(tmp_path), str(tmp_path)],
        check=False,
        cwd=ROOT,
        env=os.environ | {"OCIGENAI_NO_SKIPS": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "2 failed" in done.stdout
    assert "no browser here" in done.stdout
    assert "not yet" in done.stdout
