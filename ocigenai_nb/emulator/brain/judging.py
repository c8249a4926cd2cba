"""Judging: claims against evidence, and work that was done, as JSON that fits a schema.

It is as crude as can be: a claim is borne out where most of its words, and all of its numbers and
names, stand in one piece of evidence; it is contradicted where only those differ. Work made no
progress where its last call failed or was made before, or where its answer says that there is none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from ocigenai_nb.emulator.brain import evidence
from ocigenai_nb.emulator.brain.schema_filling import fill_schema, resolve

Finding: TypeAlias = Literal["borne out", "contradicted", "guessed", "made up"]

_SECTION: Final = re.compile(r"^(\w+(?: \w+){0,2}):$", re.MULTILINE)
_ITEM: Final = re.compile(r"^\[(\d+)\] (.+)$", re.MULTILINE)
_STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*"\Z')
_WORD: Final = re.compile(r"[^\W\d_]{3,}")
_GUESS: Final = re.compile(
    r"\b(?:may|might|perhaps|probably|possibly|could|likely)\b", re.IGNORECASE
)
_FAILED: Final = re.compile(r"\) (raised|timed out|invalid|unknown|denied|lost)\b")
_CALL: Final = re.compile(r"[\w-]+\(")
_GIVES_UP: Final = re.compile(r"\bhas no answer to\b|\bI (?:can't|don't know)\b")
_NUMBERED: Final = frozenset({"claim", "number", "id", "index", "statement"})
_PROGRESSES: Final = frozenset({"progress", "success", "solved", "done", "on_track"})
_MOST: Final = 0.6
_HALF: Final = 0.5
_WORDS: Final[Mapping[Finding, tuple[str, ...]]] = {
    "borne out": ("grounded", "supported", "entailed", "true", "tool_match"),
    "contradicted": ("contradicted", "refuted", "ungrounded", "unsupported", "tool_match"),
    "guessed": ("complementary", "inferred", "neutral", "ungrounded", "unsupported", "inference"),
    "made up": ("ungrounded", "unsupported", "neutral", "inference", "domain"),
}
_TYPES: Final = (("(", "tool_match"), ("prompt", "signal_match"), ("", "specific_data"))


@dataclass(frozen=True, slots=True)
class _Piece:
    """One numbered line: what it is about, and what it says."""

    number: int
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class _Judged:
    claim: _Piece
    finding: Finding
    source: _Piece | None


def judge(schema: Mapping[str, Any], prompt: str) -> dict[str, Any] | None:
    """Return what fits ``schema`` where the prompt asks to judge something, else None."""
    sections = _split_sections(prompt)
    properties = resolve(schema, schema).get("properties", {})
    if "Claims" in sections and "Evidence" in sections:
        return _judge_claims(schema, properties, sections)
    if "Done so far" in sections:
        return _judge_work(schema, properties, sections["Done so far"])
    return None


def _judge_claims(
    schema: Mapping[str, Any], properties: Mapping[str, Any], sections: Mapping[str, str]
) -> dict[str, Any] | None:
    pieces = _read_pieces(sections["Evidence"])
    found = [_judge_claim(claim, pieces) for claim in _read_pieces(sections["Claims"])]
    for name, given in properties.items():
        wanted = resolve(given, schema)
        if wanted.get("type") == "array":
            item = resolve(wanted.get("items", {}), schema)
            rest = {"properties": {key: properties[key] for key in properties if key != name}}
            value: dict[str, Any] = fill_schema(rest, "", answer="")
            return value | {name: [_write(each, item, schema) for each in found]}
    return None


def _judge_claim(claim: _Piece, pieces: list[_Piece]) -> _Judged:
    words, exact = _list_words(claim.text), _list_exact(claim.text)
    shares = [(_share(words, _list_words(f"{p.label} {p.text}")), p) for p in pieces]
    share, best = max(shares, key=lambda each: each[0], default=(0.0, None))
    there = best is not None and exact <= _list_exact(f"so {best.label} {best.text}")
    if share >= _MOST and there:
        return _Judged(claim, "borne out", best)
    if share >= _HALF and not there:
        return _Judged(claim, "contradicted", best)
    return _Judged(claim, "guessed" if _GUESS.search(claim.text) else "made up", None)


def _write(found: _Judged, item: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: _write_one(found, name, resolve(given, schema))
        for name, given in item.get("properties", {}).items()
    }


def _write_one(found: _Judged, name: str, wanted: Mapping[str, Any]) -> Any:
    source = found.source
    if "enum" in wanted:
        return _choose(found, wanted["enum"])
    if wanted.get("type") == "boolean":
        return found.finding == "borne out"
    if wanted.get("type") in ("integer", "number"):
        return found.claim.number if name in _NUMBERED else (source.number if source else 0)
    return source.text if source else f"The claim is {found.finding}."


def _choose(found: _Judged, options: list[Any]) -> Any:
    words = _WORDS[found.finding]
    if found.source is not None:
        label = found.source.label
        kind = next(kind for sign, kind in _TYPES if sign in label)
        words = tuple(kind if word == "tool_match" else word for word in words)
    return next((word for word in words if word in options), options[0])


def _judge_work(
    schema: Mapping[str, Any], properties: Mapping[str, Any], done: str
) -> dict[str, Any] | None:
    if not _PROGRESSES & properties.keys():
        return None
    lesson = _find_lesson(done)
    value: dict[str, Any] = fill_schema(schema, "", answer=lesson)
    return value | {
        name: (name in _PROGRESSES and not lesson) if kind == "boolean" else lesson
        for name, given in properties.items()
        if (kind := resolve(given, schema).get("type")) in ("boolean", "string")
    }


def _find_lesson(done: str) -> str:
    """Return what to do otherwise, or nothing where all is well."""
    lines = [match[2] for match in _ITEM.finditer(done) if _CALL.match(match[2])]
    calls = [line.partition(") ")[0] for line in lines]
    name = calls[-1].partition("(")[0] if calls else ""
    if lines and (failed := _FAILED.search(lines[-1])):
        return f"{name} failed ({failed[1]}). I should call {name} again."
    if calls and calls.count(calls[-1]) > 2:
        return f"{name} returns the same each time. I should answer from what it returned."
    if _GIVES_UP.search(done):
        return "I gave no answer. I should say what is missing."
    return ""


def _split_sections(prompt: str) -> dict[str, str]:
    parts = _SECTION.split(prompt)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def _read_pieces(section: str) -> list[_Piece]:
    return [_read_piece(int(match[1]), match[2]) for match in _ITEM.finditer(section)]


def _read_piece(number: int, line: str) -> _Piece:
    """Read a line that may be a label, then a JSON string."""
    for match in re.finditer('(?:^|: )(?=")', line):
        string = _STRING.match(line, match.end())
        with suppress(ValueError):  # a backslash too many: it is no string then
            if string:
                return _Piece(number, line[: match.start()], json.loads(string[0], strict=False))
    return _Piece(number, "", line)


def _share(words: set[str], among: set[str]) -> float:
    return len(words & among) / len(words) if words else 0.0


def _list_words(text: str) -> set[str]:
    return {match[0].lower().removesuffix("s") for match in _WORD.finditer(text)}


def _list_exact(text: str) -> set[str]:
    """Return the numbers and names in ``text``, not counting its first word."""
    numbers = {f"{number:g}" for number in evidence.find_numbers(text)}
    rest = text.partition(" ")[2]
    return numbers | {word for name in evidence.find_names(rest) for word in name.split()}
