"""Facts about answers on the Responses wire: what one holds, in pieces or whole."""

from __future__ import annotations

import json
from typing import Any

import pytest
from openai.types.responses import Response

from ocigenai_nb.core.errors import InStreamError, MalformedStreamError
from ocigenai_nb.core.events import (
    Continuation,
    ReasoningDelta,
    ReasoningItem,
    TextDelta,
    UsageReport,
)
from ocigenai_nb.core.messages import Usage
from ocigenai_nb.core.thread import fold
from tests.core.response_events import (
    COUNTS,
    HELLO,
    ID,
    TYPES,
    Body,
    added,
    answer,
    completed,
    created,
    done,
    make_fold,
    message,
    numbered,
    of_whole,
    reasoning,
    refusal,
    refused,
    run,
    summed_up,
    text,
    thought,
    whole,
)


def test_the_fixtures_cover_the_sdks_events() -> None:
    assert len(TYPES) >= 50
    assert {"response.created", "response.output_text.delta", "error"} <= TYPES.keys()


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
