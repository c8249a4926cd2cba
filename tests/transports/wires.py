"""The wire formats as the contract tests need them: requests read, streams written by hand."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ocigenai_nb.emulator import Entry

COMMON: Final = {
    name: name
    for name in (
        "max_tokens", "temperature", "top_p", "seed", "stop", "frequency_penalty",
        "presence_penalty", "reasoning_effort",
    )
}  # fmt: skip
NATIVE: Final = {
    "max_tokens": "maxTokens",
    "temperature": "temperature",
    "top_p": "topP",
    "seed": "seed",
    "stop": "stop",
    "frequency_penalty": "frequencyPenalty",
    "presence_penalty": "presencePenalty",
    "reasoning_effort": "reasoningEffort",
}
COHERE: Final = {**NATIVE, "stop": "stopSequences"}
del COHERE["reasoning_effort"]
RESPONSES: Final = {
    "max_tokens": "max_output_tokens",
    "temperature": "temperature",
    "top_p": "top_p",
}


@dataclass(frozen=True)
class Sent:
    """What one request asked for, whatever its wire format."""

    said: list[tuple[str, str]]
    """Role and text of each message."""
    images: list[str]
    wishes: Mapping[str, Any]
    """The sampling wishes, under the wire's own names."""
    tools: list[str]
    schema: Mapping[str, Any] | None
    streamed: bool


@dataclass(frozen=True)
class Wire:
    """One wire format."""

    path: str
    names: Mapping[str, str]
    """Our name of each wish that it carries, and its own."""
    read: Callable[[dict[str, Any]], Sent]
    delta: Callable[[str], str]
    """The event with a piece of text, and `end`, the one that ends an answer."""
    end: str
    lead: int
    """How many events come before the first text."""
    done: bool
    """Whether a `[DONE]` follows the event that ends an answer."""


def read_sent(wire: Wire, entry: Entry) -> Sent:
    """What a journaled request asked for."""
    assert isinstance(entry.body, dict)
    return wire.read(entry.body)


def _read_chat(body: dict[str, Any]) -> Sent:
    parts = [(m["role"], part) for m in body["messages"] for part in _parts(m["content"])]
    envelope = {"model", "messages", "tools", "response_format", "stream", "stream_options"}
    wanted = body.get("response_format") or {}
    return Sent(
        said=[(role, part["text"]) for role, part in parts if part["type"] == "text"],
        images=[part["image_url"]["url"] for _, part in parts if part["type"] == "image_url"],
        wishes=_rest(body, envelope),
        tools=[tool["function"]["name"] for tool in body.get("tools", [])],
        schema=wanted.get("json_schema", {}).get("schema"),
        streamed=body.get("stream", False),
    )


def _parts(content: Any) -> list[dict[str, Any]]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def _rest(body: Mapping[str, Any], envelope: set[str]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in envelope}


_NATIVE_ENVELOPE: Final = {"apiFormat", "isStream", "streamOptions", "tools", "responseFormat"}


def _read_generic(body: dict[str, Any]) -> Sent:
    chat = body["chatRequest"]
    parts = [(m["role"].lower(), part) for m in chat["messages"] for part in m.get("content", [])]
    wanted = chat.get("responseFormat") or {}
    return Sent(
        said=[(role, part["text"]) for role, part in parts if part["type"] == "TEXT"],
        images=[part["imageUrl"]["url"] for _, part in parts if part["type"] == "IMAGE"],
        wishes=_rest(chat, {*_NATIVE_ENVELOPE, "messages"}),
        tools=[tool["name"] for tool in chat.get("tools", [])],
        schema=wanted.get("jsonSchema", {}).get("schema"),
        streamed=chat.get("isStream", False),
    )


_ROLES: Final = {"USER": "user", "CHATBOT": "assistant", "SYSTEM": "system"}


def _read_cohere(body: dict[str, Any]) -> Sent:
    chat = body["chatRequest"]
    own = {"message", "chatHistory", "preambleOverride", "toolResults"}
    wanted = chat.get("responseFormat") or {}
    return Sent(
        said=list(_hear_cohere(chat)),
        images=[],
        wishes=_rest(chat, {*_NATIVE_ENVELOPE, *own}),
        tools=[tool["name"] for tool in chat.get("tools", [])],
        schema=wanted.get("schema"),
        streamed=chat.get("isStream", False),
    )


def _hear_cohere(chat: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if "preambleOverride" in chat:
        yield "system", chat["preambleOverride"]
    for entry in chat.get("chatHistory", []):
        if entry["role"] in _ROLES:
            yield _ROLES[entry["role"]], entry["message"]
    for result in chat.get("toolResults", []):
        yield "tool", result["outputs"][0]["output"]
    if chat["message"]:
        yield "user", chat["message"]


def _read_response(body: dict[str, Any]) -> Sent:
    own = {"model", "input", "instructions", "tools", "text", "stream", "store", "include"}
    parts = [
        (item["role"], part)
        for item in body["input"]
        if item["type"] == "message"
        for part in item["content"]
    ]
    results = [item["output"] for item in body["input"] if item["type"] == "function_call_output"]
    told = [("system", body["instructions"])] if "instructions" in body else []
    said = [(role, part["text"]) for role, part in parts if "text" in part]
    return Sent(
        said=[*told, *said, *(("tool", result) for result in results)],
        images=[part["image_url"] for _, part in parts if part["type"] == "input_image"],
        wishes=_rest(body, {*own, "previous_response_id"}),
        tools=[tool["name"] for tool in body.get("tools", [])],
        schema=body.get("text", {}).get("format", {}).get("schema"),
        streamed=body.get("stream", False),
    )


def _chat_delta(text: str) -> str:
    return json.dumps({"choices": [{"delta": {"content": text}}]}, ensure_ascii=False)


def _generic_delta(text: str) -> str:
    message = {"role": "ASSISTANT", "content": [{"type": "TEXT", "text": text}]}
    return json.dumps({"index": 0, "message": message}, ensure_ascii=False)


def _cohere_delta(text: str) -> str:
    return json.dumps({"apiFormat": "COHERE", "text": text}, ensure_ascii=False)


def _response_delta(text: str) -> str:
    return json.dumps({"type": "response.output_text.delta", "delta": text}, ensure_ascii=False)


_COMPLETED: Final = {"id": "resp_1", "status": "completed", "output": []}

V1: Final = Wire(
    path="/openai/v1/chat/completions",
    names=COMMON,
    read=_read_chat,
    delta=_chat_delta,
    end='{"choices":[{"delta":{},"finish_reason":"stop"}]}',
    lead=1,
    done=True,
)
GENERIC: Final = Wire(
    path="/20231130/actions/chat",
    names=NATIVE,
    read=_read_generic,
    delta=_generic_delta,
    end='{"message":{"role":"ASSISTANT"},"finishReason":"stop"}',
    lead=1,
    done=True,
)
COHERE_V1: Final = Wire(
    path=GENERIC.path,
    names=COHERE,
    read=_read_cohere,
    delta=_cohere_delta,
    end='{"apiFormat":"COHERE","finishReason":"COMPLETE"}',
    lead=0,
    done=False,
)
RESPONSE: Final = Wire(
    path="/openai/v1/responses",
    names=RESPONSES,
    read=_read_response,
    delta=_response_delta,
    end=json.dumps({"type": "response.completed", "response": _COMPLETED}),
    lead=4,
    done=False,
)
