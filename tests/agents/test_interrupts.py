"""An interrupt ends a run at once, closes its socket and keeps what came; so does stopping it."""

from __future__ import annotations

import threading

from ocigenai_nb import Interrupted, MaxRounds, TextDelta
from ocigenai_nb.core.events import ToolStarted
from tests.agents.conftest import Make
from tests.chat.tools.functions import WEATHER
from tests.transports.interrupts import interrupted_once
from tests.transports.subject import COUNT, COUNTED, Transport, over


def test_an_interrupt_closes_the_socket_and_keeps_what_came(
    make: Make, transport: Transport
) -> None:
    transport.stall()
    agent = make()
    with interrupted_once(transport.wait_until_streaming):
        agent.run_sync(COUNT, thread_id="t")
    transport.wait_until_left()
    kept = agent.checkpointer.load("t")
    assert kept is not None
    answer = kept.turns[0].answer
    assert (answer.status, answer.finish_reason) == ("interrupted", "stopped")


def test_a_run_that_was_interrupted_goes_on(make: Make, transport: Transport) -> None:
    transport.stall()
    agent = make()
    with interrupted_once(transport.wait_until_streaming):
        agent.run_sync(COUNT, thread_id="t")
    transport.service.reset()
    assert agent.resume_sync("t").message == COUNTED


def test_an_interrupt_while_a_tool_runs_ends_the_wait(make: Make) -> None:
    running, ended = threading.Event(), threading.Event()

    def get_weather(city: str) -> str:
        """Look up the weather in a city."""
        running.set()
        ended.wait(60)
        return f"18 degrees in {city}"

    agent = make(get_weather)
    with interrupted_once(running.wait):
        agent.run_sync(WEATHER, thread_id="t")
    assert not ended.is_set()
    ended.set()
    result = agent.resume_sync("t")
    assert {each.outcome for each in result.rounds[0].results} == {"lost"}


def test_leaving_the_loop_stops_the_run(make: Make, transport: Transport) -> None:
    transport.stall()
    for event in make().run(COUNT):
        if isinstance(event, TextDelta):
            break
    transport.wait_until_left()


@over("v1")
def test_a_stopped_run_ends_in_one_terminal_event(make: Make, transport: Transport) -> None:
    transport.stall()
    stream = make(termination=MaxRounds(3)).run(COUNT)
    transport.wait_until_streaming()
    stream.stop()
    events = list(stream)
    assert events[-1] == Interrupted("stopped")
    assert stream.result.stopped_by == "stopped"
    assert not any(isinstance(event, ToolStarted) for event in events)
