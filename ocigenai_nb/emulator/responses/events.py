"""The events of a streamed response, written from the response they end in.

Rules: each event is ``event:`` with its type, ``data:`` with compact JSON, an empty line; each is
numbered from 0. ``response.created`` and ``response.in_progress`` come first, between them
``response.queued`` where the work is done in the background; an item is added,
then each of its parts, the deltas of about a token, its annotations, then all are done; a search
of files is in progress, searching and completed in between; ``response.completed`` or
``incomplete`` or ``failed`` restates it all; ``[DONE]`` ends the stream.
Source: OpenAI's reference, the Open Responses specification (of which ``[DONE]`` is). The types of
``openai`` 2 and 3 differ; here is what both require, such as the name beside finished arguments.

Known deviations: deltas are padded (``obfuscation``) only where ``stream_options`` asks for it,
OpenAI pads unless told not to; the padding is always the same letters. Where OpenAI and the Open
Responses specification differ it is OpenAI's way, as its clients know no other: reasoning as text
has the events ``response.reasoning_text`` (there ``response.reasoning``), an "error_event" is flat
(there nested), files are cited as ``file_citation`` and searched as ``file_search_call`` (there
unknown).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from json.encoder import encode_basestring
from typing import Any, Final

from ocigenai_nb.emulator.dialects import MIXING_FAULTS, take_turns
from ocigenai_nb.emulator.streams import DONE, NUMBER, EventShape
from ocigenai_nb.emulator.text_pieces import split_pieces

_TEXT_DELTA: Final = "response.output_text.delta"
_PADDING: Final = "abcdefghijklmnop"
_SEARCHING: Final = ("in_progress", "searching", "completed")

SHAPE: Final = EventShape(
    before=(
        b"event: response.output_text.delta\n"
        b'data: {"type":"response.output_text.delta","item_id":"msg_4f1e","output_index":0,'
        b'"content_index":0,"logprobs":[],"sequence_number":' + NUMBER + b',"delta":"'
    ),
    after=b'"}\n\n',
    failure=(
        b'event: error\ndata: {"type":"error","code":"server_error",'
        b'"message":"The server had an error while processing your request.","param":null,'
        b'"sequence_number":' + NUMBER + b"}\n\n"
    ),
    unknown=(
        b'event: response.output_item.done\ndata: {"type":"response.output_item.done",'
        b'"output_index":99,"item":{"id":"eu_4f1e","type":"emulator_unknown"}}\n\n'
    ),
)
"""What events of a stream look like, for the faults that imitate them."""


class EventWriter:
    """Writes the events of one response."""

    def __init__(
        self, resource: Mapping[str, Any], fault: str | None = None, *, pads: bool = False
    ) -> None:
        self._resource = resource
        self._fault = fault
        self._pads = pads
        self.sent = 0
        """How many events were written."""

    def write(self) -> Iterator[bytes]:
        """Yield the events, all but the last ones."""
        begun = begin(self._resource)
        if self._resource["background"]:
            queued = begin(self._resource, "queued")
            yield self._write("response.created", {"response": queued})
            yield self._write("response.queued", {"response": queued})
        else:
            yield self._write("response.created", {"response": begun})
        yield self._write("response.in_progress", {"response": begun})
        if self._fault in MIXING_FAULTS:
            yield from self._mix_calls()
            return
        for index, item in enumerate(self._resource["output"]):
            yield from self._write_item(item, {"item_id": item["id"], "output_index": index})

    def _mix_calls(self) -> Iterator[bytes]:
        calls, shared = [], None
        for index, item in enumerate(self._resource["output"]):
            if item["type"] != "function_call":
                place = {"item_id": item["id"], "output_index": index}
                yield from self._write_item(item, place)
                continue
            shared = index if shared is None else shared
            told = shared if self._fault == "shared_index" else index
            calls.append(self._write_item(item, {"item_id": item["id"], "output_index": told}))
        yield from take_turns(calls)

    def _write(self, kind: str, members: Mapping[str, Any]) -> bytes:
        event = {"type": kind, "sequence_number": self.sent, **members}
        self.sent += 1
        return _write_event(kind, event)

    def _write_item(self, item: Mapping[str, Any], place: Mapping[str, Any]) -> Iterator[bytes]:
        index = place["output_index"]
        begun = _begin_item(item)
        yield self._write("response.output_item.added", {"output_index": index, "item": begun})
        for number, part in enumerate(item.get("summary", ())):
            yield from self._write_summary(part, {**place, "summary_index": number})
        for number, part in enumerate(item.get("content", ())):
            yield from self._write_part(part, {**place, "content_index": number})
        if item["type"] == "file_search_call":
            for state in _SEARCHING:
                yield self._write(f"response.file_search_call.{state}", place)
        if item["type"] == "function_call":
            kind = "response.function_call_arguments"
            yield from self._write_deltas(kind, item["arguments"], place)
            done = {name: item[name] for name in ("name", "arguments")}
            yield self._write(f"{kind}.done", {**place, **done})
        yield self._write("response.output_item.done", {"output_index": index, "item": item})

    def _write_summary(self, part: Mapping[str, Any], place: Mapping[str, Any]) -> Iterator[bytes]:
        kind = "response.reasoning_summary_part"
        yield self._write(f"{kind}.added", {**place, "part": {**part, "text": ""}})
        text = "response.reasoning_summary_text"
        yield from self._write_deltas(text, part["text"], place)
        yield self._write(f"{text}.done", {**place, "text": part["text"]})
        yield self._write(f"{kind}.done", {**place, "part": part})

    def _write_part(self, part: Mapping[str, Any], place: Mapping[str, Any]) -> Iterator[bytes]:
        kind = str(part["type"])
        field = "refusal" if kind == "refusal" else "text"
        begun = {name: [] if isinstance(value, list) else value for name, value in part.items()}
        yield self._write("response.content_part.added", {**place, "part": {**begun, field: ""}})
        rated = part["logprobs"] if kind == "output_text" else None
        yield from self._write_deltas(f"response.{kind}", part[field], place, rated)
        for number, annotation in enumerate(part.get("annotations", ())):
            members = {**place, "annotation_index": number, "annotation": annotation}
            yield self._write("response.output_text.annotation.added", members)
        logprobs = {} if rated is None else {"logprobs": rated}
        yield self._write(f"response.{kind}.done", {**place, field: part[field], **logprobs})
        yield self._write("response.content_part.done", {**place, "part": part})

    def _write_deltas(
        self,
        kind: str,
        text: str | Iterator[str],
        place: Mapping[str, Any],
        rated: Sequence[Mapping[str, Any]] | None = None,
    ) -> Iterator[bytes]:
        kind = f"{kind}.delta"
        members = _join({**place, **({} if rated is None or rated else {"logprobs": []})})
        head = f'event: {kind}\ndata: {{"type":"{kind}",{members},"delta":'
        pieces = split_pieces(text) if isinstance(text, str) else text
        for number, piece in enumerate(pieces):
            more = _join({"logprobs": [rated[number]]}) + "," if rated else ""
            if self._pads:
                more += _join({"obfuscation": _PADDING[: -len(piece) % len(_PADDING)]}) + ","
            yield (
                f'{head}{encode_basestring(piece)},{more}"sequence_number":{self.sent}}}\n\n'
            ).encode()
            self.sent += 1


def write_last(resource: Mapping[str, Any], number: int | None = None) -> tuple[bytes, ...]:
    """Return the events with which ``resource`` is whole, ``NUMBER`` in them if it is not known."""
    kind = f"response.{resource['status']}"
    event = _write_event(kind, {"type": kind, "response": resource})
    written = NUMBER if number is None else str(number).encode()
    return event.replace(b"{", b'{"sequence_number":' + written + b",", 1), DONE


def begin(resource: Mapping[str, Any], status: str = "in_progress") -> dict[str, Any]:
    """Return ``resource`` as it is before there is any output."""
    return {
        **resource,
        "completed_at": None,
        "status": status,
        "error": None,
        "incomplete_details": None,
        "output": [],
        "usage": None,
    }


def _begin_item(item: Mapping[str, Any]) -> dict[str, Any]:
    empty: dict[str, Any] = {"content": [], "summary": [], "arguments": ""}
    empty |= {"queries": [], "results": None}
    begun = {**item, **{name: value for name, value in empty.items() if name in item}}
    return begun | ({"status": "in_progress"} if "status" in item else {})


def _join(members: Mapping[str, Any]) -> str:
    """Return ``members`` as JSON without its braces."""
    return json.dumps(members, separators=(",", ":"), ensure_ascii=False)[1:-1]


def _write_event(kind: str, event: Mapping[str, Any]) -> bytes:
    text = json.dumps(event, separators=(",", ":"), ensure_ascii=False)
    return f"event: {kind}\ndata: {text}\n\n".encode()
