"""Yes or no: what a short question asks about numbers, words, places and kinds of things.

A question is answered where the script knows for sure; "no" of a place or a kind takes more than
not finding it.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Final

from ocigenai_nb.emulator.brain import reference
from ocigenai_nb.emulator.brain.arithmetic import evaluate
from ocigenai_nb.emulator.brain.asking import is_short, read_core, wants_only_value
from ocigenai_nb.emulator.brain.counting import is_prime
from ocigenai_nb.emulator.brain.talk import Talk

_CLAIM: Final = re.compile(
    r"(?!is |does |are |what |which |how )(.{1,80}?) is (.{1,80})", re.IGNORECASE
)
_ASKS: Final = re.compile(r"(?:is|does)\b", re.IGNORECASE)
_WRAPPED: Final = re.compile(r"is it (?:true|correct|right) that (.{1,160})", re.IGNORECASE)
_WORDS_WANTED: Final = re.compile(
    r"\b(?P<yes>yes|true)\b\W{0,3}(?:or|/|and)\W{0,3}\b(?:no|false)\b", re.IGNORECASE
)
_PROPERTY: Final = re.compile(
    r"is (?:the )?(?:number )?(?P<n>-?\d{1,9}) (?:an? )?(?P<what>prime|even|odd|composite|positive|"
    r"negative|perfect square)(?: (?:number|integer))?",
    re.IGNORECASE,
)
_CHOICE: Final = re.compile(
    r"is (?:the )?(?:number )?(?P<n>-?\d{1,9}) (?:an? )?(?P<a>even|odd|positive|negative|prime|"
    r"composite)(?: number)?,? or (?:an? )?(?P<b>even|odd|positive|negative|prime|composite)"
    r"(?: number)?",
    re.IGNORECASE,
)
_DIVISIBLE: Final = re.compile(
    r"is (?P<n>\d{1,18}) (?P<what>(?:evenly )?divisible by|a multiple of) (?P<by>\d{1,18})",
    re.IGNORECASE,
)
_COMPARED: Final = re.compile(
    r"(?:is|does) (?P<left>[^<>=]{1,60}?) ?(?P<how>>=|<=|==|=|>|<|(?<= )(?:(?:greater|larger|"
    r"bigger|more|higher|less|smaller|lower) than|(?:equals?|the same as)(?: to)?))"
    r"(?P<right>[^<>=]{1,60})",
    re.IGNORECASE,
)
_CAPITAL: Final = re.compile(
    r"is (?P<city>[\w .,]{2,30}?) the capital(?: city)? of (?:the )?(?P<country>[a-z ]{2,30})",
    re.IGNORECASE,
)
_PLACE: Final = re.compile(
    r"is (?P<city>[\w .,]{2,30}?) (?:located |a city |situated )?in (?:the )?"
    r"(?P<country>[a-z ]{2,30})",
    re.IGNORECASE,
)
_KIND: Final = re.compile(
    r"is (?:the |an? )?(?P<thing>\w[\w ]{1,30}?) an? (?P<kind>\w[\w ]{2,30})", re.IGNORECASE
)
_PALINDROME: Final = re.compile(
    r"is (?:the word )?[\"“'\u2018]?(?P<word>[a-z]{2,60})[\"”'\u2019]? a palindrome", re.IGNORECASE
)
_CONTAINS: Final = re.compile(
    r"does (?:the (?:word|string) )?[\"“'\u2018]?(?P<word>\w{1,60})[\"”'\u2019]? (?P<how>contain|"
    r"include|have|start with|begin with|end with|end in) (?:an? |the (?:letter|substring) )?"
    r"[\"“'\u2018]?(?P<part>\w{1,60})[\"”'\u2019]?",
    re.IGNORECASE,
)
_CLOSED: Final = frozenset({"continent", "ocean", "season", "weekday", "planet"})
"""Lists that are whole, so that what is on another is surely not on these."""
_NAMESAKES: Final = frozenset({"canada", "united states", "united kingdom", "spain"})
"""Countries with towns named after capitals of others."""
_COMPARISONS: Final[Mapping[str, Callable[[Fraction, Fraction], bool]]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "=": operator.eq,
}
_MORE: Final = ("greater", "larger", "bigger", "more", "higher")
_LESS: Final = ("less", "smaller", "lower")


def verify(talk: Talk) -> str | None:
    """Answer a question of yes or no, or say which of two a number is."""
    question = _read_question(talk.prompt)
    choice = _CHOICE.fullmatch(question)
    if choice:
        return _choose(choice, bare=wants_only_value(talk.prompt))
    found = (rule(question) for rule in _RULES)
    verdict = next((each for each in found if each is not None), None)
    return None if verdict is None else _write(talk.prompt, verdict=verdict)


def _read_question(prompt: str) -> str:
    """Return what is asked as a question, though it be put as a claim to judge."""
    core = read_core(prompt)
    if is_short(prompt) and (wrapped := _WRAPPED.fullmatch(core)):
        core = wrapped[1]
    elif not _WORDS_WANTED.search(prompt[:2_000]):
        return core
    claim = _CLAIM.fullmatch(core)
    if claim:
        return f"is {claim[1]} {claim[2]}"
    return core if _ASKS.match(core) else f"is {core}"


def _write(prompt: str, *, verdict: bool) -> str:
    wanted = _WORDS_WANTED.search(prompt)
    if wanted and wanted["yes"].lower() == "true":
        return "True" if verdict else "False"
    return "Yes" if verdict else "No"


def _choose(match: re.Match[str], *, bare: bool) -> str | None:
    number = int(match["n"])
    fitting = [each for each in (match["a"], match["b"]) if _PROPERTIES[each.lower()](number)]
    if len(fitting) != 1:
        return None
    return fitting[0] if bare else f"{number} is {fitting[0]}."


def _is_square(number: int) -> bool:
    return number >= 0 and math.isqrt(number) ** 2 == number


_PROPERTIES: Final[Mapping[str, Callable[[int], bool]]] = {
    "prime": is_prime,
    "composite": lambda number: number > 1 and not is_prime(number),
    "even": lambda number: number % 2 == 0,
    "odd": lambda number: number % 2 == 1,
    "positive": lambda number: number > 0,
    "negative": lambda number: number < 0,
    "perfect square": _is_square,
}


def _judge_number(question: str) -> bool | None:
    match = _PROPERTY.fullmatch(question)
    if match:
        return _PROPERTIES[match["what"].lower()](int(match["n"]))
    match = _DIVISIBLE.fullmatch(question)
    return int(match["n"]) % int(match["by"]) == 0 if match and int(match["by"]) else None


def _compare(question: str) -> bool | None:
    match = _COMPARED.fullmatch(question)
    if match is None:
        return None
    left, right = evaluate(match["left"]), evaluate(match["right"])
    how = match["how"].lower().split()[0]
    sign = ">" if how in _MORE else "<" if how in _LESS else how
    if left is None or right is None:
        return None
    return _COMPARISONS[sign if sign in _COMPARISONS else "="](left, right)


def _locate(question: str) -> bool | None:
    match = _CAPITAL.fullmatch(question) or _PLACE.fullmatch(question)
    if match is None:
        return None
    city, country = match["city"].strip().lower(), match["country"].strip().lower()
    countries = {capital.lower(): name for name, capital in reference.CAPITALS.items()}
    if country not in reference.CAPITALS or city not in countries:
        return None
    surely = match.re is _CAPITAL or country not in _NAMESAKES
    return True if countries[city] == country else (False if surely else None)


def _class(question: str) -> bool | None:
    match = _KIND.fullmatch(question)
    kind = match["kind"].lower() if match else ""
    if match is None or kind not in reference.LISTS:
        return None
    kinds = list_kinds(match["thing"])
    return True if kind in kinds else (False if kinds and kind in _CLOSED else None)


def list_kinds(thing: str) -> set[str]:
    """Return the kinds of things that something is known to be."""
    name = thing.lower().removesuffix(" ocean")
    return {
        kind
        for kind, members in reference.LISTS.items()
        if any(name == member.lower() for member in members)
    }


def _look_at_word(question: str) -> bool | None:
    match = _PALINDROME.fullmatch(question)
    if match:
        word = match["word"].lower()
        return word == word[::-1]
    match = _CONTAINS.fullmatch(question)
    if match is None or (match["how"] in ("have", "include") and len(match["part"]) > 1):
        return None
    word, part, how = match["word"].lower(), match["part"].lower(), match["how"].lower()
    if how.startswith(("start", "begin")):
        return word.startswith(part)
    return word.endswith(part) if how.startswith("end") else part in word


_RULES: Final = (_judge_number, _compare, _locate, _class, _look_at_word)
