"""Cassettes: requests and the events that answered them, one exchange a line, without secrets.

The file is JSON Lines: a header, then for each exchange its number in the order of sending, its
request and its events with the seconds since it was sent. Lines come in the order in which the
exchanges ended. A last line that was cut off, because the process ended, is left out.

A request is its transport, model and body. Left out of the body is what differs by tenancy: the
compartment, and of the OCID of a dedicated endpoint all but its kind, so that a cassette plays
for everybody. A picture or a file in a data URL is its SHA-256. Of the events, deltas go without
the service's own event: it repeats their text, and a secret across several could not be seen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ocigenai_nb.core.errors import DataFormatError, UsageError
from ocigenai_nb.core.events import (
    Event,
    Failed,
    Finished,
    Interrupted,
    ReasoningDelta,
    ServiceEvent,
    TextDelta,
    ToolCallDelta,
)
from ocigenai_nb.core.plain_data import (
    event_from_data,
    event_to_data,
    from_data,
    parse_json,
    write_json,
)
from ocigenai_nb.core.redaction import redact_data, redact_pieces

_VERSION = 1
_HEADER = {"format": "ocigenai_nb cassette", "version": _VERSION}
_DATA_URL_SHOWN = 200  # characters; a shorter one stays as it is
_TERMINAL = (Finished, Failed, Interrupted)
# The field of a delta that holds a piece of text.
_PIECES: Mapping[str, str] = {
    "TextDelta": "text",
    "ReasoningDelta": "text",
    "ToolCallDelta": "arguments",
}


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked, as far as it has to be the same when it is replayed."""

    transport: str
    model: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TimedEvent:
    """An event, `seconds` after its request was sent."""

    seconds: float
    event: Event


@dataclass(frozen=True, slots=True)
class Recorded:
    """One exchange: the request that was the `number`th, from 1, and its events."""

    number: int
    request: Request
    events: tuple[TimedEvent, ...]


def make_request(transport: str, model: str, body: Mapping[str, Any]) -> Request:
    """The request of a body that is about to be sent, without secrets and the tenancy's ids."""
    kept = {name: _shorten(value) for name, value in body.items() if name != "compartmentId"}
    for part in (kept, kept.get("servingMode")):
        if isinstance(part, dict):
            ids = part.keys() & {"model", "modelId", "endpointId"}
            part.update({name: _kind_of_ocid(part[name]) for name in ids})
    return Request(transport, _kind_of_ocid(model), parse_json(write_json(redact_data(kept))))


def check_replaceable(path: Path) -> None:
    """Raise UsageError for a file that is there and is no cassette."""
    if not path.exists():
        return
    try:
        with path.open("rb") as file:
            _check_header(file.readline(), path.name)
    except (DataFormatError, OSError):
        raise UsageError(
            f"{path} is there already and is no cassette, so it is not written over.",
            remedy="Name another file.",
        ) from None


def write_header() -> str:
    """The first line of a cassette."""
    return f"{write_json(_HEADER)}\n"


def write_recorded(recorded: Recorded) -> str:
    """The line of an exchange."""
    data = {
        "number": recorded.number,
        "transport": recorded.request.transport,
        "model": recorded.request.model,
        "body": recorded.request.body,
        "events": list(_write_events(recorded.events)),
    }
    return f"{write_json(data)}\n"


def read_cassette(path: Path) -> list[Recorded]:
    """The exchanges of a cassette, in the order in which they were sent.

    Raises UsageError where it can't be read and DataFormatError where it is no cassette.
    """
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise UsageError(
            f"The cassette {path} can't be read: {error.strerror or error}.",
            remedy="Record it with ocigenai_nb.record(path).",
        ) from None
    _check_header(lines[0], path.name)
    whole = lines[1:-1]  # after the last line's end there is nothing, or a line cut off
    found = [_read(line, f"{path.name}, line {at}") for at, line in enumerate(whole, 2)]
    return sorted(found, key=lambda recorded: recorded.number)


def is_terminal(event: Event) -> bool:
    """Whether an event ends its turn."""
    return isinstance(event, _TERMINAL)


def _shorten(value: Any) -> Any:
    """JSON data with a digest in the place of each picture and file."""
    if isinstance(value, str):
        if not value.startswith("data:") or len(value) <= _DATA_URL_SHOWN:
            return value
        media = value[len("data:") :].partition(",")[0][:_DATA_URL_SHOWN]
        digest = hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()
        return f"data:{media},sha256:{digest}"
    if isinstance(value, Mapping):
        return {name: _shorten(item) for name, item in value.items()}
    return [_shorten(item) for item in value] if isinstance(value, list | tuple) else value


def _kind_of_ocid(model: Any) -> Any:
    """`ocid1.generativeaiendpoint` of such an OCID; another name as it is."""
    if isinstance(model, str) and model.startswith("ocid1."):
        return ".".join(model.split(".")[:2])
    return model


def _write_events(events: Iterable[TimedEvent]) -> Iterable[list[Any]]:
    seconds = [timed.seconds for timed in events]
    data = [_event_data(timed.event) for timed in events]
    groups: dict[tuple[Any, Any], list[dict[str, Any]]] = {}
    for item in data:
        if item["kind"] in _PIECES:
            groups.setdefault((item["kind"], item.get("position")), []).append(item)
    for (kind, _), items in groups.items():
        field = _PIECES[kind]
        pieces = redact_pieces([item[field] for item in items])
        for item, piece in zip(items, pieces, strict=True):
            item[field] = piece
    return [
        [round(at, 4), item if item["kind"] in _PIECES else redact_data(item)]
        for at, item in zip(seconds, data, strict=True)
    ]


def _event_data(event: Event) -> dict[str, Any]:
    match event:
        case TextDelta() | ReasoningDelta() | ToolCallDelta():
            return event_to_data(replace(event, raw=None))
        case ServiceEvent(name=name) if "delta" in name:
            return event_to_data(replace(event, raw=None))
    return event_to_data(event)


def _check_header(line: bytes, place: str) -> None:
    header = parse_json(line, place=place)
    if not isinstance(header, dict) or header.get("format") != _HEADER["format"]:
        raise DataFormatError(f"{place}: this is no cassette.")
    if header != _HEADER:
        raise DataFormatError(
            f"{place}: this is a cassette of version {str(header.get('version'))[:20]}; "
            f"this version of ocigenai_nb reads version {_VERSION}.",
            remedy="Record it again.",
        )


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    transport: str
    model: str
    body: Mapping[str, Any]


def _read(line: bytes, place: str) -> Recorded:
    data = parse_json(line, place=place)
    events = data.pop("events", None) if isinstance(data, dict) else None
    head = from_data(_Line, data, place=place)
    if not isinstance(events, list) or not events:
        raise DataFormatError(f"{place}.events: this is not a list of events.")
    timed = tuple(_read_event(item, f"{place}.events[{at}]") for at, item in enumerate(events))
    ends = [at for at, item in enumerate(timed) if is_terminal(item.event)]
    if ends != [len(timed) - 1]:
        raise DataFormatError(f"{place}.events: the last one, and no other, has to end the turn.")
    return Recorded(head.number, Request(head.transport, head.model, head.body), timed)


def _read_event(item: Any, place: str) -> TimedEvent:
    match item:
        case [int() | float() as seconds, data] if seconds is not True and 0 <= seconds < 1e9:
            return TimedEvent(seconds, event_from_data(data, place=f"{place}[1]"))
    raise DataFormatError(f"{place}: this is not a pair of seconds and an event.")
