"""Sums, averages and the like of a few numbers, and their order.

A prompt is understood where all its words but the numbers are known: one that says more is left
to others, so that "the largest number below 10" is not taken for a list.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Final

from ocigenai_nb.emulator.brain.arithmetic import write_number
from ocigenai_nb.emulator.brain.asking import read_core, wants_only_value
from ocigenai_nb.emulator.brain.talk import Talk

_TOKEN: Final = re.compile(r"(?<![\d.])-?\d{1,40}(?:\.\d{1,40})?|[a-z']+|\S", re.IGNORECASE)
_NUMBER: Final = re.compile(r"-?\d+(?:\.\d+)?")
_PUNCTUATION: Final = frozenset(',;:.?![](){}"“”')
_FILLER_TEXT: Final = (
    "a among an and answer are array be between by calculate check compute do determine find "
    "following for from get give given have here how i i'd i've if in integer integers is it's "
    "item items let's like list me much my need number numbers of or order out please print "
    "put return show tell that the them then these this those to up us value values want was "
    "what what's whats which work would you"
)
_FILLERS: Final = frozenset(_FILLER_TEXT.split())
_KINDS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("sum", "total", "add", "plus"), "sum"),
    **dict.fromkeys(("average", "mean"), "average"),
    **dict.fromkeys(("median",), "median"),
    **dict.fromkeys(("product", "multiply"), "product"),
    **dict.fromkeys("max maximum largest biggest greatest highest".split(), "largest"),  # noqa: SIM905
    **dict.fromkeys(("larger", "bigger", "greater", "higher"), "largest"),
    **dict.fromkeys(("min", "minimum", "smallest", "lowest", "least"), "smallest"),
    **dict.fromkeys(("smaller", "less", "lower"), "smallest"),
    **dict.fromkeys(("sort", "sorted", "arrange", "rank", "ascending", "increasing"), "up"),
    **dict.fromkeys(("descending", "decreasing"), "down"),
    **dict.fromkeys(("reverse", "reversed"), "back"),
}
_DOWN: Final = re.compile(
    r"\b(?:largest|highest|biggest|greatest|high) to (?:the )?(?:smallest|lowest|least|low)\b"
    r"|\breverse order\b",
    re.IGNORECASE,
)
_UP: Final = re.compile(
    r"\b(?:smallest|lowest|least|low) to (?:the )?(?:largest|highest|biggest|greatest|high)\b"
    r"|\bin order\b",
    re.IGNORECASE,
)
_SOME: Final = re.compile(
    r"\d (?:larg|small|big|great|high|low|max|min)|(?:larg|small|bigg|great|high|low)est \d+ "
    r"(?:of|in|num)",
    re.IGNORECASE,
)
_RANGE: Final = re.compile(
    r"\b(?:from |between |of )(?:all )?(?:the )?(?:numbers |integers )?(?:from )?"
    r"(\d{1,6}) (?:to|through) (\d{1,6})$",
    re.IGNORECASE,
)
_THOUSANDS: Final = re.compile(r"\d,\d{3}(?!\d)")
_ORDERS: Final = frozenset({"up", "down", "back"})


def reckon(talk: Talk) -> str | None:
    """Answer what the sum, average, largest ... of some numbers is, or put them in order."""
    core = read_core(talk.prompt)
    if _SOME.search(core) or (_THOUSANDS.search(core) and "[" not in core):
        return None
    kind, numbers = _read(_UP.sub("ascending", _DOWN.sub("descending", core)))
    if kind is None or len(numbers) < 2:
        return None
    if kind in _ORDERS:
        return _write_order(_ordered(kind, numbers), bracketed="[" in core)
    ends = _RANGE.search(core)
    if ends:
        numbers = [str(n) for n in range(int(ends[1]), int(ends[2]) + 1)]
    elif re.search(r"\d (?:to|through) \d", core):
        return None
    return _state(kind, numbers, bare=wants_only_value(talk.prompt)) if numbers else None


def _read(core: str) -> tuple[str | None, list[str]]:
    """Return what is asked for and of which numbers; nothing where a word is not known."""
    kinds: set[str] = set()
    numbers: list[str] = []
    for token in _TOKEN.findall(core):
        word = token.lower()
        if word in _KINDS:
            kinds.add(_KINDS[word])
        elif _NUMBER.fullmatch(token):
            numbers.append(token)
        elif word not in _FILLERS and token not in _PUNCTUATION:
            return None, []
    if kinds == {"up", "down"}:  # "sort in descending order"
        kinds = {"down"}
    return (kinds.pop() if len(kinds) == 1 else None), numbers


def _ordered(kind: str, numbers: Sequence[str]) -> list[str]:
    if kind == "back":
        return list(reversed(numbers))
    return sorted(numbers, key=Fraction, reverse=kind == "down")


def _write_order(numbers: Sequence[str], *, bracketed: bool) -> str:
    text = ", ".join(numbers)
    return f"[{text}]" if bracketed else text


def _find_median(values: Sequence[Fraction]) -> Fraction:
    ordered, half = sorted(values), len(values) // 2
    return ordered[half] if len(values) % 2 else (ordered[half - 1] + ordered[half]) / 2


_WORK: Final[Mapping[str, Callable[[Sequence[Fraction]], Fraction]]] = {
    "sum": lambda values: sum(values, Fraction()),
    "product": lambda values: math.prod(values, start=Fraction(1)),
    "average": lambda values: sum(values, Fraction()) / len(values),
    "median": _find_median,
    "largest": max,
    "smallest": min,
}
_SIGNS: Final = {"sum": " + ", "product": " * "}
_MOST_TERMS: Final = 20
"""As many are written out."""


def _state(kind: str, numbers: Sequence[str], *, bare: bool) -> str:
    value = write_number(_WORK[kind]([Fraction(number) for number in numbers]))
    if bare:
        return value
    if kind in _SIGNS and len(numbers) <= _MOST_TERMS:
        return f"{_SIGNS[kind].join(numbers)} = {value}"
    return f"The {kind} is {value}."
