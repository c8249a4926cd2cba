"""Requests as bare bytes over kept connections, and what every answer to them must be like.

No HTTP client stands between: it would refuse to send half of what the tests send.
"""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import logging
import re
import select
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any, Final, Self

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256

Header = tuple[str, str]

SECONDS: Final = 10.0
"""Within which every answer comes: an emulator that takes longer hangs."""

_PATIENCE: Final = 0.005
"""Seconds for which the rest of a request that may be whole is waited for."""

_LEAK: Final = re.compile(
    rb"Traceback|File \\?\"|\.py\b|site-packages|<class |object at 0x|NoneType|KeyError|TypeError"
    rb"|ValueError|AttributeError|IndexError|RecursionError|recursion|unhashable|subscriptable"
    rb"|codec can't|Expecting value|Extra data|has no attribute|must be str|PosixPath"
)
_BODY_METHODS: Final = ("POST", "PUT", "PATCH")


@dataclass(frozen=True, slots=True)
class Key:
    """What signs a request."""

    id: str
    private: RSAPrivateKey = field(repr=False)
    signs_host: bool = True

    def sign(self, request: Request, *, now: float, host: str) -> Request:
        """The request with the headers that make it authentic."""
        lines = {
            "date": formatdate(now, usegmt=True),
            "(request-target)": f"{request.method.lower()} {request.target}",
            "host": host,
        }
        if not self.signs_host:
            del lines["host"]
        if request.method in _BODY_METHODS:
            digest = base64.b64encode(hashlib.sha256(request.body).digest()).decode()
            lines["content-length"] = str(len(request.body))
            lines["content-type"] = request.content_type
            lines["x-content-sha256"] = digest
        text = "\n".join(f"{name}: {value}" for name, value in lines.items())
        signature = self.private.sign(text.encode("latin-1"), PKCS1v15(), SHA256())
        authorization = (
            f'Signature version="1",algorithm="rsa-sha256",headers="{" ".join(lines)}",'
            f'keyId="{self.id}",signature="{base64.b64encode(signature).decode()}"'
        )
        sent = {"host": host, "content-length": str(len(request.body))} | lines
        sent["authorization"] = authorization
        del sent["(request-target)"]
        return request.with_headers(sent.items())


@dataclass(frozen=True, slots=True)
class Request:
    """One request; its headers are sent as they stand."""

    method: str
    target: str
    body: bytes = b""
    headers: tuple[Header, ...] = ()
    content_type: str = "application/json"

    def with_headers(self, headers: Iterable[Header]) -> Request:
        """The request with more headers."""
        return Request(
            self.method, self.target, self.body, (*self.headers, *headers), self.content_type
        )

    @property
    def bytes(self) -> bytes:
        """As it goes over the wire."""
        lines = [f"{self.method} {self.target} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + self.body


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer, read to its end."""

    status: int
    content_type: str
    body: bytes
    head_alone: bool = False
    """Whether it answers a HEAD."""

    @property
    def json(self) -> Any:
        """Its body."""
        return json.loads(self.body)

    def check(self, *, asked: Sequence[int] = ()) -> Self:
        """Assert what holds for every answer; ``asked`` are statuses that a fault was to send."""
        assert self.status < 500 or self.status in asked, self
        found = _LEAK.search(self.body)
        assert found is None, self
        if self.status >= 400 and not self.head_alone:
            self._check_refusal()
        return self

    def _check_refusal(self) -> None:
        if self.content_type.startswith("text/plain"):  # what is not HTTP reaches no service
            assert (self.status, self.body) == (400, b"Invalid HTTP request received."), self
            return
        assert self.content_type == "application/json", self
        said = self.json
        if "error" in said and isinstance(said["error"], dict):
            said = said["error"]
            assert set(said) == {"message", "type", "param", "code"}, self
            assert isinstance(said["param"], str | None), self
        else:
            assert set(said) in ({"code", "message"}, {"code", "error"}), self
        assert isinstance(said.get("message", said.get("error")), str), self
        assert isinstance(said["code"], str | None), self


class BareClient:
    """Sends to one emulator, over a connection that is kept while it can be."""

    def __init__(self, url: str) -> None:
        self.host = url.removeprefix("http://")
        name, _, port = self.host.partition(":")
        self._address = (name, int(port))
        self._kept: socket.socket | None = None

    def close(self) -> None:
        """Close the connection."""
        if self._kept is not None:
            self._kept.close()
            self._kept = None

    def send(self, request: Request) -> Reply:
        """The answer to a request that HTTP can carry."""
        connection = self._kept or socket.create_connection(self._address, SECONDS)
        self._kept = connection
        try:
            connection.sendall(request.bytes)
            answer = http.client.HTTPResponse(connection, method=request.method)
            answer.begin()
            body = answer.read()
        except BaseException:
            self.close()
            raise
        if answer.will_close:
            self.close()
        kind = answer.headers.get("content-type", "")
        return Reply(answer.status, kind, body, request.method == "HEAD")

    def send_bytes(self, data: bytes) -> bytes:
        """All that comes back for ``data`` until the emulator closes the connection."""
        with socket.create_connection(self._address, SECONDS) as connection:
            try:
                connection.sendall(data)
                select.select([connection], [], [], _PATIENCE)
                connection.shutdown(socket.SHUT_WR)
                return _read_all(connection)
            except TimeoutError:
                raise  # it hangs
            except OSError:  # the emulator was first to close
                return b""


def _read_all(connection: socket.socket) -> bytes:
    received = bytearray()
    while piece := connection.recv(65536):
        received += piece
    return bytes(received)


class Complaints(logging.Handler):
    """Collects what the server logs of failures of its own: they reach no client."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.records: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one."""
        self.records.append(self.format(record))

    def __enter__(self) -> Self:
        logging.getLogger().addHandler(self)
        return self

    def __exit__(self, *_error: object) -> None:
        logging.getLogger().removeHandler(self)
