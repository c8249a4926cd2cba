"""A chat request in the format GENERIC.

Rules: as the ``oci`` SDK's models have it. Schemas with ``$ref``, ``$defs`` or OpenAI's ``strict``
are a bad format. Parameters that a family refuses are named in the words of OpenAI and xAI, under
the names they have here: ``Invalid 'maxTokens': Unsupported parameter: ...``.
Source: the ``oci`` SDK; errors that users of the live service published.

Known deviations: of sound, video and documents only the type is looked at; the order of tool calls
and their results is not checked; fields that are not read here are ignored. Which models take
several answers (``numGenerations``) or ``logProbs`` was not observed: here all but OpenAI's
reasoning models, and the words are OpenAI's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final, Literal

from ocigenai_nb.emulator.answer import Ask
from ocigenai_nb.emulator.brain import Call, Turn
from ocigenai_nb.emulator.dialects import Dialect
from ocigenai_nb.emulator.native.fields import Fields, refuse_field, refuse_format

_ROLES: Final[dict[str, Literal["system", "user", "assistant", "tool"]]] = {
    "SYSTEM": "system",
    "DEVELOPER": "system",
    "USER": "user",
    "ASSISTANT": "assistant",
    "TOOL": "tool",
}
_CONTENTS: Final = ("TEXT", "IMAGE", "AUDIO", "VIDEO", "DOCUMENT")
_IMAGE_DETAILS: Final = ("AUTO", "HIGH", "LOW", "ORIGINAL")
_EFFORTS: Final = ("NONE", "MINIMAL", "LOW", "MEDIUM", "HIGH")
_LEVELS: Final = ("LOW", "MEDIUM", "HIGH")
_CHOICES: Final = ("NONE", "AUTO", "REQUIRED", "FUNCTION")
_FORMATS: Final = ("TEXT", "JSON_OBJECT", "JSON_SCHEMA")
_DECIMALS: Final = {
    "temperature": (0, 2),
    "topP": (0, 1),
    "frequencyPenalty": (-2, 2),
    "presencePenalty": (-2, 2),
}
_REFERENCE: Final = re.compile(r'"\$(?:ref|defs)":')
_SNAKE: Final = re.compile(r"_([a-z])")


def read_generic(request: Fields, dialect: Dialect, model: str) -> Ask:
    """Check and read ``request``.

    Raises:
        RefusedError: With the service's words for what is wrong.
    """
    _check_dialect(request, dialect)
    _check_settings(request)
    messages = request.find_objects("messages")
    if not messages:
        refuse_format()
    tools = [_read_tool(tool) for tool in request.find_objects("tools")]
    _check_references(tools)
    caps = [request.find_integer(name, low=1) for name in ("maxCompletionTokens", "maxTokens")]
    return Ask(
        model=model,
        turns=tuple(_read_turns(messages)),
        max_tokens=next((cap for cap in caps if cap is not None), None),
        stop=tuple(word for word in request.find_texts("stop") if word),
        seed=request.find_integer("seed") or 0,
        tools=tools,
        tool_choice=_read_choice(request, tools),
        parallel_tool_calls=request.find_flag("isParallelToolCalls", default=True),
        schema=_read_schema(request),
        reasoning_effort=(request.find_word("reasoningEffort", _EFFORTS) or "").lower() or None,
        sampling=request.find_sampling(),
    )


def _check_dialect(request: Fields, dialect: Dialect) -> None:
    for name, words in dialect.refuses.items():
        here = _rename(name)
        if here in request:
            refuse_field(here, _rename(words))
    if dialect.refuses_empty_tools and "tools" in request and not request.find_list("tools"):
        refuse_format()


def _rename(words: str) -> str:
    """Return OpenAI's names of parameters as they are written here."""
    return _SNAKE.sub(lambda match: match[1].upper(), words)


def _check_settings(request: Fields) -> None:
    for name, (low, high) in _DECIMALS.items():
        request.check_decimal(name, low=low, high=high)
    request.find_integer("topK")
    request.find_word("verbosity", _LEVELS)
    request.find_mapping("metadata")


def read_count(request: Fields, dialect: Dialect) -> int:
    """Return how many answers are wanted."""
    count = request.find_integer("numGenerations", low=1, high=128) or 1
    if count > 1 and dialect.answers_once:
        refuse_field("numGenerations", "Only the default (1) value is supported.")
    return count


def read_alternatives(request: Fields, dialect: Dialect) -> int | None:
    """Return how many tokens come at each place with log probabilities; ``None`` without."""
    count = request.find_integer("logProbs", low=0, high=20)
    if count is not None and dialect.answers_once:
        refuse_field(
            "logProbs", "Unsupported parameter: 'logProbs' is not supported with this model."
        )
    return count


def _read_turns(messages: list[Fields]) -> Iterator[Turn]:
    names: dict[str | None, str] = {}
    for message in messages:
        role = message.read_word("role", tuple(_ROLES))
        calls = tuple(map(_read_call, message.find_objects("toolCalls")))
        names |= {call.id: call.name for call in calls}
        parts = message.find_objects("content")
        text = "".join(map(_read_content, parts))
        images = tuple(filter(None, map(_find_image, parts)))
        if role != "ASSISTANT" and "content" not in message:
            refuse_format()
        call_id = message.find_text("toolCallId")
        yield Turn(_ROLES[role], text, names.get(call_id), calls, call_id, images)


def _read_call(call: Fields) -> Call:
    call.read_word("type", ("FUNCTION",))
    arguments = call.find_text("arguments") or "{}"
    return Call(call.find_text("id"), call.read_text("name"), arguments)


def _read_content(part: Fields) -> str:
    kind = part.read_word("type", _CONTENTS)
    if kind == "IMAGE":
        image = part.find_object("imageUrl")
        if image is None:
            refuse_format()
        image.read_text("url")
        image.find_word("detail", _IMAGE_DETAILS)
    return (part.find_text("text") or "") if kind == "TEXT" else ""


def _find_image(part: Fields) -> str | None:
    image = part.find_object("imageUrl") if part.find_text("type") == "IMAGE" else None
    return None if image is None else image.read_text("url")


def _read_tool(tool: Fields) -> dict[str, Any]:
    tool.read_word("type", ("FUNCTION",))
    if "strict" in tool:
        refuse_format()
    return {
        "name": tool.read_text("name"),
        "description": tool.find_text("description"),
        "parameters": tool.find_schema("parameters"),
    }


def _read_choice(request: Fields, tools: list[dict[str, Any]]) -> str:
    choice = request.find_object("toolChoice")
    if choice is None:
        return "auto"
    kind = choice.read_word("type", _CHOICES)
    if kind != "FUNCTION":
        return kind.lower()
    name = choice.read_text("name")
    if name not in (tool["name"] for tool in tools):
        refuse_format()
    return name


def _read_schema(request: Fields) -> dict[str, Any] | None:
    wanted = request.find_object("responseFormat")
    if wanted is None:
        return None
    kind = wanted.read_word("type", _FORMATS)
    described = wanted.find_object("jsonSchema")
    if kind != "JSON_SCHEMA":
        return {} if kind == "JSON_OBJECT" else None
    if described is None or "strict" in described:
        refuse_format()
    described.read_text("name")
    schema = described.find_schema("schema")
    _check_references(schema)
    return schema


def _check_references(value: object) -> None:
    if _REFERENCE.search(json.dumps(value)):
        refuse_format()
