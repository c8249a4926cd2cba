"""Short orders, as tests give them: answer with a word, say something back, count."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from ocigenai_nb.emulator.brain import rewriting
from ocigenai_nb.emulator.brain.reference import NUMBER_WORDS
from ocigenai_nb.emulator.brain.talk import Talk, Turn

_VERB: Final = (
    r"^(?:please,? )?(?:(?:just|simply|only) )?"
    r"(?:say|reply|respond|answer|write|output|return|print|type)\b"
)
_ENDING: Final = r"(?:,? (?:and )?nothing else| only| in one word)?[.!]?$"
_QUOTED: Final = re.compile(
    rf"{_VERB}[\w ]{{0,40}}:?\s*[\"“'\u2018`](.+?)[\"”'\u2019`]{_ENDING}", re.IGNORECASE
)
_MARKED: Final = re.compile(
    rf"{_VERB}(?: back| with| only| just| exactly| simply| the| single| exact)*"
    rf"(?: (?:word|words|phrase|text|number(?= \d)))\s*:?\s+(\w[\w -]{{0,60}}?){_ENDING}",
    re.IGNORECASE,
)
_AFTER_COLON: Final = re.compile(
    r"^(?:please,? )?(?:(?:just|simply|only) )?(?:(?:say|repeat|echo)\b[\w ]{0,30}"
    r"|(?:reply|respond|answer)\b[\w ]{0,30}(?=:(?!.{0,200}\?$))"
    r"|(?:write|output|return|print|type)(?: back| only| just| exactly| this| the| following"
    r"| text| words?| string| phrase| sentence| message)*):\s*(.+)$",
    re.IGNORECASE | re.DOTALL,
)
_BARE: Final = re.compile(
    r"^(?:please,? )?(?:(?:just|simply) )?"
    r"(?:say|print|type|output|(?:reply|respond|answer) with(?: only| just| exactly)?"
    r"|(?:reply|answer) (?:only|just))"
    r" (?!an? |one |two |three |the |your |my |some|any|what|why|how|it\b|that\b|json|yes or)"
    rf"(\w[\w-]*(?: (?!in\b|of\b|about\b)[\w-]+){{0,4}}?){_ENDING}",
    re.IGNORECASE,
)
_REPEAT: Final = re.compile(
    r"^(?:please,? )?repeat (?:after me,? |back |the (?:word|phrase|sentence) |this )*"
    r"[\"“'\u2018]?(?!it\b|that\b|yourself\b|the\b|what\b)(\w.{0,100}?)[\"”'\u2019]?[.!]?$",
    re.IGNORECASE,
)
_TIMES: Final = re.compile(r"\btimes\b", re.IGNORECASE)
_COUNT: Final = re.compile(r"\bcount\b", re.IGNORECASE)
_COUNT_DOWN: Final = re.compile(
    r"\bcount (?:down|backwards?) from (\d+)(?!.*\bto\b)", re.IGNORECASE
)
_NUMBER: Final = re.compile(rf"\b({'|'.join(NUMBER_WORDS)})\b", re.IGNORECASE)


def obey(talk: Talk) -> str | None:
    """Answer with the words that the prompt asks for."""
    for pattern in (_QUOTED, _MARKED, _AFTER_COLON, _BARE):
        match = pattern.search(talk.prompt)
        if match:
            return match[1].strip()
    match = None if _TIMES.search(talk.prompt) else _REPEAT.search(talk.prompt)
    return match[1] if match else None


def count(talk: Talk) -> str | None:
    """Count where numbers are words, and down to 1."""
    if not _COUNT.search(talk.prompt):
        return None
    digits = _NUMBER.sub(lambda match: str(NUMBER_WORDS.index(match[1].lower())), talk.prompt)
    down = _COUNT_DOWN.search(digits)
    if down:
        digits = f"count from {down[1]} to 1"
    if digits == talk.prompt:
        return None
    return rewriting.count_up(replace(talk, turns=(*talk.turns, Turn("user", digits))))
