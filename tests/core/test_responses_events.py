"""Facts about events on the Responses wire: doubled, lost, unknown, and kept raw."""

from __future__ import annotations

import json
from typing import Final

import pytest

from ocigenai_nb.core.events import Event, ReasoningDelta, ServiceEvent, TextDelta, UsageReport
from ocigenai_nb.core.responses_answer import ResponseFold
from ocigenai_nb.core.thread import fold
from tests.core.response_events import (
    HELLO,
    ID,
    TYPES,
    Body,
    added,
    completed,
    created,
    done,
    make_fold,
    message,
    numbered,
    reasoning,
    run,
    summed_up,
    text,
    whole,
)

CARRIERS: Final = (TextDelta, ReasoningDelta, UsageReport, ServiceEvent)
ENDS: Final = {"error", "response.completed", "response.incomplete", "response.failed"}
PART: Final[Body] = {"type": "output_text", "text": "", "annotations": []}


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
