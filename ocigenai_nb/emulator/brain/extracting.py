"""Fields picked out of a text that the prompt brings: a name, an age, an address, a date."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from ocigenai_nb.emulator.brain import evidence
from ocigenai_nb.emulator.brain.named_values import (
    Finder,
    find_dates,
    find_emails,
    find_phones,
    find_urls,
)
from ocigenai_nb.emulator.brain.talk import Talk

_VERBS: Final = r"\b(?:extract|find|pull out|get|identify)\b"
_TEXT: Final = r"(?:this|the|the following) (?:text|sentence|message|string)"
_FROM: Final = r"(?:\s*:\s*|\b(?:from|in|of)\b[^:\"“'\n]{0,40}[:\"“'\n]\s*)"
_WAYS: Final = tuple(
    re.compile(way, re.IGNORECASE | re.DOTALL)
    for way in (
        rf"\b(?:from|in) {_TEXT}\W{{1,3}}(?P<text>.+?)[\"”']?,\s*{_VERBS}(?P<what>.{{1,120}})$",
        rf"{_VERBS}(?P<what>.{{1,120}}?){_FROM}(?P<text>.+)$",
        rf"\bwhat(?:'s| is| are) the (?P<what>.{{1,60}}?) in {_TEXT}\s*[?:]\s*(?P<text>.+)$",
    )
)
_AS_JSON: Final = re.compile(r"\bJSON\b", re.IGNORECASE)
_PLURALS: Final = {"cities": "citys", "addresses": "address"}
_PRICE: Final = re.compile(
    r"[$\u20ac\u00a3]\s?\d[\d.,]*\d|[$\u20ac\u00a3]\s?\d|\d[\d.,]{0,20} (?:dollars|euros|USD|EUR)"
)
_AGE: Final = re.compile(
    r"\b(\d{1,3})(?:[ -]years?[ -]old|\b(?=[^\d]{0,12}$))|\b(?:aged?|is) (\d{1,3})\b"
)


def _find_all(pattern: re.Pattern[str]) -> Finder:
    def find(text: str) -> list[str]:
        return [next(filter(None, m.groups()), m[0]) for m in pattern.finditer(text)]

    return find


def _find_people(text: str) -> list[str]:
    places = evidence.find_places(text)
    return [name for name in evidence.find_names(text) if name not in places]


def _find_numbers(text: str) -> list[str]:
    return [f"{number:g}" for number in evidence.find_numbers(text)]


_FIELDS: Final[Mapping[str, Finder]] = {
    "email": find_emails,
    "url": find_urls,
    "link": find_urls,
    "phone": find_phones,
    "date": find_dates,
    "price": _find_all(_PRICE),
    "amount": _find_all(_PRICE),
    "age": _find_all(_AGE),
    "city": evidence.find_places,
    "place": evidence.find_places,
    "name": _find_people,
    "number": _find_numbers,
}


def extract(talk: Talk) -> str | None:
    """Return the fields that are asked for: one as it is, several by their names."""
    order = next(filter(None, (way.search(talk.prompt) for way in _WAYS)), None)
    if order is None:
        return None
    text = order["text"].strip().rstrip("\"”'")
    words = [_PLURALS.get(word, word) for word in re.findall(r"[a-z]+", order["what"].lower())]
    asked = [word for word in words if word.removesuffix("s") in _FIELDS]
    if "phone" in asked and "number" in asked:
        asked.remove("number")
    found = {name: _read(name, text) for name in asked}
    if found and _AS_JSON.search(order["what"]):
        return json.dumps({name: _write_value(name, found[name]) for name in found})
    values = {name: ", ".join(found[name]) for name in found}
    if len(values) == 1:
        [value] = values.values()
        return value or None
    return "\n".join(f"{name}: {value or 'not given'}" for name, value in values.items()) or None


def _read(name: str, text: str) -> list[str]:
    """Return the one of a kind that comes first, or, where its name is a plural, all of them."""
    found = _FIELDS[name.removesuffix("s")](text)
    return found if name.endswith("s") else found[:1]


def _write_value(name: str, found: list[str]) -> Any:
    kind = name.removesuffix("s")
    values = [float(each) if kind in ("age", "number") else each for each in found]
    values = [int(v) if isinstance(v, float) and v.is_integer() else v for v in values]
    return values if name.endswith("s") else next(iter(values), None)
