"""The fields of a ``multipart/form-data`` body, byte for byte.

Rules: parts stand between lines of ``--`` and the boundary, the last of which ends in ``--``; a
part is headers, an empty line, bytes. Source: RFC 7578. Read here and not by Starlette, which
would spool large parts to disk.

Known deviation: a file's name is taken as UTF-8, as browsers and HTTP clients send it; the form
``filename*`` is read too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.message import Message
from email.parser import HeaderParser

_MOST_PARTS = 64


@dataclass(frozen=True, slots=True)
class Part:
    """One field of a form."""

    content: bytes
    filename: str | None

    @property
    def text(self) -> str:
        """The content of a field that is no file."""
        return self.content.decode("utf-8", "replace")


def read_form(content_type: str, body: bytes) -> Mapping[str, Part] | None:
    """Return the parts of ``body`` by name; ``None`` if it is no form."""
    boundary = _read_header("Content-Type", content_type).get_boundary()
    if not content_type.lower().startswith("multipart/form-data") or not boundary:
        return None
    return dict(_read_parts(body, b"--" + boundary.encode("utf-8", "surrogateescape")))


def _read_parts(body: bytes, delimiter: bytes) -> Iterator[tuple[str, Part]]:
    # The line break before a delimiter belongs to it; the first may stand at the very beginning.
    _, *pieces = (b"\r\n" + body).split(b"\r\n" + delimiter, _MOST_PARTS + 1)
    for piece in pieces[:_MOST_PARTS]:
        if piece.startswith(b"--"):
            return
        head, blank, content = piece.partition(b"\r\n\r\n")
        headers = _parse(head.lstrip(b" \t").removeprefix(b"\r\n").decode("utf-8", "replace"))
        name = headers.get_param("name", header="Content-Disposition")
        if blank and isinstance(name, str):
            yield name, Part(content, headers.get_filename())


def _read_header(name: str, value: str) -> Message:
    message = Message()
    message[name] = value
    return message


def _parse(head: str) -> Message:
    return HeaderParser().parsestr(head)
