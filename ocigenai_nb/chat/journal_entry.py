"""One exchange as the journal has it: made from a reply, redacted, written and read as a row."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

from ocigenai_nb.core.data_urls import name_data_urls
from ocigenai_nb.core.errors import OCIGenAIError
from ocigenai_nb.core.json_text import RawEvent
from ocigenai_nb.core.messages import Usage
from ocigenai_nb.core.redaction import redact, redact_data
from ocigenai_nb.core.routing import Route
from ocigenai_nb.core.thread import pair_surrogates

from .reply import Raw, Reply

LARGEST = 4 * 1024 * 1024
"""Characters of a request, or of an exchange's events, above which the journal keeps less."""

_LARGEST_INTEGER = 2**63 - 1
_LEVEL = 1  # of compression: the quickest; events repeat themselves enough for it
_SHOWN = 40  # characters of a text in a repr
_CHUNK = 64  # events that are redacted together

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True, repr=False)
class Entry:
    """One exchange: what was asked, where it went, what came, and what it took.

    Times are in seconds, `at` (when it was sent) in UTC. `cost` is an estimate in US dollars, of
    what it would cost where `emulated`; tokens and estimates are None where they aren't known.
    `left_out` says what of the wire was not kept, and why; "" where all was. Secrets are replaced
    everywhere.
    """

    at: datetime
    conversation: str
    turn: int
    parent: int | None
    model: str
    transport: str
    region: str
    profile: str
    auth: str
    url: str
    emulated: bool
    prompt: str
    answer: str
    reasoning: str
    status: str
    finish_reason: str | None
    error: str | None
    input_tokens: int | None
    output_tokens: int | None
    cached_tokens: int | None
    reasoning_tokens: int | None
    ttft: float | None
    total: float
    tokens_per_second: float | None
    cost: float | None
    request_id: str | None
    response_id: str | None
    attempts: int
    notices: tuple[str, ...]
    left_out: str
    packed_request: bytes
    packed_events: bytes

    def __repr__(self) -> str:
        return (
            f"Entry({self.conversation!r}, turn={self.turn}, model={self.model!r}, "
            f"prompt={_shorten(self.prompt)!r}, answer={_shorten(self.answer)!r}, "
            f"status={self.status!r})"
        )

    @property
    def request(self) -> Any:
        """The JSON body that was sent, with images replaced by their type and size."""
        return json.loads(unpack(self.packed_request))

    @property
    def events(self) -> list[Any]:
        """The service's events as they came."""
        events: list[Any] = json.loads(unpack(self.packed_events))
        return events


COLUMNS = tuple(item.name for item in fields(Entry))
"""The columns of a row, in order."""

SEARCHED = ("prompt", "answer", "reasoning", "model", "error")
"""The columns in which words are looked for."""


def make_row(reply: Reply, conversation: str, turn: int, parent: int | None) -> Row:
    """The row of an exchange, without secrets."""
    timing, cost = reply.timing, reply.cost
    request, no_request = _pack_request(reply.raw)
    events, no_events = _pack_events(reply)
    row = (
        reply.sent_at.astimezone(UTC).isoformat(timespec="microseconds"),
        conversation,
        turn,
        parent,
        *_where(reply.route),
        reply.emulated,
        reply.prompt.text,
        reply.text,
        reply.reasoning,
        reply.status,
        reply.finish_reason,
        _describe(reply.error),
        *_count(reply.usage),
        timing.ttft,
        timing.total,
        timing.tokens_per_second,
        cost.amount if cost else None,
        reply.request_id,
        reply.response_id,
        reply.answer.attempts,
        json.dumps(reply.answer.notices, ensure_ascii=False),
        " ".join(filter(None, (no_request, no_events))),
        request,
        events,
    )
    return tuple(_clean(value) if isinstance(value, str) else value for value in row)


def read_row(row: Row) -> Entry:
    """The entry that a row holds."""
    values = dict(zip(COLUMNS, row, strict=True))
    values["at"] = datetime.fromisoformat(values["at"])
    values["emulated"] = bool(values["emulated"])
    values["notices"] = tuple(json.loads(values["notices"]))
    return Entry(**values)


def unpack(packed: bytes) -> str:
    """The JSON text that was packed."""
    return zlib.decompress(packed).decode()


def _shorten(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _clean(text: str) -> str:
    """Text without secrets, that can be written."""
    return pair_surrogates(redact(text))


def _where(route: Route) -> tuple[str, ...]:
    decided = {decision.what: decision.value for decision in route.decisions}
    profile, auth = decided.get("profile", ""), decided.get("auth", "")
    return route.model, route.transport, route.region, profile, auth, route.url


def _describe(error: OCIGenAIError | None) -> str | None:
    return f"{type(error).__name__}: {error.message}" if error else None


def _count(usage: Usage | None) -> Iterator[int | None]:
    """The tokens; a service may write any number, and SQLite has 64 bits for one."""
    for name in ("input", "output", "cached", "reasoning"):
        count = getattr(usage, name, None)
        yield None if count is None else min(count, _LARGEST_INTEGER)


def _pack(text: str) -> bytes:
    return zlib.compress(text.encode("utf-8", "replace"), _LEVEL)


def _pack_request(raw: Raw) -> tuple[bytes, str]:
    """The request, packed, and what is not in it."""
    text = json.dumps(redact_data(name_data_urls(raw.request)))
    if len(text) > LARGEST:
        return _pack("null"), f"The request ({_size(len(text))}) is not kept: it is too large."
    return _pack(text), ""


def _pack_events(reply: Reply) -> tuple[bytes, str]:
    """The service's events, packed, and which are not among them.

    An answer that holds a secret comes in pieces, in which nothing can find it. So the events of
    such an answer are not kept.
    """
    answer = reply.answer
    said = (answer.text, answer.reasoning, *(call.arguments for call in answer.tool_calls))
    if any(redact(text) != text for text in said):
        return _pack("[]"), "The events are not kept: the answer holds a secret."
    texts = [_text_of(event) for event in reply.raw.events]
    kept = _how_many(texts)
    note = ""
    if kept < len(texts):
        rest = _size(sum(map(len, texts[kept:])))
        note = f"The last {len(texts) - kept:,} events ({rest}) are not kept: they are too many."
    # In chunks, because a mark that calls for a thorough look calls for it in its chunk alone.
    chunks = (",".join(texts[at : min(at + _CHUNK, kept)]) for at in range(0, kept, _CHUNK))
    return _pack(f"[{','.join(map(redact, chunks))}]"), note


def _text_of(event: Mapping[str, Any]) -> str:
    return event.text if isinstance(event, RawEvent) else json.dumps(event, default=dict)


def _how_many(texts: Iterable[str]) -> int:
    """How many of the texts fit."""
    total = count = 0
    for text in texts:
        total += len(text) + 1
        if total > LARGEST:
            break
        count += 1
    return count


def _size(count: int) -> str:
    return f"{count / 1024 / 1024:.1f} MB" if count >= 1024 * 1024 else f"{count / 1024:.0f} kB"
