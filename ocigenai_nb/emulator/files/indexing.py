"""A file made ready for search: its text in chunks.

Rules: chunks of 800 tokens that overlap by 400 unless the request says otherwise (100 to 4,096
tokens, an overlap of half of that at most). Source: OpenAI's reference.

Known deviations: tokens are this service's pieces of text; only text is read (UTF-8, or UTF-16
with its mark), whatever the file's name says: of everything else, such as PDF, the indexing fails
as that of an unsupported file does.
"""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from typing import Any, Final

from ocigenai_nb.emulator.files.store import IndexedFile, StoredFile
from ocigenai_nb.emulator.parameters import Rule, check, refuse, refuse_choice
from ocigenai_nb.emulator.text_pieces import split_pieces

_SIZE, _OVERLAP = "max_chunk_size_tokens", "chunk_overlap_tokens"
_USUAL: Final = {_SIZE: 800, _OVERLAP: 400}
_UTF16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_UNSUPPORTED: Final = "The file could not be parsed because it is not supported."


def read_strategy(given: Any) -> dict[str, Any]:
    """Return how files are to be cut, in the wire's shape.

    Raises:
        RefusedError: With the words for what is wrong with ``chunking_strategy``.
    """
    where = "chunking_strategy"
    strategy = {"type": "auto"} if given is None else given
    check(strategy, Rule("an object"), param=where)
    kind = strategy.get("type")
    if kind == "auto":
        return {"type": "static", "static": dict(_USUAL)}
    if kind != "static":
        refuse_choice(kind, ("auto", "static"), param=f"{where}.type")
    sizes: Any = strategy.get("static")
    check(sizes, Rule("an object"), param=f"{where}.static")
    check(sizes.get(_SIZE), Rule("an integer", low=100, high=4096), param=f"{where}.static.{_SIZE}")
    check(sizes.get(_OVERLAP), Rule("an integer", low=0), param=f"{where}.static.{_OVERLAP}")
    if 2 * sizes[_OVERLAP] > sizes[_SIZE]:
        refuse(
            f"Invalid '{where}.static': {_OVERLAP} must not exceed half of {_SIZE}.",
            param=f"{where}.static.{_OVERLAP}",
        )
    return {"type": "static", "static": {name: sizes[name] for name in (_SIZE, _OVERLAP)}}


def index(
    file: StoredFile, strategy: Mapping[str, Any], attributes: Mapping[str, Any], *, now: float
) -> IndexedFile:
    """Return ``file`` in chunks, or with what is wrong with it."""
    text = _read_text(file.content)
    flaw = None if text is not None else _UNSUPPORTED
    chunks = _cut(text or "", strategy["static"])
    size = sum(len(chunk.encode()) for chunk in chunks)
    return IndexedFile(file.id, file.name, now, dict(attributes), strategy, chunks, size, flaw)


def _read_text(content: bytes) -> str | None:
    encoding = "utf-16" if content.startswith(_UTF16) else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def _cut(text: str, sizes: Mapping[str, int]) -> tuple[str, ...]:
    pieces = list(split_pieces(text))
    size, step = sizes[_SIZE], sizes[_SIZE] - sizes[_OVERLAP]
    ends = max(1, len(pieces) - sizes[_OVERLAP])
    chunks = ("".join(pieces[start : start + size]) for start in range(0, ends, step))
    return tuple(chunk for chunk in chunks if chunk.strip())
