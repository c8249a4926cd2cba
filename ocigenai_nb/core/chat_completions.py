"""The chat-completions wire: messages and wishes to a body, chunks to events.

Source: OpenAI's chat-completions reference, as OCI serves it under `/openai/v1`; dialects as
recorded in public. Pure: bytes come from and go to whoever carries them.

Known deviations of the service: Gemini sends null deltas; usage may come after the finish reason;
rare errors inside a stream are plain text.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .catalog import Family
from .errors import InStreamError, MalformedStreamError, StreamCutError
from .events import (
    Event,
    Failed,
    Finished,
    Interrupted,
    Notice,
    ReasoningDelta,
    TextDelta,
    ToolCallDelta,
    ToolCallReady,
    UsageReport,
)
from .messages import Image, Message, Part, ResponseFormat, Text, Tool, Usage
from .parameters import Parameters
from .schemas import inline_refs
from .service_errors import read_body
from .tool_calls import ToolCallFold

_REASONS = {"function_call": "tool_calls"}


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """One request, before a family shapes it."""

    model: str
    messages: tuple[Message, ...]
    parameters: Parameters = Parameters()
    tools: tuple[Tool, ...] = ()
    response_format: ResponseFormat | None = None
    stream: bool = True


def build_body(request: ChatRequest, family: Family) -> tuple[dict[str, Any], list[Notice]]:
    """The JSON body, shaped for the family, and a notice for each wish that is not sent."""
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
    return body, list(_shape(body, family))


def _shape(body: dict[str, Any], family: Family) -> Iterator[Notice]:
    for rule in family.rules:
        value = body.get(rule.parameter)
        if value is None:
            continue
        if rule.action == "rename":
            body[rule.to] = body.pop(rule.parameter)
        elif rule.action == "inline_refs":
            body[rule.parameter] = _inline(value)
        elif rule.action == "omit" or not value:
            del body[rule.parameter]
            if rule.action == "omit":
                yield Notice(f"{rule.parameter} is not sent: {rule.reason}.")


def _inline(value: Any) -> Any:
    if isinstance(value, list):
        return [_inline(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    return {
        key: inline_refs(item) if key in {"parameters", "schema"} else _inline(item)
        for key, item in value.items()
    }


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
        if data == b"[DONE]":
            return self._finish(self._reason or "unknown")
        try:
            chunk = json.loads(data.decode())  # of bytes it would guess the encoding first
        except ValueError:
            chunk = None
        if not isinstance(chunk, dict):
            return self.stop(Interrupted("malformed", _malformed(data)))
        choices = chunk.get("choices")
        if choices:
            choice = choices[0]
            # The plain text delta, by far the most frequent chunk, takes the short way.
            delta = choice.get("delta") or {}
            text = delta.get("content")
            if text and len(delta) <= 2 and choice.get("finish_reason") is None:
                return [TextDelta(text, chunk)]
            return list(self._choice(choice, delta, chunk))
        return list(self._other(chunk))

    def end(self, fragment: bytes) -> list[Event]:
        """What the end of the bytes means. Without a terminal event before, the stream was cut."""
        if self.done:
            return []
        events: list[Event] = []
        if fragment:
            events.append(Notice(f"An incomplete event of {len(fragment)} bytes was dropped."))
        if self._reason is not None:
            return events + self._finish(self._reason)
        return events + self.stop(Interrupted("cut", _cut()))

    def stop(self, end: Failed | Interrupted) -> list[Event]:
        """End early, unless the answer was already complete but for its `[DONE]`."""
        if self._reason is not None:
            return self._finish(self._reason)
        self.done = True
        return [end]

    def whole(self, data: Mapping[str, Any]) -> list[Event]:
        """The events of an answer that came whole."""
        events: list[Event] = []
        for choice in (data.get("choices") or [])[:1]:
            message = choice.get("message") or {}
            events += self._choice(choice, message, data)
        events += self._other(
            {key: data[key] for key in ("usage", "model", "error") if key in data}
        )
        return events if self.done else events + self._finish(self._reason or "unknown")

    def _choice(
        self, choice: Mapping[str, Any], delta: Mapping[str, Any], raw: Mapping[str, Any]
    ) -> Iterable[Event]:
        if thought := delta.get("reasoning_content") or delta.get("reasoning"):
            yield ReasoningDelta(str(thought), raw)
        if text := delta.get("content") or delta.get("refusal"):
            yield TextDelta(str(text), raw)
        for fragment in delta.get("tool_calls") or []:
            function = fragment.get("function") or {}
            name, arguments = function.get("name") or "", function.get("arguments") or ""
            position, name = self._calls.add(
                fragment.get("index"), fragment.get("id") or "", name, arguments
            )
            yield ToolCallDelta(position, name, arguments, raw)
        reason = choice.get("finish_reason")
        if reason:
            self._reason = _REASONS.get(reason, reason)
        yield from self._other(raw)

    def _other(self, chunk: Mapping[str, Any]) -> Iterable[Event]:
        self._model = chunk.get("model") or self._model
        if usage := chunk.get("usage"):
            yield UsageReport(read_usage(usage), chunk)
        if chunk.get("error") and not self.done:
            code, message = read_body(json.dumps(chunk).encode())
            error = InStreamError(
                message or "The service reported an error inside the stream.",
                remedy="Send it again; what came before is kept.",
                code=code,
            )
            yield from self.stop(Failed(error))

    def _finish(self, reason: str) -> list[Event]:
        self.done = True
        calls, broken = self._calls.ready()
        events: list[Event] = [ToolCallReady(call) for call in calls]
        events += [
            Notice(f"The call of {name} came incomplete and is left out.") for name in broken
        ]
        return [*events, Finished(reason, self._model)]


def read_usage(usage: Mapping[str, Any]) -> Usage:
    """Token counts; details that a family leaves out stay None."""
    inputs = usage.get("prompt_tokens_details") or {}
    outputs = usage.get("completion_tokens_details") or {}
    sent, received = usage.get("prompt_tokens") or 0, usage.get("completion_tokens") or 0
    return Usage(
        input=sent,
        output=received,
        total=usage.get("total_tokens") or sent + received,
        cached=inputs.get("cached_tokens"),
        reasoning=outputs.get("reasoning_tokens"),
    )


def _malformed(data: bytes) -> MalformedStreamError:
    _, text = read_body(data)
    return MalformedStreamError(
        f"The stream held something that is not JSON: {text[:80]!r}.",
        remedy="Send it again; what came before is kept.",
    )


def _cut() -> StreamCutError:
    return StreamCutError(
        "The stream ended before the answer did.",
        remedy="Send it again; what came before is kept.",
    )
