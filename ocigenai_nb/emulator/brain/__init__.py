"""What answers in place of a model: a small script, deterministic, and honest about being one.

It answers a few dozen kinds of prompts sensibly (tests/emulator/test_brain*.py have the tables):
short orders, sums, counting, lists, tables, code, rewriting, translating, a few facts, fields of a
text, size and color of an image, recall of what was said, picking tools, filling JSON schemas,
judging claims, yes or no, labels of a text, spelling and order of words, statistics of a few
numbers, JSON that is spelled out, taking back what it said. Where it is asked to be
chatty it makes things up, as models do. What begins with "refuse" it refuses, as a model does what
it must not answer. To anything else it says that it is a script.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ocigenai_nb.emulator.brain import (
    arithmetic,
    classifying,
    counting,
    extracting,
    json_orders,
    knowledge,
    memory,
    number_lists,
    orders,
    pictures,
    rewriting,
    tables,
    verdicts,
    wording,
)
from ocigenai_nb.emulator.brain.asked_schemas import (
    find_asked_schema,
    leave_schema_out,
    make_value,
    write_as_asked,
)
from ocigenai_nb.emulator.brain.corrections import (
    begin_again,
    find_results,
    leave_complaints_out,
    put_right,
)
from ocigenai_nb.emulator.brain.talk import Call, Talk, Turn, shorten_quote
from ocigenai_nb.emulator.brain.tool_picking import ToolUse, pick_tools
from ocigenai_nb.emulator.json_bodies import read_json

__all__ = ["Call", "Question", "Talk", "Thought", "ToolUse", "Turn", "think"]

_SKILLS: Final = (
    put_right,
    pictures.describe,
    rewriting.say_exactly,
    rewriting.say,
    verdicts.verify,
    number_lists.reckon,
    json_orders.write_json,
    classifying.classify,
    extracting.extract,
    memory.recall,
    tables.look_up,
    wording.rework,
    wording.order_words,
    counting.count_in_steps,
    rewriting.rewrite,
    rewriting.repeat,
    orders.count,
    rewriting.count_up,
    rewriting.measure,
    arithmetic.calculate,
    knowledge.translate,
    orders.obey,
    knowledge.write_code,
    knowledge.write_table,
    knowledge.write_list,
    knowledge.explain,
    memory.take_note,
    knowledge.converse,
)
"""Asked in this order; the first that has an answer gives it."""

_ASKS_FOR_BREVITY: Final = re.compile(
    r"\b(concise|concisely|brief|briefly|short|terse|succinct|one sentence)\b", re.IGNORECASE
)
_ASKS_FOR_COLOR: Final = re.compile(r"\b(chatty|talkative|vivid|vividly|lively)\b", re.IGNORECASE)
_INVENTED: Final = "It has been like that for 12 days. It may well stay so."
"""What no tool returned: models make up such things, too."""
_ASKS_FOR_REFUSAL: Final = re.compile(r"\W*refuse\b", re.IGNORECASE)
_REFUSAL: Final = "I'm sorry, but I can't help with that."
_ASKS_TO_GO_ON: Final = re.compile(r"\W*(?:continue|go on)\b", re.IGNORECASE)
_SENTENCE: Final = re.compile(r".+?[.!?](?=\s|$)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Question:
    """A conversation that waits for an answer, with what may be used to give it."""

    model: str
    turns: Sequence[Turn]
    tools: Sequence[Mapping[str, Any]] = ()
    """Functions: ``name``, ``description``, ``parameters`` as a JSON schema."""
    tool_choice: str = "auto"
    """"auto", "none", "required", or the name of the function that must be called."""
    parallel_tool_calls: bool = True
    schema: Mapping[str, Any] | None = None
    """What the answer's JSON must look like; ``{}`` for any object, ``None`` for plain text."""
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Thought:
    """An answer: text or tool calls, and how it was come by."""

    text: str
    calls: tuple[ToolUse, ...]
    reasoning: str
    refused: bool = False
    """Whether the text says that there will be no answer."""


def think(question: Question) -> Thought:
    """Answer ``question``; the same question always gets the same answer."""
    talk = Talk(question.model, tuple(question.turns), question.seed)
    if _ASKS_FOR_REFUSAL.match(talk.prompt):
        return Thought(_REFUSAL, (), "", refused=True)
    talk = begin_again(talk)
    calls = () if put_right(talk) else _pick_tools(talk, question)
    text = "" if calls else _answer(talk, question.schema)
    return Thought(text, calls, _explain_reasoning(talk, calls))


def _pick_tools(talk: Talk, question: Question) -> tuple[ToolUse, ...]:
    asked = None if question.schema else find_asked_schema(talk)
    return pick_tools(
        leave_schema_out(talk) if asked is not None else talk,
        question.tools,
        choice=question.tool_choice,
        parallel=question.parallel_tool_calls,
    )


def _answer(talk: Talk, schema: Mapping[str, Any] | None) -> str:
    asked = None if schema else find_asked_schema(talk)
    if asked is not None:
        bare = leave_schema_out(talk)
        answer = _answer_plainly(bare)
        if schema is None:
            return write_as_asked(asked, talk, answer=answer)
        return json.dumps(make_value(asked, bare, answer=answer), ensure_ascii=False)
    if schema is None:
        return tables.obey_form(talk, _go_on(talk) or _answer_plainly(talk))
    corrected = put_right(talk)
    talk = leave_complaints_out(talk)
    plain = corrected or _go_on(talk) or _answer_plainly(talk)
    if not schema:
        if isinstance(read_json(plain.encode(errors="replace")), dict):
            return plain
        return json.dumps({"answer": plain}, ensure_ascii=False)
    return json.dumps(make_value(schema, talk, answer=plain), ensure_ascii=False)


def _go_on(talk: Talk) -> str | None:
    """Return the rest of the last answer, where it broke off and going on is asked for."""
    if not _ASKS_TO_GO_ON.match(talk.prompt) or len(talk.turns) < 3:
        return None
    *before, partial, _ = talk.turns
    if partial.role != "assistant":
        return None
    whole = _answer(Talk(talk.model, tuple(before), talk.seed), None)
    rest = whole.removeprefix(partial.text)
    return rest if 0 < len(rest) < len(whole) else None


def _answer_plainly(talk: Talk) -> str:
    if talk.tool_results:
        said = [_report_result(turn) for turn in find_results(talk)]
        return " ".join([*said, _INVENTED] if _asks_for_color(talk) else said)
    answers = (skill(talk) for skill in _SKILLS)
    text = next((answer for answer in answers if answer), None) or _admit(talk)
    return _shorten(text) if _ASKS_FOR_BREVITY.search(talk.instructions) else text


def _asks_for_color(talk: Talk) -> bool:
    return any(_ASKS_FOR_COLOR.search(text) for text in (talk.instructions, talk.prompt))


def _shorten(text: str) -> str:
    """Return the first sentence of prose; lists, tables and code stay whole."""
    first = None if "\n" in text else _SENTENCE.match(text)
    return first[0] if first else text


def _report_result(turn: Turn) -> str:
    value = read_json(turn.result.encode(errors="replace")) or turn.result
    if isinstance(value, dict):
        value = ", ".join(f"{name}: {entry}" for name, entry in value.items())
    return f"According to {turn.tool or 'the tool'}: {str(value).rstrip('.')}."


def _admit(talk: Talk) -> str:
    return (
        f"This is the emulator's script speaking, not {talk.model}: it has no answer to "
        f"“{shorten_quote(talk.prompt)}”. It knows sums, counting, lists, names, the planets, a "
        "few translations and little more; for the real model, use an OCI profile."
    )


def _explain_reasoning(talk: Talk, calls: tuple[ToolUse, ...]) -> str:
    way = f"the tool {calls[0].name} can help" if calls else "I look it up in my script"
    return f"The request is “{shorten_quote(talk.prompt)}”. This needs no thought: {way}."
