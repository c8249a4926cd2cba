"""Work on text that the prompt itself brings: repeating, rewriting, counting."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from ocigenai_nb.emulator.brain.reference import NUMBER_WORDS
from ocigenai_nb.emulator.brain.talk import Talk

_MOST_NUMBERS: Final = 200_000
_EXACTLY: Final = re.compile(
    r"^(?:say exactly|say|repeat after me|echo)\s*:\s*(.+)$", re.IGNORECASE | re.DOTALL
)
_SAY: Final = re.compile(
    r"(?:(?:can|could|would|will) you )?(?:please )?"
    r"say (hello|hi|good (?:morning|evening)|thank you|goodbye|please)"
    r"(?: to (?:me|us|(?:my friend )?([\w'\u2019-]+(?: [A-Z][\w'\u2019-]*)?)))?"
    r"(?: in one word)?(?:,? please)?[.!?]?",
    re.IGNORECASE,
)
_QUOTED: Final = re.compile(r"[\"“'\u2018]([^\"”\u2019]+)[\"”'\u2019](?:\W|$)")
_COUNT: Final = re.compile(r"\b(?:count|numbers from)\b.{0,80}?(\d+)\D{1,40}?(\d+)", re.IGNORECASE)
_COUNT_TO: Final = re.compile(r"\bcount (?:up )?to (\d+)", re.IGNORECASE)
_REPEAT: Final = re.compile(
    r"\b(?:repeat|say|write|print|echo) (?:the word )?[\"“'\u2018]?(\w[\w-]*)[\"”'\u2019]? "
    rf"(?:(\d+|{'|'.join(NUMBER_WORDS)}) times|(twice))",
    re.IGNORECASE,
)
_REWRITE: Final = re.compile(
    r"\b(upper[- ]?case|capital letters|lower[- ]?case|title[- ]?case|reverse|sort|summari[sz]e|"
    r"summary)\b",
    re.IGNORECASE,
)
_FENCED: Final = re.compile(r"^```[^\n]*\n(.+?)\n```", re.DOTALL | re.MULTILINE)
_REFERS_BACK: Final = re.compile(r"\b(?:that|it|your (?:last )?answer)\b", re.IGNORECASE)
_HOW_MANY: Final = re.compile(
    r"\bhow many (?:letters? )?([a-z])(?:'?s)?\b|\bhow many (words|characters|letters)\b",
    re.IGNORECASE,
)


def say_exactly(talk: Talk) -> str | None:
    """Return what the prompt asks to be said, to the letter."""
    match = _EXACTLY.match(talk.prompt)
    return match[1] if match else None


def say(talk: Talk) -> str | None:
    """Say one of a few words."""
    match = _SAY.fullmatch(talk.prompt)
    if match is None:
        return None
    return f"{match[1].capitalize()}, {match[2]}!" if match[2] else f"{match[1].capitalize()}!"


def repeat(talk: Talk) -> str | None:
    """Repeat a word."""
    match = _REPEAT.search(talk.prompt)
    if match is None:
        return None
    times = match[2].lower() if match[2] else "two"
    number = int(times) if times.isdigit() else NUMBER_WORDS.index(times)
    return " ".join([match[1]] * min(number, _MOST_NUMBERS))


def count_up(talk: Talk) -> str | None:
    """Count from one number to another, one piece of text for each."""
    match = _COUNT.search(talk.prompt)
    if match:
        first, last = int(match[1]), int(match[2])
    else:
        match = _COUNT_TO.search(talk.prompt)
        if match is None:
            return None
        first, last = 1, int(match[1])
    step = 1 if first <= last else -1
    numbers = range(first, last + step, step)[:_MOST_NUMBERS]
    return " ".join(map(str, numbers))


def rewrite(talk: Talk) -> str | None:
    """Change the case of a text, reverse it, sort its items, or say it shorter."""
    asked, text = _REWRITE.search(talk.prompt), _find_material(talk.prompt)
    if not text and _REFERS_BACK.search(talk.prompt):
        text = talk.last_answer
    if asked is None or not text:
        return None
    how = asked[1].lower().replace(" ", "").replace("-", "").replace("z", "s")
    return _REWRITERS[how](text)


def measure(talk: Talk) -> str | None:
    """Count the words, characters or a letter of a text."""
    asked = _HOW_MANY.search(talk.prompt)
    if asked is None:
        return None
    text = _find_material(talk.prompt) or talk.prompt.rstrip("?!. ").split()[-1]
    if asked[1]:
        count = text.lower().count(asked[1].lower())
        return f"There {_be(count)} {count} “{asked[1]}” in “{text}”."
    what = asked[2].lower()
    letters = sum(character.isalpha() for character in text)
    count = {"words": len(text.split()), "characters": len(text), "letters": letters}[what]
    return f"There {_be(count)} {count} {what} in “{text}”."


def _be(count: int) -> str:
    return "is" if count == 1 else "are"


def _find_material(prompt: str) -> str:
    """Return the text to work on: fenced, after a colon, quoted, or on the next lines."""
    fenced = _FENCED.search(prompt)
    if fenced:
        return fenced[1].strip()
    _, colon, after = prompt.partition(":")
    if colon and after.strip():
        return after.strip()
    quoted = _QUOTED.search(prompt)
    if quoted:
        return quoted[1]
    return prompt.partition("\n")[2].strip()


def _sort(text: str) -> str:
    separator = "\n" if "\n" in text else ", "
    items = (item.strip() for item in re.split(r"[,\n]", text))
    return separator.join(sorted((item for item in items if item), key=str.lower))


def _summarize(text: str) -> str:
    first = re.split(r"(?<=[.!?])\s", text, maxsplit=1)[0]
    return f"In short: {first}"


_REWRITERS: Final[Mapping[str, Callable[[str], str]]] = {
    "uppercase": str.upper,
    "capitalletters": str.upper,
    "lowercase": str.lower,
    "titlecase": str.title,
    "reverse": lambda text: text[::-1],
    "sort": _sort,
    "summarise": _summarize,
    "summary": _summarize,
}
