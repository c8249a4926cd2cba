"""Counting in steps, and the even, odd and prime numbers of a range."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import Final

from ocigenai_nb.emulator.brain.asking import read_core
from ocigenai_nb.emulator.brain.reference import NUMBER_WORDS
from ocigenai_nb.emulator.brain.talk import Talk

_MOST: Final = 10_000
_NUMBER_WORD: Final = re.compile(rf"\b({'|'.join(NUMBER_WORDS)})(?=s?\b)", re.IGNORECASE)
_TWENTY: Final = re.compile(r"\b(twenty|fifty|(?:one |a )?hundred)(?=s?\b)", re.IGNORECASE)
_TENS: Final = {"twenty": "20", "fifty": "50"}
_STEP: Final = r"(?:by|in) (?:steps of |increments of )?(?P<step>\d{1,4})s?(?: at a time)?"
_ENDS: Final = (
    r"(?:(?:starting )?(?:from|at) (?P<first>\d{1,6}) )?(?:up )?(?:to|until) (?P<last>\d{1,6})"
)
_VERBS: Final = r"(?:count|list numbers|write (?:the )?numbers|print (?:the )?numbers|skip count)"
_DOWN: Final = (
    r"(?:do a |a |start a )?(?:count ?down|count backwards?) (?:starting )?(?:from|at) "
    r"(?P<first>\d{1,6})(?: (?:down )?to (?P<last>\d{1,6}))?"
    r"(?:,? (?:by|in) (?:steps of )?(?P<step>\d{1,4})s?)?"
)
_WAYS: Final = tuple(
    re.compile(way, re.IGNORECASE)
    for way in (rf"{_VERBS} {_STEP},? {_ENDS}", rf"{_VERBS} {_ENDS},? {_STEP}", _DOWN)
)
_KIND: Final = re.compile(
    r"(?:(?:list|name|give me|print|write|show(?: me)?|return|what are) )?(?:all )?(?:the )?"
    r"(?P<kind>even|odd|prime)(?:s| numbers?)? (?:between|from) (?P<first>\d{1,5}) "
    r"(?:and|to|through) (?P<last>\d{1,5})(?: inclusive)?",
    re.IGNORECASE,
)
_FIRST: Final = re.compile(
    r"(?:(?:list|name|give me|print|write|show(?: me)?|return|what are) )?the first "
    r"(?P<many>\d{1,3}) (?P<kind>even|odd|prime)(?:s| (?:positive )?numbers)",
    re.IGNORECASE,
)


def count_in_steps(talk: Talk) -> str | None:
    """Count by twos, down from a number, or over the even, odd or prime ones alone."""
    core = _write_digits(read_core(talk.prompt))
    numbers = _step(core) or _pick(core) or _take_first(core)
    return " ".join(map(str, numbers)) if numbers else None


def is_prime(number: int) -> bool:
    """Tell whether a number is prime; it takes as long as its square root is large."""
    return number > 1 and all(number % d for d in range(2, int(number**0.5) + 1))


def _write_digits(text: str) -> str:
    text = _TWENTY.sub(lambda match: _TENS.get(match[1].lower(), "100"), text)
    return _NUMBER_WORD.sub(lambda match: str(NUMBER_WORDS.index(match[1].lower())), text)


def _step(core: str) -> list[int]:
    """Return the numbers from one end to the other, in steps; none where that isn't asked."""
    match = next(filter(None, (way.fullmatch(core) for way in _WAYS)), None)
    if match is None:
        return []
    step = int(match["step"] or 1)
    down = re.search(r"down|backward", core, re.IGNORECASE) is not None
    first = int(match["first"]) if match["first"] else step
    last = int(match["last"]) if match["last"] else 1
    if step == 0 or (down and last > first):
        return []
    return list(range(first, last + 1, step) or range(first, last - 1, -step))[:_MOST]


def _pick(core: str) -> list[int]:
    match = _KIND.fullmatch(core)
    if match is None:
        return []
    last = int(match["last"])
    found = itertools.takewhile(lambda n: n <= last, _iterate(match["kind"], int(match["first"])))
    return list(itertools.islice(found, _MOST))


def _take_first(core: str) -> list[int]:
    match = _FIRST.fullmatch(core)
    return list(itertools.islice(_iterate(match["kind"], 1), int(match["many"]))) if match else []


def _iterate(kind: str, start: int) -> Iterator[int]:
    kind = kind.lower()
    for number in itertools.count(start):
        if is_prime(number) if kind == "prime" else number % 2 == (kind == "odd"):
            yield number
