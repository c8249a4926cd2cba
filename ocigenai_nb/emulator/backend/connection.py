"""One request to a backend over HTTP, its answer chunk by chunk; all of it blocks.

Rules: a stream is server-sent events of which only ``data:`` lines count, ended by ``[DONE]`` or
the end of the body; an answer that is no stream is one JSON object. Redirects are not followed.
Source: OpenAI's API reference, the HTML standard's server-sent events.

Known deviation: an event is one ``data:`` line, as every known server writes it.
"""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Iterator, Mapping
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any, Final
from urllib.parse import urlsplit

from ocigenai_nb.emulator.backend.failures import BackendError

_LONGEST_LINE: Final = 1024 * 1024
_LARGEST_BODY: Final = 16 * 1024 * 1024
_DONE: Final = b"[DONE]"


class Connection:
    """A request that is sent once its answer is read; ``close`` ends it from any thread."""

    def __init__(
        self, url: str, body: Mapping[str, Any], *, key: str | None, timeout: float
    ) -> None:
        self.url = url
        self.timeout = timeout
        self._body = json.dumps(body).encode()
        self._key = key
        self._socket: socket.socket | None = None
        self._closed = False

    def read(self) -> Iterator[Mapping[str, Any]]:
        """Send the request and yield the objects of its answer.

        Raises:
            BackendError: If there is no answer, or none that can be read.
        """
        try:
            yield from self._read()
        except TimeoutError as error:
            words = f"{self.url} said nothing for {self.timeout:g} s."
            raise BackendError(words, status=503) from error
        except OSError as error:
            words = f"{self.url} can't be reached or broke off: {type(error).__name__}."
            raise BackendError(words, status=503) from error
        except (HTTPException, ValueError, RecursionError) as error:
            words = f"{self.url} answered what can't be read: {type(error).__name__}."
            raise BackendError(words) from error

    def close(self) -> None:
        """End it: whoever reads meets the end, or an error."""
        self._closed = True
        if self._socket is not None:
            with contextlib.suppress(OSError):
                # Of the base class: TLS's own would take its state away from under the reader.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def _read(self) -> Iterator[Mapping[str, Any]]:
        connection = self._connect()
        try:
            response = self._send(connection)
            if response.status != 200:
                _refuse(self.url, response)
            if response.getheader("content-type", "").startswith("text/event-stream"):
                yield from _read_events(response)
            else:
                yield _read_object(response.read(_LARGEST_BODY))
        finally:
            connection.close()

    def _connect(self) -> HTTPConnection:
        parts = urlsplit(self.url)
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        connection = kind(parts.hostname or "", parts.port, timeout=self.timeout)
        connection.connect()
        self._socket = connection.sock
        if self._closed:
            connection.close()
            raise ConnectionAbortedError
        return connection

    def _send(self, connection: HTTPConnection) -> HTTPResponse:
        headers = {"Content-Type": "application/json", "Accept": "text/event-stream"}
        if self._key is not None:
            headers["Authorization"] = f"Bearer {self._key}"
        path = f"{urlsplit(self.url).path}/chat/completions"
        connection.request("POST", path, self._body, headers)
        return connection.getresponse()


def _refuse(url: str, response: HTTPResponse) -> None:
    words = f"{url} answered {response.status}: {response.read(300)!r}"
    raise BackendError(words, status=429 if response.status == 429 else 500)


def _read_events(response: HTTPResponse) -> Iterator[Mapping[str, Any]]:
    size = 0
    while line := response.readline(_LONGEST_LINE):
        size += len(line)
        if size > _LARGEST_BODY or not line.endswith(b"\n"):
            raise ValueError("It is too long, or its last line is broken off.")
        if not line.startswith(b"data:"):
            continue
        data = line[5:].strip()
        if data == _DONE:
            return
        yield _read_object(data)


def _read_object(data: bytes) -> Mapping[str, Any]:
    value = json.loads(data)
    if not isinstance(value, dict):
        raise ValueError("It is no object.")  # noqa: TRY004 - as where it is no JSON
    return value
