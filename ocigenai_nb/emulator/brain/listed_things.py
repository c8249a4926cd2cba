"""Things that a text lists, for lists of objects: "3 apples and 2 pears", "Ada is 36, Bob 40"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from ocigenai_nb.emulator.brain import evidence

_AMOUNT: Final = re.compile(
    r"(?<![\w.$-])(?P<number>\d{1,6}(?:\.\d{1,3})?|an?|one|two|three|four|five|six|seven|eight|nine|ten"
    r") (?P<thing>[a-z]{3,30}(?: [a-z]{3,30})?)(?=,|;|\.|\n| and |$)"
)
_WORDS: Final = "zero one two three four five six seven eight nine ten".split()  # noqa: SIM905
_COUNTS: Final = re.compile(r"quantity|qty|count|amount|number|how_?many|units", re.IGNORECASE)
_DIGIT: Final = re.compile(r"\d")


def find_parts(properties: Mapping[str, Any], text: str) -> list[str]:
    """Return the piece of ``text`` for each object of a list; none where they aren't clear."""
    kinds = {name: each.get("type") for name, each in properties.items() if isinstance(each, dict)}
    numbers = [name for name, kind in kinds.items() if kind in ("integer", "number")]
    texts = [name for name, kind in kinds.items() if kind == "string"]
    if len(texts) + len(numbers) != len(properties) or not numbers or len(numbers) > 1:
        return []
    if len(texts) == 1 and _COUNTS.search(numbers[0]):
        return _split_amounts(text)
    return _split_people(text) if "name" in texts else []


def _split_amounts(text: str) -> list[str]:
    found = [f"{_read(match['number'])} “{match['thing']}”" for match in _AMOUNT.finditer(text)]
    return found if len(found) > 1 else []


def _read(word: str) -> str:
    number = 1 if word in ("a", "an") else _WORDS.index(word) if word in _WORDS else word
    return str(number)


def _split_people(text: str) -> list[str]:
    """Return what a text says of each of several people."""
    places = evidence.find_places(text)
    starts: list[int] = []
    for name in evidence.find_names(text):
        if name not in places:
            starts.append(text.index(name, starts[-1] + 1 if starts else 0))
    ends = [*starts[1:], len(text)]
    parts = [text[start:end] for start, end in zip(starts, ends, strict=True)]
    clear = len(parts) > 1 and all(_DIGIT.search(part) for part in parts)
    return parts if clear else []
