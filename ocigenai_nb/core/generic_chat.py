"""The native API's GENERIC format: Llama, Grok, Gemini, OpenAI, Mistral and dedicated endpoints.

Source: public recordings (September 2026). An event holds a fragment of one message,
`{"index", "message": {"role", "content": [{"type": "TEXT", "text"}]}, "pad"}`; then
`{"message", "finishReason"}`, `{"usage"}` and `[DONE]`.

Tool calls differ by family: Grok sends each call whole; gpt-oss sends fragments, the later ones
without id and name; Gemini sends no ids, and content parts without a text.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from .events import Event, ReasoningDelta, TextDelta, ToolCallDelta
from .json_text import RawEvent
from .native_answer import NativeAnswer

_PLAIN_EVENT = frozenset({"apiFormat", "index", "message", "pad"})
_PLAIN_MESSAGE = frozenset({"role", "content"})


class GenericFold(NativeAnswer):
    """Events of one GENERIC answer to ours."""

    def _quick(self, event: dict[str, Any], data: bytes) -> list[Event]:
        message = event.get("message")
        if type(message) is not dict or not _PLAIN_EVENT.issuperset(event):
            return []
        content = message.get("content")
        if not content or len(content) > 1 or not _PLAIN_MESSAGE.issuperset(message):
            return []
        part = content[0]
        text = part.get("text")
        plain = type(text) is str and text and part.get("type") == "TEXT"
        return [TextDelta(text, RawEvent(data))] if plain else []

    def _unwrap(self, response: Mapping[str, Any]) -> Mapping[str, Any]:
        choice, *_ = response["choices"]
        return {**choice, "usage": response.get("usage")}

    def _said(self, event: Mapping[str, Any], raw: Mapping[str, Any]) -> Iterator[Event]:
        message = event.get("message") or {}
        if thought := read_text(message.get("reasoningContent")):
            yield ReasoningDelta(thought, raw)
        content = message.get("content") or []
        for said in (*(part.get("text") for part in content), message.get("refusal")):
            if text := read_text(said):
                yield TextDelta(text, raw)
        for number, call in enumerate(message.get("toolCalls") or []):
            yield self._called(call, call.get("index", number), raw)

    def _called(
        self, call: Mapping[str, Any], index: int | None, raw: Mapping[str, Any]
    ) -> ToolCallDelta:
        arguments = call.get("arguments")
        if not isinstance(arguments, str):  # rarely, the object itself
            arguments = json.dumps(arguments) if arguments else ""
        position, name = self._calls.add(
            index, str(call.get("id") or ""), str(call.get("name") or ""), arguments
        )
        return ToolCallDelta(position, name, arguments, raw)


def read_text(value: object) -> str:
    """A text, where a part may hold anything or nothing."""
    return value if isinstance(value, str) else ""
