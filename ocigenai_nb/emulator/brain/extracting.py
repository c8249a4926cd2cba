"""Fields picked out of a text that the prompt brings: a name, an age, an address, a date."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from ocigenai_nb.emulator.brain import evidence
from ocigenai_nb.emulator.brain.talk import Talk

_ORDER: Final = re.compile(
    r"\b(?:extract|find|pull out|get|identify)\b(.{1,120}?)"
    r"(?:\s*:\s*|\b(?:from|in|of)\b[^:\"“'\n]{0,40}[:\"“'\n]\s*)(.+)$",
    re.IGNORECASE | re.DOTALL,
)
_EMAIL: Final = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
_URL: Final = re.compile(r"https?://[^\s\"”'<>]+[^\s\"”'<>.,;!?)]")
_PHONE: Final = re.compile(r"\+?\d[\d ()-]{5,}\d")
_MONTH: Final = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*"
_DATE: Final = re.compile(
    rf"\d{{4}}-\d{{2}}-\d{{2}}|\d{{1,2}}[/.]\d{{1,2}}[/.]\d{{2,4}}"
    rf"|\d{{1,2}}\.? {_MONTH}(?:,? \d{{4}})?|{_MONTH} \d{{1,2}}(?:,? \d{{4}})?"
)
_PRICE: Final = re.compile(
    r"[$\u20ac\u00a3]\s?\d[\d.,]*\d|[$\u20ac\u00a3]\s?\d|\d[\d.,]{0,20} (?:dollars|euros|USD|EUR)"
)
_AGE: Final = re.compile(
    r"\b(\d{1,3})(?:[ -]years?[ -]old|\b(?=[^\d]{0,12}$))|\b(?:aged?|is) (\d{1,3})\b"
)


def _find(pattern: re.Pattern[str]) -> Callable[[str], str | None]:
    def find(text: str) -> str | None:
        match = pattern.search(text)
        return None if match is None else next(filter(None, match.groups()), match[0])

    return find


def _find_name(text: str) -> str | None:
    places = evidence.find_places(text)
    names = (name for name in evidence.find_names(text) if name not in places)
    return next((name for name in names if name not in ("Contact", "Call", "Mail")), None)


def _find_place(text: str) -> str | None:
    return next(iter(evidence.find_places(text)), None)


def _find_number(text: str) -> str | None:
    numbers = evidence.find_numbers(text)
    return f"{numbers[0]:g}" if numbers else None


_FIELDS: Final[Mapping[str, Callable[[str], str | None]]] = {
    "email": _find(_EMAIL),
    "url": _find(_URL),
    "link": _find(_URL),
    "phone": _find(_PHONE),
    "date": _find(_DATE),
    "price": _find(_PRICE),
    "amount": _find(_PRICE),
    "age": _find(_AGE),
    "city": _find_place,
    "place": _find_place,
    "name": _find_name,
    "number": _find_number,
}


def extract(talk: Talk) -> str | None:
    """Return the fields that are asked for: one as it is, several by their names."""
    order = _ORDER.search(talk.prompt)
    if order is None:
        return None
    text = order[2].strip().rstrip("\"”'")
    words = re.findall(r"[a-z]+", order[1].lower())
    asked = [word for word in words if word.removesuffix("s") in _FIELDS]
    if "phone" in asked and "number" in asked:
        asked.remove("number")
    found = {name: _FIELDS[name.removesuffix("s")](text) for name in asked}
    if len(found) == 1:
        [value] = found.values()
        return value
    return "\n".join(f"{name}: {value or 'not given'}" for name, value in found.items()) or None
