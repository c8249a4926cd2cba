"""JSON schemas that a prompt asks for in words, and answers as clumsy as models' are then.

A model that is asked in words wraps its JSON in a fence or in prose, leaves a field out, or goes on
leaving it out. Which of these it does follows from the seed: with seed 0, as where none is given,
the JSON comes plain; of a hundred seeds in a row, ten leave a field out at first and two always.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from ocigenai_nb.emulator.brain.corrections import find_results, is_complaint
from ocigenai_nb.emulator.brain.judging import judge
from ocigenai_nb.emulator.brain.schema_filling import fill_schema
from ocigenai_nb.emulator.brain.talk import Talk, Turn

_ASKS: Final = re.compile(r"\bJSON\b[^{]{0,40}\bschema\b[^{]{0,300}+(?=\{)", re.IGNORECASE)
_SAYS_MORE: Final = re.compile(r"\bschema\b[^{]{0,300}+(?=\{)", re.IGNORECASE)
_MOST_BRACES: Final = 50
"""How many places are tried: each that holds no JSON takes as long as the text up to it."""
_SENTENCES_ON_JSON: Final = re.compile(r"[^.!?\n]*\bJSON\b.*\Z", re.DOTALL)


def find_asked_schema(talk: Talk) -> dict[str, Any] | None:
    """Return the schema that the last prompt asks for, or else the system's messages."""
    return _find_schema(talk.prompt) or _find_schema(talk.instructions)


def _find_schema(text: str) -> dict[str, Any] | None:
    """Return the last schema that is spoken of: those before it are examples."""
    schema: dict[str, Any] | None = None
    text = _halve_braces(text)
    found = _ASKS.search(text)
    for _ in range(_MOST_BRACES):
        if found is None:
            break
        place = found.end()
        try:
            schema, place = json.JSONDecoder().raw_decode(text, place)
        except (ValueError, RecursionError):
            place += 1
        found = _SAYS_MORE.search(text, place)
    return schema


def _halve_braces(text: str) -> str:
    """Return the text with the schema as JSON, where it came as in a template of Python's."""
    found = _ASKS.search(text)
    if found is None or not text.startswith("{{", found.end()):
        return text
    return text.replace("{{", "{").replace("}}", "}")


def leave_schema_out(talk: Talk) -> Talk:
    """Return the talk without its last words on JSON, and without complaints about an answer."""
    turns = list(talk.turns)
    while turns and turns[-1].role == "user" and is_complaint(turns[-1].text):
        turns.pop()
        if turns:  # and the answer that it complains about
            turns.pop()
    for place in reversed(range(len(turns))):
        if turns[place].role == "user":
            text = _SENTENCES_ON_JSON.sub("", turns[place].text).strip()
            turns[place] = replace(turns[place], text=text)
            break
    return replace(talk, turns=tuple(turns))


def make_value(schema: Mapping[str, Any], talk: Talk, *, answer: str) -> Any:
    """Return what fits ``schema``: a judgment, or what the prompt and the tools' results hold."""
    judged = judge(schema, talk.prompt)
    if judged is not None:
        return judged
    parts = [turn.result for turn in find_results(talk)]
    return fill_schema(schema, "\n".join([*parts, talk.prompt]), answer=answer, parts=parts)


def write_as_asked(schema: Mapping[str, Any], talk: Talk, *, answer: str) -> str:
    """Return what fits ``schema``, or nearly, as the seed has it."""
    plain = leave_schema_out(talk)
    value = make_value(schema, plain, answer=answer)
    complaints = _count_complaints(talk.turns)
    way = talk.seed % 10
    stubborn = talk.seed % 50 == 49
    if isinstance(value, dict) and (stubborn or (way == 7 and not complaints)):
        value.pop(next(iter(schema.get("required") or value), ""), None)
    text = json.dumps(value, ensure_ascii=False)
    if way in (3, 4):
        return f"```json\n{text}\n```"
    return f"Here it is:\n\n{text}\n\nIs there anything else?" if way == 5 else text


def _count_complaints(turns: tuple[Turn, ...]) -> int:
    return sum(turn.role == "user" and is_complaint(turn.text) for turn in turns)
