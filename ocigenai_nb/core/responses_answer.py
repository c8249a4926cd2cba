"""The Responses wire, reading: a response, streamed or whole, to events.

Source: OpenAI's Responses reference as the types of `openai` 3.54 state it (59 kinds of events),
and the Open Responses schema. Pure: bytes come from whoever carries them. Rules:

- The kind of an event is the `type` inside its JSON.
- Only `response.completed`, `incomplete`, `failed`, `cancelled` and `error` end an answer; `[DONE]`
  before them is a stream that was cut.
- The end restates the output. What came as deltas counts; what did not come is taken from there.
- Where events were lost, by their numbers, the whole text is taken from the end; where that does
  not restate it and the service keeps the answer, from the answer as it is kept.
- The raw form of every event rides along: with what it means, else in a `ServiceEvent`.

Known deviations of servers: `completed` around a response that is incomplete or failed; `output`
null; an error as `{"error": {...}}` without a type; `sequence_number` left out or always the same.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from .chat_completions import read_usage
from .errors import InStreamError, StreamCutError
from .events import (
    Continuation,
    Event,
    Failed,
    Finished,
    Interrupted,
    Notice,
    ReasoningDelta,
    ReasoningItem,
    ServiceEvent,
    TextDelta,
    TextReplaced,
    ToolCallDelta,
    UsageReport,
)
from .json_text import RawEvent, read_json
from .responses_calls import ResponseCalls
from .sequence_numbers import SequenceNumbers
from .stream_errors import (
    OTHER_SHAPE,
    cut,
    keeps_nothing,
    malformed,
    outcome_unknown,
    reported,
)

_TEXT = "response.output_text.delta"
_ENDS = {
    f"response.{status}": status for status in ("completed", "incomplete", "failed", "cancelled")
}
_CARRIERS = (TextDelta, TextReplaced, ReasoningDelta, ToolCallDelta, UsageReport)


class ResponseFold:
    """Events of one answer to ours; ends itself with exactly one terminal event.

    `new_id` makes an id for a call that came without one. With `store` the id that continues the
    thread is told as soon as the service gives it, so that a stream cut later still has it.
    `lost` is that id where pieces of the answer never came and the end does not restate them:
    then the end is held back, until `complete` gives it.
    """

    def __init__(self, new_id: Callable[[], str], *, store: bool) -> None:
        self.done = False
        self.lost: str | None = None
        self._held: tuple[Mapping[str, Any], str, Mapping[str, Any]] | None = None
        self._store = store
        self._calls = ResponseCalls(new_id)
        self._numbers = SequenceNumbers()
        self._name: str | None = None
        self._refused = False
        self._said = False  # text came as deltas, and its item has not ended yet
        self._thought = False  # the same of reasoning
        self._ended: set[str] = set()  # kinds of items that ended
        self._sealed: set[str] = set()

    def take(self, data: bytes) -> list[Event]:
        """The events of one server-sent event's data."""
        if self.done:
            return []
        if data == b"[DONE]":
            return self.stop(Interrupted("cut", cut()))
        try:
            event = read_json(data)
            # The text delta, by far the most frequent event, takes the short way.
            if event.get("type") == _TEXT:
                text = event["delta"]
                if text and type(text) is str and self._numbers.is_next(event):
                    self._said = True
                    return [TextDelta(text, RawEvent(data))]
            return _carry(event, list(self._read(event)))
        except OTHER_SHAPE:
            return self.stop(Interrupted("malformed", malformed("stream", data)))

    def end(self, fragment: bytes) -> list[Event]:
        """What the end of the bytes means. Without a terminal event before, the stream was cut."""
        if self.done:
            return []
        dropped = f"An incomplete event of {len(fragment)} bytes was dropped."
        notices: list[Event] = [Notice(dropped)] if fragment else []
        return notices + self.stop(Interrupted("cut", cut()))

    def stop(self, end: Finished | Failed | Interrupted) -> list[Event]:
        """End here, unless it ended already."""
        if self.done:
            return []
        self.done = True
        if isinstance(end, Interrupted) and end.error and self._store and self._name is None:
            end = Interrupted(end.reason, outcome_unknown(end.error))
        return [end]

    def complete(self, stored: Mapping[str, Any] | None) -> list[Event]:
        """The end that was held back, with what the stored answer restates, if it can be had."""
        if self._held is None:
            return []
        response, status, raw = self._held
        self.done, self.lost, self._held = False, None, None
        try:
            output = stored.get("output") if stored else None
            return list(self._conclude({**response, "output": output}, status, raw))
        except OTHER_SHAPE:  # what is kept can't be read, so it restates nothing
            return list(self._conclude({**response, "output": None}, status, raw))

    def whole(self, data: Mapping[str, Any]) -> list[Event]:
        """The events of an answer that came whole."""
        if "status" not in data and ("error" in data or "message" in data):
            return self.stop(Failed(reported(data)))
        try:
            return [*self._begin(data), *self._end(data, str(data["status"]), data)]
        except OTHER_SHAPE:
            return self.stop(Failed(malformed("answer", json.dumps(data).encode())))

    def _read(self, event: Mapping[str, Any]) -> Iterator[Event]:
        kind = event.get("type", "error" if "error" in event or "message" in event else None)
        repeated = self._numbers.is_repeated(event)
        if kind in _ENDS:
            yield from self._end(event["response"], _ENDS[kind], event)
        elif kind == "error":
            yield from self.stop(Failed(reported(event)))
        elif kind is None:
            raise KeyError("type")
        elif repeated:
            self._numbers.repeated += 1
        else:
            yield from self._read_piece(kind, event)

    def _read_piece(self, kind: str, event: Mapping[str, Any]) -> Iterator[Event]:
        match kind:
            case "response.output_text.delta" | "response.refusal.delta":
                yield from self._say(event["delta"], event, refused=kind != _TEXT)
            case (
                "response.reasoning_text.delta"
                | "response.reasoning_summary_text.delta"
                | "response.reasoning.delta"  # so Open Responses calls it
            ):
                yield from self._think(event["delta"], event)
            case "response.reasoning_summary_part.added" if self._thought:
                yield ReasoningDelta("\n\n", event)
            case "response.function_call_arguments.delta":
                yield from self._calls.extend(event)
            case "response.output_item.added":
                yield from self._calls.begin(event["item"], event)
            case "response.output_item.done":
                yield from self._take_item(event["item"], event)
            case "response.created":
                yield from self._begin(event["response"])

    def _say(self, text: object, raw: Mapping[str, Any], *, refused: bool) -> Iterator[TextDelta]:
        self._refused |= refused
        if text := _text(text):
            self._said = True
            yield TextDelta(text, raw)

    def _think(self, text: object, raw: Mapping[str, Any]) -> Iterator[Event]:
        if text := _text(text):
            self._thought = True
            yield ReasoningDelta(text, raw)

    def _begin(self, response: Mapping[str, Any]) -> Iterator[Event]:
        """The id that continues the thread. A service that keeps nothing ends it here instead."""
        name = response.get("id")
        if self._store and response.get("store") is False:
            yield from self.stop(Failed(keeps_nothing()))
        elif name and self._store and self._name is None:
            self._name = str(name)
            yield Continuation(self._name)

    def _take_item(self, item: Mapping[str, Any], raw: Mapping[str, Any]) -> Iterator[Event]:
        """An item that ended: what of it did not come as deltas."""
        kind = str(item.get("type"))
        if kind == "message":
            if not self._said:
                yield from self._read_message(item, raw)
            self._said = False
        elif kind == "reasoning":
            if not self._thought:
                yield from self._think(
                    _join(item.get("summary")) or _join(item.get("content")), raw
                )
            self._thought = False
            yield from self._seal(item)
        elif kind == "function_call":
            yield from self._calls.settle(item, raw)
        self._ended.add(kind)

    def _read_message(self, item: Mapping[str, Any], raw: Mapping[str, Any]) -> Iterator[TextDelta]:
        for part in item.get("content") or []:
            if part.get("type") == "refusal":
                yield from self._say(part.get("refusal"), raw, refused=True)
            else:
                yield from self._say(part.get("text"), raw, refused=False)

    def _seal(self, item: Mapping[str, Any]) -> Iterator[Event]:
        """Sealed reasoning; what `output_item.added` held of it may be incomplete."""
        sealed = item.get("encrypted_content")
        if sealed and str(sealed) not in self._sealed:
            self._sealed.add(str(sealed))
            yield ReasoningItem(item)

    def _restate(self, response: Mapping[str, Any], raw: Mapping[str, Any]) -> Iterator[Event]:
        """Of the output that the end restates, what the stream did not bring."""
        came = set(self._ended)
        came |= {"message"} if self._said else set()
        # A server may number its calls anew here, so this counts only where events were lost.
        came |= {"function_call"} if self._calls.known else set()
        came -= {"function_call"} if self._numbers.lost else set()
        if self._numbers.lost and (text := self._reread(response, raw)) is not None:
            came.add("message")
            yield text
        for item in response.get("output") or []:
            if item.get("type") not in came:
                yield from self._take_item(item, raw)
            elif item.get("type") == "reasoning":
                yield from self._seal(item)

    def _reread(self, response: Mapping[str, Any], raw: Mapping[str, Any]) -> TextReplaced | None:
        """The whole text anew, because pieces of it may be what was lost."""
        output = response.get("output") or []
        messages = [item for item in output if item.get("type") == "message"]
        said = [event.text for item in messages for event in self._read_message(item, raw)]
        return TextReplaced("".join(said), raw) if messages else None

    def _restates(self, response: Mapping[str, Any]) -> bool:
        """Whether a response holds the text again, if there is any."""
        kinds = {item.get("type") for item in response.get("output") or []}
        said = self._said or "message" in self._ended
        return "message" in kinds or (bool(kinds) and not said)

    def _end(
        self, response: Mapping[str, Any], status: str, raw: Mapping[str, Any]
    ) -> Iterator[Event]:
        own = f"response.{response.get('status')}"
        status = _ENDS.get(own, status) if status == "completed" else status
        yield from self._begin(response)
        if self._numbers.lost and self._name and not self._restates(response):
            self.done, self.lost, self._held = True, self._name, (response, status, raw)
        else:
            yield from self._conclude(response, status, raw)

    def _conclude(
        self, response: Mapping[str, Any], status: str, raw: Mapping[str, Any]
    ) -> Iterator[Event]:
        mended = self._restates(response)
        yield from self._restate(response, raw)
        usage = response.get("usage")
        if isinstance(usage, Mapping):
            yield UsageReport(read_usage(usage, sent="input_tokens", received="output_tokens"), raw)
        yield from map(Notice, self._numbers.notices(mended=mended))
        if status in {"completed", "incomplete"}:
            yield from self._finish(response, cut_off=status == "incomplete")
        else:
            yield from self.stop(_broken(response, status))

    def _finish(self, response: Mapping[str, Any], *, cut_off: bool) -> Iterator[Event]:
        called = False
        for event in self._calls.finish(cut_off=cut_off):
            called |= not isinstance(event, Notice)
            yield event
        reason = "tool_calls" if called else "refusal" if self._refused else "stop"
        if cut_off:
            why = (response.get("incomplete_details") or {}).get("reason") or "incomplete"
            reason = "length" if why == "max_output_tokens" else str(why)
        model = response.get("model")
        yield from self.stop(Finished(reason, str(model) if model else None))


def _carry(raw: Mapping[str, Any], events: list[Event]) -> list[Event]:
    if any(isinstance(event, _CARRIERS) for event in events):
        return events
    return [ServiceEvent(str(raw.get("type")), raw), *events]


def _broken(response: Mapping[str, Any], status: str) -> Failed | Interrupted:
    if status == "cancelled":
        return Interrupted("cancelled")
    if status != "failed":
        remedy = "Retrieve it later by its id."
        return Interrupted(status, StreamCutError("The answer is not finished.", remedy=remedy))
    if error := response.get("error"):
        return Failed(reported({"error": error}))
    return Failed(InStreamError("The answer failed, and the service does not say why."))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _join(parts: object) -> str:
    """The text of a summary's or a reasoning's parts, as paragraphs."""
    texts = [_text(part.get("text")) for part in parts] if isinstance(parts, list) else []
    return "\n\n".join(filter(None, texts))
