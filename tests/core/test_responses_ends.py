"""Facts about ends on the Responses wire: every way an answer can go has one terminal event."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocigenai_nb.core.errors import (
    InStreamError,
    MalformedStreamError,
    OutcomeUnknownError,
    StreamCutError,
)
from ocigenai_nb.core.events import Failed, Finished, Interrupted, Notice
from ocigenai_nb.core.thread import fold
from tests.core.response_events import (
    HELLO,
    ID,
    TYPES,
    Body,
    answer,
    completed,
    created,
    ended,
    error,
    make_fold,
    message,
    numbered,
    of_whole,
    run,
    text,
    whole,
)


def test_an_answer_that_the_service_completed_is_finished() -> None:
    result = answer(*HELLO, completed(message("Hello")))
    assert (result.text, result.status, result.finish_reason) == ("Hello", "finished", "stop")
    assert (result.model, result.response_id, result.error) == ("m", ID, None)


@pytest.mark.parametrize(
    ("why", "reason"),
    [
        ("max_output_tokens", "length"),
        ("content_filter", "content_filter"),
        (None, "incomplete"),
    ],
)
def test_an_incomplete_answer_is_no_success_and_says_why(why: str | None, reason: str) -> None:
    end = ended("incomplete", message("Hello"), incomplete_details={"reason": why})
    result = answer(*HELLO, end)
    assert (result.text, result.status, result.finish_reason) == ("Hello", "finished", reason)
    assert result.usage is not None
    body = whole("incomplete", message("Hello"), incomplete_details={"reason": why})
    assert of_whole(body).finish_reason == reason


def test_an_incomplete_answer_without_details_is_told_from_a_complete_one() -> None:
    assert answer(*HELLO, ended("incomplete")).finish_reason == "incomplete"


def test_an_unknown_reason_is_the_services_own_word() -> None:
    end = ended("incomplete", incomplete_details={"reason": "own word"})
    data = json.dumps(end).encode()
    assert fold(run([*numbered(*HELLO), data])).finish_reason == "own word"


def test_a_failed_answer_is_an_error_with_the_services_code_and_its_text_is_kept() -> None:
    why = {"code": "server_error", "message": "The model is gone."}
    result = answer(*HELLO, ended("failed", error=why))
    assert (result.text, result.status) == ("Hello", "failed")
    assert isinstance(result.error, InStreamError)
    assert (result.error.message, result.error.code) == ("The model is gone.", "server_error")
    assert "again" in result.error.remedy


def test_an_answer_that_failed_by_our_fault_is_not_to_be_sent_again_as_it_is() -> None:
    why = {"code": "invalid_image", "message": "That is no image."}
    result = answer(created(), ended("failed", error=why))
    assert result.error is not None
    assert result.error.remedy == "Change what the message names and send it anew."


def test_a_failed_answer_without_a_reason_is_an_error_all_the_same() -> None:
    result = answer(*HELLO, ended("failed"))
    assert result.status == "failed"
    assert isinstance(result.error, InStreamError)


@pytest.mark.parametrize(
    "event",
    [
        error("Too many.", "rate_limit_exceeded"),
        {"type": "error", "error": {"message": "Too many.", "code": "rate_limit_exceeded"}},
        {"error": {"message": "Too many.", "code": "rate_limit_exceeded"}},
        {"code": "rate_limit_exceeded", "message": "Too many."},
    ],
)
def test_an_error_event_fails_the_answer_whatever_its_envelope(event: Body) -> None:
    data = json.dumps(event).encode()
    result = fold(run([*numbered(*HELLO), data]))
    assert (result.text, result.status) == ("Hello", "failed")
    assert isinstance(result.error, InStreamError)
    assert (result.error.message, result.error.code) == ("Too many.", "rate_limit_exceeded")


def test_a_cancelled_answer_was_stopped_by_a_person() -> None:
    result = answer(*HELLO, ended("cancelled"))
    assert (result.status, result.finish_reason, result.error) == ("interrupted", "cancelled", None)


@pytest.mark.parametrize("datas", [numbered(*HELLO), [*numbered(*HELLO), b"[DONE]"]])
def test_a_stream_without_the_services_end_was_cut(datas: list[bytes]) -> None:
    result = fold(run(datas))
    assert (result.status, result.finish_reason) == ("interrupted", "cut")
    assert isinstance(result.error, StreamCutError)


@pytest.mark.parametrize("datas", [[], [b"[DONE]"], [b"{"], numbered(text("Hel"))])
def test_where_no_id_came_it_is_not_known_whether_the_service_keeps_the_answer(
    datas: list[bytes],
) -> None:
    assert type(fold(run(datas)).error) is OutcomeUnknownError
    assert type(fold(run(datas, store=False)).error) in {MalformedStreamError, StreamCutError}


def test_a_final_event_without_its_blank_line_is_reported_as_cut() -> None:
    (end,) = numbered(completed(message("Hello")), first=3)
    events = run(numbered(*HELLO), fragment=b"data: " + end)
    assert isinstance(events[-1], Interrupted)
    assert isinstance(events[-2], Notice)
    assert fold(events).text == "Hello"


def test_a_fragment_after_the_end_changes_nothing() -> None:
    events = run(numbered(*HELLO, completed(message("Hello"))), fragment=b"data: {")
    assert events[-1] == Finished("stop", "m")


def test_nothing_counts_after_the_end() -> None:
    events = run([*numbered(*HELLO, completed()), b"[DONE]", *numbered(text("!"), first=4)])
    assert fold(events).text == "Hello"


def test_an_end_from_outside_counts_once() -> None:
    response_fold = make_fold()
    assert response_fold.stop(Interrupted("stopped")) == [Interrupted("stopped")]
    assert response_fold.stop(Failed(InStreamError("late"))) == []
    assert response_fold.end(b"data") == []


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html>",
        b"\xff",
        b"[]",
        b"7",
        b"{}",
        b'{"type": "response.output_text.delta"}',
        b'{"type": "response.completed"}',
        b'{"type": "response.output_item.done", "item": 3}',
        b'{"type": ["a"]}',
        b"[" * 100_000,
    ],
)
def test_what_is_no_event_of_this_service_interrupts_and_the_text_is_kept(data: bytes) -> None:
    result = fold(run([*numbered(*HELLO), data]))
    assert (result.text, result.status, result.finish_reason) == (
        "Hello",
        "interrupted",
        "malformed",
    )
    assert isinstance(result.error, MalformedStreamError)


@given(st.binary(max_size=60), st.recursive(st.none() | st.integers() | st.text(), st.lists))
def test_whatever_comes_ends_in_one_terminal_event(data: bytes, value: object) -> None:
    run([*numbered(*HELLO), data])
    for kind in [*TYPES, "response.cancelled"]:
        event: Body = {"type": kind, "response": value, "item": value, "delta": value}
        run([json.dumps(event).encode()])


@pytest.mark.parametrize(
    ("status", "rest", "expected"),
    [
        ("failed", {"error": {"code": "server_error", "message": "Gone."}}, ("failed", "error")),
        (
            "incomplete",
            {"incomplete_details": {"reason": "max_output_tokens"}},
            ("finished", "length"),
        ),
        ("in_progress", {}, ("finished", "stop")),
    ],
)
def test_completed_around_a_response_that_is_not_is_read_by_the_response(
    status: str, rest: Body, expected: tuple[str, str]
) -> None:
    body = {"type": "response.completed", "response": ended(status, **rest)["response"]}
    result = answer(*HELLO, body)
    assert (result.status, result.finish_reason) == expected
