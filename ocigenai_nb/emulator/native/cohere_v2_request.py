"""A chat request in the format COHEREV2, Cohere's second: messages with roles and parts.

Rules: as the ``oci`` SDK's models have it; the words about calls without results are those that
Cohere's own API has for it. Source: the ``oci`` SDK; published errors.

Unverified: no request in this format with tools was recorded in public.
Known deviations: images go to the script alone, which reads no more than their size and color;
documents are accepted unread; citations, safety modes, strict tools and priority have no effect,
nor has a token budget of thinking.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, Literal

from ocigenai_nb.emulator.answer import Ask
from ocigenai_nb.emulator.brain import Call, Turn
from ocigenai_nb.emulator.native.cohere_request import read_schema, refuse_request
from ocigenai_nb.emulator.native.fields import Fields, refuse_format
from ocigenai_nb.model_facts import ModelFacts

_ROLES: Final[dict[str, Literal["system", "user", "assistant", "tool"]]] = {
    "SYSTEM": "system",
    "USER": "user",
    "ASSISTANT": "assistant",
    "TOOL": "tool",
}
_CONTENTS: Final = ("TEXT", "IMAGE_URL", "DOCUMENT", "THINKING")
_DECIMALS: Final = ("temperature", "topP", "frequencyPenalty", "presencePenalty")


def read_cohere_v2(request: Fields, facts: ModelFacts) -> Ask:
    """Check and read ``request``.

    Raises:
        RefusedError: With the service's words for what is wrong.
    """
    for name in _DECIMALS:
        request.check_decimal(name, low=0, high=1)
    request.find_integer("topK", low=0, high=500)
    messages = request.find_objects("messages")
    if not messages:
        refuse_format()
    _check_calls(messages)
    choice = request.find_word("toolsChoice", ("REQUIRED", "NONE"))
    return Ask(
        model=facts["id"],
        turns=tuple(_read_turns(messages)),
        max_tokens=request.find_integer("maxTokens", low=1),
        stop=tuple(word for word in request.find_texts("stopSequences") if word),
        seed=request.find_integer("seed") or 0,
        tools=[_read_tool(tool) for tool in request.find_objects("tools")],
        tool_choice=choice.lower() if choice else "auto",
        schema=read_schema(request),
        reasoning_effort=_read_effort(request),
        sampling=request.find_sampling(),
    )


def _read_turns(messages: Sequence[Fields]) -> Iterator[Turn]:
    names: dict[str | None, str] = {}
    for message in messages:
        role = message.read_word("role", tuple(_ROLES))
        calls = tuple(map(_read_call, message.find_objects("toolCalls")))
        names |= {call.id: call.name for call in calls}
        parts = message.find_objects("content")
        text = "".join(map(_read_content, parts))
        images = tuple(filter(None, map(_find_image, parts)))
        call_id = message.find_text("toolCallId")
        yield Turn(_ROLES[role], text, names.get(call_id), calls, call_id, images)


def _read_call(call: Fields) -> Call:
    function = call.find_object("function")
    if function is None:
        refuse_format()
    arguments = function.find_text("arguments") or "{}"
    return Call(call.find_text("id"), function.read_text("name"), arguments)


def _read_content(part: Fields) -> str:
    kind = part.read_word("type", _CONTENTS)
    return part.read_text("text") if kind == "TEXT" else ""


def _find_image(part: Fields) -> str | None:
    if part.find_text("type") != "IMAGE_URL":
        return None
    image = part.find_object("imageUrl")
    if image is None:
        refuse_format()
    return image.read_text("url")


def _check_calls(messages: Sequence[Fields]) -> None:
    open_calls: list[str | None] = []
    for message in messages:
        if message.find_text("role") == "TOOL":
            answered = message.find_text("toolCallId")
            open_calls = [call_id for call_id in open_calls if call_id != answered]
            continue
        _check_answered(open_calls)
        open_calls = [call.find_text("id") for call in message.find_objects("toolCalls")]
    _check_answered(open_calls)


def _check_answered(open_calls: Sequence[str | None]) -> None:
    if open_calls:
        refuse_request(
            "An assistant message with 'tool_calls' must be followed by tool messages responding "
            "to each 'tool_call_id'. The following tool_call_ids did not have response messages: "
            f"{', '.join(map(str, open_calls))}"
        )


def _read_tool(tool: Fields) -> dict[str, Any]:
    tool.read_word("type", ("FUNCTION",))
    function = tool.find_object("function")
    if function is None:
        refuse_format()
    return {
        "name": function.read_text("name"),
        "description": function.find_text("description"),
        "parameters": function.find_schema("parameters"),
    }


def _read_effort(request: Fields) -> str | None:
    thinking = request.find_object("thinking")
    if thinking is None:
        return None
    thinking.find_integer("tokenBudget", low=1)
    return "none" if thinking.read_word("type", ("ENABLED", "DISABLED")) == "DISABLED" else None
