"""Putting a text under one of a few labels: moods, spam, and kinds of things that are known."""

from __future__ import annotations

import re
from typing import Final

from ocigenai_nb.emulator.brain.asking import is_short
from ocigenai_nb.emulator.brain.moods import weigh_mood
from ocigenai_nb.emulator.brain.talk import Talk
from ocigenai_nb.emulator.brain.verdicts import list_kinds

_ASKS: Final = re.compile(
    r"\b(?:classify|categori[sz]e|label|sentiment|is (?:this|the following|it|the)\b.{0,40}? or\b)",
    re.IGNORECASE,
)
_QUOTED: Final = re.compile(r"[\"“]([^\"”]{1,1000})[\"”]|(?<!\w)'([^\n]{1,1000}?)'(?!\w)")
_FIELD: Final = re.compile(
    r"^(?:text|review|sentence|message|input|email|comment|tweet):\s?(.+)$",
    re.IGNORECASE | re.MULTILINE,
)
_AFTER: Final = re.compile(r"(?::|\?|\n)\s{0,4}(?P<text>.+)\Z", re.DOTALL)
_TRAILER: Final = re.compile(
    r"\s(?:answer|reply|respond|return|output|choose|use|options|labels|categories|sentiment|label)"
    r"\b[^\n]{0,160}\Z",
    re.IGNORECASE,
)
_MOOD_WORDS: Final = re.compile(r"\bpositive\b|\bnegative\b|\bneutral\b", re.IGNORECASE)
_SPAM_WORDS: Final = re.compile(
    r"\b(?:won|win|winner|prize|free|click (?:here|this|now)|lottery|congratulations|claim|cash|"
    r"viagra|urgent|act now|limited (?:time|offer)|million|guaranteed|prince|bitcoin|cheap|offer)\b"
    r"|\$\$|!!",
    re.IGNORECASE,
)
_SPAM: Final = re.compile(
    r"\bspam\b.{0,20}?\b(ham|not spam|legitimate)\b|\b(ham|not spam|legitimate)\b.{0,20}?\bspam\b",
    re.IGNORECASE,
)
_KINDS: Final = re.compile(
    r"(?:\b(?:animal|fruit|color|planet|continent|season|programming language|ocean)\b)",
    re.IGNORECASE,
)


def classify(talk: Talk) -> str | None:
    """Return the label of a text, as the prompt spells it; nothing where that isn't sure."""
    prompt = talk.prompt
    if not is_short(prompt) or not _ASKS.search(prompt):
        return None
    text = _find_text(prompt)
    if not text:
        return None
    order = prompt.replace(text, " ")
    return _name_mood(order, text) or _name_spam(order, text) or _name_kind(order, text)


def _find_text(prompt: str) -> str:
    """Return the text to label: named, quoted, or after the order."""
    quoted = [m[1] or m[2] for m in _QUOTED.finditer(prompt)]
    long = [text for text in quoted if not _MOOD_WORDS.fullmatch(text)]
    named = _FIELD.search(prompt)
    if named:
        return named[1].strip().strip("\"'")
    if len(long) == 1:
        return long[0]
    after = _AFTER.search(prompt)
    return _TRAILER.sub("", after["text"]).strip().strip("\"'“”") if after and not long else ""


def _name_mood(order: str, text: str) -> str | None:
    labels = {found.lower(): found for found in _MOOD_WORDS.findall(order)}
    if "sentiment" not in order.lower() and not {"positive", "negative"} <= labels.keys():
        return None
    good, bad = weigh_mood(text)
    if good and bad:
        return None
    if not good and not bad:
        return labels.get("neutral")
    mood = "positive" if good else "negative"
    return labels.get(mood) if labels else mood


def _name_spam(order: str, text: str) -> str | None:
    labels = _SPAM.search(order)
    signs = len(_SPAM_WORDS.findall(text))
    if labels is None or signs == 1:
        return None
    return "spam" if signs else (labels[1] or labels[2]).lower()


def _name_kind(order: str, text: str) -> str | None:
    offered = [found.lower() for found in _KINDS.findall(order)]
    fitting = [kind for kind in offered if kind in list_kinds(text.rstrip("."))]
    return fitting[0] if len(offered) > 1 and len(fitting) == 1 else None
