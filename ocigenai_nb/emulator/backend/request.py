"""A question as a backend is asked it: the body of a chat-completions request.

Rules: OpenAI's, in the words that every compatible server knows: ``max_tokens``, system messages,
functions as tools. Each tool result follows a message that calls for it: where the wire format
left the call out, one is made up. ``seed`` always goes along, so that the same question gets the
same answer where the backend can do so.
Source: OpenAI's API reference.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any, Final

from ocigenai_nb.emulator.answer import Ask
from ocigenai_nb.emulator.backend.forced_calls import Forced
from ocigenai_nb.emulator.brain import Call, Turn

_WORDS: Final = ("auto", "none", "required")


def write_request(ask: Ask, *, model: str, forced: Forced | None) -> dict[str, Any]:
    """Return the body that asks ``model``; ``forced`` goes in place of tools."""
    turns = ask.turns if forced is None else forced.turns
    schema = ask.schema if forced is None else forced.schema
    body: dict[str, Any] = {
        "model": model,
        "messages": list(_write_messages(turns)),
        "stream": True,
        "stream_options": {"include_usage": True},
        "seed": ask.seed,
        **ask.sampling,
    }
    if ask.max_tokens is not None:
        body["max_tokens"] = ask.max_tokens
    if ask.stop:
        body["stop"] = list(ask.stop)
    if schema is not None:
        body["response_format"] = _write_format(schema)
    if ask.reasoning_effort is not None:
        body["reasoning_effort"] = ask.reasoning_effort
    return body if forced is not None else body | _write_tools(ask)


def _write_tools(ask: Ask) -> dict[str, Any]:
    if not ask.tools:
        return {}
    choice: Any = ask.tool_choice
    if choice not in _WORDS:
        choice = {"type": "function", "function": {"name": choice}}
    tools = [{"type": "function", "function": _leave_out_nothing(tool)} for tool in ask.tools]
    return {
        "tools": tools,
        "tool_choice": choice,
        "parallel_tool_calls": ask.parallel_tool_calls,
    }


def _leave_out_nothing(tool: Mapping[str, Any]) -> dict[str, Any]:
    names = ("name", "description", "parameters")
    return {name: tool[name] for name in names if tool.get(name) is not None}


def _write_format(schema: Mapping[str, Any]) -> dict[str, Any]:
    if not schema:
        return {"type": "json_object"}
    return {"type": "json_schema", "json_schema": {"name": "answer", "schema": dict(schema)}}


def _write_messages(turns: Iterable[Turn]) -> Iterator[dict[str, Any]]:
    """Yield the messages, calls in one message, each with the id that its result names."""
    given = list(turns)
    for kind, group in groupby(enumerate(given), key=lambda numbered: _classify(numbered[1])):
        numbers, said = zip(*group, strict=True)
        if kind == "calls":
            follower = given[numbers[-1] + 1 :]
            yield _write_calls(said, _take_results(follower))
        elif kind == "tool":
            if numbers[0] == 0 or not given[numbers[0] - 1].calls:
                yield _write_calls((), said)
            yield from (_write_result(turn, place) for place, turn in enumerate(said))
        else:
            for turn in said:
                if turn.text or turn.role != "assistant":
                    yield {"role": turn.role, "content": turn.text}


def _classify(turn: Turn) -> str:
    return "calls" if turn.calls else turn.role


def _take_results(turns: Iterable[Turn]) -> tuple[Turn, ...]:
    results: list[Turn] = []
    for turn in turns:
        if turn.role != "tool":
            break
        results.append(turn)
    return tuple(results)


def _write_calls(said: Iterable[Turn], results: Iterable[Turn]) -> dict[str, Any]:
    """Return the message of all calls ``said``, or those that ``results`` must have followed."""
    turns = list(said)
    calls = [call for turn in turns for call in turn.calls]
    calls = calls or [Call(turn.call_id, turn.tool or "tool", "{}") for turn in results]
    text = "".join(turn.text for turn in turns)
    return {
        "role": "assistant",
        "content": text or None,
        "tool_calls": [
            {
                "id": call.id or _make_id(place),
                "type": "function",
                "function": {"name": call.name, "arguments": _check_arguments(call.arguments)},
            }
            for place, call in enumerate(calls)
        ],
    }


def _write_result(turn: Turn, place: int) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": turn.call_id or _make_id(place), "content": turn.text}


def _make_id(place: int) -> str:
    return f"call_{place}"


def _check_arguments(arguments: str) -> str:
    """Return ``arguments`` if they are JSON: llama.cpp refuses a conversation with others."""
    try:
        json.loads(arguments)
    except ValueError:
        return json.dumps({"text": arguments})
    return arguments
