"""Text in pieces of about a token each: what streams, and what usage counts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_PIECE: Final = re.compile(r"\s?\w{1,10}|\s?[^\w\s]|\s")


def split_pieces(text: str) -> Iterator[str]:
    """Yield the pieces of ``text``, which joined are ``text`` again."""
    return (match[0] for match in _PIECE.finditer(text))


def count_pieces(text: str) -> int:
    """Return how many pieces ``text`` has."""
    return sum(1 for _ in _PIECE.finditer(text))


def take_pieces(text: str, limit: int) -> str:
    """Return the first ``limit`` pieces of ``text``."""
    end = 0
    for count, match in enumerate(_PIECE.finditer(text)):
        if count == limit:
            return text[:end]
        end = match.end()
    return text
