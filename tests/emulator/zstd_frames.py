"""Frames of Zstandard, as far as the emulator writes them, read by hand (RFC 8878, section 3.1.1).

The standard library reads them from Python 3.14 on, and the tests must run on older ones.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

MAGIC = b"\x28\xb5\x2f\xfd"


def read_frames(data: bytes) -> list[bytes]:
    """What each of the frames holds."""
    return list(_walk(data))


def _walk(data: bytes) -> Iterator[bytes]:
    place = 0
    while place < len(data):
        assert data[place : place + 4] == MAGIC
        assert data[place + 4] == 0xA0, "one window, its size in four bytes, no checksum"
        (size,) = struct.unpack_from("<I", data, place + 5)
        place += 9
        made = bytearray()
        is_last = False
        while not is_last:
            head = int.from_bytes(data[place : place + 3], "little")
            is_last, kind, length = bool(head & 1), head >> 1 & 3, head >> 3
            assert length <= 128 * 1024
            stored = 1 if kind == 1 else length
            content = data[place + 3 : place + 3 + stored]
            made += content * length if kind == 1 else content
            place += 3 + stored
        assert len(made) == size
        yield bytes(made)
