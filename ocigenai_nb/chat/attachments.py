"""What goes along with a prompt: pictures and texts, from files and from values.

Only what was named is read, once, and only if it is a picture or a text. Of a file the model
learns its name and its content, never the folder it is in.
"""

from __future__ import annotations

import base64
import io
import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

from ocigenai_nb.core.errors import UsageError
from ocigenai_nb.core.fences import fence
from ocigenai_nb.core.interpolation import is_placeholder, look_up
from ocigenai_nb.core.messages import Image, Message, Part, Text
from ocigenai_nb.transports.base import as_messages, read_prompt

from .values import as_frame, has_plain_index, is_table

Attachment: TypeAlias = object
"""What may be attached: see `read_attachment`, which refuses what may not."""

MOST_OF_IMAGE = 20_000_000  # bytes
MOST_OF_TEXT = 1_000_000  # bytes

_CAN_BE = (
    "PNG, JPEG, GIF and WebP images up to 20 MB, texts in UTF-8 up to 1 MB, https and data "
    "addresses of images, figures and DataFrames can be attached."
)
_MAGIC = re.compile(
    rb"(?P<png>\x89PNG\r\n\x1a\n)|(?P<jpeg>\xff\xd8\xff)|(?P<gif>GIF8[79]a)"
    rb"|(?P<webp>RIFF.{4}WEBP)",
    re.DOTALL,
)
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+://\S+|data:\S+", re.IGNORECASE)  # but C:\x is a path
_IMAGE_ADDRESS = re.compile(
    r"https://\S+|data:image/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/]+={0,2}"
)
_LONGEST_ADDRESS = MOST_OF_IMAGE * 4 // 3 + 100  # base64 makes four bytes of three
_LANGUAGE = re.compile(r"\.[a-z0-9]+")

# In this order: what draws itself for a notebook, as Pillow's images do; matplotlib's figures.
_PICTURES: tuple[tuple[str, Callable[[Any, io.BytesIO], object]], ...] = (
    ("_repr_png_", lambda thing, _file: thing._repr_png_()),
    ("_repr_jpeg_", lambda thing, _file: thing._repr_jpeg_()),
    ("savefig", lambda thing, file: thing.savefig(file, format="png")),
)


def read_message(prompt: str | Message, attach: Iterable[Attachment]) -> Message:
    """The message that begins a turn: a prompt with what is attached.

    Raises UsageError for what can't be one, and as `read_attachment` does.
    """
    (said,) = as_messages(Message.user(prompt) if isinstance(prompt, str) else prompt)
    if said.role != "user":
        raise UsageError(
            f"A turn begins with what a person says, not with a message of role {said.role!r}.",
            remedy="Write the prompt as text, or with Message.user(…).",
        )
    parts = [part for thing in attach for part in read_attachment(thing)]
    message = replace(said, parts=(*said.parts, *parts))
    read_prompt(message)
    return message


def read_attachments(words: Iterable[str], names: Mapping[str, object]) -> tuple[Part, ...]:
    """The parts for what `-a` names: files, image addresses, and `{{name}}` from `names`.

    Raises UsageError as `read_attachment` does, and for a name that isn't there.
    """
    parts: list[Part] = []
    for word in words:
        if is_placeholder(word):
            parts += read_value(look_up(word, names), name=word.strip().strip("{} \t"))
        else:
            parts += read_attachment(word)
    return tuple(parts)


def read_value(value: object, *, name: str) -> tuple[Part, ...]:
    """The parts for a variable's value: as `read_attachment`, but a text is what it says.

    So what a text holds never decides which file is read.
    """
    if isinstance(value, str) and not _IMAGE_ADDRESS.fullmatch(value):
        return (_make_text(value, name),)
    return read_attachment(value, name=name)


def read_attachment(thing: Attachment, *, name: str = "attachment") -> tuple[Part, ...]:
    """The parts that stand for one thing; `name` is what the model is told, unless it is a file.

    A text or a path names a file (`~` is the home folder), or the https or data address of an
    image. Bytes, images, figures and DataFrames go along as they are; a DataFrame becomes CSV.

    Raises UsageError for anything else, and for what is missing, empty, unreadable or too large.
    """
    if isinstance(thing, Image | Text):
        return (thing,)
    if isinstance(thing, str) and _ADDRESS.fullmatch(thing):
        return (_read_address(thing),)
    if isinstance(thing, str | os.PathLike):
        return (_read_file(os.fsdecode(thing)),)
    if isinstance(thing, bytes | bytearray | memoryview):
        return (_read_bytes(bytes(thing), name, name),)
    if is_table(thing):
        frame = as_frame(thing)
        if frame.size > MOST_OF_TEXT:  # a cell takes a byte at least
            raise _refuse(f"{name} is larger than 1 MB as CSV; attach a part of it")
        return (_make_text(frame.to_csv(index=not has_plain_index(frame)), f"{name}.csv", "csv"),)
    if picture := _draw(thing, name):
        return (_read_bytes(picture, name, name),)
    raise _refuse(f"{name} is a {type(thing).__name__}, which can't be attached")


def _read_address(address: str) -> Image:
    if not _IMAGE_ADDRESS.fullmatch(address):
        scheme = address.partition(":")[0].lower()
        raise _refuse(f"This {scheme}: address is not one of an image that can be attached")
    if len(address) > _LONGEST_ADDRESS:
        raise _refuse("The image in the data address is larger than 20 MB")
    return Image(address)


def _read_file(word: str) -> Part:
    label = repr(word)
    try:
        path = Path(word).expanduser()
        if path.is_dir():
            raise _refuse(f"{label} is a folder; name the files in it")
        if not path.is_file():  # a device or a pipe may never end
            raise _refuse(f"{label} is {'no ordinary file' if path.exists() else 'not there'}")
        with path.open("rb") as file:
            data = file.read(MOST_OF_IMAGE + 1)
    except OSError as error:
        raise _refuse(f"{label} can't be read: {error.strerror}") from None
    except (RuntimeError, ValueError):  # no such person's home; a NUL
        raise _refuse(f"{label} is not there") from None
    suffix = path.suffix.lower()
    return _read_bytes(data, label, path.name, suffix[1:] if _LANGUAGE.fullmatch(suffix) else "")


def _read_bytes(data: bytes, label: str, title: str, language: str = "") -> Part:
    if found := _MAGIC.match(data):
        if len(data) > MOST_OF_IMAGE:
            raise _refuse(f"{label} is larger than 20 MB")
        return Image.from_bytes(data, f"image/{found.lastgroup}")
    text = _decode(data[:MOST_OF_TEXT])
    if text is None:
        raise _refuse(f"{label} is neither a text in UTF-8 nor an image that can be attached")
    if len(data) > MOST_OF_TEXT:
        raise _refuse(f"{label} is larger than 1 MB; attach a part of it")
    return _make_text(text, title, language)


def _decode(data: bytes) -> str | None:
    """The text that bytes hold; None if they hold none. They may end within a character."""
    if data.startswith(b"%PDF-") or b"\0" in data:
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        cut = len(data) == MOST_OF_TEXT and error.start >= MOST_OF_TEXT - 3
        return data[: error.start].decode("utf-8-sig") if cut else None


def _make_text(text: str, title: str, language: str = "") -> Text:
    """A text under its title, in a fence that it can't close."""
    if not text.strip():
        raise _refuse(f"{title} is empty")
    if len(text.encode(errors="replace")) > MOST_OF_TEXT:
        raise _refuse(f"{title} is larger than 1 MB; attach a part of it")
    plain = " ".join("".join(c if c.isprintable() else " " for c in title).split())
    return Text(f"\n\n{plain}:\n\n{fence(text.removesuffix(chr(10)), language)}\n")


def _draw(thing: object, name: str) -> bytes:
    """The picture of a figure or an image object; empty where it has none."""
    for method, draw in _PICTURES:
        # Asked of the class: a proxy's instance has every attribute.
        if not callable(getattr(type(thing), method, None)):
            continue
        file = io.BytesIO()
        try:
            picture = _as_bytes(draw(thing, file)) or file.getvalue()
        except Exception as error:  # noqa: BLE001 (somebody else's drawing may raise anything)
            raise _refuse(f"{name} can't be drawn: {type(error).__name__} was raised") from None
        if _MAGIC.match(picture):
            return picture
    return b""


def _as_bytes(picture: object) -> bytes:
    """What a `_repr_png_` gave: bytes or base64, maybe with metadata beside it, or nothing."""
    if isinstance(picture, tuple) and picture:
        picture = picture[0]
    if isinstance(picture, str):
        return base64.b64decode(picture)
    return picture if isinstance(picture, bytes) else b""


def _refuse(what: str) -> UsageError:
    return UsageError(f"{what}.", remedy=_CAN_BE)
