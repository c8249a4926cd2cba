"""Facts about tool calls on the Responses wire: each comes whole and under its own id, or not."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest

from ocigenai_nb.core.events import Notice, ToolCallDelta, ToolCallReady
from ocigenai_nb.core.messages import ToolCall
from ocigenai_nb.core.thread import fold
from tests.core.response_events import (
    Body,
    added,
    answer,
    arguments,
    call,
    completed,
    created,
    done,
    ended,
    make_fold,
    message,
    numbered,
    reasoning,
    run,
    whole,
)

PARIS: Final = '{"city": "Paris"}'
ROME: Final = '{"city": "Rome"}'
WEATHER: Final = call("call_a", "weather", PARIS)
OTHER: Final = call("call_b", "weather", ROME, item="fc_2")


def without(item: Body, *names: str) -> Body:
    return {name: value for name, value in item.items() if name not in names}


def read(*events: Body) -> tuple[ToolCall, ...]:
    """The calls of a stream whose events no type of the SDK takes."""
    events = (created(), *events)
    datas = [json.dumps({**e, "sequence_number": n}).encode() for n, e in enumerate(events)]
    return fold(run(datas)).tool_calls


def test_a_call_has_its_name_its_arguments_and_its_call_id() -> None:
    begun = call("call_a", "weather")
    pieces = (arguments('{"city": '), arguments('"Paris"}'))
    events = run(numbered(created(), added(begun), *pieces, done(WEATHER), completed(WEATHER)))
    (ready,) = [event.call for event in events if isinstance(event, ToolCallReady)]
    assert ready == ToolCall("call_a", "weather", PARIS)
    deltas = [event for event in events if isinstance(event, ToolCallDelta)]
    assert [(delta.position, delta.name) for delta in deltas] == [(0, "weather")] * 3
    assert "".join(delta.arguments for delta in deltas) == PARIS
    assert fold(events).finish_reason == "tool_calls"


def test_a_call_without_deltas_of_its_arguments_is_whole_all_the_same() -> None:
    for events in (
        (added(call("call_a", "weather")), done(WEATHER), completed(WEATHER)),
        (done(WEATHER), completed(WEATHER)),
        (completed(WEATHER),),
    ):
        stream = run(numbered(created(), *events))
        assert fold(stream).tool_calls == (ToolCall("call_a", "weather", PARIS),)
        told = [event.arguments for event in stream if isinstance(event, ToolCallDelta)]
        assert "".join(told) == PARIS


def test_calls_whose_events_mix_stay_apart() -> None:
    result = answer(
        created(),
        added(call("call_a", "weather"), 0),
        added(call("call_b", "weather", item="fc_2"), 1),
        arguments('{"city": ', 0),
        arguments('{"city": "Ro', 1, "fc_2"),
        arguments('"Paris"}', 0),
        arguments('me"}', 1, "fc_2"),
        done(OTHER, 1),
        done(WEATHER, 0),
        completed(WEATHER, OTHER),
    )
    assert result.tool_calls == (
        ToolCall("call_a", "weather", PARIS),
        ToolCall("call_b", "weather", ROME),
    )


def test_calls_that_all_claim_the_same_place_stay_apart() -> None:
    begun = (added(call("call_a", "weather")), added(call("call_b", "weather", item="fc_2")))
    pieces = (arguments(PARIS), arguments(ROME, 0, "fc_2"))
    result = answer(created(), *begun, *pieces, done(WEATHER), done(OTHER), completed())
    assert [made.id for made in result.tool_calls] == ["call_a", "call_b"]
    assert [made.arguments for made in result.tool_calls] == [PARIS, ROME]


def test_calls_without_any_id_are_told_apart_by_their_place_and_get_ids() -> None:
    calls = [without(item, "id", "call_id") for item in (WEATHER, OTHER)]
    made = read(
        added({**calls[0], "arguments": ""}, 0),
        without(arguments(PARIS, 0), "item_id"),
        done(calls[0], 0),
        done(calls[1], 1),
        completed(*calls),
    )
    assert made == (ToolCall("new_1", "weather", PARIS), ToolCall("new_2", "weather", ROME))
    body = {**whole("completed"), "output": calls}
    assert fold(make_fold().whole(body)).tool_calls == made


def test_the_end_may_name_the_calls_anew_without_doubling_them() -> None:
    renamed = call("call_z", "weather", PARIS, item="fc_9")
    result = answer(created(), done(WEATHER), completed(reasoning(), renamed))
    assert result.tool_calls == (ToolCall("call_a", "weather", PARIS),)


def test_a_call_whose_events_were_lost_is_taken_from_the_end() -> None:
    datas = numbered(created(), done(WEATHER), done(OTHER, 1), completed(WEATHER, OTHER))
    result = fold(run([datas[0], datas[1], datas[3]]))
    assert [made.id for made in result.tool_calls] == ["call_a", "call_b"]


def test_arguments_of_which_a_piece_was_lost_are_taken_from_the_end_of_their_item() -> None:
    pieces = (arguments('{"city": '), arguments('"Paris"}'))
    datas = numbered(created(), added(call("call_a", "weather")), *pieces, done(WEATHER))
    (end,) = numbered(completed(WEATHER), first=5)
    result = fold(run([*datas[:2], *datas[3:], end]))
    assert result.tool_calls == (ToolCall("call_a", "weather", PARIS),)


def test_text_beside_a_call_is_kept() -> None:
    result = answer(created(), done(message("Let me see.")), done(WEATHER, 1), completed())
    assert (result.text, result.finish_reason) == ("Let me see.", "tool_calls")


@pytest.mark.parametrize("cut", ['{"city": "Pa', "", "nonsense"])
def test_a_call_that_was_cut_off_is_never_ready(cut: str) -> None:
    item = call("call_a", "weather", cut, status="incomplete")
    details = {"incomplete_details": {"reason": "max_output_tokens"}}
    events = run(numbered(created(), done(item), ended("incomplete", item, **details)))
    assert not [event for event in events if isinstance(event, ToolCallReady)]
    assert fold(events).finish_reason == "length"
    assert Notice("The call of weather came incomplete and is left out.") in events


@pytest.mark.parametrize("datas", [[], [b"[DONE]"], numbered(ended("failed"), first=3)])
def test_no_call_of_an_answer_that_broke_is_ready(datas: list[bytes]) -> None:
    stream = numbered(created(), added(call("call_a", "weather")), done(WEATHER))
    assert fold(run([*stream, *datas])).tool_calls == ()


def test_arguments_encoded_twice_are_read() -> None:
    item = call("call_a", "weather", json.dumps(PARIS))
    assert answer(created(), done(item), completed(item)).tool_calls[0].arguments == PARIS


def test_arguments_of_a_call_that_never_began_wait_for_its_end() -> None:
    streamed: tuple[Any, ...] = (arguments(PARIS), done(WEATHER), completed(WEATHER))
    assert answer(created(), *streamed).tool_calls == (ToolCall("call_a", "weather", PARIS),)


def test_a_whole_answers_calls_are_those_of_a_streamed_one() -> None:
    body = whole("completed", reasoning(), WEATHER, OTHER)
    result = fold(make_fold().whole(body))
    assert [made.id for made in result.tool_calls] == ["call_a", "call_b"]
    assert result.finish_reason == "tool_calls"
