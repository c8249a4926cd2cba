"""What is too long for a program or a page: texts with names of their own, pictures as files."""

from __future__ import annotations

import mimetypes
from dataclasses import dataclass, field
from typing import Any

from .code import Code, is_block, quote

_DATA_URL = "data:"
_LARGE = 1_000  # characters of a data URL that stays where it is
_BASE64 = ";base64"


@dataclass(frozen=True, slots=True)
class Picture:
    """A file that takes a large data URL's place."""

    name: str
    media_type: str
    size: int


@dataclass(slots=True)
class Pictures:
    """The files that large data URLs become, each picture once, in the order they appear."""

    known: dict[str, Picture] = field(default_factory=dict)

    def find(self, value: Any) -> Picture | None:
        """The file that takes a value's place; None for what is no large data URL."""
        if not isinstance(value, str) or not value.startswith(_DATA_URL) or len(value) <= _LARGE:
            return None
        head, comma, data = value.removeprefix(_DATA_URL).partition(",")
        if not comma or not head.endswith(_BASE64):
            return None
        if value not in self.known:
            media_type = head.removesuffix(_BASE64)
            ending = mimetypes.guess_extension(media_type) or ".bin"
            size = len(data) * 3 // 4 - data[-2:].count("=")
            name = f"image-{len(self.known) + 1}{ending}"
            self.known[value] = Picture(name, media_type, size)
        return self.known[value]

    def describe(self) -> list[str]:
        """A line for each file that is to be there."""
        return [
            f"Put the picture that was sent ({picture.size:,} bytes) beside this as {picture.name}."
            for picture in self.known.values()
        ]


@dataclass(slots=True)
class Texts:
    """Values for a program: long texts become constants, pictures are read from files."""

    pictures: Pictures = field(default_factory=Pictures)
    names: dict[str, str] = field(default_factory=dict)

    def name(self, value: Any) -> Any:
        """The value with each long text's name, and each picture's file, in its place."""
        if isinstance(value, dict):
            return {key: self.name(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.name(item) for item in value]
        if picture := self.pictures.find(value):
            return Code(f"data_url({quote(picture.name)}, {quote(picture.media_type)})")
        if is_block(value):
            return Code(self.names.setdefault(value, f"TEXT_{len(self.names) + 1}"))
        return value
