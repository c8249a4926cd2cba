"""The listener answers requests, whoever else calls at its port."""

from __future__ import annotations

import errno
import socket
from urllib.parse import urlsplit

import httpx
import pytest

from tests.transports.listener import Listener, closed_port, reset, respond


def call(server: Listener) -> socket.socket:
    parts = urlsplit(server.url)
    return socket.create_connection((parts.hostname, parts.port))


def test_what_brings_no_request_is_closed_and_takes_no_answer() -> None:
    with Listener(respond(200)) as server:
        kernel, gone, silent, broken = (call(server) for _ in range(4))
        kernel.sendall(b"\xff\0\0\0\0\0\0\0\1\x7f")  # as a client of a Jupyter kernel begins
        gone.close()
        reset(broken)
        assert httpx.get(server.url, trust_env=False).status_code == 200
        with pytest.raises(ConnectionResetError):  # what it sent was not read
            kernel.recv(1)
    assert silent.recv(1) == b""
    assert len(server.requests) == 1
    for each in (kernel, silent):
        each.close()


def test_nobody_can_listen_on_a_closed_port() -> None:
    with closed_port() as port:
        with socket.socket() as caller:
            assert caller.connect_ex(("127.0.0.1", port)) == errno.ECONNREFUSED
        with pytest.raises(OSError, match="already in use"):
            socket.create_server(("127.0.0.1", port), reuse_port=False)
