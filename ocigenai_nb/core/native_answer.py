"""The life of one answer of the native API, whatever its format: exactly one terminal event.

Source: public recordings of `POST /20231130/actions/chat` (September 2026) and the response models
of the `oci` SDK. Each event carries a `pad` of random length, which means nothing.

A stream ends with `[DONE]` or, in Cohere's first format, just ends: so what the service said last
(a finish reason) makes the end of the bytes a good end. What comes after the finish reason, such
as late usage, is still read.

Known deviation: no error inside such a stream has been recorded. Read are the service's error
envelopes, and the `errorMessage` that the SDK's models document.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

from .errors import OCIGenAIError
from .events import (
    Event,
    Failed,
    Finished,
    Interrupted,
    Notice,
    ServiceEvent,
    ToolCallReady,
    UsageReport,
)
from .json_text import read_json
from .messages import Usage
from .stream_errors import OTHER_SHAPE, cut, malformed, reported
from .tool_calls import ToolCallFold

# What an event of any of the formats has at least one of.
_KNOWN = frozenset({"chatHistory", "finishReason", "message", "text", "toolCalls", "usage"})

# ERROR_LIMIT: the model's context is full (Cohere's reference of its first chat API).
_REASONS = {
    "COMPLETE": "stop",
    "STOP": "stop",
    "STOP_SEQUENCE": "stop",
    "LENGTH": "length",
    "MAX_TOKENS": "length",
    "ERROR_LIMIT": "length",
    "TOOL_CALL": "tool_calls",
    "TOOL_CALLS": "tool_calls",
    "CONTENT_FILTER": "content_filter",
    "ERROR_TOXIC": "content_filter",
}


class NativeAnswer(ABC):
    """Events of one streamed answer, or a whole one, to ours. A subclass knows the format."""

    # What it means that the service ended an answer without a reason.
    unsaid: ClassVar[str] = "unknown"

    def __init__(self, new_id: Callable[[], str]) -> None:
        self.done = False
        self._calls = ToolCallFold(new_id)
        self._reason: str | None = None
        self._model: str | None = None

    @abstractmethod
    def _quick(self, event: dict[str, Any], data: bytes) -> list[Event]:
        """The short way of a plain text delta, which nearly every event is; empty for others."""

    @abstractmethod
    def _said(self, event: Mapping[str, Any], raw: Mapping[str, Any]) -> Iterator[Event]:
        """Text, reasoning and tool calls of an event."""

    @abstractmethod
    def _unwrap(self, response: Mapping[str, Any]) -> Mapping[str, Any]:
        """A whole `chatResponse` in the shape of an event; what it must have is looked up."""

    def _why(self, event: Mapping[str, Any]) -> str | None:
        """Why the answer ended, in our words; None where it goes on."""
        word = event.get("finishReason")
        return _REASONS.get(word.upper(), str(word)) if word else None

    def take(self, data: bytes) -> list[Event]:
        """The events of one server-sent event's data."""
        if self.done:
            return []
        if data == b"[DONE]":
            return self._finish(self._reason or self.unsaid)
        try:
            event = read_json(data)
            return self._quick(event, data) or list(self._read(event, event))
        except OTHER_SHAPE:
            return self.stop(Interrupted("malformed", malformed("stream", data)))

    def end(self, fragment: bytes) -> list[Event]:
        """What the end of the bytes means. Without a finish reason before, the stream was cut."""
        if self.done:
            return []
        events: list[Event] = []
        if fragment:
            events.append(Notice(f"An incomplete event of {len(fragment)} bytes was dropped."))
        return events + self.stop(Interrupted("cut", cut()))

    def stop(self, end: Failed | Interrupted) -> list[Event]:
        """End early, unless the service had already said why the answer ended."""
        if self.done:
            return []
        if self._reason is not None:
            return self._finish(self._reason)
        self.done = True
        return [end]

    def whole(self, data: Mapping[str, Any]) -> list[Event]:
        """The events of an answer that came whole."""
        try:
            events = list(self._read_whole(data))
        except OTHER_SHAPE:
            return self.stop(Failed(malformed("answer", json.dumps(data).encode())))
        return events if self.done else events + self._finish(self._reason or self.unsaid)

    def _read_whole(self, data: Mapping[str, Any]) -> Iterator[Event]:
        if (error := find_error(data)) is not None:
            yield from self.stop(Failed(error))
            return
        self._model = data.get("modelId")
        yield from self._read(self._unwrap(data["chatResponse"]), data)

    def _read(self, event: Mapping[str, Any], raw: Mapping[str, Any]) -> Iterator[Event]:
        if (error := find_error(event)) is not None:
            yield from self.stop(Failed(error))
            return
        if _KNOWN.isdisjoint(event):
            yield ServiceEvent(str(event.get("type") or "unknown"), raw)
        yield from self._said(event, raw)
        usage = event.get("usage")
        if usage and isinstance(usage, Mapping):
            yield UsageReport(read_usage(usage), raw)
        self._reason = self._why(event) or self._reason

    def _finish(self, reason: str) -> list[Event]:
        self.done = True
        calls, broken = self._calls.ready(cut_off=reason not in {"stop", "tool_calls"})
        events: list[Event] = [ToolCallReady(call) for call in calls]
        events += [
            Notice(f"The call of {name} came incomplete and is left out.") for name in broken
        ]
        return [*events, Finished(reason, self._model)]


def find_error(event: Mapping[str, Any]) -> OCIGenAIError | None:
    """The error that an event or an answer reports; None where it reports none."""
    if event.get("error") or isinstance(event.get("message"), str):
        return reported(event)
    word, text = event.get("finishReason"), event.get("errorMessage")
    if str(word).upper() != "ERROR" and (word or not text):
        return None
    message = text or "The service ended the answer with an error and did not say which."
    return reported({"code": word, "message": message})


def read_usage(usage: Mapping[str, Any]) -> Usage:
    """Token counts; details that a family leaves out stay None."""
    sent, received = _count(usage, "promptTokens"), _count(usage, "completionTokens")
    return Usage(
        input=sent or 0,
        output=received or 0,
        total=_count(usage, "totalTokens") or (sent or 0) + (received or 0),
        cached=_count(usage.get("promptTokensDetails"), "cachedTokens"),
        reasoning=_count(usage.get("completionTokensDetails"), "reasoningTokens"),
    )


def _count(counts: Any, name: str) -> int | None:
    value = counts.get(name) if isinstance(counts, Mapping) else None
    return value if isinstance(value, int) else None
