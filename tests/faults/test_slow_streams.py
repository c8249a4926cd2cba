"""Row 11: an answer that goes on and on and says nothing is given up, and what came is kept."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from ocigenai_nb.core.errors import RequestTimeoutError
from ocigenai_nb.core.events import Event, Interrupted
from ocigenai_nb.emulator.fault_names import FaultName
from ocigenai_nb.transports.pool import Timeouts
from tests.faults.streams import check_interrupted, read_end, run
from tests.tools.patience import with_enough
from tests.transports.subject import COUNTED, Transport

Limit = Callable[[float], Timeouts]


def run_until_given_up(transport: Transport, name: FaultName, limit: Limit) -> Event:
    """The end of an answer that stops after four numbers, whose text came within the limit."""

    def run_within(seconds: float) -> tuple[str, Event]:
        transport.service.fault(name, after_events=transport.after(4))
        return read_end(run(transport, timeouts=limit(seconds)))

    text, end = with_enough(0.2, run_within, lambda found: found[0] == "1 2 3 4")
    assert text == "1 2 3 4"
    return end


@pytest.mark.parametrize("name", ["keep_alive", "slow_loris", "stall"])
@pytest.mark.parametrize(
    ("limit", "sentence"),
    [
        (
            lambda seconds: Timeouts(read=90, event=seconds, total=90),
            r"The answer stopped coming: nothing for (0\.2|2|20) seconds\.",
        ),
        (
            lambda seconds: Timeouts(read=90, total=seconds),
            r"The answer did not end within (0\.2|2|20) seconds\.",
        ),
    ],
    ids=["between-events", "total"],
)
def test_row_11_a_stream_that_only_stays_open_is_given_up(
    transport: Transport, name: FaultName, limit: Limit, sentence: str
) -> None:
    end = run_until_given_up(transport, name, limit)
    check_interrupted(end, "timeout", RequestTimeoutError, "The answer ")
    assert isinstance(end, Interrupted)
    assert re.search(sentence, str(end.error))
    transport.service.journal.wait_for(lambda entry: entry.outcome == "client left")


def test_row_11_a_stream_that_sends_nothing_at_all_is_given_up(transport: Transport) -> None:
    end = run_until_given_up(transport, "stall", lambda seconds: Timeouts(read=seconds))
    check_interrupted(end, "timeout", RequestTimeoutError, "The answer stopped coming.")


def test_row_11_an_answer_that_trickles_for_too_long_is_given_up(transport: Transport) -> None:
    """The time between two events never runs out, that of the whole answer does."""
    transport.service.pace = 5
    text, end = read_end(run(transport, timeouts=Timeouts(read=30, event=30, total=0.9)))
    assert COUNTED.startswith(text)
    assert text != COUNTED
    check_interrupted(end, "timeout", RequestTimeoutError, "did not end within 0.9 seconds")


def test_row_11_an_answer_that_is_slow_but_speaks_is_heard_to_its_end(transport: Transport) -> None:
    """It takes several times as long as two of its events may be apart."""

    def run_at(apart: float) -> str:
        transport.service.pace = 8 / apart
        return read_end(run(transport, timeouts=Timeouts(event=apart)))[0]

    assert with_enough(0.4, run_at, lambda text: text == COUNTED) == COUNTED
