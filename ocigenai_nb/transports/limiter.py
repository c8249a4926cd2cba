"""When the next request may go: one for all requests of a client.

A service that throttles says so to whoever asks first; the others would each be refused as well,
and all would come back at the same moment. So after a 429 nobody sends before the wait is over,
and those who waited go one after the other.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

# Seconds between two requests that waited for the same moment.
GAP = 0.05
# Seconds between two words about how long a wait still takes.
COUNTDOWN = 10.0


class Limiter:
    """`now` is in seconds from any beginning; `sleep` waits. Lives on the I/O thread."""

    def __init__(
        self,
        *,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._now = now
        self._sleep = sleep
        self._until = 0.0  # nobody goes before
        self._next = 0.0  # when the next one goes

    def hold(self, seconds: float) -> None:
        """Let nobody send for so long."""
        self._until = max(self._until, self._now() + seconds)
        self._next = max(self._next, self._until)

    async def admit(self, tell: Callable[[float], None]) -> None:
        """Wait until it is one's turn; at once where nobody was refused lately."""
        while (due := self._next) > (now := self._now()):
            self._next = due + GAP
            await self.wait(due - now, tell if due - now > GAP else _say_nothing)
            if self._now() >= self._until:
                return

    async def wait(self, seconds: float, tell: Callable[[float], None]) -> None:
        """Wait, telling the seconds that are left, at first and every ten of them."""
        while True:
            tell(seconds)
            piece = min(seconds, COUNTDOWN)
            await self._sleep(piece)
            seconds -= piece
            if seconds <= 0:
                return


def _say_nothing(_seconds: float) -> None:
    """Of a wait that nobody notices."""
