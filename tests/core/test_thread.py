"""Facts about answers: what a stream of events amounts to."""

from __future__ import annotations

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocigenai_nb.core.errors import InStreamError, StreamCutError
from ocigenai_nb.core.events import (
    Continuation,
    Event,
    Failed,
    Finished,
    Interrupted,
    Notice,
    ReasoningDelta,
    RoundFinished,
    Started,
    Terminal,
    TextDelta,
    ToolCallDelta,
    ToolCallReady,
    ToolStarted,
    UsageReport,
)
from ocigenai_nb.core.messages import Message, ToolCall, Usage
from ocigenai_nb.core.thread import Answer, AnswerFold, fold

CALL: Final = ToolCall("a", "weather", "{}")
CUT: Final = StreamCutError("Cut.")
ERROR: Final = InStreamError("No.", request_id="B")


def test_a_whole_turn_amounts_to_its_answer() -> None:
    answer = fold(
        [
            Notice("Renamed."),
            Started("A/B", attempts=2),
            ReasoningDelta("Let me "),
            ReasoningDelta("think."),
            TextDelta("Be"),
            TextDelta("cause."),
            ToolCallDelta(0, "weather", "{}"),
            ToolCallReady(CALL),
            Continuation("resp_1"),
            UsageReport(Usage(1, 2, 3)),
            Finished("stop", "meta.llama"),
        ]
    )
    assert answer == Answer(
        text="Because.",
        reasoning="Let me think.",
        tool_calls=(CALL,),
        usage=Usage(1, 2, 3),
        status="finished",
        finish_reason="stop",
        model="meta.llama",
        request_id="A/B",
        response_id="resp_1",
        attempts=2,
        notices=("Renamed.",),
        error=None,
    )


def test_nothing_is_an_answer_that_has_not_begun() -> None:
    assert fold([]) == Answer()
    assert Answer().status == "streaming"


@pytest.mark.parametrize(
    ("end", "status", "reason"),
    [
        (Finished("length"), "finished", "length"),
        (Failed(ERROR), "failed", "error"),
        (Interrupted("cut", CUT), "interrupted", "cut"),
        (Interrupted("stopped"), "interrupted", "stopped"),
    ],
)
def test_each_terminal_event_gives_its_status_and_keeps_the_text(
    end: Terminal, status: str, reason: str
) -> None:
    answer = fold([TextDelta("Be"), end])
    assert (answer.status, answer.finish_reason, answer.text) == (status, reason, "Be")
    assert answer.error is getattr(end, "error", None)


def test_the_request_id_is_the_responses_else_the_errors() -> None:
    assert fold([Started("A"), Failed(ERROR)]).request_id == "A"
    assert fold([Started(), Failed(ERROR)]).request_id == "B"
    assert fold([Interrupted("stopped")]).request_id is None


def test_the_error_of_a_broken_stream_learns_the_request_id() -> None:
    error = StreamCutError("Cut.")
    fold([Started("A/B"), Interrupted("cut", error)])
    assert error.request_id == "A/B"


def test_the_last_usage_counts() -> None:
    events: list[Event] = [
        UsageReport(Usage(1, 1, 2)),
        UsageReport(Usage(1, 9, 10)),
        Finished("stop"),
    ]
    assert fold(events).usage == Usage(1, 9, 10)


def test_the_answer_is_a_message_of_the_history() -> None:
    answer = fold([TextDelta("Yes."), ToolCallReady(CALL), Finished("tool_calls")])
    assert answer.message == Message.assistant("Yes.", tool_calls=(CALL,))


def test_text_can_be_read_while_it_grows() -> None:
    result = AnswerFold()
    assert result.text == ""
    for piece in ("a", "b", "c"):
        result.add(TextDelta(piece))
    assert result.text == "abc"
    result.add(TextDelta("d"))
    assert result.text == result.answer().text == "abcd"


def test_the_fold_is_done_with_the_terminal_event() -> None:
    result = AnswerFold()
    result.add(TextDelta("a"))
    assert not result.done
    result.add(Finished("stop"))
    assert result.done


# Any events

ENDS: Final[list[Terminal]] = [
    Finished("stop", "m"),
    Failed(ERROR),
    Interrupted("cut", CUT),
    Interrupted("stopped"),
]
STEPS: Final[list[Event]] = [
    Started("A"),
    Notice("n"),
    TextDelta("x\u2028"),
    TextDelta("y"),
    ReasoningDelta("r"),
    ToolCallDelta(0, "weather", "{"),
    ToolCallReady(CALL),
    UsageReport(Usage(1, 2, 3)),
    Continuation("resp_1"),
]
EVENTS: Final = st.lists(st.sampled_from(STEPS), max_size=12)


@given(EVENTS)
def test_without_a_terminal_event_an_answer_is_still_streaming(events: list[Event]) -> None:
    answer = fold(events)
    assert (answer.status, answer.finish_reason, answer.error) == ("streaming", None, None)


@given(EVENTS, st.sampled_from(ENDS), st.lists(st.sampled_from([*STEPS, *ENDS]), max_size=6))
def test_what_comes_after_the_terminal_event_changes_nothing(
    before: list[Event], end: Terminal, after: list[Event]
) -> None:
    assert fold([*before, end, *after]) == fold([*before, end])


@given(EVENTS, st.sampled_from(ENDS))
def test_text_reasoning_calls_and_notices_are_all_kept_in_order(
    events: list[Event], end: Terminal
) -> None:
    answer = fold([*events, end])
    assert answer.text == "".join(e.text for e in events if isinstance(e, TextDelta))
    assert answer.reasoning == "".join(e.text for e in events if isinstance(e, ReasoningDelta))
    assert answer.tool_calls == tuple(e.call for e in events if isinstance(e, ToolCallReady))
    assert answer.notices == tuple(e.text for e in events if isinstance(e, Notice))


@given(EVENTS)
def test_looking_at_the_answer_on_the_way_changes_nothing(events: list[Event]) -> None:
    result = AnswerFold()
    for event in events:
        result.add(event)
        assert result.text == result.answer().text
    assert result.answer() == fold(events)


def test_the_halves_of_a_character_that_come_apart_are_one_again() -> None:
    folded = fold([TextDelta("a \ud83d"), TextDelta("\ude00 b"), Finished("stop")])
    assert folded.text == "a \U0001f600 b"
    assert folded.text.encode("utf-8")


def test_a_half_that_stays_alone_can_be_written_all_the_same() -> None:
    folded = fold([TextDelta("a \ud83d"), TextDelta(" b"), Finished("stop")])
    assert folded.text == "a \ufffd b"


def test_calls_that_have_begun_are_those_of_the_last_round() -> None:
    result = AnswerFold()
    for event in (ToolCallReady(CALL), RoundFinished(), ToolStarted(CALL)):
        result.add(event)
    assert result.begun == (CALL,)
    result.add(RoundFinished())
    assert not result.begun
