"""Work on a word or a short list of words that the prompt names: spelling, case, order."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Final

from ocigenai_nb.emulator.brain.asking import read_core
from ocigenai_nb.emulator.brain.talk import Talk

_THING: Final = r"(?:(?:the |this )?(?:word|string|text|name|phrase|sentence)s?:? )?"
_Q: Final = "[\"“”'\u2018\u2019`]?"
_WORD: Final = rf"{_THING}{_Q}(?P<text>[\w-]{{1,60}}){_Q}"
_TEXT: Final = rf"{_THING}{_Q}(?P<text>\w[\w ,!-]{{0,200}}?){_Q}"
_NO_TEXT: Final = frozenset("it that this the a an them these my your its all some".split())  # noqa: SIM905
_UPPER: Final = r"(?:all )?(?:upper ?-?case|caps|capital letters|capitals)(?: letters)?"
_LOWER: Final = r"(?:all )?lower ?-?case(?: letters)?"
_PUT: Final = (
    r"(?:what(?:'s| is) |convert |change |turn |make |put |transform |write |say |print |type )"
)
_BACK: Final = r"(?:backwards?|in reverse|reversed|in reverse order|from back to front)"


_WAYS: Final[tuple[tuple[re.Pattern[str], Callable[[str], str]], ...]] = tuple(
    (re.compile(way, re.IGNORECASE), work)
    for way, work in (
        (rf"(?:reverse|flip|invert) (?:the letters (?:of|in) )?{_WORD}", lambda t: t[::-1]),
        (rf"reverse (?:the )?(?:string|text|phrase|sentence):? {_Q}(?P<text>\w[\w ]{{0,200}}?){_Q}",
         lambda t: t[::-1]),
        (rf"(?:spell|write|say|what is|what's|print) (?:out )?{_WORD} (?:spelled )?{_BACK}",
         lambda t: t[::-1]),
        (rf"(?:how (?:do you|would you|to) )?spell (?:out )?{_WORD}(?: letter by letter| for me)?",
         lambda t: "-".join(t.upper())),
        (rf"(?:{_UPPER}|capitali[sz]e all letters (?:of|in)) {_TEXT}", str.upper),
        (rf"{_LOWER} {_TEXT}", str.lower),
        (rf"{_PUT}{_TEXT} (?:in|to|into|as|using)? ?{_UPPER}", str.upper),
        (rf"{_PUT}{_TEXT} (?:in|to|into|as|using)? ?{_LOWER}", str.lower),
        (rf"capitali[sz]e {_WORD}", str.capitalize),
        (rf"what(?:'s| is) the first letter (?:of|in) {_WORD}", lambda t: t[0]),
        (rf"what(?:'s| is) the last letter (?:of|in) {_WORD}", lambda t: t[-1]),
    )
)  # fmt: skip
_QUOTES: Final = re.compile("[\"“'\u2018`]")
_ALPHABET: Final = re.compile(
    r"how many letters (?:are )?(?:there )?(?:in|does) the (?:english )?alphabet(?: have)?",
    re.IGNORECASE,
)
_SPEAKS_OF_WORDS: Final = re.compile(r"\b(?:word|string|name|letters|characters)\b|[\"“'\u2018`]")
_LENGTH: Final = re.compile(
    r"(?:how (?:many letters|many characters|long)|what is the length|number of letters)"
    rf"(?: (?:are|is|does))?(?: there)?(?: (?:in|of|is))?(?: does)? {_WORD}(?: (?:have|contain))?"
    r"(?: (?:in letters|long))?",
    re.IGNORECASE,
)
_VOWELS: Final = re.compile(
    rf"how many (?P<kind>vowels|consonants) (?:are )?(?:there )?(?:in )?(?:does )?{_WORD}"
    r"(?: have| contain)?",
    re.IGNORECASE,
)
_ORDER: Final = re.compile(
    r"(?P<verb>sort|alphabeti[sz]e|order|arrange|put|reverse)(?P<how>(?: (?:the|these|this|them|"
    r"following|list|array|words|word|names|items|strings|of|in|alphabetically|alphabetical|"
    r"ascending|descending|reverse|order|fruits|animals|elements|from|a to z|z to a))*)\s?:?\s+"
    r"(?P<items>[\[(]?[^:\n]{1,500}?)(?P<after>(?: (?:alphabetically|in|reverse|alphabetical|order|"
    r"ascending|descending|into))*)",
    re.IGNORECASE,
)
_DOWN: Final = re.compile(r"\b(?:descending|reverse|z to a)\b", re.IGNORECASE)
_ITEM: Final = re.compile(r"[^\W\d_][\w'-]{0,60}")
_NO_ITEMS: Final = frozenset(
    "a an by for in into it length my of that the this to with".split()  # noqa: SIM905
)
_LOOSE: Final = frozenset({"reverse", "put", "order", "arrange"})
"""Verbs that are used of other things than lists."""
_LISTED: Final = re.compile(
    r"\b(?:list|array|order|items|words|elements|names|alphabetical|alphabetically)\b",
    re.IGNORECASE,
)


def rework(talk: Talk) -> str | None:
    """Spell a word, turn it around, change its case, or count its letters."""
    core = read_core(talk.prompt)
    for pattern, work in _WAYS:
        match = pattern.fullmatch(core)
        if match and (match["text"].split()[0].lower() not in _NO_TEXT or _QUOTES.search(core)):
            return work(match["text"].strip())
    return _measure(core)


def _measure(core: str) -> str | None:
    if _ALPHABET.fullmatch(core):
        return "There are 26 letters in the English alphabet."
    length, vowels = _LENGTH.fullmatch(core), _VOWELS.fullmatch(core)
    match = length or vowels
    if length and not _SPEAKS_OF_WORDS.search(core):
        return None
    if match is None or match["text"].lower() in _NO_TEXT:
        return None
    word = match["text"]
    letters = [letter for letter in word.lower() if letter.isalpha()]
    if vowels and not word.isascii():
        return None  # whose letters are vowels depends on the language
    kind = vowels["kind"].lower() if vowels else "letters"
    count = sum(_fits(letter, kind) for letter in letters)
    return f"There {'is' if count == 1 else 'are'} {count} {kind} in “{word}”."


def _fits(letter: str, kind: str) -> bool:
    return kind == "letters" or (letter in "aeiou") == (kind == "vowels")


def order_words(talk: Talk) -> str | None:
    """Sort a short list of words, or turn it around."""
    match = _ORDER.fullmatch(read_core(talk.prompt))
    if match is None:
        return None
    said = match["how"] + match["after"]
    back = match["verb"].lower() == "reverse"
    items = _split(match["items"])
    loose = match["verb"].lower() in _LOOSE
    if len(items) < 2 or (loose and not _LISTED.search(said)):
        return None
    ordered = items[::-1] if back else sorted(items, key=str.lower)
    if not back and _DOWN.search(said):
        ordered = ordered[::-1]
    return json.dumps(ordered) if match["items"].startswith("[") else ", ".join(ordered)


def _split(text: str) -> list[str]:
    """Return the words of a list; nothing where something in it is more than a word."""
    text = re.sub(r"[\[\]()\"“”]|(?<!\w)'|'(?!\w)", "", text)
    parts = re.split(r",|;|\band\b", text) if re.search(r"[,;]| and ", text) else text.split()
    items = [part.strip() for part in parts if part.strip()]
    fit = all(_ITEM.fullmatch(item) and item.lower() not in _NO_ITEMS for item in items)
    return items if fit else []
