"""The private I/O thread: one model for every event loop, thread and process."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Final

import pytest

from ocigenai_nb.core.events import Event, TextDelta
from ocigenai_nb.core.thread import Answer, fold
from ocigenai_nb.transports.loop import EventStream, io_thread
from ocigenai_nb.transports.model import Model
from ocigenai_nb.transports.recovery import Emit
from tests.transports.subject import COUNT, COUNTED, Transport

ROOT: Final = Path(__file__).parents[2]


async def ask(model: Model) -> Answer:
    return fold([event async for event in model.stream(COUNT)])


# One model, many loops


def test_a_second_asyncio_run_works(transport: Transport) -> None:
    model = transport.model()
    assert [asyncio.run(ask(model)).text for _ in range(3)] == [COUNTED] * 3


def test_async_and_sync_may_take_turns(transport: Transport) -> None:
    model = transport.model()
    assert asyncio.run(model.complete(COUNT)).text == COUNTED
    assert model.complete_sync(COUNT).text == COUNTED
    assert asyncio.run(ask(model)).text == COUNTED
    assert fold(model.stream(COUNT)).text == COUNTED


def test_the_sync_calls_work_where_a_loop_is_running(transport: Transport) -> None:
    """As in every cell of a notebook."""

    async def cell() -> list[str]:
        model = transport.model()
        return [model.complete_sync(COUNT).text, fold(model.stream(COUNT)).text]

    assert asyncio.run(cell()) == [COUNTED] * 2


def test_two_loops_in_two_threads_share_one_model(transport: Transport) -> None:
    model = transport.model()
    texts: list[str] = []
    threads = [
        threading.Thread(target=lambda: texts.append(asyncio.run(ask(model)).text))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert texts == [COUNTED] * 2


def test_fifty_streams_at_once_take_no_thread_of_their_own(transport: Transport) -> None:
    model = transport.model()
    model.complete_sync(COUNT)
    threads_before = threading.active_count()
    most = [threads_before]

    async def watch() -> Answer:
        events: list[Event] = []
        async for event in model.stream(COUNT):
            events.append(event)
            most.append(threading.active_count())
        return fold(events)

    async def all_at_once() -> list[Answer]:
        return await asyncio.gather(*(watch() for _ in range(50)))

    answers = asyncio.run(all_at_once())
    assert [answer.text for answer in answers] == [COUNTED] * 50
    assert max(most) <= threads_before + 1


def test_a_second_stop_does_not_end_the_closing_that_the_first_began() -> None:
    """Stop, the end of the block and the last reference may all ask for it."""
    closing, go_on, closed = threading.Event(), threading.Event(), threading.Event()

    async def turn(emit: Emit) -> None:
        emit(TextDelta("Hi"))
        try:
            await asyncio.Event().wait()
        finally:
            closing.set()
            while not go_on.is_set():  # noqa: ASYNC110 (closing a socket takes several steps of the loop)
                await asyncio.sleep(0)
            closed.set()

    stream = EventStream(turn)
    next(iter(stream))
    stream.stop()
    assert closing.wait(timeout=60)
    stream.stop()
    io_thread().run(asyncio.sleep(0))  # behind that second stop
    go_on.set()
    assert closed.wait(timeout=60)


# What a turn raises


def make_turn(*events: Event) -> Callable[[Emit], Coroutine[Any, Any, None]]:
    async def turn(emit: Emit) -> None:
        for event in events:
            emit(event)
        raise LookupError("Oh.")

    return turn


def test_what_a_turn_raises_reaches_its_reader() -> None:
    events: list[Event] = []
    with pytest.raises(LookupError, match="Oh"):
        events.extend(EventStream(make_turn(TextDelta("Hi"))))
    assert events == [TextDelta("Hi")]


def test_what_a_turn_raises_reaches_its_async_reader() -> None:
    async def read() -> list[Event]:
        return [event async for event in EventStream(make_turn())]

    with pytest.raises(LookupError, match="Oh"):
        asyncio.run(read())


def test_what_a_coroutine_raises_reaches_its_caller() -> None:
    async def fail() -> None:
        raise TimeoutError("of its own")

    with pytest.raises(TimeoutError, match="of its own"):
        io_thread().run(fail())
    with pytest.raises(TimeoutError, match="of its own"):
        asyncio.run(io_thread().wait(fail()))
