"""The deadlines of one answer: for the whole of it, and from one event to the next."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from .pool import Timeouts

# How often it is looked, within the time that may pass between two events, whether one came. So
# a silent stream is given up after that time, and at most a quarter more.
_LOOKS = 4


@dataclass(slots=True)
class Watch:
    """Whoever reads sets `heard` with every event."""

    heard: bool = True
    missed: int = 0  # looks since then
    timer: asyncio.TimerHandle | None = None
    ended: str = ""

    def look(self) -> bool:
        """Whether an event came lately."""
        self.missed = 0 if self.heard else self.missed + 1
        self.heard = False
        return self.missed < _LOOKS


@asynccontextmanager
async def watch(timeouts: Timeouts) -> AsyncGenerator[Watch, None]:
    """End the block with a TimeoutError, in a sentence, where no event comes or there is no end.

    One timer and a flag: a timer for each token, or a clock, would cost a part of reading it.
    """
    loop = asyncio.get_running_loop()
    limit = asyncio.timeout(timeouts.total)
    seen = Watch(ended=_sentence("did not end within", timeouts.total))

    def look() -> None:
        if seen.look():
            seen.timer = loop.call_later(timeouts.event / _LOOKS, look)
        else:
            seen.ended = _sentence("stopped coming: nothing for", timeouts.event)
            limit.reschedule(loop.time())

    try:
        async with limit:
            look()
            try:
                yield seen
            finally:
                if seen.timer is not None:
                    seen.timer.cancel()
    except TimeoutError:
        raise TimeoutError(seen.ended if limit.expired() else "") from None


def _sentence(what: str, seconds: float) -> str:
    return f"The answer {what} {seconds:g} seconds."
