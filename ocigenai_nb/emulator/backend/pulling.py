"""What blocks, taken out of the server's loop: a thread reads, the loop waits no longer than due.

One thread per answer that is coming, which ends with it: closing the answer ends the thread.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any, Final, TypeVar

from ocigenai_nb.emulator.backend.failures import BackendError
from ocigenai_nb.emulator.backend.live import LiveAnswer

T = TypeVar("T")

_END: Final = object()


async def pull(
    items: Iterable[T], live: LiveAnswer, *, gone: asyncio.Future[None] | None = None
) -> AsyncIterator[T]:
    """Yield ``items`` as a thread finds them, until ``gone`` is done.

    Raises:
        BackendError: If the backend fails, or says nothing for too long.
    """
    queue: asyncio.Queue[tuple[object, Exception | None]] = asyncio.Queue()
    _start_reader(items, queue, asyncio.get_running_loop())
    while True:
        found = await _wait(queue, live, gone)
        if found is None:
            return
        item, error = found
        if error is not None:
            raise error
        if item is _END:
            return
        yield item  # type: ignore[misc]  # the queue holds what the thread found in items


async def call(function: Callable[[], T], live: LiveAnswer) -> T:
    """Return what ``function`` returns in a thread.

    Raises:
        BackendError: If the backend fails, or says nothing for too long.
    """
    results = [result async for result in pull((function() for _ in "1"), live)]
    return results[0]


def _start_reader(
    items: Iterable[T],
    queue: asyncio.Queue[tuple[object, Exception | None]],
    loop: asyncio.AbstractEventLoop,
) -> None:
    def put(item: object, error: Exception | None = None) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(queue.put_nowait, (item, error))

    def read() -> None:
        try:
            for item in items:
                put(item)
        except Exception as error:  # noqa: BLE001 - raised again where it is waited for
            put(None, error)
        else:
            put(_END)

    threading.Thread(target=read, name="ocigenai-backend", daemon=True).start()


async def _wait(
    queue: asyncio.Queue[tuple[object, Exception | None]],
    live: LiveAnswer,
    gone: asyncio.Future[None] | None,
) -> tuple[object, Exception | None] | None:
    """Return the next item; ``None`` if the client left first."""
    if not queue.empty():
        return queue.get_nowait()
    getting = asyncio.ensure_future(queue.get())
    awaited: set[asyncio.Future[Any]] = {getting} if gone is None else {getting, gone}
    try:
        while not getting.done():
            # Not how long the next item takes: a model that reasons unseen makes none for long.
            left = live.heard + live.timeout - time.monotonic()
            if left <= 0:
                words = f"The backend said nothing for {live.timeout:g} s."
                raise BackendError(words, status=503)
            await asyncio.wait(awaited, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            if gone is not None and gone.done():
                return None
        return getting.result()
    finally:
        getting.cancel()
