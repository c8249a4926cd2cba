"""A kernel interrupt ends every wait at once and closes the socket."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pytest

from ocigenai_nb.core.events import Event, TextDelta
from ocigenai_nb.transports.loop import io_thread
from ocigenai_nb.transports.model import Model
from ocigenai_nb.transports.pool import Timeouts
from tests.transports.interrupts import interrupted_once
from tests.transports.listener import Listener, wait_until_closed
from tests.transports.subject import COUNT, Transport

SHORT: Final = Timeouts(read=60)  # so that a wait which is not interrupted comes to an end


def test_an_interrupt_ends_a_stream_and_closes_its_socket(transport: Transport) -> None:
    transport.stall()
    model = transport.model(client=transport.client(timeouts=SHORT))
    events: list[Event] = []
    with interrupted_once(transport.wait_until_streaming):
        events.extend(model.stream(COUNT))
    assert transport.wait_until_left().events == transport.after(4)


def test_what_came_before_an_interrupt_is_there(transport: Transport) -> None:
    transport.stall()
    model = transport.model(client=transport.client(timeouts=SHORT))
    events: list[Event] = []

    def wait_for_text() -> None:
        while not any(isinstance(event, TextDelta) and "4" in event.text for event in events):
            transport.wait_until_streaming()

    with interrupted_once(wait_for_text):
        for event in model.stream(COUNT):
            events.append(event)  # noqa: PERF402 (extend keeps nothing when it is interrupted)
    text = "".join(event.text for event in events if isinstance(event, TextDelta))
    assert text == "1 2 3 4"


def test_an_interrupt_ends_complete_and_closes_its_socket(transport: Transport) -> None:
    with Listener(wait_until_closed) as server:
        client = transport.client(endpoint=server.url, timeouts=SHORT)
        model = transport.model(client=client)
        with interrupted_once(server.wait_for_request):
            model.complete_sync(COUNT)


@pytest.mark.parametrize("ask", [Model.complete_sync, Model.stream])
def test_an_interrupt_before_the_call_is_handed_over_closes_its_socket(
    transport: Transport, ask: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Listener(wait_until_closed) as server:
        client = transport.client(endpoint=server.url, timeouts=SHORT)
        model = transport.model(client=client)
        loop = io_thread().loop
        hand_over = loop.call_soon_threadsafe

        def interrupt(*call: Any) -> None:
            monkeypatch.undo()
            hand_over(*call)
            server.wait_for_request()
            raise KeyboardInterrupt

        monkeypatch.setattr(loop, "call_soon_threadsafe", interrupt)
        with pytest.raises(KeyboardInterrupt):
            ask(model, COUNT)


def test_an_interrupt_ends_the_wait_before_a_retry(transport: Transport) -> None:
    transport.service.fault("status", status=429, retry_after=50)
    model = transport.model()
    journal = transport.service.journal
    with interrupted_once(lambda: journal.wait_for(lambda entry: entry.status == 429)):
        model.complete_sync(COUNT)
    assert [entry.status for entry in journal] == [429]


def test_a_model_goes_on_after_an_interrupt(transport: Transport) -> None:
    with transport.service.fault("stall", after_events=transport.after(4)):
        model = transport.model(client=transport.client(timeouts=SHORT))
        with interrupted_once(transport.wait_until_streaming):
            list(model.stream(COUNT))
    assert model.complete_sync(COUNT).status == "finished"
