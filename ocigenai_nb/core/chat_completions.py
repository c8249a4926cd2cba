"""The chat-completions wire: messages and wishes to a body, chunks to events.

Source: OpenAI's chat-completions reference, as OCI serves it under `/openai/v1`; dialects as
recorded in public. Pure: bytes come from and go to whoever carries them.

Known deviations of the service: Gemini sends null deltas; usage may come after the finish reason;
rare errors inside a stream are plain text.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from .catalog import Family
from .events import (
    Event,
    Failed,
    Finished,
    Interrupted,
    Notice,
    ReasoningDelta,
    ServiceEvent,
    TextDelta,
    ToolCallDelta,
    ToolCallReady,
    UsageReport,
)
from .json_text import RawEvent, read_json
from .messages import Image, Message, Part, ResponseFormat, Text, Tool, Usage
from .requests import ChatRequest, Plan
from .shaping import apply_rules
from .stream_errors import OTHER_SHAPE, cut, malformed, reported
from .tool_calls import ToolCallFold

_REASONS = {"function_call": "tool_calls"}
_PLAIN_DELTA = frozenset({"role", "content"})
_KNOWN = frozenset({"choices", "usage", "error", "message"})


def build_body(request: ChatRequest, family: Family) -> Plan:
    """The body shaped for the family, with a notice for each wish that is not sent."""
    body: dict[str, Any] = {
        "model": request.model,
        "messages": [_message(message) for message in request.messages],
        **request.parameters.given(),
    }
    if "stop" in body:
        body["stop"] = list(body["stop"])
    if request.tools:
        body["tools"] = [_tool(tool) for tool in request.tools]
    if request.response_format is not None:
        body["response_format"] = _format(request.response_format)
    if request.stream:
        body["stream"] = True
        body["stream_options"] = {"include_usage": True}
    return Plan(body, tuple(apply_rules(body, family.rules)))


def _message(message: Message) -> dict[str, Any]:
    result: dict[str, Any] = {"role": message.role, "content": _content(message.parts)}
    if message.tool_calls:
        result["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments},
            }
            for call in message.tool_calls
        ]
    if message.tool_call_id is not None:
        result["tool_call_id"] = message.tool_call_id
    return result


def _content(parts: Sequence[Part]) -> str | list[dict[str, Any]]:
    if all(isinstance(part, Text) for part in parts):
        return "".join(part.text for part in parts if isinstance(part, Text))
    return [
        {"type": "text", "text": part.text}
        if isinstance(part, Text)
        else {"type": "image_url", "image_url": _image(part)}
        for part in parts
    ]


def _image(image: Image) -> dict[str, str]:
    return {"url": image.url, "detail": image.detail}


def _tool(tool: Tool) -> dict[str, Any]:
    function = {
        "name": tool.name,
        "description": tool.description,
        "parameters": dict(tool.parameters),
    }
    return {"type": "function", "function": function}


def _format(wanted: ResponseFormat) -> dict[str, Any]:
    if wanted.schema is None:
        return {"type": "json_object"}
    named = {"name": wanted.name, "schema": dict(wanted.schema)}
    return {"type": "json_schema", "json_schema": named}


class ChunkFold:
    """Chunks of one streamed answer to events; ends itself with exactly one terminal event."""

    def __init__(self, new_id: Callable[[], str]) -> None:
        self.done = False
        self._calls = ToolCallFold(new_id)
        self._reason: str | None = None
        self._model: str | None = None

    def take(self, data: bytes) -> list[Event]:
        """The events of one server-sent event's data."""
        if self.done:
            return []
        if data == b"[DONE]":
            return self._finish(self._reason or "unknown")
        try:
            chunk = read_json(data)
            # The plain text delta, by far the most frequent chunk, takes the short way.
            if text := _plain_text(chunk):
                return [TextDelta(text, RawEvent(data))]
            return list(self._read(chunk, "delta"))
        except OTHER_SHAPE:
            return self.stop(Interrupted("malformed", malformed("stream", data)))

    def end(self, fragment: bytes) -> list[Event]:
        """What the end of the bytes means. Without a terminal event before, the stream was cut."""
        if self.done:
            return []
        events: list[Event] = []
        if fragment:
            events.append(Notice(f"An incomplete event of {len(fragment)} bytes was dropped."))
        return events + self.stop(Interrupted("cut", cut()))

    def stop(self, end: Failed | Interrupted) -> list[Event]:
        """End early, unless the answer was already complete but for its `[DONE]`."""
        if self.done:
            return []
        if self._reason is not None:
            return self._finish(self._reason)
        self.done = True
        return [end]

    def whole(self, data: Mapping[str, Any]) -> list[Event]:
        """The events of an answer that came whole."""
        try:
            events = list(self._read(data, "message"))
            if not (self.done or "choices" in data):
                raise KeyError("choices")
        except OTHER_SHAPE:
            return self.stop(Failed(malformed("answer", json.dumps(data).encode())))
        return events if self.done else events + self._finish(self._reason or "unknown")

    def _read(self, chunk: Mapping[str, Any], part: str) -> Iterator[Event]:
        reason = None
        if choices := chunk.get("choices"):
            choice = choices[0]
            yield from self._said(choice.get(part) or {}, chunk, whole=part == "message")
            reason = choice.get("finish_reason")
        if model := chunk.get("model"):
            self._model = str(model)
        usage = chunk.get("usage")
        if usage and isinstance(usage, Mapping):
            yield UsageReport(read_usage(usage), chunk)
        if part == "delta" and _KNOWN.isdisjoint(chunk):
            yield ServiceEvent(str(chunk.get("type") or chunk.get("object") or "unknown"), chunk)
        if _is_error(chunk):
            yield from self.stop(Failed(reported(chunk)))
        elif reason:
            self._reason = _REASONS.get(reason, str(reason))

    def _said(
        self, delta: Mapping[str, Any], raw: Mapping[str, Any], *, whole: bool
    ) -> Iterator[Event]:
        if thought := _text(delta.get("reasoning_content")) or _text(delta.get("reasoning")):
            yield ReasoningDelta(thought, raw)
        for said in (delta.get("content"), delta.get("refusal")):
            if text := _text(said):
                yield TextDelta(text, raw)
        for number, fragment in enumerate(delta.get("tool_calls") or []):
            function = fragment.get("function") or {}
            arguments = _arguments(function.get("arguments"))
            position, name = self._calls.add(
                number if whole else fragment.get("index"),
                str(fragment.get("id") or ""),
                str(function.get("name") or ""),
                arguments,
            )
            yield ToolCallDelta(position, name, arguments, raw)

    def _finish(self, reason: str) -> list[Event]:
        self.done = True
        calls, broken = self._calls.ready(cut_off=reason not in {"stop", "tool_calls"})
        events: list[Event] = [ToolCallReady(call) for call in calls]
        events += [
            Notice(f"The call of {name} came incomplete and is left out.") for name in broken
        ]
        return [*events, Finished(reason, self._model)]


def read_usage(
    usage: Mapping[str, Any], *, sent: str = "prompt_tokens", received: str = "completion_tokens"
) -> Usage:
    """Token counts under the wire's names; details that a family leaves out stay None."""
    input_count, output_count = _count(usage, sent), _count(usage, received)
    return Usage(
        input=input_count or 0,
        output=output_count or 0,
        total=_count(usage, "total_tokens") or (input_count or 0) + (output_count or 0),
        cached=_count(usage.get(f"{sent}_details"), "cached_tokens"),
        reasoning=_count(usage.get(f"{received}_details"), "reasoning_tokens"),
    )


def _count(counts: Any, name: str) -> int | None:
    value = counts.get(name) if isinstance(counts, Mapping) else None
    return value if isinstance(value, int) else None


def _plain_text(chunk: dict[str, Any]) -> str:
    """The text of a chunk that holds text and nothing else; empty for any other chunk."""
    choices = chunk.get("choices")
    if not choices or chunk.get("usage") or chunk.get("error"):
        return ""
    choice = choices[0]
    delta = choice.get("delta") or {}
    text = delta.get("content")
    plain = delta.keys() <= _PLAIN_DELTA and choice.get("finish_reason") is None
    return text if plain and isinstance(text, str) else ""


def _text(value: object) -> str:
    """Text that may come as a list of parts, as some servers send it."""
    if isinstance(value, list):
        return "".join(_text(part.get("text")) for part in value)
    return value if isinstance(value, str) else ""


def _arguments(value: object) -> str:
    """Arguments as JSON text; some servers send the object itself."""
    return value if isinstance(value, str) else json.dumps(value) if value else ""


def _is_error(chunk: Mapping[str, Any]) -> bool:
    # OpenAI's envelope, or OCI's own, which says `message` where a chunk would have choices.
    return bool(chunk.get("error")) or ("message" in chunk and "choices" not in chunk)
