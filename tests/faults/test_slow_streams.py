"""Row 11: an answer that goes on and on and says nothing is given up, and what came is kept."""

from __future__ import annotations

import pytest

from ocigenai_nb.core.errors import RequestTimeoutError
from ocigenai_nb.emulator.fault_names import FaultName
from ocigenai_nb.transports.pool import Timeouts
from tests.faults.streams import check_interrupted, read_end, run
from tests.transports.subject import COUNTED, Transport

SILENT = "The answer stopped coming: nothing for 0.2 seconds."
ENDLESS = "The answer did not end within 0.3 seconds."


@pytest.mark.parametrize("name", ["keep_alive", "slow_loris", "stall"])
@pytest.mark.parametrize(
    ("timeouts", "sentence"),
    [(Timeouts(read=30, event=0.2, total=20), SILENT), (Timeouts(read=30, total=0.3), ENDLESS)],
    ids=["between-events", "total"],
)
def test_row_11_a_stream_that_only_stays_open_is_given_up(
    transport: Transport, name: FaultName, timeouts: Timeouts, sentence: str
) -> None:
    transport.service.fault(name, after_events=transport.after(4))
    text, end = read_end(run(transport, timeouts=timeouts))
    assert text == "1 2 3 4"
    check_interrupted(end, "timeout", RequestTimeoutError, sentence)
    transport.service.journal.wait_for(lambda entry: entry.outcome == "client left")


def test_row_11_a_stream_that_sends_nothing_at_all_is_given_up(transport: Transport) -> None:
    transport.service.fault("stall", after_events=transport.after(4))
    text, end = read_end(run(transport, timeouts=Timeouts(read=0.2)))
    assert text == "1 2 3 4"
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
    transport.service.pace = 20
    text, _ = read_end(run(transport, timeouts=Timeouts(event=0.4)))
    assert text == COUNTED
