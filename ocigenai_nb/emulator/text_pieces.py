"""Text in pieces of about a token each: what streams, and what usage counts.

Known deviation: the script has no doubts: each piece's log probability is 0, and there is no other
at its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

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


def rate_pieces(pieces: Iterable[str], alternatives: int) -> list[dict[str, Any]]:
    """Return the log probabilities of ``pieces``, with ``alternatives`` or none at each place."""
    rated = []
    for piece in pieces:
        token = {"token": piece, "logprob": 0.0, "bytes": list(piece.encode())}
        rated.append({**token, "top_logprobs": [token] if alternatives else []})
    return rated
