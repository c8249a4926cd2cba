"""What a prompt mentions that can become a value: names, places, numbers, quotations."""

from __future__ import annotations

import re
from typing import Final

_NUMBER: Final = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?")
_NAME: Final = re.compile(r"\b[A-Z][\w'\u2019-]*(?:[^\S\n]+[A-Z][\w'\u2019-]*)*")
_PLACE: Final = re.compile(
    r"\b(?:in|at|to|from|for|near)\s+([A-Z][\w'\u2019-]*(?:[^\S\n]+[A-Z][\w'\u2019-]*)*)"
)
_QUOTED: Final = re.compile(r"[\"“]([^\"”]+)[\"”]|(?<!\w)'([^']+)'(?!\w)")
_OPENERS: Final = (
    "a add an and are ask book call can contact could describe do does email extract fill find "
    "from generate get give her his how i in is it json let mail make meet meeting my of or order "
    "please return schedule send set tell the their these this to use what when where which who "
    "why will with write you your"
)
_NO_NAMES: Final = frozenset(_OPENERS.split())


def find_numbers(text: str) -> list[float]:
    """Return the numbers in ``text``, in order."""
    return [float(match[0]) for match in _NUMBER.finditer(text)]


def find_names(text: str) -> list[str]:
    """Return runs of capitalized words, in order, without the words that only begin sentences."""
    names = []
    for match in _NAME.finditer(text):
        words = match[0].split()
        while words and words[0].lower() in _NO_NAMES:
            words.pop(0)
        if words:
            names.append(" ".join(words))
    return names


def find_places(text: str) -> list[str]:
    """Return the names that follow words such as "in"."""
    return [match[1] for match in _PLACE.finditer(text)]


def find_quotations(text: str) -> list[str]:
    """Return what stands in quotation marks."""
    return [match[1] or match[2] for match in _QUOTED.finditer(text)]
