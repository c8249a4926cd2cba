"""Odd ways to write a good stream: what it says is the same, and every client must read it so."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import Final, Protocol

_GZIP: Final = 16 + zlib.MAX_WBITS
_ZSTD_MAGIC: Final = 0xFD2FB528
_ZSTD_SIZED: Final = 0xA0
"""Descriptor of a frame that tells its size in four bytes, and is one window."""
_ZSTD_BLOCK: Final = 128 * 1024
_RAW, _REPEATED, _LAST = 0, 1 << 1, 1


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


class Zstd:
    """Compressed as little as the format allows, each event in a frame of its own.

    A frame holds blocks as they are, and blocks of one byte repeated (RFC 8878, section 3.1.1).
    """

    def write(self, data: bytes) -> list[bytes]:
        """Return the chunk of an event."""
        head = struct.pack("<IBI", _ZSTD_MAGIC, _ZSTD_SIZED, len(data))
        return [head + b"".join(_list_blocks(data))]

    def finish(self) -> list[bytes]:
        """Return nothing: every frame has its own end."""
        return []


def _list_blocks(data: bytes) -> Iterator[bytes]:
    for start in range(0, len(data), _ZSTD_BLOCK):
        block = data[start : start + _ZSTD_BLOCK]
        is_last = _LAST if start + _ZSTD_BLOCK >= len(data) else 0
        is_one = block == block[:1] * len(block)
        kind = _REPEATED if is_one else _RAW
        head = struct.pack("<I", len(block) << 3 | kind | is_last)[:3]
        yield head + (block[:1] if is_one else block)


def _split(data: bytes) -> list[bytes]:
    return [data[at : at + 1] for at in range(len(data))]


def _end_lines(ending: bytes) -> Callable[[bytes], list[bytes]]:
    return lambda data: [data.replace(b"\n", ending)]


def _comment(data: bytes) -> list[bytes]:
    return [b": a comment\n\n: another\n" + data]


ENCODINGS: Final[Mapping[str, tuple[bytes, Callable[[], Manner]]]] = {
    "gzip_bomb": (b"gzip", Gzip),
    "zstd_bomb": (b"zstd", Zstd),
    "zstd_events": (b"zstd", Zstd),
}
"""In what encoding of its content a fault of this name writes the whole stream."""
CHANGES: Final[Mapping[str, Callable[[bytes], list[bytes]]]] = {
    "bytewise": _split,
    "crlf": _end_lines(b"\r\n"),
    "cr": _end_lines(b"\r"),
    "comments": _comment,
}
"""What a fault of this name does to the events from the one it strikes on."""
