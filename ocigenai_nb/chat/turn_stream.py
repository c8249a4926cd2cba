"""The events of a conversation's turn, as they come."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

from ocigenai_nb.core.events import Event
from ocigenai_nb.transports.loop import EventStream

from .reply import Reply
from .turn import STOP_SECONDS, Turn


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
