"""Streamed answers: server-sent events at a steady pace, cut short by faults or a closed door."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from ocigenai_nb.emulator.backend.failures import BackendError
from ocigenai_nb.emulator.exchange import Exchange
from ocigenai_nb.emulator.faults import Fault
from ocigenai_nb.emulator.journal import Outcome
from ocigenai_nb.emulator.manners import CHANGES, ENCODINGS, Manner, Plain
from ocigenai_nb.emulator.refusals import BAD_GATEWAY_PAGE
from ocigenai_nb.emulator.wire import Wire

logger = logging.getLogger("ocigenai_nb.emulator")

Events = Iterable[bytes] | AsyncIterable[bytes]

HEADERS: Final = (
    (b"content-type", b"text/event-stream"),  # bare: the oci SDK compares the whole value
    (b"cache-control", b"no-cache"),
)
DONE: Final = b"data: [DONE]\n\n"
NUMBER: Final = b"\0"
"""What stands for an event's number where it is not known yet; JSON never holds it as it is."""

_TRICKLE_SECONDS: Final = 0.02
"""Seconds between two bytes, or comments, of a stream that says nothing more."""

_BREATH: Final = 32
"""Events sent between two looks at the other connections, when flat out."""


@dataclass(frozen=True, slots=True)
class EventShape:
    """How a wire format writes an event with a piece of text: what faults imitate.

    ``NUMBER`` in it stands for the number of events before.
    """

    before: bytes
    """The event up to the text."""
    after: bytes
    """The event from the end of the text on."""
    failure: bytes
    """The event that reports an error."""
    unknown: bytes
    """An event with something in it that no client knows."""

    def open(self, number: int) -> bytes:
        """Return the event up to the text, with its number."""
        return self.before.replace(NUMBER, str(number).encode())

    def fail(self, number: int) -> bytes:
        """Return the event that reports an error, with its number."""
        return self.failure.replace(NUMBER, str(number).encode())


class EventStream:
    """Sends events over a wire and tells ``settle`` how it ended."""

    def __init__(
        self,
        wire: Wire,
        *,
        settle: Callable[[Outcome, int], None],
        pace: float | None,
        fault: Fault | None,
        shape: EventShape,
    ) -> None:
        self._wire = wire
        self._settle = settle
        self._pace = pace
        self._fault = fault
        self._shape = shape
        self._sent = 0
        encoding, make = ENCODINGS.get(fault.name if fault else "", (None, Plain))
        self._headers = HEADERS if encoding is None else (*HEADERS, (b"content-encoding", encoding))
        self._manner: Manner = make()

    async def run(self, events: Events, last: Iterable[bytes]) -> None:
        """Send ``events`` and the ``last`` ones, unless the fault or the client ends it before.

        ``NUMBER`` in the last ones stands for the number of ``events``. They are looked at only
        once those are sent.
        """
        await self._wire.start(200, self._headers)
        try:
            if not await self._send_all(events):
                return
        except BackendError as error:
            logger.warning("An answer was broken off: %s", error)
            self._settle("broken off", self._sent)
            await self._end(self._shape.fail(self._sent))
            return
        *others, end = (event.replace(NUMBER, str(self._sent).encode()) for event in last)
        # Settled before the last bytes: who has read the end finds it in the journal.
        self._settle("complete", self._sent + len(others) + 1)
        for event in others:
            await self._send(event)
        await self._end(end)

    async def _send(self, event: bytes) -> None:
        for chunk in self._manner.write(event):
            await self._wire.send(chunk)

    async def _end(self, event: bytes) -> None:
        *others, last = (*self._manner.write(event), *self._manner.finish())
        for chunk in others:
            await self._wire.send(chunk)
        await self._wire.end(last)

    async def _send_all(self, events: Events) -> bool:
        fault = self._fault
        strike_at = _find_strike(fault)
        began = asyncio.get_running_loop().time()
        async for event in _walk(events):
            if fault and self._sent == strike_at and not await self._strike(fault):
                return False
            if not await self._keep_pace(began):
                return False
            copies = _COPIES.get(fault.name, 1) if fault and self._sent == strike_at else 1
            for _ in range(copies):
                await self._send(event)
            self._sent += 1
        if self._wire.gone:
            self._settle("client left", self._sent)
            return False
        if fault and strike_at >= self._sent:
            return await self._strike(fault)
        return True

    async def _keep_pace(self, began: float) -> bool:
        """Wait until the next event is due; tell whether the client is still there."""
        if self._pace:
            due = began + self._sent / self._pace
            delay = due - asyncio.get_running_loop().time()
            if delay > 0:
                await self._wire.wait(delay)
        elif self._sent % _BREATH == _BREATH - 1:
            await asyncio.sleep(0)
        if self._wire.gone:
            self._settle("client left", self._sent)
            return False
        return True

    async def _strike(self, fault: Fault) -> bool:
        """Do what ``fault`` does; tell whether the answer goes on."""
        if fault.name in _COPIES:
            return True
        if fault.name in CHANGES:
            self._manner = Plain(CHANGES[fault.name])
            return True
        if fault.name in _ENDLESS:
            await self._begin_event(fault)
            await self._send_endlessly(*_ENDLESS[fault.name])
            self._settle("client left", self._sent)
            return False
        if fault.name in _PASSING:
            await self._send(_PASSING[fault.name](fault, self._shape, self._sent))
            return True
        self._settle("broken off", self._sent)
        if fault.name in _LAST_WORDS:
            await self._wire.end(_LAST_WORDS[fault.name](self._shape, self._sent))
        else:
            await self._begin_event(fault)
            await _ENDINGS[fault.name](self._wire)
        return False

    async def _begin_event(self, fault: Fault) -> None:
        """Send the part of an event inside of which ``fault`` strikes, if it does that."""
        if fault.plan.inside is not None:
            await self._wire.send(_PARTS[fault.plan.inside](self._shape, self._sent))

    async def _send_endlessly(self, first: bytes, more: bytes) -> None:
        """Send ``first``, then ``more`` again and again, until the client leaves."""
        while not self._wire.gone:
            if first:
                await self._wire.send(first)
            first = more
            await self._wire.wait(_TRICKLE_SECONDS if more else None)


async def break_off(exchange: Exchange, fault: Fault, wire: Wire) -> None:
    """Let ``fault`` strike before the head of an answer."""
    exchange.record_abandoned("open" if fault.name == "stall" else "broken off")
    try:
        if fault.name == "stall":
            await wire.wait(None)
            exchange.settle("client left", 0)
        else:
            await _ENDINGS[fault.name](wire)
    finally:
        wire.release()


async def _walk(events: Events) -> AsyncIterator[bytes]:
    if isinstance(events, AsyncIterable):
        async for event in events:
            yield event
        return
    for event in events:
        yield event


def _find_strike(fault: Fault | None) -> int:
    """Return before which event the stream is struck; -1 for never."""
    if fault is None or fault.name not in _STRIKES:
        return -1
    return 0 if fault.name == "no_id" else fault.after_events


def _write_half_line(shape: EventShape, sent: int) -> bytes:
    return shape.open(sent)[:-2]


def _write_half_character(shape: EventShape, sent: int) -> bytes:
    return shape.open(sent) + "\N{EURO SIGN}".encode()[:2]


def _write_early_done(_shape: EventShape, _sent: int) -> bytes:
    return DONE


def _write_unknown_event(_fault: Fault, _shape: EventShape, _sent: int) -> bytes:
    return b'event: emulator.unknown\ndata: {"type":"emulator.unknown"}\n\n'


def _write_unknown_part(_fault: Fault, shape: EventShape, _sent: int) -> bytes:
    return shape.unknown


def _write_html(_shape: EventShape, _sent: int) -> bytes:
    return BAD_GATEWAY_PAGE.encode()


def _write_error_text(_shape: EventShape, _sent: int) -> bytes:
    return b"data: upstream connect error or disconnect/reset before headers\n\n"


def _write_malformed(_fault: Fault, shape: EventShape, sent: int) -> bytes:
    return shape.open(sent) + b"\n\n"


def _write_bad_utf8(_fault: Fault, shape: EventShape, sent: int) -> bytes:
    return shape.open(sent) + b"\xff\xfe\xfa" + shape.after


def _write_huge_event(fault: Fault, shape: EventShape, sent: int) -> bytes:
    head = shape.open(sent)
    return head + b"a" * max(0, fault.plan.size - len(head) - len(shape.after)) + shape.after


_ENDINGS: Final[Mapping[str, Callable[[Wire], Awaitable[None]]]] = {
    "cut": Wire.close,
    "no_id": Wire.close,
    "eof": Wire.end,
    "reset": Wire.reset,
}
_LAST_WORDS: Final[Mapping[str, Callable[[EventShape, int], bytes]]] = {
    "half_line": _write_half_line,
    "half_character": _write_half_character,
    "early_done": _write_early_done,
    "html": _write_html,
    "error_event": EventShape.fail,
    "error_text": _write_error_text,
}
_PARTS: Final[Mapping[str, Callable[[EventShape, int], bytes]]] = {
    "line": _write_half_line,
    "character": _write_half_character,
}
_PASSING: Final[Mapping[str, Callable[[Fault, EventShape, int], bytes]]] = {
    "malformed": _write_malformed,
    "bad_utf8": _write_bad_utf8,
    "huge_event": _write_huge_event,
    "gzip_bomb": _write_huge_event,
    "zstd_bomb": _write_huge_event,
    "unknown_event": _write_unknown_event,
    "unknown_part": _write_unknown_part,
}
_ENDLESS: Final[Mapping[str, tuple[bytes, bytes]]] = {
    "stall": (b"", b""),
    "keep_alive": (b": keep-alive\n\n", b": keep-alive\n\n"),
    "slow_loris": (b"data: ", b"x"),
}
"""What is sent at first, and then again and again."""
_COPIES: Final[Mapping[str, int]] = {"lost_event": 0, "doubled_event": 2}
"""How often the event comes that is struck."""
_STRIKES: Final = frozenset({*_ENDINGS, *_LAST_WORDS, *_PASSING, *_ENDLESS, *_COPIES, *CHANGES})
