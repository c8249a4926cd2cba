"""The few things the script knows: lists, a table, code, phrases in other languages, facts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from ocigenai_nb.emulator.brain import reference
from ocigenai_nb.emulator.brain.talk import Talk

_TRANSLATE: Final = re.compile(
    r"\btranslate\b\s*[:\"“']*(.{1,200}?)[\"”']*\s+(?:in)?to\s+(\w+)"
    r"|\bhow do you say\b\s*[\"“']*(.{1,200}?)[\"”']*\s+in\s+(\w+)",
    re.IGNORECASE,
)
_TRANSLATE_TO: Final = re.compile(
    r"\btranslate\b[\w ]{0,40}\b(?:in)?to (\w+)\s*:\s*[\"“']?([^,\n]{1,200}?)[\"”'.!?]*$"
    r"|\b(\w+) (?:word|translation|phrase) (?:for|of) [\"“']?([^\"”'?]{1,60})"
    r"|\bwhat(?:'s| is) [\"“']?([\w ][^\"”'?]{1,60}?)[\"”']? in (\w+)"
    r"|\bsay ([\w ]{1,60}) in (\w+)",
    re.IGNORECASE,
)
_LIST: Final = re.compile(r"\b(?:list|name|give me|what are)\b(.*)", re.IGNORECASE)
_CAPITAL: Final = re.compile(r"\bcapital of (?:the )?([a-z ]+)", re.IGNORECASE)
_CODE: Final = re.compile(r"\b(?:write|show|give me|code|function|program|script)\b", re.IGNORECASE)


def translate(talk: Talk) -> str | None:
    """Translate one of a few words and phrases."""
    short = _translate_shortly(talk.prompt)
    if short:
        return short
    match = _TRANSLATE.search(talk.prompt)
    if match is None:
        return None
    phrase, language = (match[1] or match[3]).strip().lower(), (match[2] or match[4]).lower()
    known = reference.PHRASES.get(language, {})
    found = known.get(phrase.rstrip("!.?"))
    return f"“{found}”" if found else _translate_items(talk.prompt.partition(":")[2], known)


def _translate_shortly(prompt: str) -> str | None:
    """Translate what one of the shorter ways to ask names."""
    match = _TRANSLATE_TO.search(prompt)
    if match is None:
        return None
    language = (match[1] or match[3] or match[6] or match[8]).lower()
    phrase = (match[2] or match[4] or match[5] or match[7]).strip().lower()
    found = reference.PHRASES.get(language, {}).get(phrase)
    return f"“{found}”" if found else None


def _translate_items(text: str, known: Mapping[str, str]) -> str | None:
    """Translate a list item by item; a word that is not known stays as it is."""
    items = [item.strip(" .!\"'").lower() for item in re.split(r"[,\n]", text)]
    if not any(item in known for item in items):
        return None
    return "\n".join(f"- {known.get(item, item)}" for item in items if item)


def write_code(talk: Talk) -> str | None:
    """Write one of a few Python functions."""
    if not _CODE.search(talk.prompt):
        return None
    words = talk.prompt.lower()
    for key, code in reference.CODE.items():
        if all(word in words for word in key.split()):
            return f"```python\n{code}```"
    return None


def write_table(talk: Talk) -> str | None:
    """Write the table of planets."""
    words = talk.prompt.lower()
    if "table" not in words or "planet" not in words:
        return None
    rows = [f"| {name} | {diameter:,} |" for name, diameter in reference.PLANETS.items()]
    return "\n".join(["| Planet | Diameter (km) |", "|---|---:|", *rows])


def write_list(talk: Talk) -> str | None:
    """Write a Markdown list of things of a kind."""
    match = _LIST.search(talk.prompt)
    if match is None:
        return None
    words = match[1].lower()
    for kind, members in reference.LISTS.items():
        if kind in words:
            wanted = _read_count(words) or len(members)
            return "\n".join(f"- {member}" for member in members[:wanted])
    return None


def explain(talk: Talk) -> str | None:
    """State a fact."""
    capital = _CAPITAL.search(talk.prompt)
    if capital:
        country = capital[1].strip().lower()
        city = reference.CAPITALS.get(country)
        return f"The capital of {country.title()} is {city}." if city else None
    words = talk.prompt.lower()
    for key, fact in reference.FACTS.items():
        if all(word in words for word in key.split()):
            return fact
    return None


def converse(talk: Talk) -> str | None:
    """Greet, thank, joke, write a haiku, say what this is."""
    words = talk.prompt.lower()
    for pattern, answers in reference.SMALL_TALK.items():
        if re.search(pattern, words):
            return talk.choose(*answers).format(model=talk.model)
    return None


def _read_count(words: str) -> int | None:
    digits = re.search(r"\b(\d+)\b", words)
    if digits:
        return int(digits[1])
    if re.match(r" *an? (?!list|table|few|couple)", words):
        return 1
    numbers = enumerate(reference.NUMBER_WORDS[1:], 1)
    return next((n for n, word in numbers if re.search(rf"\b{word}\b", words)), None)
