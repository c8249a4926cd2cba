"""Words in text, found in any script whatever their case, width or composition."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable


def find_words(words: str) -> Callable[[Iterable[str]], bool]:
    """Whether all the words occur in texts; without words they do in any.

    A word may be part of another one, and no character has a special meaning.
    """
    wanted = fold_text(words).split()

    def occur(texts: Iterable[str]) -> bool:
        text = fold_text("\n".join(texts)) if wanted else ""
        return all(word in text for word in wanted)

    return occur


def fold_text(text: str) -> str:
    """Text in which what differs only in case, width or composition is the same."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKD", text).casefold())
