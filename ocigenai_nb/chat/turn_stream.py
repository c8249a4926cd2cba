"""The events of a conversation's turn, as they come."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import suppress

from ocigenai_nb.core.errors import UsageError
from ocigenai_nb.core.events import Event
from ocigenai_nb.transports.loop import EventStream

from .reply import Reply
from .tools.approval import ask_person
from .turn import STOP_SECONDS, Turn
from .watching import Watch


class TurnStream:
    """The events of one turn, for `for` and `async for`; the turn keeps what passes.

    It comes to its end even if nobody reads, as long as somebody holds it.
    """

    def __init__(self, turn: Turn, events: EventStream) -> None:
        self.turn = turn
        self._events = events

    @property
    def reply(self) -> Reply:
        """The reply as it stands."""
        return self.turn.reply

    def stop(self) -> None:
        """End the turn early: the stream ends with `Interrupted`."""
        self._events.stop()

    def __iter__(self) -> Iterator[Event]:
        try:
            yield from self._events
        finally:
            self._events.stop()
            self.turn.wait(STOP_SECONDS)

    async def __aiter__(self) -> AsyncIterator[Event]:
        async for event in self._events:
            yield event


def see_through(turn: Turn, events: EventStream, watch: Watch | None) -> None:
    """Wait for a turn's end; `watch` is shown it, and a person asked where a tool wants that.

    An interrupt stops the turn, closes its socket at once and goes on up.
    """
    try:
        for _ in events.batches():
            if watch is not None and not turn.done:
                watch(turn)
            for call in turn.desk.waiting:
                decided = ask_person(call)
                with suppress(UsageError):  # it was stopped, or decided elsewhere, meanwhile
                    turn.desk.decide(call, approved=decided.approved, reason=decided.reason)
    except KeyboardInterrupt:
        events.stop()
        turn.wait(STOP_SECONDS)
        raise
    finally:
        if watch is not None and turn.done:
            watch(turn)
