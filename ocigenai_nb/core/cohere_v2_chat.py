"""The native API's COHEREV2 format, Cohere's second: vision and reasoning models.

Source: the response models of the `oci` SDK, and Cohere's own SDK, which reads these events.

Unverified: no stream of this format has been recorded in public. Taken for deltas are the blocks of
`message.content` (TEXT and THINKING), `toolPlan` and the fragments of `toolCalls`. Whether the
event with the finish reason repeats the answer is not known; what it repeats is not passed on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from .events import Event, ReasoningDelta, TextDelta
from .generic_chat import GenericFold, read_text
from .tool_calls import normalize_arguments


class CohereV2Fold(GenericFold):
    """Events of one COHEREV2 answer to ours."""

    def __init__(self, new_id: Callable[[], str]) -> None:
        super().__init__(new_id)
        self._text: list[str] = []
        self._thinking: list[str] = []
        self._ids: set[str] = set()

    def _quick(self, event: dict[str, Any], data: bytes) -> list[Event]:
        events = super()._quick(event, data)
        for quick in events:
            self._text.append(quick.text)  # type: ignore[union-attr]
        return events

    def _unwrap(self, response: Mapping[str, Any]) -> Mapping[str, Any]:
        return {**response, "message": response["message"]}

    def _said(self, event: Mapping[str, Any], raw: Mapping[str, Any]) -> Iterator[Event]:
        message, last = event.get("message") or {}, bool(event.get("finishReason"))
        content = message.get("content") or []
        thinking = [message.get("toolPlan"), *(part.get("thinking") for part in content)]
        if thought := _keep(self._thinking, thinking, last=last):
            yield ReasoningDelta(thought, raw)
        if text := _keep(self._text, [part.get("text") for part in content], last=last):
            yield TextDelta(text, raw)
        for number, call in enumerate(message.get("toolCalls") or []):
            yield from self._call(call, number, raw, last=last)

    def _call(
        self, call: Mapping[str, Any], number: int, raw: Mapping[str, Any], *, last: bool
    ) -> Iterator[Event]:
        flat = {"id": call.get("id"), **(call.get("function") or {})}
        name, arguments = str(flat.get("name") or ""), flat.get("arguments")
        if last and flat["id"] in self._ids and normalize_arguments(arguments or "") is not None:
            self._calls.settle(number, flat["id"], name, arguments or "")
            return
        self._ids.add(str(flat["id"] or ""))
        yield self._called(flat, call.get("index", number), raw)


def _keep(kept: list[str], pieces: Sequence[object], *, last: bool) -> str:
    """The new text of an event, which is added to what is kept."""
    text, before = "".join(map(read_text, pieces)), "".join(kept) if last else ""
    if before and text.startswith(before):
        text = text[len(before) :]
    kept.append(text)
    return text
