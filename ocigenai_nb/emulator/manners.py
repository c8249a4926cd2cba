"""Odd ways to write a good stream: what it says is the same, and every client must read it so."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from typing import Final, Protocol

_GZIP: Final = 16 + zlib.MAX_WBITS


class Manner(Protocol):
    """How events become the chunks that go on the wire."""

    def write(self, data: bytes) -> list[bytes]:
        """Return the chunks of an event."""

    def finish(self) -> list[bytes]:
        """Return what comes after the last event."""


class Plain:
    """As it is, or with every event changed by ``change``."""

    def __init__(self, change: Callable[[bytes], list[bytes]] = lambda data: [data]) -> None:
        self._change = change

    def write(self, data: bytes) -> list[bytes]:
        """Return the chunks of an event."""
        return self._change(data)

    def finish(self) -> list[bytes]:
        """Return nothing: the last event is the end."""
        return []


class Gzip:
    """Compressed, each event so that it can be read at once."""

    def __init__(self) -> None:
        self._compressor = zlib.compressobj(wbits=_GZIP)

    def write(self, data: bytes) -> list[bytes]:
        """Return the chunk of an event."""
        return [self._compressor.compress(data) + self._compressor.flush(zlib.Z_SYNC_FLUSH)]

    def finish(self) -> list[bytes]:
        """Return the end of the compressed data."""
        return [self._compressor.flush()]


def _split(data: bytes) -> list[bytes]:
    return [data[at : at + 1] for at in range(len(data))]


def _end_lines(ending: bytes) -> Callable[[bytes], list[bytes]]:
    return lambda data: [data.replace(b"\n", ending)]


def _comment(data: bytes) -> list[bytes]:
    return [b": a comment\n\n: another\n" + data]


CHANGES: Final[Mapping[str, Callable[[bytes], list[bytes]]]] = {
    "bytewise": _split,
    "crlf": _end_lines(b"\r\n"),
    "cr": _end_lines(b"\r"),
    "comments": _comment,
}
"""What a fault of this name does to the events from the one it strikes on."""
