"""What can be said of an image without a model: its size, and its main color.

A data URL is read: PNG whole, or its upper part where it is large; of JPEG, GIF and WebP only the
size, as their pixels can't be decoded with the standard library. Nothing is fetched.
"""

from __future__ import annotations

import base64
import binascii
import colorsys
import re
import struct
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ocigenai_nb.emulator.brain.talk import Talk

_DATA: Final = re.compile(r"data:[\w/+.-]*(?:;[\w=.-]+)*;base64,(.*)", re.DOTALL)
_ASKS: Final = re.compile(
    r"\b(?:image|picture|photo|pixels?|see|show[ns]?|describe|colou?rs?|size|wide|width|height|"
    r"dimensions|this|it)\b",
    re.IGNORECASE,
)
_MOST_BYTES: Final = 2**20
"""Bytes of pixels that are decoded: enough for 512 by 512, and a third of a second."""
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_CHANNELS: Final = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_HUES: Final = (
    (15, "red"), (40, "orange"), (70, "yellow"), (165, "green"), (200, "cyan"), (260, "blue"),
    (290, "purple"), (340, "pink"), (361, "red"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Picture:
    """What is known of an image."""

    kind: str
    width: int
    height: int
    color: str | None = None
    """The name of its main color, where its pixels can be read."""
    is_part: bool = False
    """Whether only its upper part was looked at."""


def describe(talk: Talk) -> str | None:
    """Say of the images that came with the prompt how large they are, and of what color."""
    if not talk.images or (talk.prompt and not _ASKS.search(talk.prompt)):
        return None
    said = [_say(url) for url in talk.images]
    if len(said) == 1:
        return f"The image {said[0]}."
    return " ".join(f"Image {number} {text}." for number, text in enumerate(said, 1))


def look_at(url: str) -> Picture | None:
    """Return what is known of the image in a data URL; ``None`` if it can't be read."""
    match = _DATA.match(url)
    if match is None:
        return None
    try:
        data = base64.b64decode(match[1], validate=True)
        return _read(data)
    except (ValueError, binascii.Error, struct.error, zlib.error, IndexError):
        return None


def _say(url: str) -> str:
    picture = look_at(url)
    if picture is None and not url.startswith("data:"):
        return "is at an address that I don't open, so I can't see it"
    if picture is None:
        return "is in a format that I can't read"
    size = f"is a {picture.kind} of {picture.width} x {picture.height} pixels"
    if picture.color is None:
        return f"{size}; I can't read its colors"
    whole = "its upper part is mostly" if picture.is_part else "it is mostly"
    return f"{size}; {whole} {picture.color}"


def _read(data: bytes) -> Picture | None:
    if data.startswith(_PNG):
        return _read_png(data)
    if data.startswith(b"\xff\xd8"):
        return _read_jpeg(data)
    if data.startswith((b"GIF87a", b"GIF89a")):
        return Picture("GIF", *struct.unpack_from("<HH", data, 6))
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _read_webp(data)
    return None


def _read_jpeg(data: bytes) -> Picture | None:
    place = 2
    while data[place] == 0xFF:
        marker = data[place + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", data, place + 5)
            return Picture("JPEG", width, height)
        place += 2 + struct.unpack_from(">H", data, place + 2)[0]
    return None


def _read_webp(data: bytes) -> Picture | None:
    kind = data[12:16]
    if kind == b"VP8X":
        width, height = (int.from_bytes(data[at : at + 3], "little") + 1 for at in (24, 27))
    elif kind == b"VP8L":
        bits = struct.unpack_from("<I", data, 21)[0]
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    else:
        width, height = (side & 0x3FFF for side in struct.unpack_from("<HH", data, 26))
    return Picture("WebP", width, height)


def _read_png(data: bytes) -> Picture:
    width, height, depth, kind, _, _, interlaced = struct.unpack_from(">IIBBBBB", data, 16)
    size = Picture("PNG", width, height)
    if depth != 8 or interlaced or kind not in _CHANNELS:
        return size
    packed, palette = b"", b""
    for name, content in _list_chunks(data):
        packed += content if name == b"IDAT" else b""
        palette = content if name == b"PLTE" else palette
    stride = width * _CHANNELS[kind]
    rows = min(height, max(1, _MOST_BYTES // (stride + 1)))
    raw = zlib.decompressobj().decompress(packed, min(rows * (stride + 1), 4 * _MOST_BYTES))
    counted: Counter[bytes] = Counter()
    for row in _undo_filters(raw, stride, _CHANNELS[kind]):
        step = _CHANNELS[kind]
        counted.update(bytes(row[at : at + step]) for at in range(0, stride, step))
    color = _name_main(counted, kind, palette)
    return Picture("PNG", width, height, color, is_part=rows < height)


def _list_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = len(_PNG)
    while place + 8 <= len(data):
        length, name = struct.unpack_from(">I4s", data, place)
        yield name, data[place + 8 : place + 8 + length]
        place += 12 + length


def _undo_filters(raw: bytes, stride: int, step: int) -> Iterator[bytearray]:
    """Yield the rows of pixels (PNG, section 9: each row says how it was filtered)."""
    above = bytearray(stride)
    for start in range(0, len(raw) - stride, stride + 1):
        row = bytearray(raw[start + 1 : start + 1 + stride])
        method = raw[start]
        for at in range(stride if method else 0):
            left = row[at - step] if at >= step else 0
            corner = above[at - step] if at >= step else 0
            row[at] = row[at] + _predict(method, left, above[at], corner) & 0xFF
        yield row
        above = row


def _predict(method: int, left: int, up: int, corner: int) -> int:
    if method == 1:
        return left
    if method == 2:
        return up
    if method == 3:
        return (left + up) // 2
    guess = left + up - corner
    return min((left, up, corner), key=lambda value: abs(guess - value))


def _name_main(counted: Counter[bytes], kind: int, palette: bytes) -> str | None:
    names: Counter[str] = Counter()
    for pixel, count in counted.items():
        if kind in (4, 6) and pixel[-1] == 0:
            names["transparent"] += count
        elif kind == 3:
            names[_name(palette[3 * pixel[0] : 3 * pixel[0] + 3])] += count
        else:
            names[_name(pixel[:3] if kind in (2, 6) else pixel[:1] * 3)] += count
    return max(names, key=lambda name: names[name]) if names else None


def _name(color: bytes) -> str:
    red, green, blue = color
    hue, saturation, value = colorsys.rgb_to_hsv(red / 255, green / 255, blue / 255)
    if value < 0.2:
        return "black"
    if saturation < 0.15:
        return "white" if value > 0.9 else "gray"
    if 15 <= hue * 360 < 40 and value < 0.7:
        return "brown"
    return next(name for end, name in _HUES if hue * 360 < end)
