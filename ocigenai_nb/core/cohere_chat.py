"""The native API's COHERE format, Cohere's first: the R series and most of the others.

Source: public recordings (September 2026) and litellm #39965 for tool calls. An event holds
`{"apiFormat", "text", "pad"}`; the last one repeats the whole answer, with `chatHistory`,
`finishReason` and `usage`; there is no `[DONE]`. An event with tool calls repeats the text so far,
and the last event repeats the calls. So these events say what there is, not what is new: only
what was missing is passed on.

A call is `{"name", "parameters"}`, without an id. `finishReason` is null after a stop sequence and
COMPLETE after tool calls.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from .events import Event, Notice, TextDelta, ToolCallDelta
from .json_text import RawEvent
from .native_answer import NativeAnswer

_PLAIN = frozenset({"apiFormat", "pad", "text"})


class CohereFold(NativeAnswer):
    """Events of one COHERE answer to ours."""

    unsaid = "stop"

    def __init__(self, new_id: Callable[[], str]) -> None:
        super().__init__(new_id)
        self._text: list[str] = []
        self._called: list[tuple[str, str]] = []

    def _quick(self, event: dict[str, Any], data: bytes) -> list[Event]:
        text = event.get("text")
        if type(text) is not str or not text or not _PLAIN.issuperset(event):
            return []
        self._text.append(text)
        return [TextDelta(text, RawEvent(data))]

    def _unwrap(self, response: Mapping[str, Any]) -> Mapping[str, Any]:
        return {**response, "text": response["text"]}

    def _said(self, event: Mapping[str, Any], raw: Mapping[str, Any]) -> Iterator[Event]:
        text, calls = event.get("text") or "", event.get("toolCalls") or []
        last = _is_last(event)
        if not isinstance(text, str):
            raise TypeError("text")
        if calls or last:
            missing = find_missing("".join(self._text), text)
            if missing is None and last:
                yield Notice("The service's last word differs from the text that it streamed.")
            text = missing or ""
        if text:
            self._text.append(text)
            yield TextDelta(text, raw)
        yield from self._call(calls, raw)

    def _why(self, event: Mapping[str, Any]) -> str | None:
        reason = super()._why(event) or ("stop" if _is_last(event) else None)
        return "tool_calls" if reason == "stop" and self._called else reason

    def _call(self, calls: Sequence[Mapping[str, Any]], raw: Mapping[str, Any]) -> Iterator[Event]:
        listed: list[tuple[str, str]] = []
        for call in calls:
            name, parameters = str(call["name"]), call.get("parameters") or {}
            listed.append((name, json.dumps(parameters, sort_keys=True)))
            # The same call twice in one list is meant twice; in two lists it is repeated.
            if listed.count(listed[-1]) > self._called.count(listed[-1]):
                arguments = json.dumps(parameters, ensure_ascii=False)
                position, _ = self._calls.add(len(self._called), "", name, arguments)
                self._called.append(listed[-1])
                yield ToolCallDelta(position, name, arguments, raw)


def find_missing(streamed: str, whole: str) -> str | None:
    """What `whole` has beyond the text that was streamed; None where they are different texts.

    Space around either does not count: the service trims it.
    """
    for known in (streamed, streamed.lstrip()):
        if whole.startswith(known):
            return whole[len(known) :]
    return "" if whole.strip() in streamed else None


def _is_last(event: Mapping[str, Any]) -> bool:
    return bool(event.get("finishReason")) or event.get("chatHistory") is not None
