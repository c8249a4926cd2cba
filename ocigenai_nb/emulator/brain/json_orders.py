"""JSON that a prompt spells out: keys and their values, or the text itself."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from ocigenai_nb.emulator.brain.asking import read_core
from ocigenai_nb.emulator.brain.talk import Talk
from ocigenai_nb.emulator.json_bodies import read_json

_JSON: Final = re.compile(r"\bJSON\b", re.IGNORECASE)
_NAMES: Final = r"[\w\"'`“”-]{1,60}(?:(?:, and | and |, )[\w\"'`“”-]{1,60}){0,9}"
_VALUE: Final = r"(?:\"[^\"\n]{0,100}\"|'[^'\n]{0,100}'|-?\d+(?:\.\d+)?|[\w@.-]{1,60})"
_VALUES: Final = rf"{_VALUE}(?:(?:, and | and |, ){_VALUE}){{0,9}}"
_JOINED: Final = re.compile(
    rf"\b(?:keys?|fields?|propert(?:y|ies)|attributes?) (?P<names>{_NAMES}),? "
    r"(?:(?:both |all )?set (?:respectively )?to|with(?: the)? values?|and(?: the)? values?|"
    r"having(?: the)? values?|equal to|being|whose values? (?:is|are)) "
    rf"(?P<values>{_VALUES})(?:,? respectively)?",
    re.IGNORECASE,
)
_NAME: Final = r"[\"'`]?([A-Za-z_][\w-]{0,40})[\"'`]? ?(?:set to|equal to|=|:|as) ?"
_PAIR: Final = re.compile(rf"{_NAME}({_VALUE})")
_PAIRS: Final = re.compile(
    r"\bwith (?:the )?(?:(?:keys?|fields?|properties|property) )?"
    rf"(?P<pairs>{_PAIR.pattern}(?:(?:, and | and |, ).{{1,200}})?)",
    re.IGNORECASE,
)
_ORDER: Final = re.compile(
    r"(?:return|reply|respond|output|print|give|write|produce|generate|create|make|answer|send)\b",
    re.IGNORECASE,
)
_LITERAL: Final = re.compile(
    r"[^{]{0,80}(\{.{0,1500}\})(?: and nothing else| only)?\W{0,3}", re.DOTALL
)
_SPLIT: Final = re.compile(r", and | and |, ")


def write_json(talk: Talk) -> str | None:
    """Write the JSON that a prompt spells out; nothing where it doesn't say every value."""
    prompt, core = talk.prompt, read_core(talk.prompt)
    if not _JSON.search(prompt[:2_000]) or not _ORDER.match(core):
        return None
    literal = _LITERAL.fullmatch(core)
    if literal:
        return (
            literal[1] if isinstance(read_json(literal[1].encode(errors="replace")), dict) else None
        )
    value = _join(core) or _pair(core)
    return json.dumps(value, ensure_ascii=False) if value else None


def _join(core: str) -> dict[str, Any] | None:
    match = _JOINED.search(core)
    if match is None:
        return None
    names = [name.strip("\"'`“”") for name in _SPLIT.split(match["names"])]
    values = [_read(value) for value in _SPLIT.split(match["values"])]
    if len(names) > len(values) == 1 and re.search(r"\b(?:both|all) set\b", core):
        values *= len(names)
    fits = len(names) == len(values) and match.end() == len(core)
    return dict(zip(names, values, strict=True)) if fits else None


def _pair(core: str) -> dict[str, Any] | None:
    match = _PAIRS.search(core)
    if match is None or match.end() != len(core):
        return None
    pairs = [_PAIR.fullmatch(part.strip()) for part in _SPLIT.split(match["pairs"])]
    known = [pair for pair in pairs if pair]
    return {p[1]: _read(p[2]) for p in known} if len(known) == len(pairs) else None


def _read(text: str) -> Any:
    """Return a value as JSON has it; a bare word is text."""
    text = text.strip()
    if text[:1] == text[-1:] == "'":
        return text[1:-1]
    try:
        return json.loads(text if text[:1] in '"-0123456789' else text.lower())
    except ValueError:
        return text
