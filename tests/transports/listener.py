"""A loopback server whose answers are written out by the test: for what the emulator never does."""

from __future__ import annotations

import select
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self, TypeAlias

Answer: TypeAlias = bytes | Callable[[socket.socket], None]
"""The bytes to answer with, or what to do with the connection once the request was read."""


PATIENCE = 60
"""Seconds after which a wait is given up: what never comes must not hang the tests."""


class Listener:
    """Answers one request after the other, each with the next of `answers`.

    Whatever else connects is closed: a port may have been another process's a moment ago, whose
    clients (those of a Jupyter kernel, a browser) still call there.
    """

    def __init__(self, *answers: Answer) -> None:
        self.requests: list[bytes] = []
        self._answers = answers
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._arrived = threading.Event()
        self._silent: list[socket.socket] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._thread.join(timeout=PATIENCE)
        for connection in (self._socket, *self._silent):
            connection.close()
        assert error or not self._thread.is_alive(), "The listener was never called."

    def wait_for_request(self) -> None:
        """Wait until a request has come whole."""
        assert self._arrived.wait(timeout=PATIENCE)

    def _serve(self) -> None:
        for answer in self._answers:
            with self._accept() as connection:
                self.requests.append(read_request(connection))
                self._arrived.set()
                if callable(answer):
                    answer(connection)
                else:
                    connection.sendall(answer)

    def _accept(self) -> socket.socket:
        """The next connection that brings a request."""
        while True:
            ready, _, _ = select.select([self._socket, *self._silent], [], [])
            if self._socket in ready:
                self._silent.append(self._socket.accept()[0])
            for connection in [each for each in self._silent if each in ready]:
                self._silent.remove(connection)
                if brings_request(connection):
                    return connection
                connection.close()


def brings_request(connection: socket.socket) -> bool:
    """Whether what has come is the beginning of a request, and not of another protocol."""
    try:
        return connection.recv(1, socket.MSG_PEEK).isalpha()
    except ConnectionError:
        return False


def respond(status: int, body: bytes = b"{}", **headers: str) -> bytes:
    """A whole response; `retry_after` becomes `retry-after`."""
    fields = {"content-type": "application/json", "connection": "close", **headers}
    lines = [f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items()]
    head = f"HTTP/1.1 {status} Whatever\r\n{''.join(lines)}content-length: {len(body)}\r\n\r\n"
    return head.encode() + body


def begin_stream() -> bytes:
    """The head of a stream that ends with its connection."""
    return b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"


def wait_until_closed(connection: socket.socket) -> None:
    """Say nothing until the client closes the connection."""
    connection.settimeout(PATIENCE)
    assert connection.recv(1) == b""


def reset(connection: socket.socket) -> None:
    """Let the client meet a connection reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


@contextmanager
def closed_port() -> Iterator[int]:
    """A port of the loopback address that nobody listens on, nor can while the block lasts."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port: int = closed.getsockname()[1]
        yield port


def read_request(connection: socket.socket) -> bytes:
    """A whole request: to close a connection with bytes unread would reset it."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(65536)
    head, _, body = received.partition(b"\r\n\r\n")
    lengths = (
        int(line.split(b":")[1])
        for line in head.split(b"\r\n")
        if line.lower().startswith(b"content-length:")
    )
    length = next(lengths, 0)
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body
