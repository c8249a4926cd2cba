"""The private I/O thread: it owns the event loop, the clients and the sockets.

Callers hand over a coroutine and wait on their side, with or without an
event loop of their own. So one client serves a notebook cell, a second `asyncio.run` and a widget
alike, a kernel interrupt ends a wait at once, and nothing blocks the kernel.

Events cross threads in batches: waking another thread for each costs 40 µs, several times what
reading the event costs.
"""

from __future__ import annotations

import asyncio
import os
import threading
import weakref
from collections import deque
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from concurrent.futures import Future
from types import TracebackType
from typing import Any, Self, TypeVar

from ocigenai_nb.core.events import Event, Failed, Finished, Interrupted

T = TypeVar("T")

# A reader is woken at most this often (seconds): far below what an eye notices, and long enough
# to collect a fast stream's events into one wake-up.
WAKE_INTERVAL = 0.004
# A wait in short pieces, because Windows delivers an interrupt only between two waits.
_WAIT_PIECE = 0.1


class IOThread:
    """An event loop in a daemon thread of its own."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="ocigenai-io", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine there and wait for it here. An interrupt cancels it and goes on up."""
        result: Future[T] = Future()
        tasks: list[asyncio.Task[T]] = []

        def start() -> None:
            tasks.append(self.loop.create_task(coroutine))
            tasks[0].add_done_callback(lambda task: _hand_over(task, result))

        def stop() -> None:
            # It comes after `start`, if that was handed over: the interrupt may have been first.
            if tasks:
                tasks[0].cancel()
            else:
                coroutine.close()

        # The request may be on its way before `call_soon_threadsafe` returns here.
        try:
            self.loop.call_soon_threadsafe(start)
            while True:
                try:
                    return result.result(_WAIT_PIECE)
                except TimeoutError:
                    if result.done():
                        raise
        except BaseException:
            if not result.done():
                self.loop.call_soon_threadsafe(stop)
            raise

    async def wait(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine there and wait for it on the caller's own event loop."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(coroutine, self.loop))


_threads: dict[int, IOThread] = {}  # by process
_lock = threading.Lock()


def io_thread() -> IOThread:
    """This process's I/O thread. A forked child gets its own: threads do not survive a fork."""
    with _lock:
        thread = _threads.get(os.getpid())
        if thread is None:
            thread = _threads[os.getpid()] = IOThread()
        return thread


class _Handover:
    """A queue from the I/O thread to one reader, which is woken for batches."""

    def __init__(self, thread: IOThread, tap: Callable[[Event], None] | None) -> None:
        self._tap = tap
        self.items: deque[Event] = deque()
        self.last: Event | None = None
        self.done = False
        self.error: BaseException | None = None
        self.task: asyncio.Task[None] | None = None
        self._thread = thread
        self._arrived = threading.Condition()
        self._waiter: tuple[asyncio.AbstractEventLoop, asyncio.Future[None]] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._next_wake = 0.0
        self._stopped = False

    # On the I/O thread.

    def put(self, item: Event) -> None:
        if self._tap is not None:
            self._tap(item)
        self.items.append(item)
        self.last = item
        if self._timer is not None:
            return
        if self._thread.loop.time() >= self._next_wake:
            self._wake()
        else:
            self._timer = self._thread.loop.call_at(self._next_wake, self._wake)

    def settle(self, task: asyncio.Task[None]) -> None:
        stopped = task.cancelled()
        self.error = None if stopped else task.exception()
        if (stopped or self.error) and not isinstance(self.last, Finished | Failed | Interrupted):
            end = Interrupted("stopped" if stopped else "error")
            if self._tap is not None:
                self._tap(end)
            if stopped:
                self.items.append(end)
        self.done = True
        if self._timer is not None:
            self._timer.cancel()
        self._wake()

    def _wake(self) -> None:
        self._timer = None
        self._next_wake = self._thread.loop.time() + WAKE_INTERVAL
        with self._arrived:
            self._arrived.notify_all()
            waiter, self._waiter = self._waiter, None
        if waiter is not None:
            loop, future = waiter
            try:
                loop.call_soon_threadsafe(_resolve, future)
            except RuntimeError:
                # The reader's loop is closed: nobody reads any more.
                self.cancel()

    # On the reader's side.

    def cancel(self) -> None:
        def stop() -> None:
            # Once: a second one would end the closing of the socket that the first began.
            if self.task is not None and not self._stopped:
                self._stopped = True
                self.task.cancel()

        if not self.done:
            self._thread.loop.call_soon_threadsafe(stop)

    def wait(self) -> None:
        """Wait for an item, for the end, or for a while."""
        with self._arrived:
            if not self.items and not self.done:
                self._arrived.wait(_WAIT_PIECE)

    async def wait_async(self) -> None:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        with self._arrived:
            if self.items or self.done:
                return
            self._waiter = (loop, future)
        await future


class EventStream:
    """The events of one turn, for `for` and for `async for` alike.

    `turn` is run on the I/O thread and gives each event to the callback that it gets.

    `stop()` ends the turn early: the socket is closed at once and the stream ends with
    `Interrupted`. Leaving the loop, or the `with` block, does the same. A stream is read once, by
    one reader. `tap` hears every event before the reader does, on the I/O thread, whether anybody
    reads or not; exactly one terminal event is the last.
    """

    def __init__(
        self,
        turn: Callable[[Callable[[Event], None]], Coroutine[Any, Any, None]],
        *,
        tap: Callable[[Event], None] | None = None,
    ) -> None:
        thread = io_thread()
        self._handover: _Handover = _Handover(thread, tap)
        handover = self._handover

        def start() -> None:
            handover.task = thread.loop.create_task(turn(handover.put))
            # A callback, because a task that is cancelled before its first step runs no `finally`.
            handover.task.add_done_callback(handover.settle)

        weakref.finalize(self, handover.cancel).atexit = False
        try:
            thread.loop.call_soon_threadsafe(start)
        except BaseException:  # an interrupt, and nobody has the stream yet, to stop it
            handover.cancel()
            raise

    def stop(self) -> None:
        """End the turn early. Harmless on a stream that has ended; callable from any thread."""
        self._handover.cancel()

    def stopper(self) -> Callable[[], None]:
        """What stops the turn, for whoever shall not keep the stream alive."""
        return self._handover.cancel

    def batches(self) -> Generator[list[Event], None, None]:
        """The events as they arrive together. Empty when none came for a tenth of a second."""
        handover = self._handover
        items = handover.items
        try:
            while not handover.done or items:
                handover.wait()
                yield [items.popleft() for _ in range(len(items))]
        finally:
            handover.cancel()
        if handover.error is not None:
            raise handover.error

    def __iter__(self) -> Generator[Event, None, None]:
        for batch in self.batches():
            yield from batch

    async def __aiter__(self) -> AsyncGenerator[Event, None]:
        handover = self._handover
        items = handover.items
        try:
            while True:
                while items:
                    yield items.popleft()
                if handover.done and not items:
                    break
                await handover.wait_async()
        finally:
            handover.cancel()
        if handover.error is not None:
            raise handover.error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()


def _hand_over(task: asyncio.Task[T], result: Future[T]) -> None:
    if task.cancelled():
        result.cancel()
    elif error := task.exception():
        result.set_exception(error)
    else:
        result.set_result(task.result())


def _resolve(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
