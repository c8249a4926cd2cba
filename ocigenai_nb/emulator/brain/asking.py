"""How a short prompt asks: what it is about, without manners and without the form it wants."""

from __future__ import annotations

import re
from typing import Final

_LONGEST: Final = 2_000
"""Characters; what is longer is no short question, and no rule for these looks at it."""
_SENTENCE_END: Final = re.compile(r"(?<=[.!?:;\n])\s+")
_MANNERS: Final = re.compile(
    r"(?:(?:please|kindly|hi|hello|hey|now|so|well|quick question|question|q|true or false"
    r"|true/false|yes or no|yes/no|(?:can|could|would|will) you|tell me|i want you to|i need you to"
    r"|do you know)\b[\s,:!?.-]{0,4}){1,4}",
    re.IGNORECASE,
)
_FORM: Final = re.compile(
    r"(?!.{0,60}\bjson\b)"
    r"(?:please )?(?:(?:just|only|simply) )?(?:(?:answer|reply|respond|output|return|give|print|"
    r"write|show|use|say|choose|pick)\b.{0,60}\b(?:yes|no|true|false|only|just|nothing|one word|"
    r"single word|the (?:number|result|answer|value|label|word)|either|exactly)\b.{0,60}"
    r"|no (?:explanations?|other text|extra text)\b.{0,40}|nothing else|one word|yes or no|yes/no"
    r"|true or false)\W{0,3}",
    re.IGNORECASE,
)
_TAIL: Final = re.compile(
    r"[\s,(-]{0,4}(?:(?:answer )?(?:yes or no|yes/no|true or false|true/false)|or not|please"
    r"|right|correct)\W{0,3}$",
    re.IGNORECASE,
)
_ONLY_VALUE: Final = re.compile(
    r"\b(?:only|just)\b|\bone word\b|\bsingle word\b|\bnothing else\b|\bno (?:explanation|other)",
    re.IGNORECASE,
)


def is_short(prompt: str) -> bool:
    """Tell whether a prompt is short enough for the rules on short questions."""
    return len(prompt) <= _LONGEST


def read_core(prompt: str) -> str:
    """Return what a short prompt asks, without "please" and "Answer yes or no"; else nothing."""
    if not is_short(prompt):
        return ""
    parts = [part.strip() for part in _SENTENCE_END.split(prompt)]
    kept = " ".join(part for part in parts if part and not _FORM.fullmatch(part)) or prompt
    found = _MANNERS.match(kept)
    kept = kept[found.end() :] if found else kept
    return _TAIL.sub("", kept.rstrip()).strip().rstrip("?.! ")


def wants_only_value(prompt: str) -> bool:
    """Tell whether a prompt wants the bare result, without a sentence around it."""
    return is_short(prompt) and _ONLY_VALUE.search(prompt) is not None
