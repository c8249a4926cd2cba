"""Facts about tool calls and whole answers of chat completions."""

from __future__ import annotations

from typing import Any

import pytest

from ocigenai_nb.core.errors import InStreamError, MalformedStreamError
from ocigenai_nb.core.events import (
    Event,
    Failed,
    Finished,
    ReasoningDelta,
    TextDelta,
    ToolCallDelta,
    ToolCallReady,
    UsageReport,
)
from ocigenai_nb.core.messages import ToolCall, Usage
from ocigenai_nb.core.thread import fold
from tests.core.chunks import (
    CALL,
    COUNTS,
    DONE,
    STOP,
    answer,
    chunk,
    ends,
    fragments,
    make_fold,
    run,
)

# Tool calls


def test_calls_in_fragments_are_told_as_they_come_and_ready_at_the_end() -> None:
    first = {"index": 0, "id": "a", "function": {"name": "weather", "arguments": ""}}
    later = {"index": 0, "function": {"arguments": '{"city": 1}'}}
    assert run([fragments(first), fragments(later), chunk({}, "tool_calls"), DONE]) == [
        ToolCallDelta(0, "weather", ""),
        ToolCallDelta(0, "weather", '{"city": 1}'),
        ToolCallReady(ToolCall("a", "weather", '{"city": 1}')),
        Finished("tool_calls", "m"),
    ]


@pytest.mark.parametrize(
    "call",
    [
        {"function": {"name": "weather", "arguments": "{}"}},
        {"index": None, "id": None, "function": {"name": "weather", "arguments": None}},
        {"index": 0, "id": "", "function": {"name": "weather"}},
        {"index": 0, "function": {"name": "weather", "arguments": {}}},
    ],
)
def test_a_call_may_leave_out_index_id_and_arguments(call: dict[str, Any]) -> None:
    result = answer(fragments(call), chunk({}, "stop"), DONE)
    assert result.tool_calls == (ToolCall("new_1", "weather", "{}"),)


def test_arguments_that_come_as_an_object_are_its_json() -> None:
    call = {"id": "a", "function": {"name": "weather", "arguments": {"city": "Paris"}}}
    result = answer(fragments(call), STOP)
    assert result.tool_calls == (ToolCall("a", "weather", '{"city": "Paris"}'),)


def test_a_call_without_a_function_is_left_out_and_reported() -> None:
    result = answer(fragments({"index": 0, "function": None}), STOP)
    assert result.tool_calls == ()
    assert result.notices == (
        "The call of a function without a name came incomplete and is left out.",
    )


@pytest.mark.parametrize("end", ["length", "content_filter", "tool_calls", "stop", None])
def test_truncated_arguments_are_left_out_and_reported(end: str | None) -> None:
    half = {"index": 0, "id": "a", "function": {"name": "weather", "arguments": '{"city": '}}
    result = answer(fragments(half), chunk({}, end), DONE)
    assert result.tool_calls == ()
    assert result.notices == ("The call of weather came incomplete and is left out.",)


@pytest.mark.parametrize(
    ("end", "calls"), [("tool_calls", 1), ("stop", 1), ("length", 0), (None, 0)]
)
def test_a_call_without_arguments_is_trusted_only_where_the_service_ended_it(
    end: str | None, calls: int
) -> None:
    bare = {"index": 0, "id": "a", "function": {"name": "delete_all", "arguments": ""}}
    assert len(answer(fragments(bare), chunk({}, end), DONE).tool_calls) == calls


def test_a_cut_stream_makes_no_calls_at_all() -> None:
    assert answer(fragments(CALL)).tool_calls == ()


# Whole answers


def whole(message: object = None, finish: str | None = "stop", **rest: object) -> list[Event]:
    choice = {"index": 0, "message": message, "finish_reason": finish}
    return make_fold().whole({"model": "m", "choices": [choice], "usage": COUNTS, **rest})


def test_a_whole_answer_gives_its_events_once_each() -> None:
    message = {"role": "assistant", "content": "a", "reasoning_content": "hm", "tool_calls": [CALL]}
    assert whole(message, "tool_calls") == [
        ReasoningDelta("hm"),
        TextDelta("a"),
        ToolCallDelta(0, "weather", "{}"),
        UsageReport(Usage(3, 4, 7)),
        ToolCallReady(ToolCall("a", "weather", "{}")),
        Finished("tool_calls", "m"),
    ]


def test_whole_calls_are_told_apart_whatever_their_index() -> None:
    calls = [
        {"index": 0, "function": {"name": "now", "arguments": ""}},
        {"index": 0, "function": {"name": "now", "arguments": ""}},
        {"id": "new_1", "function": {"name": "now", "arguments": "{}"}},
    ]
    assert len(fold(whole({"content": None, "tool_calls": calls}, "tool_calls")).tool_calls) == 3


@pytest.mark.parametrize("finish", [None, "length"])
def test_a_whole_answer_without_a_message_is_finished_all_the_same(finish: str | None) -> None:
    assert ends(whole(None, finish)) == [Finished(finish or "unknown", "m")]


def test_a_whole_answer_without_choices_is_finished_and_empty() -> None:
    assert whole(choices=[])[-1] == Finished("unknown", "m")


@pytest.mark.parametrize("data", [{"error": {"message": "No."}}, {"code": "1", "message": "No."}])
def test_an_error_in_place_of_an_answer_fails(data: dict[str, Any]) -> None:
    (end,) = make_fold().whole(data)
    assert isinstance(end, Failed)
    assert (type(end.error), end.error.message) == (InStreamError, "No.")


@pytest.mark.parametrize(
    "data", [{}, {"choices": 1}, {"choices": {"a": 1}}, {"choices": [7]}, {"usage": COUNTS}]
)
def test_what_is_not_an_answer_fails(data: dict[str, Any]) -> None:
    (end,) = make_fold().whole(data)
    assert isinstance(end, Failed)
    assert isinstance(end.error, MalformedStreamError)
    assert "The answer held something that does not belong there" in end.error.message
