"""The body of ``POST .../chat/completions``: checked as OpenAI checks it, and read.

Source: OpenAI's API reference and published error texts.

Known deviations: fields that are not listed here are ignored, as observed for wholly unknown
ones; which models take several answers (``n``) or ``logprobs`` through OCI was not observed: here
OpenAI's reasoning models refuse both, as OpenAI does, all others take them; limits on sizes and
counts of tools, messages and images are not checked, nor whether a model sees images, nor any
model's limit on the length of an answer. The words for ``top_logprobs`` alone were not observed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ocigenai_nb.emulator.answer import Ask
from ocigenai_nb.emulator.chat_messages import check_messages, read_turns
from ocigenai_nb.emulator.dialects import Dialect
from ocigenai_nb.emulator.parameters import (
    Rule,
    check,
    check_schema,
    refuse,
    refuse_choice,
    refuse_missing,
)

_RULES: Final[Mapping[str, Rule]] = {
    "stream": Rule("a boolean"),
    "stream_options": Rule("an object"),
    "max_tokens": Rule("an integer", low=1),
    "max_completion_tokens": Rule("an integer", low=1),
    "temperature": Rule("a decimal", low=0, high=2),
    "top_p": Rule("a decimal", low=0, high=1),
    "presence_penalty": Rule("a decimal", low=-2, high=2),
    "frequency_penalty": Rule("a decimal", low=-2, high=2),
    "n": Rule("an integer", low=1, high=128),
    "seed": Rule("an integer"),
    "stop": Rule("a string or an array"),
    "logprobs": Rule("a boolean"),
    "top_logprobs": Rule("an integer", low=0, high=20),
    "tools": Rule("an array"),
    "tool_choice": Rule("a string or an object"),
    "parallel_tool_calls": Rule("a boolean"),
    "response_format": Rule("an object"),
    "reasoning_effort": Rule("a string"),
    "user": Rule("a string"),
    "metadata": Rule("an object"),
}
_SAMPLING: Final = ("temperature", "top_p", "presence_penalty", "frequency_penalty")
_EFFORTS: Final = ("none", "minimal", "low", "medium", "high", "xhigh")
_CHOICES: Final = ("none", "auto", "required")
_FORMATS: Final = ("text", "json_object", "json_schema")
_FUNCTION_NAME: Final = re.compile(r"[a-zA-Z0-9_-]+")
_REFERENCE: Final = re.compile(r'"\$(?:ref|defs)":')


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """What a chat-completions request asks for, and how it wants the answer."""

    ask: Ask
    stream: bool
    include_usage: bool
    choices: int = 1
    """How many answers are wanted."""
    alternatives: int | None = None
    """How many tokens are wanted at each place with log probabilities; ``None`` without these."""


def read_chat_request(body: Mapping[str, Any], dialect: Dialect) -> ChatRequest:
    """Check and read ``body``, whose model is known.

    Raises:
        RefusedError: With OpenAI's words for what is wrong.
    """
    given = {name: value for name, value in body.items() if value is not None}
    for name, rule in _RULES.items():
        if name in given:
            check(given[name], rule, param=name)
    _check_dialect(given, dialect)
    check_messages(given.get("messages"), calls_have_ids=dialect.names_calls)
    _check_combinations(given, dialect)
    return ChatRequest(
        ask=_read_ask(given),
        stream=given.get("stream", False),
        include_usage=bool(given.get("stream_options", {}).get("include_usage")),
        choices=given.get("n", 1),
        alternatives=given.get("top_logprobs", 0) if given.get("logprobs") else None,
    )


def _read_ask(given: Mapping[str, Any]) -> Ask:
    return Ask(
        model=given["model"],
        turns=tuple(read_turns(given["messages"])),
        max_tokens=given.get("max_completion_tokens", given.get("max_tokens")),
        stop=_read_stop(given.get("stop", [])),
        seed=given.get("seed", 0),
        tools=_read_tools(given.get("tools", [])),
        tool_choice=_read_tool_choice(given),
        parallel_tool_calls=given.get("parallel_tool_calls", True),
        schema=_read_schema(given.get("response_format", {"type": "text"})),
        reasoning_effort=given.get("reasoning_effort"),
        sampling={name: given[name] for name in _SAMPLING if name in given},
    )


def _check_dialect(given: Mapping[str, Any], dialect: Dialect) -> None:
    for name, words in dialect.refuses.items():
        if name in given:
            refuse(words, param=name, code="unsupported_parameter")
    if dialect.refuses_empty_tools and given.get("tools") == []:
        refuse(
            "Invalid 'tools': empty array. Expected an array with minimum length 1, "
            "but got an empty array instead.",
            param="tools",
            code="empty_array",
        )
    for name in ("response_format", "tools"):
        found = dialect.refuses_references and _REFERENCE.search(json.dumps(given.get(name)))
        if found:
            key = found[0].strip('":')
            refuse(
                f"Invalid JSON payload received. Unknown name \"{key}\" at '{name}': "
                "Cannot find field.",
                param=name,
            )


def _check_choices(given: Mapping[str, Any], dialect: Dialect) -> None:
    if given.get("top_logprobs") and not given.get("logprobs"):
        refuse(
            "The 'top_logprobs' parameter is only allowed when 'logprobs' is enabled.",
            param="top_logprobs",
            code=None,
        )
    if not dialect.answers_once:
        return
    if given.get("n", 1) != 1:
        refuse(
            f"Unsupported value: 'n' does not support {given['n']} with this model. "
            "Only the default (1) value is supported.",
            param="n",
            code="unsupported_value",
        )
    if given.get("logprobs"):
        refuse(
            "Unsupported parameter: 'logprobs' is not supported with this model.",
            param="logprobs",
            code="unsupported_parameter",
        )


def _check_combinations(given: Mapping[str, Any], dialect: Dialect) -> None:
    _check_choices(given, dialect)
    if "stream_options" in given and not given.get("stream"):
        refuse(
            "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
            param="stream_options",
            code=None,
        )
    if given.get("reasoning_effort", "low") not in _EFFORTS:
        refuse_choice(given["reasoning_effort"], _EFFORTS, param="reasoning_effort")


def _read_stop(stop: str | list[Any]) -> tuple[str, ...]:
    words = [stop] if isinstance(stop, str) else stop
    if len(words) > 4:
        refuse(
            "Invalid 'stop': array too long. Expected an array with maximum length 4, "
            f"but got an array with length {len(words)} instead.",
            param="stop",
            code="array_above_max_length",
        )
    for index, word in enumerate(words):
        check(word, Rule("a string"), param=f"stop[{index}]")
    return tuple(word for word in words if word)


def _read_tools(tools: list[Any]) -> list[Mapping[str, Any]]:
    for index, tool in enumerate(tools):
        where = f"tools[{index}]"
        check(tool, Rule("an object"), param=where)
        if tool.get("type") != "function":
            refuse_choice(tool.get("type"), ("function",), param=f"{where}.type")
        check(tool.get("function"), Rule("an object"), param=f"{where}.function")
        _check_function(tool["function"], f"{where}.function")
    return [tool["function"] for tool in tools]


def _check_function(function: Mapping[str, Any], where: str) -> None:
    if "name" not in function:
        refuse_missing(f"{where}.name")
    check(function["name"], Rule("a string"), param=f"{where}.name")
    if not _FUNCTION_NAME.fullmatch(function["name"]):
        refuse(
            f"Invalid '{where}.name': string does not match pattern. "
            "Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.",
            param=f"{where}.name",
        )
    if function.get("parameters") is not None:
        check(function["parameters"], Rule("an object"), param=f"{where}.parameters")
        of = f"function '{function['name']}'"
        check_schema(function["parameters"], of=of, param=f"{where}.parameters")


def _read_tool_choice(given: Mapping[str, Any]) -> str:
    choice = given.get("tool_choice", "auto")
    if "tool_choice" in given and not given.get("tools"):
        refuse(
            "Invalid value for 'tool_choice': "
            "'tool_choice' is only allowed when 'tools' are specified.",
            param="tool_choice",
            code=None,
        )
    if isinstance(choice, str):
        if choice not in _CHOICES:
            refuse_choice(choice, _CHOICES, param="tool_choice")
        return choice
    if choice.get("type") != "function":
        refuse_choice(choice.get("type"), ("function",), param="tool_choice.type")
    check(choice.get("function"), Rule("an object"), param="tool_choice.function")
    name = choice["function"].get("name")
    names = [tool["function"]["name"] for tool in given["tools"]]
    if name not in names:
        refuse(f"Tool choice '{name}' not found in 'tools' parameter.", param="tool_choice")
    return str(name)


def _read_schema(response_format: Mapping[str, Any]) -> Mapping[str, Any] | None:
    kind = response_format.get("type")
    if kind not in _FORMATS:
        refuse_choice(kind, _FORMATS, param="response_format.type")
    if kind == "text":
        return None
    if kind == "json_object":
        return {}
    described = response_format.get("json_schema")
    if described is None:
        refuse_missing("response_format.json_schema")
    check(described, Rule("an object"), param="response_format.json_schema")
    if "name" not in described:
        refuse_missing("response_format.json_schema.name")
    schema = described.get("schema", {})
    check(schema, Rule("an object"), param="response_format.json_schema.schema")
    check_schema(schema, of=f"response_format '{described['name']}'", param="response_format")
    return dict(schema)
