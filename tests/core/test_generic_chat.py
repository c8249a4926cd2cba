"""Facts about GENERIC answers: their text, their calls, and the one end that each comes to."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocigenai_nb.core.errors import InStreamError, MalformedStreamError, StreamCutError
from ocigenai_nb.core.events import Failed, Finished, Interrupted, Notice, ReasoningDelta, TextDelta
from ocigenai_nb.core.generic_chat import GenericFold
from ocigenai_nb.core.messages import ToolCall, Usage
from ocigenai_nb.core.thread import Answer, fold
from tests.core import native_events
from tests.core.native_events import (
    COUNTS,
    DONE,
    USAGE,
    ends,
    event,
    make_fold,
    message,
    part,
)

PARIS: Final = '{"city": "Paris"}'
ROME: Final = '{"city": "Rome"}'


def text(said: str) -> bytes:
    return event(index=0, message=message(part(said)))


def stop(reason: object = "stop") -> bytes:
    return event(message=message(part("")), finishReason=reason)


def calls(*fragments: dict[str, Any]) -> bytes:
    tool_calls = [{"type": "FUNCTION", **fragment} for fragment in fragments]
    return event(index=0, message=message(toolCalls=tool_calls))


def answer(*stream: bytes) -> Answer:
    return native_events.answer(GenericFold, *stream)


def whole(choice: dict[str, Any], **fields: object) -> Answer:
    choices = [{"index": 0, "logprobs": {}, **choice}]
    return native_events.whole(GenericFold, {"apiFormat": "GENERIC", "choices": choices, **fields})


# The stream as it was recorded: an empty text first, the usage after the finish reason.
RECORDED: Final = [text(""), text("Why"), text(" did"), text(" it?"), stop(), USAGE, DONE]


def test_a_recorded_stream_is_its_text_its_usage_and_its_end() -> None:
    result = answer(*RECORDED)
    assert result.text == "Why did it?"
    assert result.usage == Usage(input=3, output=4, total=7)
    assert (result.status, result.finish_reason) == ("finished", "stop")


def test_each_delta_comes_alone_with_the_service_event_it_was() -> None:
    (delta,) = make_fold(GenericFold).take(text("Why"))
    assert isinstance(delta, TextDelta)
    assert delta.raw == json.loads(text("Why"))


def test_an_empty_delta_is_no_event() -> None:
    assert make_fold(GenericFold).take(text("")) == []


@pytest.mark.parametrize("said", ["\u2028", "\u0085", "💚", '"\\', "data: ", "[DONE]", " "])
def test_any_text_comes_as_it_was_said(said: str) -> None:
    assert answer(text(said), stop(), DONE).text == said


def test_a_message_of_several_parts_is_their_text() -> None:
    """Gemini sends parts without a text beside others."""
    parts = message(part("a"), {"type": "TEXT"}, {"type": "IMAGE", "imageUrl": {}}, part("b"))
    assert answer(event(message=parts), stop(), DONE).text == "ab"


# How a stream ends


@pytest.mark.parametrize(
    ("stream", "reason"),
    [
        ([text("a"), stop(), DONE], "stop"),
        ([text("a"), stop()], "stop"),
        ([text("a"), DONE], "unknown"),
        ([DONE], "unknown"),
        ([stop("length"), DONE], "length"),
        ([stop("content_filter"), DONE], "content_filter"),
        ([stop("tool_calls"), DONE], "tool_calls"),
        ([stop("MAX_TOKENS"), DONE], "length"),
        ([stop("COMPLETE"), DONE], "stop"),
        ([stop("own word"), DONE], "own word"),
        ([event(finishReason="stop"), DONE], "stop"),
        ([stop(), USAGE], "stop"),
        ([stop(), DONE, DONE, text("b"), stop("length"), USAGE], "stop"),
        ([stop(), b"{broken"], "stop"),
        ([stop(), b"\xff"], "stop"),
        ([stop(), event(code="500", message="late")], "stop"),
    ],
)
def test_a_stream_that_the_service_ended_is_finished(stream: list[bytes], reason: str) -> None:
    result = answer(*stream)
    assert (result.status, result.finish_reason) == ("finished", reason)


@pytest.mark.parametrize("stream", [[], [text("a")], [USAGE], [text("a"), USAGE], [stop(None)]])
def test_a_stream_that_just_stops_was_cut(stream: list[bytes]) -> None:
    result = answer(*stream)
    assert (result.status, result.finish_reason) == ("interrupted", "cut")
    assert isinstance(result.error, StreamCutError)
    assert result.error.remedy


def test_a_half_event_at_the_end_is_dropped_and_reported() -> None:
    events = native_events.run(GenericFold, [text("a")], b'data: {"mess')
    assert [type(each) for each in events] == [TextDelta, Notice, Interrupted]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{broken",
        b"{} {}",
        b"null",
        b"[]",
        b"1",
        b'"text"',
        b"Internal error",
        b"<html><body>502 Bad Gateway</body></html>",
        b'{"message": {"content": [{"type": "TEXT", "text": "\xff"}]}}',
        b"[" * 100_000,
        b'{"message": 1}',
        b'{"message": {"content": 1}}',
        b'{"message": {"content": "text"}}',
        b'{"message": {"content": {"0": {}}}}',
        b'{"message": {"content": [null]}}',
        b'{"message": {"content": ["text"]}}',
        b'{"message": {"toolCalls": 1}}',
        b'{"message": {"toolCalls": [null]}}',
        b'{"finishReason": ["stop"]}',
    ],
)
def test_what_is_not_an_event_interrupts_and_keeps_what_came_before(data: bytes) -> None:
    result = answer(text("a"), data, text("b"), stop(), DONE)
    assert (result.text, result.status, result.finish_reason) == ("a", "interrupted", "malformed")
    assert isinstance(result.error, MalformedStreamError)


@pytest.mark.parametrize(
    ("problem", "code", "said"),
    [
        (event(error={"code": "c", "message": "No."}), "c", "No."),
        (event(code="429", message="Too many."), "429", "Too many."),
        (event(message="No."), None, "No."),
        (event(errorMessage="No."), None, "No."),
        (event(finishReason="ERROR", errorMessage="No."), "ERROR", "No."),
        (event(finishReason="error"), "error", "The service ended the answer with an error"),
    ],
)
def test_an_error_inside_the_stream_fails_the_turn_in_its_words(
    problem: bytes, code: str | None, said: str
) -> None:
    result = answer(text("a"), problem, text("b"), stop(), DONE)
    assert (result.text, result.status) == ("a", "failed")
    assert isinstance(result.error, InStreamError)
    assert result.error.message.startswith(said)
    assert result.error.code == code


@pytest.mark.parametrize("before", [[], [text("a")]])
def test_a_turn_that_is_stopped_from_outside_ends_so_once(before: list[bytes]) -> None:
    answering = make_fold(GenericFold)
    for data in before:
        answering.take(data)
    end = Interrupted("timeout")
    assert answering.stop(end) == [end]
    assert answering.stop(end) == answering.end(b"") == answering.take(stop()) == []


def test_a_turn_that_is_stopped_after_its_finish_reason_is_finished() -> None:
    answering = make_fold(GenericFold)
    answering.take(stop())
    assert answering.stop(Interrupted("timeout")) == [Finished("stop")]


STREAM: Final = st.lists(
    st.sampled_from(
        [text("a"), stop(), stop("length"), USAGE, DONE, b"{", b"1", event(error={"message": "x"}),
         calls({"id": "a", "name": "f", "arguments": "{"}), calls({"arguments": "}"})]
    ),
    max_size=8,
)  # fmt: skip


@given(STREAM, st.binary(max_size=3))
def test_whatever_comes_there_is_exactly_one_end_and_it_is_last(
    stream: list[bytes], fragment: bytes
) -> None:
    events = native_events.run(GenericFold, stream, fragment)
    assert ends(events) == events[-1:]


# Usage and reasoning


def test_usage_keeps_its_details_where_there_are_any() -> None:
    details = {
        **COUNTS,
        "completionTokensDetails": {"reasoningTokens": 2},
        "promptTokensDetails": {"cachedTokens": 1},
    }
    usage = answer(stop(), event(usage=details), DONE).usage
    assert usage == Usage(input=3, output=4, total=7, cached=1, reasoning=2)


@pytest.mark.parametrize("counts", [None, {}, 5, "many"])
def test_usage_that_holds_no_counts_is_no_usage(counts: object) -> None:
    result = answer(text("a"), stop(), event(usage=counts), DONE)
    assert (result.usage, result.status) == (None, "finished")


def test_a_total_that_is_missing_is_the_sum() -> None:
    result = answer(stop(), event(usage={"promptTokens": 3, "completionTokens": 4}), DONE)
    assert result.usage == Usage(input=3, output=4, total=7)


def test_reasoning_is_told_apart_from_the_answer() -> None:
    thinking = event(message=message(reasoningContent="Let me see."))
    both = event(message=message(part("42"), reasoningContent=" So."))
    events = native_events.run(GenericFold, [thinking, both, stop(), DONE])
    assert [type(each) for each in events[:3]] == [ReasoningDelta, ReasoningDelta, TextDelta]
    assert (fold(events).reasoning, fold(events).text) == ("Let me see. So.", "42")


def test_a_refusal_is_text() -> None:
    assert answer(event(message=message(refusal="I won't.")), stop(), DONE).text == "I won't."


# Tool calls, in each family's dialect

A: Final = ToolCall("a", "weather", PARIS)
B: Final = ToolCall("b", "weather", ROME)
DIALECTS: Final[dict[str, tuple[list[bytes], list[ToolCall]]]] = {
    "Grok: each call whole, in an event of its own": (
        [
            calls({"id": "a", "name": "weather", "arguments": PARIS}),
            calls({"id": "b", "name": "weather", "arguments": ROME}),
        ],
        [A, B],
    ),
    "Grok: all at index 0": (
        [
            calls({"index": 0, "id": "a", "name": "weather", "arguments": PARIS}),
            calls({"index": 0, "id": "b", "name": "weather", "arguments": ROME}),
        ],
        [A, B],
    ),
    "whole calls in one event": (
        [
            calls(
                {"id": "a", "name": "weather", "arguments": PARIS},
                {"id": "b", "name": "weather", "arguments": ROME},
            )
        ],
        [A, B],
    ),
    "fragments of two calls in each event": (
        [
            calls(
                {"id": "a", "name": "weather", "arguments": '{"city": '},
                {"id": "b", "name": "weather", "arguments": '{"city": '},
            ),
            calls({"arguments": '"Paris"}'}, {"arguments": '"Rome"}'}),
        ],
        [A, B],
    ),
    "gpt-oss: later fragments without id and name": (
        [
            calls({"id": "a", "name": "weather", "arguments": ""}),
            calls({"arguments": '{"city": '}),
            calls({"arguments": '"Paris"}'}),
            calls({"id": "b", "name": "weather", "arguments": ""}),
            calls({"arguments": ROME}),
        ],
        [A, B],
    ),
    "gpt-oss: later fragments under another id": (
        [
            calls({"id": "a", "name": "weather", "arguments": '{"city": '}),
            calls({"id": "x", "name": "", "arguments": '"Paris"}'}),
        ],
        [A],
    ),
    "Gemini: no ids": (
        [
            calls({"name": "weather", "arguments": PARIS}),
            calls({"id": None, "name": "weather", "arguments": ROME}),
        ],
        [ToolCall("new_1", "weather", PARIS), ToolCall("new_2", "weather", ROME)],
    ),
    "arguments as an object": (
        [calls({"id": "a", "name": "weather", "arguments": {"city": "Paris"}})],
        [A],
    ),
    "no arguments": (
        [calls({"id": "a", "name": "now", "arguments": None}), calls({"id": "b", "name": "here"})],
        [ToolCall("a", "now", "{}"), ToolCall("b", "here", "{}")],
    ),
}


@pytest.mark.parametrize("name", DIALECTS)
def test_calls_are_put_together_in_every_dialect(name: str) -> None:
    stream, expected = DIALECTS[name]
    result = answer(*stream, stop("tool_calls"), DONE)
    assert list(result.tool_calls) == expected
    assert result.finish_reason == "tool_calls"


def test_a_call_that_was_cut_off_is_left_out_with_a_notice() -> None:
    result = answer(
        calls({"id": "a", "name": "weather", "arguments": '{"ci'}), stop("length"), DONE
    )
    assert result.tool_calls == ()
    assert result.notices == ("The call of weather came incomplete and is left out.",)


# Answers that come whole


def test_a_recorded_whole_answer_is_its_text_its_usage_and_the_model_that_answered() -> None:
    said = {**message(part("Why?")), "annotations": []}
    result = whole({"message": said, "finishReason": "stop"}, usage=COUNTS, serviceTier="DEFAULT")
    assert (result.text, result.usage) == ("Why?", Usage(input=3, output=4, total=7))
    assert (result.status, result.finish_reason, result.model) == ("finished", "stop", "m")


def test_calls_of_a_whole_answer_are_told_apart() -> None:
    two = [
        {"id": "a", "type": "FUNCTION", "name": "weather", "arguments": PARIS},
        {"id": "b", "type": "FUNCTION", "name": "weather", "arguments": ROME},
    ]
    result = whole({"message": message(toolCalls=two), "finishReason": "tool_calls"})
    assert result.tool_calls == (A, B)


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"chatResponse": None},
        {"chatResponse": {}},
        {"chatResponse": {"choices": []}},
        {"chatResponse": {"choices": [None]}},
        {"chatResponse": {"choices": [{"message": 1}]}},
    ],
)
def test_a_whole_answer_of_another_shape_has_failed(data: dict[str, Any]) -> None:
    (end,) = make_fold(GenericFold).whole(data)
    assert isinstance(end, Failed)
    assert isinstance(end.error, MalformedStreamError)


@pytest.mark.parametrize("data", [{"error": {"message": "No."}}, {"code": "500", "message": "No."}])
def test_an_error_with_a_good_status_has_failed(data: dict[str, Any]) -> None:
    (end,) = make_fold(GenericFold).whole(data)
    assert isinstance(end, Failed)
    assert isinstance(end.error, InStreamError)
    assert end.error.message == "No."
