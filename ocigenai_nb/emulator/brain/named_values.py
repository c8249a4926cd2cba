"""What a text holds for a field of a certain name: its email, its date, where it goes from and to.

Known deviation: names are looked at in English alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from ocigenai_nb.emulator.brain import evidence
from ocigenai_nb.emulator.brain.moods import weigh_mood

Finder = Callable[[str], list[str]]
"""Finds everything of a kind in a text, in order."""

_MONTH: Final = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*"
_DAY: Final = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_TIME: Final = re.compile(
    rf"{_DAY}|January|February|March|July|September|October|November|December"
)
_RUN: Final = r"([A-Z][\w'\u2019-]*(?:[^\S\n]+[A-Z][\w'\u2019-]*)*)"


def _find_all(pattern: str, flags: int = 0) -> Finder:
    compiled = re.compile(pattern, flags)

    def find(text: str) -> list[str]:
        return [next(filter(None, m.groups()), m[0]) for m in compiled.finditer(text)]

    return find


find_emails: Final = _find_all(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
find_urls: Final = _find_all(r"https?://[^\s\"”'<>]+[^\s\"”'<>.,;!?)]")
find_phones: Final = _find_all(r"\+?\d[\d ()-]{5,}\d")
find_dates: Final = _find_all(
    rf"\d{{4}}-\d{{2}}-\d{{2}}|\d{{1,2}}[/.]\d{{1,2}}[/.]\d{{2,4}}"
    rf"|\d{{1,2}}\.? {_MONTH}(?:,? \d{{4}})?|{_MONTH} \d{{1,2}}(?:,? \d{{4}})?"
)
_find_days: Final = _find_all(rf"\b(?:{_DAY}|today|tomorrow|tonight)\b", re.IGNORECASE)
_find_iso_dates: Final = _find_all(r"\b\d{4}-\d{2}-\d{2}\b")
_find_origins: Final = _find_all(rf"\bfrom {_RUN}")
_find_destinations: Final = _find_all(rf"\bto {_RUN}")

_FORMATS: Final[Mapping[str, Finder]] = {
    "date": _find_iso_dates,
    "email": find_emails,
    "uri": find_urls,
}
_NAMES: Final[Sequence[tuple[re.Pattern[str], Finder]]] = (
    (re.compile(r"e-?mail|recipient|^to$", re.IGNORECASE), find_emails),
    (re.compile(r"url|link|website", re.IGNORECASE), find_urls),
    (re.compile(r"phone", re.IGNORECASE), find_phones),
    (
        re.compile(r"date|^day$|^when$|deadline|birthday", re.IGNORECASE),
        lambda text: find_dates(text) or _find_days(text),
    ),
    (re.compile(r"origin|depart|^from(?:$|_)", re.IGNORECASE), _find_origins),
    (re.compile(r"destination|arriv|^to(?:$|_)", re.IGNORECASE), _find_destinations),
    (re.compile(r"^first_?name|^given_?name", re.IGNORECASE), lambda t: _split_names(t, 0)),
    (re.compile(r"^last_?name|surname|^family_?name", re.IGNORECASE), lambda t: _split_names(t, 1)),
)


def find_formatted(kind: str, text: str) -> str | None:
    """Return the first in ``text`` that has a format of JSON schemas."""
    finder = _FORMATS.get(kind)
    return next(iter(finder(text)), None) if finder else None


def find_named(name: str, text: str) -> str | None:
    """Return what ``text`` holds for a field called ``name``, if its name says what that is."""
    for pattern, finder in _NAMES:
        if pattern.search(name):
            found = finder(text)
            if found:
                return found[0]
    return None


def find_mood(options: Sequence[Any], text: str) -> Any:
    """Return which of ``options`` the mood of ``text`` is; ``None`` if they are no moods."""
    moods = {option.lower(): option for option in options if isinstance(option, str)}
    if not {"positive", "negative"} <= moods.keys():
        return None
    good, bad = weigh_mood(text)
    if good == bad:
        return moods.get("neutral", moods["positive"])
    return moods["positive" if good > bad else "negative"]


def is_time(name: str) -> bool:
    """Tell whether a capitalized word is a day, or a month that is nobody's name."""
    return _TIME.fullmatch(name) is not None


def _split_names(text: str, place: int) -> list[str]:
    return [words[-place] for name in evidence.find_names(text) if len(words := name.split()) > 1]
