"""Recall within the conversation: names, favourites and what was asked before."""

from __future__ import annotations

import re
from typing import Final

from ocigenai_nb.emulator.brain.talk import Talk

_STATEMENT: Final = re.compile(
    r"\b(?:my|the user'?s) ([a-z][a-z '\u2019]{0,30}?) (?:is|are) (?!what)"
    r"([^.!?,;\n]{1,60}?)(?= and |[.!?,;\n]|$)",
    re.IGNORECASE,
)
_NAMED: Final = re.compile(
    r"\b(?:[Mm]y|have an?) ([a-z]{2,20}) (?:is |was )?(?:called|named) ([A-Z][\w'-]{0,40})"
)
_CALLED: Final = re.compile(r"\b(?:I am|I'm|call me) ([A-Z][\w'-]+)")
_QUESTION: Final = re.compile(
    r"\b(?:what|who|which|when|where|do you (?:know|remember)|remind me|tell me)\b.{0,200}?"
    r"\bmy ([a-z][a-z '\u2019]{0,30}?)(?: (?:is|are|was|again|called))?\s*[?.!]*$|\bwho am i\b",
    re.IGNORECASE,
)
_ASKED: Final = re.compile(
    r"\bwhat (?:did I|was my) (just|last|first|previous)? ?(?:say|ask|question|message|prompt)",
    re.IGNORECASE,
)
_THING: Final = r"(?:word|number|code|name)"
_IS: Final = r"(?:'s| is| was)"
_HIDDEN: Final = r"(?:secret|magic|code|pass)[ -]?(?:word|code|number|phrase)?"
_TOLD: Final = tuple(
    (re.compile(told, re.IGNORECASE), re.compile(asked, re.IGNORECASE), answer)
    for told, asked, answer in (
        (r"\bI live in ([^.!?,;\n]{1,60})", r"\bwhere do I live\b", "You live in {}."),
        (r"\bI work (?:at|for) ([^.!?,;\n]{1,60})", r"\bwhere do I work\b", "You work at {}."),
        (r"\bI(?: am|'m) (\d{1,3})\b", r"\bhow old am I\b", "You are {} years old."),
        (
            rf"\bthe {_HIDDEN} is \W?([\w-]{{1,60}})",
            rf"\bwhat{_IS} the {_HIDDEN}\b",
            "It is {}.",
        ),
        (
            rf"\bremember (?:the |this )?{_THING}s?:? \W?([\w-]{{1,60}})",
            rf"\bwhat(?:.{{0,40}} did I (?:ask|tell) you\b|{_IS} the {_THING}\W*$)",
            "You asked me to remember {}.",
        ),
    )
)
"""What people say of themselves or ask to keep in mind, how they ask for it, and the answer."""
_AGAIN: Final = re.compile(r"\bwhat did you (?:just )?say\b|\bthat again\b", re.IGNORECASE)


def recall(talk: Talk) -> str | None:
    """Answer a question about what the user said before."""
    kept = _recall_told(talk)
    if kept:
        return kept
    asked = _ASKED.search(talk.prompt)
    if asked:
        return _quote_earlier(talk, first=(asked[1] or "").lower() == "first")
    if _AGAIN.search(talk.prompt):
        return talk.last_answer or None
    question = _QUESTION.search(talk.prompt)
    if question is None:
        return None
    thing = _normalize(question[1] or "name")
    told_now = talk.prompt[: question.start()]
    known = _collect((talk.instructions, *talk.earlier, told_now))
    if thing not in known:
        thing = _find_related(thing, known)
    if thing in known:
        verb = "are" if thing.endswith("s") and not thing.endswith("ss") else "is"
        return f"Your {thing} {verb} {known[thing]}."
    return f"You have not told me your {thing} in this conversation."


def take_note(talk: Talk) -> str | None:
    """Acknowledge what the user says about themselves."""
    known = _collect((talk.prompt,))
    if "name" in known:
        return f"Nice to meet you, {known['name']}."
    if known:
        facts = " and ".join(f"your {thing} is {value}" for thing, value in known.items())
        return f"I will remember that {facts}."
    told = any(said.search(talk.prompt) for said, _, _ in _TOLD)
    return "I will remember that." if told else None


def _recall_told(talk: Talk) -> str | None:
    texts = (talk.instructions, *talk.earlier)
    for said, asked, answer in _TOLD:
        told = [match for text in texts for match in said.finditer(text)]
        if told and asked.search(talk.prompt):
            return answer.format(told[-1][1].strip())
    return None


def _collect(said: tuple[str, ...]) -> dict[str, str]:
    known: dict[str, str] = {}
    for text in said:
        called = _CALLED.search(text)
        if called:
            known["name"] = called[1]
        for match in _NAMED.finditer(text):
            known[f"{match[1].lower()}'s name"] = match[2]
        for match in _STATEMENT.finditer(text):
            known[_normalize(match[1])] = match[2].strip()
    return known


def _find_related(thing: str, known: dict[str, str]) -> str:
    """Return what the name of a thing was told as: "cat's name" of "cat"."""
    return f"{thing}'s name" if f"{thing}'s name" in known else thing


def _normalize(thing: str) -> str:
    return thing.lower().replace("favourite", "favorite").replace("\u2019", "'")


def _quote_earlier(talk: Talk, *, first: bool) -> str:
    if not talk.earlier:
        return "This is the first thing you have said in this conversation."
    quoted = talk.earlier[0 if first else -1]
    return f"You said: “{quoted}”"
