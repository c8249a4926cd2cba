"""An end to every stream: whoever leaves, and however, the socket is closed."""

from __future__ import annotations

import asyncio
import gc
import socket
import threading

import pytest

from ocigenai_nb.core.events import Event, Finished, Interrupted, Started, TextDelta
from ocigenai_nb.core.thread import fold
from tests.transports.listener import Listener, wait_until_closed
from tests.transports.subject import COUNT, Transport


def test_breaking_out_of_the_loop_closes_the_socket(transport: Transport) -> None:
    transport.stall()
    for event in transport.model().stream(COUNT):
        if isinstance(event, TextDelta):
            break
    assert transport.wait_until_left().events == transport.after(4)


def test_breaking_out_of_an_async_loop_closes_the_socket(transport: Transport) -> None:
    transport.stall()

    async def leave() -> None:
        async for event in transport.model().stream(COUNT):
            if isinstance(event, TextDelta):
                break

    asyncio.run(leave())
    assert transport.wait_until_left().events == transport.after(4)


def test_leaving_the_block_closes_the_socket(transport: Transport) -> None:
    transport.stall()
    with transport.model().stream(COUNT) as stream:
        transport.wait_until_streaming()
    transport.wait_until_left()
    assert isinstance(list(stream)[-1], Interrupted)


def test_an_error_in_the_loops_body_closes_the_socket(transport: Transport) -> None:
    transport.stall()

    def fail() -> None:
        for _ in transport.model().stream(COUNT):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    transport.wait_until_left()


def test_stop_ends_the_stream_with_interrupted(transport: Transport) -> None:
    transport.stall()
    stream = transport.model().stream(COUNT)
    events: list[Event] = []
    for event in stream:
        events.append(event)
        if isinstance(event, TextDelta):
            stream.stop()
    assert events[-1] == Interrupted("stopped")
    answer = fold(events)
    assert (answer.status, answer.error) == ("interrupted", None)
    assert answer.text.startswith("1")
    transport.wait_until_left()


def test_stop_from_another_thread_ends_the_stream(transport: Transport) -> None:
    transport.stall()
    stream = transport.model().stream(COUNT)

    def stop_once_it_streams() -> None:
        transport.wait_until_streaming()
        stream.stop()

    thread = threading.Thread(target=stop_once_it_streams)
    thread.start()
    assert list(stream)[-1] == Interrupted("stopped")
    thread.join()


def test_stop_before_the_first_event_ends_the_stream(transport: Transport) -> None:
    stream = transport.model().stream(COUNT)
    stream.stop()
    assert list(stream) == [Interrupted("stopped")]
    assert len(transport.service.journal) == 0


def test_stop_after_the_end_is_harmless(transport: Transport) -> None:
    stream = transport.model().stream(COUNT)
    events = list(stream)
    stream.stop()
    stream.stop()
    assert isinstance(events[-1], Finished)


def test_a_stream_that_nobody_holds_closes_its_socket(transport: Transport) -> None:
    transport.stall()
    stream = transport.model().stream(COUNT)
    assert isinstance(next(iter(stream)), Started)
    transport.wait_until_streaming()
    del stream
    gc.collect()
    transport.wait_until_left()


def test_a_stream_that_nobody_ever_read_closes_its_socket(transport: Transport) -> None:
    transport.stall()
    stream = transport.model().stream(COUNT)
    transport.wait_until_streaming()
    del stream
    gc.collect()
    transport.wait_until_left()


def test_a_client_that_nobody_holds_closes_its_connections(transport: Transport) -> None:
    closed = threading.Event()

    def answer(connection: socket.socket) -> None:
        body = b'{"code":"400","message":"Oh."}'
        head = f"HTTP/1.1 400 Bad\r\ncontent-length: {len(body)}\r\n\r\n"
        connection.sendall(head.encode() + body)
        wait_until_closed(connection)
        closed.set()

    with Listener(answer) as server:
        client = transport.client(endpoint=server.url)
        transport.ask(COUNT, client=client)
        transport._clients.remove(client)
        del client
        gc.collect()
        assert closed.wait(timeout=60)


def test_cancelling_complete_closes_the_socket(transport: Transport) -> None:
    with Listener(wait_until_closed) as server:
        model = transport.model(client=transport.client(endpoint=server.url))

        async def leave() -> None:
            task = asyncio.create_task(model.complete(COUNT))
            await asyncio.to_thread(server.wait_for_request)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

        asyncio.run(leave())


def test_a_timeout_around_an_async_loop_closes_the_socket(transport: Transport) -> None:
    transport.stall()

    async def read_for_a_while() -> None:
        async with asyncio.timeout(None) as deadline:
            async for event in transport.model().stream(COUNT):
                if isinstance(event, TextDelta):
                    deadline.reschedule(0)

    with pytest.raises(TimeoutError):
        asyncio.run(read_for_a_while())
    transport.wait_until_left()
