"""One exchange as the journal has it: made from a reply, redacted, written and read as a row."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

from ocigenai_nb.core.errors import OCIGenAIError
from ocigenai_nb.core.events import Judged
from ocigenai_nb.core.messages import Usage
from ocigenai_nb.core.redaction import redact
from ocigenai_nb.core.rounds import Round
from ocigenai_nb.core.routing import Route
from ocigenai_nb.core.thread import pair_surrogates

from .journal_packing import pack_earlier, pack_last, read_earlier, unpack
from .journal_rounds import pack_rounds, read_judged, read_rounds, read_texts, write_judged
from .reply import Raw, Reply

_LARGEST_INTEGER = 2**63 - 1
_SHOWN = 40  # characters of a text in a repr

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True, repr=False)
class Entry:
    """One exchange: what was asked, where it went, what came, and what it took.

    Times are in seconds, `at` (when it was sent) in UTC. `cost` is an estimate in US dollars, of
    what it would cost where `emulated`; tokens and estimates are None where they aren't known.
    `judged` is what an agent's hooks found. `left_out` says what was not kept, and why; "" where
    all was. Secrets are replaced everywhere.
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
    judged: tuple[Judged, ...]
    left_out: str
    packed_rounds: bytes
    packed_request: bytes
    packed_events: bytes
    packed_earlier: bytes

    def __repr__(self) -> str:
        return (
            f"Entry({self.conversation!r}, turn={self.turn}, model={self.model!r}, "
            f"prompt={_shorten(self.prompt)!r}, answer={_shorten(self.answer)!r}, "
            f"status={self.status!r})"
        )

    @property
    def rounds(self) -> tuple[Round, ...]:
        """The parts of the answer before the last: tool calls with their results."""
        return read_rounds(self.packed_rounds)

    @property
    def earlier(self) -> tuple[Raw, ...]:
        """The requests before the last, each with its events; one that was not kept is empty."""
        return read_earlier(self.packed_earlier)

    @property
    def request(self) -> Any:
        """The JSON body that was sent last, with images replaced by their type and size."""
        return json.loads(unpack(self.packed_request))

    @property
    def events(self) -> list[Any]:
        """The service's events as they came for it."""
        events: list[Any] = json.loads(unpack(self.packed_events))
        return events


COLUMNS = tuple(item.name for item in fields(Entry))
"""The columns of a row, in order."""

_SEARCHED = ("prompt", "answer", "reasoning", "model", "error")


def make_row(reply: Reply, conversation: str, turn: int, parent: int | None) -> Row:
    """The row of an exchange, without secrets."""
    timing, cost = reply.timing, reply.cost
    rounds, no_rounds = pack_rounds(reply.rounds)
    request, events, no_wire = pack_last(reply)
    earlier, no_earlier = pack_earlier(reply)
    facts = (
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
    )
    clean = tuple(_clean(value) if isinstance(value, str) else value for value in facts)
    return (
        *clean,
        json.dumps([*map(_clean, reply.answer.notices)], ensure_ascii=False),
        write_judged(reply.answer.judged),
        " ".join(filter(None, (no_rounds, no_earlier, no_wire))),
        rounds,
        request,
        events,
        earlier,
    )


def read_row(row: Row) -> Entry:
    """The entry that a row holds."""
    values = dict(zip(COLUMNS, row, strict=True))
    values["at"] = datetime.fromisoformat(values["at"])
    values["emulated"] = bool(values["emulated"])
    values["notices"] = tuple(json.loads(values["notices"]))
    values["judged"] = read_judged(values["judged"])
    return Entry(**values)


def read_searched(row: Row, columns: tuple[str, ...]) -> Iterator[str]:
    """The texts of a row of these columns in which words are looked for."""
    for name in _SEARCHED:
        yield row[columns.index(name)] or ""
    yield from read_texts(row[columns.index("packed_rounds")])


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
