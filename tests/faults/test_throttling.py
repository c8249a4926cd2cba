"""Rows 14 to 18 and 28: the service says "not now". How long is waited, and by whom."""

from __future__ import annotations

import asyncio
import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from typing import Any

import pytest

from ocigenai_nb.core.errors import ServerFailureError, ThrottledError
from ocigenai_nb.core.events import Interrupted, Notice
from ocigenai_nb.core.thread import Answer, fold
from ocigenai_nb.transports.limiter import GAP, Limiter
from ocigenai_nb.transports.loop import io_thread
from ocigenai_nb.transports.retry import RetryPolicy
from tests.transports.listener import Listener, respond
from tests.transports.subject import COUNT, COUNTED, Transport

# Its base would show: it is longer than the waits that are asked for.
SLOW = RetryPolicy(base=30, cap=30)


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.slept: list[float] = []

    def now(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds
        await asyncio.sleep(0)

    def limiter(self) -> Limiter:
        return Limiter(now=self.now, sleep=self.sleep)


def refuse(transport: Transport, status: int, **options: Any) -> None:
    transport.service.fault("status", status=status, **options)


def read_statuses(transport: Transport) -> list[int]:
    return [entry.status for entry in transport.service.journal]


def ask_slowly(transport: Transport, **options: Any) -> Answer:
    """Under a policy whose own waits would take a minute."""
    return transport.ask(COUNT, client=transport.client(retry=SLOW, **options))


# Row 14: the wait that is asked for


def test_row_14_retry_after_in_seconds_is_obeyed(transport: Transport) -> None:
    clock = Clock()
    refuse(transport, 429, retry_after="7")
    answer = ask_slowly(transport, limiter=clock.limiter())
    assert (answer.text, answer.attempts, clock.slept) == (COUNTED, 2, [7])
    assert answer.notices[0].endswith("Trying again in 7.0 s.")


def test_row_14_retry_after_in_milliseconds_is_obeyed(transport: Transport) -> None:
    throttled = respond(429, retry_after_ms="1500", retry_after="20")
    clock = Clock()
    with Listener(throttled, respond(400)) as listener:
        answer = ask_slowly(transport, endpoint=listener.url, limiter=clock.limiter())
    assert (len(listener.requests), clock.slept) == (2, [1.5])
    assert answer.notices[0].endswith("Trying again in 1.5 s.")


def test_row_14_retry_after_as_a_date_is_obeyed(transport: Transport) -> None:
    second, clock = datetime.now(UTC).replace(microsecond=0), Clock()
    refuse(transport, 429, retry_after=format_datetime(second + timedelta(seconds=9), usegmt=True))
    answer = ask_slowly(transport, clock=lambda: second, limiter=clock.limiter())
    assert (answer.text, clock.slept) == (COUNTED, [9])


def test_row_14_a_long_wait_is_counted_down(transport: Transport) -> None:
    clock = Clock()
    refuse(transport, 429, retry_after="35")
    answer = ask_slowly(transport, limiter=clock.limiter())
    assert sum(clock.slept) == 35
    first, *rest = answer.notices
    assert first.startswith("Service request limit is exceeded")
    assert first.endswith("Trying again in 35.0 s.")
    assert rest == [f"Trying again in {left}.0 s." for left in (25, 15, 5)]


def test_row_14_a_wait_ends_at_once_when_it_is_stopped(transport: Transport) -> None:
    refuse(transport, 429, retry_after=50)
    stream = transport.model().stream(COUNT)
    events = iter(stream)
    assert isinstance(next(events), Notice)
    stream.stop()
    assert list(events) == [Interrupted("stopped")]
    assert read_statuses(transport) == [429]


# Row 15: longer than anybody waits


def test_row_15_a_wait_of_500_seconds_fails_at_once_and_says_how_long(transport: Transport) -> None:
    clock = Clock()
    refuse(transport, 429, retry_after=500)
    error = ask_slowly(transport, limiter=clock.limiter()).error
    assert type(error) is ThrottledError
    assert "The service asks to wait 500 seconds." in error.remedy
    assert (read_statuses(transport), clock.slept) == ([429], [])


# Row 16: no wait is asked for


def test_row_16_429_without_a_header_backs_off_further_each_time(transport: Transport) -> None:
    clock = Clock()
    refuse(transport, 429, times=2)
    client = transport.client(retry=RetryPolicy(base=4), limiter=clock.limiter())
    assert transport.ask(COUNT, client=client).attempts == 3
    first, second = clock.slept
    assert 3 <= first <= 4
    assert 6 <= second <= 8


class Gate:
    """A sleep that lasts until the test ends it."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.asleep = threading.Semaphore(0)
        self._sleepers: list[asyncio.Future[None]] = []

    async def sleep(self, _: float) -> None:
        self._sleepers.append(asyncio.get_running_loop().create_future())
        self.asleep.release()
        await self._sleepers[-1]

    async def wake(self) -> None:
        self.seconds = 60
        for sleeper in self._sleepers:
            sleeper.set_result(None)


def test_row_16_one_429_holds_ten_requests_back(transport: Transport) -> None:
    """Nobody else has to hear it; all are told how long they wait."""
    gate = Gate()
    limiter = Limiter(now=lambda: gate.seconds, sleep=gate.sleep)
    model = transport.model(client=transport.client(retry=SLOW, limiter=limiter))
    refuse(transport, 429, retry_after="5")
    first = model.stream(COUNT)
    assert gate.asleep.acquire(timeout=60)
    streams = [first, *(model.stream(COUNT) for _ in range(9))]
    assert all(gate.asleep.acquire(timeout=60) for _ in range(9))
    assert read_statuses(transport) == [429]
    io_thread().run(gate.wake())
    answers = [fold(stream) for stream in streams]
    assert [answer.text for answer in answers] == [COUNTED] * 10
    assert read_statuses(transport) == [429] + [200] * 10
    assert answers[2].notices == ("The service throttles this client. Sending in 5.1 s.",)


def test_row_16_a_hold_lets_nobody_by_and_then_one_at_a_time() -> None:
    clock = Clock()
    limiter = clock.limiter()
    went: list[float] = []

    async def go() -> None:
        await limiter.admit(lambda _: None)
        went.append(clock.seconds)

    async def go_together() -> None:
        await go()
        limiter.hold(5)
        for _ in range(4):
            await go()
        clock.seconds = 60
        await go()

    asyncio.run(go_together())
    assert went[0] == 0, "Nobody waits where nobody was refused."
    assert went[1] == 5
    assert all(later > sooner for sooner, later in pairwise(went))
    assert went[5] == 60


def test_row_16_a_gap_that_nobody_notices_is_not_told() -> None:
    clock, told = Clock(), list[float]()
    limiter = clock.limiter()

    async def go_twice() -> None:
        limiter.hold(5)
        await limiter.admit(told.append)
        await limiter.admit(told.append)

    asyncio.run(go_twice())
    assert (told, len(clock.slept)) == ([5], 2)


def test_row_16_ten_that_wait_at_once_go_a_gap_apart() -> None:
    """In real time: each has a turn of its own, also where a second 429 comes meanwhile."""
    told: list[float] = []

    async def go_together() -> None:
        waiting: list[asyncio.Future[None]] = []

        def wait(_: float) -> asyncio.Future[None]:
            waiting.append(asyncio.get_running_loop().create_future())
            return waiting[-1]

        seconds = [0.0]
        limiter = Limiter(now=lambda: seconds[0], sleep=wait)
        limiter.hold(5)
        tasks = [asyncio.create_task(limiter.admit(told.append)) for _ in range(10)]
        await asyncio.sleep(0)
        assert told == pytest.approx([5 + GAP * number for number in range(10)])
        seconds[0] = 5
        waiting[0].set_result(None)
        await tasks[0]
        limiter.hold(7)  # the first one was refused again
        for future in waiting[1:]:
            future.set_result(None)
        for _ in range(3):
            await asyncio.sleep(0)
        assert not any(task.done() for task in tasks[1:])
        assert told[10:] == pytest.approx([7 + GAP * number for number in range(9)])
        seconds[0] = 13
        for future in waiting[10:]:
            future.set_result(None)
        await asyncio.gather(*tasks)

    asyncio.run(go_together())


# Rows 17 and 18: failures that pass


def test_row_17_503_then_500_then_200_is_one_answer(transport: Transport) -> None:
    refuse(transport, 503)
    refuse(transport, 500)
    answer = transport.ask(COUNT)
    assert (answer.text, answer.status, answer.attempts) == (COUNTED, "finished", 3)
    assert read_statuses(transport) == [503, 500, 200]
    assert len(answer.notices) == 2


def test_row_18_409_incorrect_state_is_tried_again(transport: Transport) -> None:
    refuse(transport, 409)
    answer = transport.ask(COUNT)
    assert (answer.text, answer.attempts) == (COUNTED, 2)


# Row 28: the circuit breaker of Oracle's SDK, which counts 429s, stands in no transport's way


@pytest.mark.parametrize(("status", "kind"), [(429, ThrottledError), (503, ServerFailureError)])
def test_row_28_after_ten_refusals_the_next_request_is_still_sent(
    transport: Transport, status: int, kind: type[Exception]
) -> None:
    client = transport.client(retry=RetryPolicy(attempts=1))
    refuse(transport, status, times=10)
    for _ in range(10):
        assert type(transport.ask(COUNT, client=client).error) is kind
    assert transport.ask(COUNT, client=client).text == COUNTED
    assert read_statuses(transport) == [status] * 10 + [200]
