"""The wire of an exchange as the journal keeps it: without secrets, bounded, compressed."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping
from typing import Any

from ocigenai_nb.core.data_urls import name_data_urls
from ocigenai_nb.core.json_text import RawEvent
from ocigenai_nb.core.redaction import redact, redact_data

from .reply import Raw, Reply

LARGEST = 4 * 1024 * 1024
"""Characters above which the journal keeps less: of the last request, of its events, of the wire
of all requests before it, and of what was said in the rounds."""

_LEVEL = 1  # of compression: the quickest; events repeat themselves enough for it
_CHUNK = 64  # events that are redacted together


def pack(text: str) -> bytes:
    """JSON text, compressed."""
    return zlib.compress(text.encode("utf-8", "replace"), _LEVEL)


def unpack(packed: bytes) -> str:
    """The JSON text that was packed."""
    return zlib.decompress(packed).decode()


def pack_last(reply: Reply) -> tuple[bytes, bytes, str]:
    """The last request and its events, and what is not in them."""
    request, no_request = _write_request(reply.raw, LARGEST)
    said = _list_said(reply)[len(reply.earlier) :]
    events, no_events = _write_events(reply.raw, sum(said, ()), LARGEST)
    return pack(request), pack(events), _join(no_request, no_events)


def pack_earlier(reply: Reply) -> tuple[bytes, str]:
    """The requests before the last with their events, and what is not among them."""
    room = LARGEST
    wires, notes = [], []
    for number, (raw, said) in enumerate(zip(reply.earlier, _list_said(reply), strict=False), 1):
        request, no_request = _write_request(raw, room)
        room -= len(request)
        events, no_events = _write_events(raw, said, room)
        room -= len(events)
        wires.append(f'{{"request":{request},"events":{events}}}')
        if note := _join(no_request, no_events):
            notes.append(f"Round {number}: {note}")
    return pack(f"[{','.join(wires)}]"), _join(*notes)


def read_earlier(packed: bytes) -> tuple[Raw, ...]:
    """The requests that were packed, with their events; one that was not kept is empty."""
    wires = json.loads(unpack(packed))
    return tuple(Raw(wire["request"] or {}, tuple(wire["events"])) for wire in wires)


def measure(count: int) -> str:
    """A number of characters in words."""
    return f"{count / 1024 / 1024:.1f} MB" if count >= 1024 * 1024 else f"{count / 1024:.0f} kB"


def _list_said(reply: Reply) -> list[tuple[str, ...]]:
    """What a model said, by request: its texts and the arguments of its calls."""
    return [_read_said(each) for each in (*reply.rounds, reply.answer)]


def _read_said(part: Any) -> tuple[str, ...]:
    """The texts of a round or of the last answer."""
    return (part.text, part.reasoning, *(call.arguments for call in part.tool_calls))


def _write_request(raw: Raw, largest: int) -> tuple[str, str]:
    """The request as JSON, and what is not in it."""
    text = json.dumps(redact_data(name_data_urls(raw.request)))
    if len(text) > largest:
        return "null", f"The request ({measure(len(text))}) is not kept: it is too large."
    return text, ""


def _write_events(raw: Raw, said: Iterable[str], largest: int) -> tuple[str, str]:
    """The service's events as JSON, and which are not among them.

    An answer that holds a secret comes in pieces, in which nothing can find it. So the events of
    such an answer are not kept.
    """
    if any(redact(text) != text for text in said):
        return "[]", "The events are not kept: the answer holds a secret."
    texts = [_text_of(event) for event in raw.events]
    kept = _how_many(texts, largest)
    note = ""
    if kept < len(texts):
        rest = measure(sum(map(len, texts[kept:])))
        note = f"The last {len(texts) - kept:,} events ({rest}) are not kept: they are too many."
    # In chunks, because a mark that calls for a thorough look calls for it in its chunk alone.
    chunks = (",".join(texts[at : min(at + _CHUNK, kept)]) for at in range(0, kept, _CHUNK))
    return f"[{','.join(map(redact, chunks))}]", note


def _text_of(event: Mapping[str, Any]) -> str:
    return event.text if isinstance(event, RawEvent) else json.dumps(event, default=dict)


def _how_many(texts: Iterable[str], largest: int) -> int:
    """How many of the texts fit."""
    total = count = 0
    for text in texts:
        total += len(text) + 1
        if total > largest:
            break
        count += 1
    return count


def _join(*notes: str) -> str:
    return " ".join(filter(None, notes))
