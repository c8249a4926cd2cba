"""Facts about answers on the Responses wire: every way one can go ends in one terminal event."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.responses import Response

from ocigenai_nb.core.errors import (
    InStreamError,
    MalformedStreamError,
    OutcomeUnknownError,
    StreamCutError,
)
from ocigenai_nb.core.events import (
    Continuation,
    Event,
    Failed,
    Finished,
    Interrupted,
    Notice,
    ReasoningDelta,
    ReasoningItem,
    ServiceEvent,
    TextDelta,
    UsageReport,
)
from ocigenai_nb.core.messages import Usage
from ocigenai_nb.core.responses_answer import ResponseFold
from ocigenai_nb.core.thread import Answer, fold
from tests.core.response_events import (
    COUNTS,
    ID,
    TYPES,
    Body,
    added,
    answer,
    completed,
    created,
    done,
    ended,
    error,
    make_fold,
    message,
    numbered,
    reasoning,
    refusal,
    refused,
    run,
    summed_up,
    text,
    thought,
    whole,
)

CARRIERS: Final = (TextDelta, ReasoningDelta, UsageReport, ServiceEvent)
ENDS: Final = {"error", "response.completed", "response.incomplete", "response.failed"}
HELLO: Final = (created(), text("Hel"), text("lo"))
PART: Final[Body] = {"type": "output_text", "text": "", "annotations": []}


def of_whole(body: Body, *, store: bool = True) -> Answer:
    return fold(make_fold(store=store).whole(body))


def test_the_fixtures_cover_the_sdks_events() -> None:
    assert len(TYPES) >= 50
    assert {"response.created", "response.output_text.delta", "error"} <= TYPES.keys()


# How an answer ends


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


# What an answer holds


def test_a_delta_carries_its_raw_event() -> None:
    (delta,) = [e for e in run(numbered(*HELLO, completed())) if e == TextDelta("lo")]
    assert isinstance(delta, TextDelta)
    assert delta.raw == {**text("lo"), "sequence_number": 2}


def test_any_text_arrives_as_it_was_sent() -> None:
    said = 'Grüße \u2028 👋 \\ " data: [DONE]\n\n'
    assert answer(created(), text(said), completed(message(said))).text == said


def test_text_that_did_not_come_as_deltas_is_taken_from_its_item_or_from_the_end() -> None:
    item = message("Hel", "lo")
    assert answer(created(), added(message()), done(item), completed(item)).text == "Hello"
    assert answer(created(), completed(item)).text == "Hello"
    two = (message("Hel"), message("lo", item="msg_2"))
    assert answer(created(), done(two[0]), done(two[1], 1), completed(*two)).text == "Hello"
    mixed = (text("Hel"), done(message("Hel")), done(message("lo", item="msg_2"), 1))
    assert answer(created(), *mixed, completed(*two)).text == "Hello"


def test_text_that_came_as_deltas_is_never_doubled() -> None:
    item = message("Hello")
    assert answer(*HELLO, done(item), completed(item)).text == "Hello"
    assert answer(*HELLO, completed(reasoning("…"), item)).text == "Hello"


def test_a_refusal_is_text_and_told_by_the_finish_reason() -> None:
    item = refusal("I won't.")
    pieces = (refused("I "), refused("won't."))
    streamed = answer(created(), added(message()), *pieces, done(item), completed(item))
    for result in (
        streamed,
        answer(created(), completed(item)),
        of_whole(whole("completed", item)),
    ):
        assert (result.text, result.status, result.finish_reason) == (
            "I won't.",
            "finished",
            "refusal",
        )


@pytest.mark.parametrize("kind", [thought, summed_up])
def test_reasoning_is_told_apart_from_the_answer(kind: Any) -> None:
    events = run(numbered(created(), kind("Hm"), kind("m."), text("Yes."), completed()))
    assert [e.text for e in events if isinstance(e, ReasoningDelta)] == ["Hm", "m."]
    assert fold(events).text == "Yes."


def test_summaries_of_reasoning_are_paragraphs() -> None:
    part: Body = {
        "type": "response.reasoning_summary_part.added",
        "item_id": "rs_1",
        "output_index": 0,
        "part": {"type": "summary_text", "text": ""},
    }
    first, second = {**part, "summary_index": 0}, {**part, "summary_index": 1}
    pieces = (first, summed_up("One."), second, summed_up("Two."), done(reasoning("One.", "Two.")))
    assert answer(created(), *pieces, completed()).reasoning == "One.\n\nTwo."
    assert of_whole(whole("completed", reasoning("One.", "Two."))).reasoning == "One.\n\nTwo."


def test_usage_counts_cached_and_reasoning_tokens() -> None:
    events = run(numbered(*HELLO, completed()))
    (report,) = [event for event in events if isinstance(event, UsageReport)]
    assert report.usage == Usage(input=5, output=4, total=9, cached=2, reasoning=1)
    assert report.raw is not None
    assert answer(*HELLO, completed(usage=None)).usage is None


def test_a_response_without_an_output_is_read() -> None:
    end = completed()
    end["response"]["output"] = None  # against the reference, as servers do
    data = json.dumps(end).encode()
    assert fold(run([*numbered(*HELLO), data])).text == "Hello"
    assert of_whole({**whole("completed"), "output": None}).status == "finished"


# The id that continues the thread


def test_the_id_is_known_as_soon_as_the_service_gives_it() -> None:
    response_fold = make_fold()
    (first,) = numbered(created())
    assert Continuation(ID) in response_fold.take(first)
    assert fold(run(numbered(*HELLO))).response_id == ID


def test_the_id_is_told_once() -> None:
    events = run(numbered(*HELLO, completed(message("Hello"))))
    assert events.count(Continuation(ID)) == 1
    assert Continuation(ID) in run(numbered(text("Hello"), completed()))


def test_without_store_no_id_is_told() -> None:
    events = run(numbered(*HELLO, completed(message("Hello"))), store=False)
    assert not [event for event in events if isinstance(event, Continuation)]
    assert fold(events).response_id is None
    assert of_whole(whole("completed", message("Hello")), store=False).response_id is None


def test_a_service_that_says_it_stores_nothing_gives_no_id() -> None:
    assert answer(created(store=False), completed(store=False)).response_id is None


# Sealed reasoning


def test_sealed_reasoning_comes_once_and_from_the_item_that_ended() -> None:
    half, full = reasoning(sealed="ha"), reasoning(sealed="half")
    events = run(numbered(created(), added(half), done(full), completed(full)), store=False)
    assert [e.item for e in events if isinstance(e, ReasoningItem)] == [full]
    said = fold(events).message
    assert said.reasoning_items == (full,)
    assert len({said, said}) == 1  # it has a hash
    assert "half" not in repr(said)


def test_sealed_reasoning_that_only_the_end_has_is_taken_from_there() -> None:
    full = reasoning("Hm.", sealed="x")
    result = answer(created(), summed_up("Hm."), completed(full), store=False)
    assert (result.reasoning, result.reasoning_items) == ("Hm.", (full,))
    assert of_whole(whole("completed", full), store=False).reasoning_items == (full,)


def test_reasoning_without_a_seal_is_not_to_be_sent_back() -> None:
    item = reasoning("Hm.")
    assert answer(created(), done(item), completed(item)).reasoning_items == ()


# Numbers, and events of other kinds


def test_an_event_that_comes_twice_counts_once_and_that_is_told() -> None:
    datas = numbered(*HELLO, completed(message("Hello")))
    result = fold(run([datas[0], datas[1], datas[2], datas[1], datas[2], datas[2], datas[3]]))
    assert result.text == "Hello"
    assert result.notices == ("Events that came twice were dropped: 3.",)


RESTATED: Final = "The text was taken whole from where the service restates it."
LACKING: Final = "The answer may lack some of its text."


def lose_one(end: Body, *, store: bool = True) -> tuple[ResponseFold, list[Event]]:
    """A fold whose stream lost the first of its two pieces, and the events."""
    fold_ = make_fold(store=store)
    datas = numbered(*HELLO, end)
    return fold_, [event for data in (datas[0], *datas[2:]) for event in fold_.take(data)]


def test_where_events_were_lost_the_text_is_taken_from_the_end() -> None:
    for store in (True, False):
        fold_, events = lose_one(completed(message("Hello")), store=store)
        result = fold(events)
        assert (result.text, result.status, fold_.lost) == ("Hello", "finished", None)
        assert result.notices == (f"Events that never came: 1. {RESTATED}",)


def test_where_the_end_does_not_restate_the_text_either_it_is_held_back_until_it_is_read() -> None:
    fold_, events = lose_one(completed())
    assert (fold_.lost, fold(events).status) == (ID, "streaming")
    result = fold([*events, *fold_.complete(whole("completed", message("Hello")))])
    assert (result.text, result.status) == ("Hello", "finished")
    assert result.notices == (f"Events that never came: 1. {RESTATED}",)
    assert fold_.complete(None) == []


@pytest.mark.parametrize(
    "stored", [None, {}, {"output": None}, {"output": 7}, {"output": ["x"]}, {"output": [{}]}]
)
def test_where_the_text_can_t_be_read_anywhere_that_is_told(stored: Body | None) -> None:
    fold_, events = lose_one(completed())
    result = fold([*events, *fold_.complete(stored)])
    assert (result.text, result.status) == ("lo", "finished")
    assert result.notices == (f"Events that never came: 1. {LACKING}",)


def test_where_nothing_is_stored_and_nothing_restated_that_is_told() -> None:
    fold_, events = lose_one(completed(), store=False)
    assert (fold_.lost, fold(events).text) == (None, "lo")
    assert fold(events).notices == (f"Events that never came: 1. {LACKING}",)


def test_events_whose_numbers_say_nothing_are_all_taken() -> None:
    events = (*HELLO, text(" again"), text(" again"), completed())
    for number in ({"sequence_number": 0}, {"sequence_number": None}):
        datas = [json.dumps({**event, **number}).encode() for event in events]
        result = fold(run(datas))
        assert (result.text, result.notices) == ("Hello again again", ())


def test_numbers_may_begin_anywhere() -> None:
    result = fold(run(numbered(*HELLO, completed(), first=17)))
    assert (result.text, result.notices) == ("Hello", ())


def test_an_event_of_an_unknown_kind_is_skipped_and_kept_raw() -> None:
    unknown = {"type": "response.telepathy.delta", "delta": "…", "sequence_number": 2}
    events = run(numbered(created(), text("Hel"), unknown, text("lo"), completed()))
    assert fold(events).text == "Hello"
    (kept,) = [e for e in events if isinstance(e, ServiceEvent) and "telepathy" in e.name]
    assert (kept.name, kept.raw) == ("response.telepathy.delta", unknown)


def test_an_item_of_an_unknown_kind_is_skipped_and_kept_raw() -> None:
    item = {"type": "dream", "id": "dr_1"}
    datas = [json.dumps(event).encode() for event in (done(item), completed(item))]
    events = run([*numbered(*HELLO), *datas])
    assert (fold(events).text, fold(events).status) == ("Hello", "finished")
    assert any(isinstance(e, ServiceEvent) and (e.raw or {}).get("item") == item for e in events)


def test_the_raw_form_of_every_event_rides_along() -> None:
    part: Body = {"type": "response.content_part.added", "part": PART}
    part |= {"item_id": "msg_1", "output_index": 0, "content_index": 0}
    datas = numbered(
        created(),
        {"type": "response.in_progress", "response": created()["response"]},
        added(reasoning()),
        summed_up("Hm."),
        done(reasoning("Hm.", sealed="x")),
        added(message(), 1),
        part,
        text("Hello", 1),
        done(message("Hello"), 1),
        completed(reasoning("Hm.", sealed="x"), message("Hello")),
    )
    raws = [event.raw for event in run(datas) if isinstance(event, CARRIERS)]
    assert raws == [json.loads(data) for data in datas]


@pytest.mark.parametrize("kind", sorted(TYPES.keys() - ENDS))
def test_no_kind_of_event_that_the_sdk_knows_breaks_an_answer(kind: str) -> None:
    event = {"type": kind, "delta": "", "item": message(), "response": created()["response"]}
    data = json.dumps({**event, "sequence_number": 3}).encode()
    result = fold(run([*numbered(*HELLO), data, *numbered(completed(), first=4)]))
    assert (result.text, result.status, result.notices) == ("Hello", "finished", ())


# Answers that come whole


def test_a_whole_answer_gives_what_a_streamed_one_does() -> None:
    items = (reasoning("Hm.", sealed="x"), message("Hello"))
    streamed = answer(
        created(),
        added(reasoning()),
        summed_up("Hm."),
        done(items[0]),
        added(message(), 1),
        text("Hel", 1),
        text("lo", 1),
        done(items[1], 1),
        completed(*items),
    )
    assert of_whole(whole("completed", *items)) == streamed


def test_a_whole_answer_that_failed_is_an_error_and_no_empty_success() -> None:
    why = {"code": "server_error", "message": "The model is gone."}
    result = of_whole(whole("failed", error=why))
    assert (result.status, result.text) == ("failed", "")
    assert isinstance(result.error, InStreamError)
    assert result.error.code == "server_error"


@pytest.mark.parametrize("status", ["queued", "in_progress"])
def test_an_answer_that_is_not_finished_is_no_success(status: str) -> None:
    result = of_whole(whole(status))
    assert (result.status, result.finish_reason) == ("interrupted", status)
    assert result.response_id == ID


def test_an_error_under_a_good_status_is_an_error() -> None:
    for body in ({"error": {"message": "No.", "code": "x"}}, {"message": "No.", "code": "x"}):
        result = of_whole(body)
        assert result.error is not None
        assert (result.status, result.error.message, result.error.code) == ("failed", "No.", "x")


@pytest.mark.parametrize("body", [{}, {"object": "list"}, {"status": "completed", "output": 7}])
def test_a_whole_answer_of_another_shape_is_an_error(body: Body) -> None:
    assert isinstance(of_whole(body).error, MalformedStreamError)


def test_the_counts_of_the_fixtures_are_the_sdks() -> None:
    usage = Response.model_validate(whole("completed")).usage
    assert usage is not None
    assert (
        usage.input_tokens_details.cached_tokens == COUNTS["input_tokens_details"]["cached_tokens"]
    )
