"""Facts about streamed chat completions: every way a stream can go ends in one terminal event."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocigenai_nb.core.chat_completions import read_usage
from ocigenai_nb.core.errors import (
    InStreamError,
    MalformedStreamError,
    StreamCutError,
    StreamLimitError,
)
from ocigenai_nb.core.events import Failed, Finished, Interrupted, Notice, ReasoningDelta, TextDelta
from ocigenai_nb.core.messages import ToolCall, Usage
from ocigenai_nb.core.sse import SSEDecoder
from ocigenai_nb.core.thread import fold
from tests.core.chunks import (
    CALL,
    COUNTS,
    DONE,
    STOP,
    USAGE,
    answer,
    chunk,
    ends,
    fragments,
    make_fold,
    run,
    text,
)

# How a stream ends


@pytest.mark.parametrize(
    ("chunks", "reason"),
    [
        ([text("a"), STOP, DONE], "stop"),
        ([text("a"), STOP], "stop"),
        ([text("a"), DONE], "unknown"),
        ([DONE], "unknown"),
        ([text("a"), chunk({}, "length"), DONE], "length"),
        ([chunk({"content": "a"}, "content_filter"), DONE], "content_filter"),
        ([chunk(None, "stop"), DONE], "stop"),
        ([chunk({}, "function_call"), DONE], "tool_calls"),
        ([chunk({}, "own word"), DONE], "own word"),
        ([chunk({}, 7), DONE], "7"),
        ([STOP, USAGE, DONE], "stop"),
        ([STOP, DONE, DONE, text("b"), STOP, USAGE], "stop"),
        ([STOP, b"{broken"], "stop"),
        ([STOP, b"\xff"], "stop"),
        ([STOP, chunk({}, error={"message": "late"})], "stop"),
    ],
)
def test_a_stream_that_the_service_ended_is_finished(chunks: list[bytes], reason: str) -> None:
    assert answer(*chunks).status == "finished"
    (end,) = ends(run(chunks))
    assert isinstance(end, Finished)
    assert end.reason == reason


@pytest.mark.parametrize("chunks", [[], [text("a")], [USAGE], [chunk(None)], [text("a"), USAGE]])
def test_a_stream_that_just_stops_was_cut(chunks: list[bytes]) -> None:
    result = answer(*chunks)
    assert (result.status, result.finish_reason) == ("interrupted", "cut")
    assert isinstance(result.error, StreamCutError)
    assert result.error.remedy


MALFORMED: Final = [
    b"",
    b"{broken",
    b'{"choices": [',
    b"\xff\xfe",
    b'{"choices": [{"delta": {"content": "\xff"}}]}',
    b"null",
    b"[]",
    b"1",
    b'"text"',
    b"Internal error",
    b"<html><body>502 Bad Gateway</body></html>",
    b"[" * 100_000,
    b'{"choices": 1}',
    b'{"choices": {"0": {}}}',
    b'{"choices": "text"}',
    b'{"choices": [null]}',
    b'{"choices": [[]]}',
    b'{"choices": [{"delta": "text"}]}',
    b'{"choices": [{"delta": {"tool_calls": 1}}]}',
    b'{"choices": [{"delta": {"tool_calls": [null]}}]}',
    b'{"choices": [{"delta": {"tool_calls": [{"function": "f"}]}}]}',
    b'{"choices": [{"delta": {"content": ["text"]}}]}',
    b'{"choices": [{"delta": {}, "finish_reason": ["stop"]}]}',
]


@pytest.mark.parametrize("data", MALFORMED)
def test_what_is_not_a_chunk_interrupts_and_keeps_what_came_before(data: bytes) -> None:
    result = answer(text("a"), data, text("b"), STOP, DONE)
    assert (result.text, result.status, result.finish_reason) == ("a", "interrupted", "malformed")
    assert isinstance(result.error, MalformedStreamError)
    assert result.error.remedy
    assert len(str(result.error)) < 500


def test_a_malformed_chunk_is_shown_without_its_markup() -> None:
    result = answer(b"<html><body>502 Bad\nGateway</body></html>")
    assert "does not belong there: '502 Bad Gateway'" in str(result.error)


@pytest.mark.parametrize(
    ("data", "code", "message"),
    [
        ({"error": {"message": "No.", "code": "c"}}, "c", "No."),
        ({"error": {"message": "No.", "type": "t"}, "choices": []}, "t", "No."),
        ({"error": "No."}, None, "No."),
        ({"code": "500", "message": "No."}, "500", "No."),
        ({"error": {"code": "c"}}, "c", '{"error": {"code": "c"}}'),
    ],
)
def test_an_error_chunk_fails_the_turn_and_keeps_the_text(
    data: object, code: str | None, message: str
) -> None:
    result = answer(text("a"), json.dumps(data).encode(), text("b"), STOP, DONE)
    assert (result.text, result.status) == ("a", "failed")
    assert isinstance(result.error, InStreamError)
    assert (result.error.code, result.error.message) == (code, message)
    assert result.error.remedy


@pytest.mark.parametrize("finish", [None, "stop", "error"])
def test_an_error_beside_text_or_a_finish_reason_is_still_an_error(finish: str | None) -> None:
    result = answer(chunk({"content": "a"}, finish, error={"message": "No."}), DONE)
    assert (result.text, result.status) == ("a", "failed")


def test_null_choices_and_nothing_at_all_are_passed_over() -> None:
    odd = (b'{"choices": null}', b"{}", b'{"choices": [{}]}', b'{"id": "x", "object": "y"}')
    assert answer(*odd, text("a"), chunk(None), STOP, DONE).text == "a"


# Ending early


def test_a_stop_before_the_finish_reason_interrupts() -> None:
    chunks_fold = make_fold()
    chunks_fold.take(text("a"))
    stopped = Interrupted("stopped")
    assert chunks_fold.stop(stopped) == [stopped]
    assert chunks_fold.done


@pytest.mark.parametrize(
    "end", [Interrupted("cut", StreamCutError("Cut.")), Failed(StreamLimitError("Too large."))]
)
def test_a_cut_after_the_finish_reason_is_still_finished(end: Failed | Interrupted) -> None:
    chunks_fold = make_fold()
    chunks_fold.take(STOP)
    assert chunks_fold.stop(end) == [Finished("stop", "m")]


def test_after_the_end_nothing_more_comes() -> None:
    chunks_fold = make_fold()
    assert ends(chunks_fold.take(DONE))
    assert chunks_fold.take(text("a")) == chunks_fold.take(DONE) == []
    assert chunks_fold.stop(Interrupted("stopped")) == []
    assert chunks_fold.end(b"half") == []


@pytest.mark.parametrize("chunks", [[text("a")], [text("a"), STOP]], ids=["cut", "finished"])
def test_a_half_event_at_the_end_is_reported(chunks: list[bytes]) -> None:
    notice, end = run(chunks, b"data: ha")[-2:]
    assert notice == Notice("An incomplete event of 8 bytes was dropped.")
    assert ends([end])


# What is said


@pytest.mark.parametrize(
    "said",
    ["a", " ", "\n", "a\u2028b\u2029c\u0085d\x0be\x1cf", "Grüße 😀", "\ufeff", "data: [DONE]\n\n"],
)
def test_text_comes_exactly_as_it_was_written_over_the_wire_too(said: str) -> None:
    chunks = [
        json.dumps({"choices": [{"delta": {"content": piece}}]}, ensure_ascii=False).encode()
        for piece in (said, "!", said)
    ]
    wire = b"".join(b"data: " + data + b"\r\n\r\n" for data in [*chunks, STOP, DONE])
    decoder = SSEDecoder()
    arrived = [e.data for at in range(len(wire)) for e in decoder.feed(wire[at : at + 1])]
    assert answer(*arrived).text == f"{said}!{said}"


@pytest.mark.parametrize(
    ("delta", "said"),
    [
        ({"role": "assistant", "content": "a"}, "a"),
        ({"content": "a", "refusal": None, "tool_calls": None}, "a"),
        ({"refusal": "I can't."}, "I can't."),
        ({"content": "a", "refusal": "b"}, "ab"),
        ({"content": [{"type": "text", "text": "a"}, {"type": "x"}, {"text": "b"}]}, "ab"),
        ({"content": ""}, ""),
        ({"content": None}, ""),
        ({"content": 7}, ""),
        ({"content": {"text": "a"}}, ""),
    ],
)
def test_text_is_read_in_every_form(delta: object, said: str) -> None:
    assert answer(chunk(delta), STOP, DONE).text == said


@pytest.mark.parametrize(
    "delta",
    [
        {"reasoning_content": "hm"},
        {"reasoning": "hm"},
        {"reasoning": "hm", "reasoning_content": "hm"},
        {"reasoning_content": [{"text": "hm"}]},
    ],
)
def test_reasoning_is_told_apart_from_the_answer_and_said_once(delta: object) -> None:
    result = answer(chunk(delta), text("a"), STOP)
    assert (result.reasoning, result.text) == ("hm", "a")


def test_nothing_is_lost_where_text_comes_with_more() -> None:
    said = {"content": "a", "reasoning_content": "hm"}
    assert run([chunk(said)])[:2] == [ReasoningDelta("hm"), TextDelta("a")]
    calling = answer(chunk({"content": "a", "tool_calls": [CALL]}), chunk({}, "tool_calls"))
    assert (calling.text, calling.tool_calls) == ("a", (ToolCall("a", "weather", "{}"),))
    counted = answer(chunk({"content": "a"}, usage=COUNTS), STOP)
    assert (counted.text, counted.usage) == ("a", Usage(3, 4, 7))


def test_the_raw_chunk_rides_along() -> None:
    event, *_ = make_fold().take(text("a"))
    assert isinstance(event, TextDelta)
    assert event.raw == json.loads(text("a"))


# Usage


@pytest.mark.parametrize(
    "chunks",
    [
        [text("a"), USAGE, STOP, DONE],
        [text("a"), STOP, USAGE, DONE],
        [text("a"), STOP, USAGE],
        [text("a"), chunk({}, "stop", usage=COUNTS), DONE],
        [chunk({"content": "a"}, "stop", usage=COUNTS), DONE],
    ],
)
def test_usage_is_kept_before_with_and_after_the_finish_reason(chunks: list[bytes]) -> None:
    assert answer(*chunks).usage == Usage(3, 4, 7)


def test_cached_and_reasoning_tokens_are_read() -> None:
    details = {
        "prompt_tokens_details": {"cached_tokens": 2},
        "completion_tokens_details": {"reasoning_tokens": 1},
    }
    assert read_usage(COUNTS | details) == Usage(3, 4, 7, cached=2, reasoning=1)


@pytest.mark.parametrize(
    ("counts", "usage"),
    [
        ({}, Usage(0, 0, 0)),
        ({"prompt_tokens": 3, "completion_tokens": 4}, Usage(3, 4, 7)),
        ({"prompt_tokens": None, "total_tokens": 5}, Usage(0, 0, 5)),
        ({"prompt_tokens": "3", "completion_tokens": [4]}, Usage(0, 0, 0)),
        ({"prompt_tokens_details": None, "completion_tokens_details": []}, Usage(0, 0, 0)),
    ],
)
def test_counts_that_are_left_out_or_odd_are_not_guessed(
    counts: dict[str, Any], usage: Usage
) -> None:
    assert read_usage(counts) == usage


@pytest.mark.parametrize("usage", [None, {}, [], "3", 3])
def test_usage_of_another_shape_is_passed_over(usage: object) -> None:
    result = answer(text("a"), chunk({}, usage=usage), STOP)
    assert (result.usage, result.status) == (None, "finished")


# Any stream

KEYS: Final = [
    *("choices", "delta", "message", "content", "text", "reasoning", "refusal", "finish_reason"),
    *("tool_calls", "function", "name", "arguments", "id", "index"),
    *("usage", "prompt_tokens", "error", "code", "model"),
]
VALUES: Final = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 2) | st.sampled_from(["", "a", "stop", "{}"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(KEYS),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)
SHAPED: Final = st.builds(chunk, VALUES, VALUES, usage=VALUES, error=VALUES, model=VALUES)
GOOD: Final = [text("a"), STOP, DONE, USAGE, chunk(None), fragments(CALL), chunk({}, "length")]
CHUNKS: Final = st.one_of(
    st.sampled_from([*GOOD, *MALFORMED]),
    SHAPED,
    VALUES.map(lambda value: json.dumps(value).encode()),
)


@given(st.lists(CHUNKS, max_size=6), st.sampled_from([b"", b"half"]))
def test_any_sequence_of_chunks_has_exactly_one_terminal_event(
    chunks: list[bytes], fragment: bytes
) -> None:
    events = run(chunks, fragment)
    assert len(ends(events)) == 1
    assert ends(events) == events[-1:]
    said = fold(events)
    assert isinstance(said.text, str)
    assert isinstance(said.reasoning, str)


@given(VALUES)
def test_any_whole_answer_has_exactly_one_terminal_event(value: object) -> None:
    data = value if isinstance(value, dict) else {"choices": value}
    events = make_fold().whole(data)
    assert ends(events) == events[-1:]
    assert len(ends(events)) == 1
