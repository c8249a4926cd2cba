"""Facts about COHERE answers: what the service says twice is passed on once."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocigenai_nb.core.cohere_chat import CohereFold, find_missing
from ocigenai_nb.core.errors import InStreamError, MalformedStreamError, StreamCutError
from ocigenai_nb.core.events import Failed, TextDelta, ToolCallDelta, UsageReport
from ocigenai_nb.core.messages import ToolCall, Usage
from ocigenai_nb.core.thread import Answer
from tests.core import native_events
from tests.core.native_events import COUNTS, DONE, ends, event, make_fold

HISTORY: Final = [{"role": "USER", "message": "Hello"}, {"role": "CHATBOT", "message": "Hi."}]
PARIS: Final = {"name": "weather", "parameters": {"city": "Paris"}}
ROME: Final = {"name": "weather", "parameters": {"city": "Rome"}}


def text(said: str) -> bytes:
    return event(apiFormat="COHERE", text=said)


def last(said: str, reason: str | None = "COMPLETE", **fields: object) -> bytes:
    """The event that repeats the whole answer."""
    ending = {"chatHistory": HISTORY, "finishReason": reason, "usage": COUNTS}
    return event(apiFormat="COHERE", text=said, **{**ending, **fields})


def calls(said: str, *called: dict[str, Any]) -> bytes:
    return event(apiFormat="COHERE", text=said, toolCalls=list(called))


def answer(*stream: bytes) -> Answer:
    return native_events.answer(CohereFold, *stream)


def whole(**response: object) -> Answer:
    return native_events.whole(CohereFold, {"apiFormat": "COHERE", **response})


RECORDED: Final = [text("Why"), text(" did"), text(" it?"), last("Why did it?")]


def test_a_recorded_stream_is_printed_once_though_its_last_event_repeats_it() -> None:
    """Locus and Cohere's own SDK pass the last event on, so their answers come twice."""
    result = answer(*RECORDED)
    assert result.text == "Why did it?"
    assert result.usage == Usage(input=3, output=4, total=7)
    assert (result.status, result.finish_reason) == ("finished", "stop")


def test_each_delta_comes_alone_with_the_service_event_it_was() -> None:
    (delta,) = make_fold(CohereFold).take(text("Why"))
    assert isinstance(delta, TextDelta)
    assert delta.raw == json.loads(text("Why"))


@pytest.mark.parametrize(
    ("streamed", "repeated", "text_of"),
    [
        ([], "All at once.", "All at once."),
        (["Hel"], "Hello.", "Hello."),
        (["Hello."], "Hello.", "Hello."),
        ([" Hello."], "Hello.", " Hello."),
        ([" Hel"], "Hello.", " Hello."),
        (["Hello.\n"], "Hello.", "Hello.\n"),
        (["Hello. STOP"], "Hello.", "Hello. STOP"),
        (["Hello."], "", "Hello."),
        (["a", "a"], "aa", "aa"),
        (["a", "b", "a", "b"], "abab", "abab"),
    ],
)
def test_of_the_repetition_only_what_was_missing_is_passed_on(
    streamed: list[str], repeated: str, text_of: str
) -> None:
    result = answer(*map(text, streamed), last(repeated))
    assert (result.text, result.notices) == (text_of, ())


def test_a_last_word_that_differs_is_told_and_not_printed() -> None:
    result = answer(text("Hello."), last("Good bye."))
    assert result.text == "Hello."
    assert result.notices == ("The service's last word differs from the text that it streamed.",)
    assert result.status == "finished"


@given(st.text(min_size=1), st.lists(st.integers(0, 40), max_size=6))
def test_however_an_answer_is_split_it_is_printed_once(said: str, cuts: list[int]) -> None:
    places = sorted({0, len(said), *(cut for cut in cuts if cut < len(said))})
    pieces = [text(said[start:end]) for start, end in pairwise(places)]
    assert answer(*pieces, last(said)).text == said


@given(st.text(), st.text())
def test_what_is_missing_completes_what_was_streamed(streamed: str, rest: str) -> None:
    assert find_missing(streamed, streamed + rest) == rest


# How a stream ends


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("COMPLETE", "stop"),
        ("MAX_TOKENS", "length"),
        ("ERROR_LIMIT", "length"),
        ("ERROR_TOXIC", "content_filter"),
        ("USER_CANCEL", "USER_CANCEL"),
        (None, "stop"),
    ],
)
def test_the_finish_reason_is_in_our_words_where_we_have_one(word: str | None, reason: str) -> None:
    """It is null after a stop sequence."""
    result = answer(text("a"), last("a", word))
    assert (result.status, result.finish_reason) == ("finished", reason)
    assert whole(text="a", finishReason=word).finish_reason == reason


@pytest.mark.parametrize(
    "stream",
    [
        [text("a"), last("a")],
        [text("a"), last("a"), DONE],
        [text("a"), DONE],
        [text("a"), last("a"), last("a")],
        [text("a"), last("a", usage=None), event(usage=COUNTS)],
        [text("a"), last("a"), b"{broken"],
        [text("a"), event(apiFormat="COHERE", text="", finishReason="COMPLETE")],
    ],
)
def test_a_stream_ends_with_its_last_event_or_with_done(stream: list[bytes]) -> None:
    result = answer(*stream)
    assert (result.text, result.status, result.finish_reason) == ("a", "finished", "stop")


def test_usage_that_comes_after_the_last_event_is_kept() -> None:
    result = answer(text("a"), last("a", usage=None), event(usage=COUNTS))
    assert result.usage == Usage(input=3, output=4, total=7)


@pytest.mark.parametrize("stream", [[], [text("a")], [text("a"), calls("a", PARIS)]])
def test_a_stream_without_its_last_event_was_cut(stream: list[bytes]) -> None:
    result = answer(*stream)
    assert (result.status, result.finish_reason) == ("interrupted", "cut")
    assert isinstance(result.error, StreamCutError)
    assert result.tool_calls == ()


def test_an_answer_that_ends_in_an_error_has_failed_and_keeps_its_text() -> None:
    result = answer(text("a"), last("a", "ERROR", errorMessage="Broken."))
    assert (result.text, result.status) == ("a", "failed")
    assert isinstance(result.error, InStreamError)
    assert (result.error.message, result.error.code) == ("Broken.", "ERROR")


@pytest.mark.parametrize(
    "data",
    [
        b"{broken",
        b"null",
        b'{"text": 1, "finishReason": "COMPLETE"}',
        b'{"toolCalls": 1}',
        b'{"toolCalls": [null]}',
        b'{"toolCalls": [{"parameters": {}}]}',
    ],
)
def test_what_is_not_an_event_interrupts_and_keeps_what_came_before(data: bytes) -> None:
    result = answer(text("a"), data, last("ab"))
    assert (result.text, result.finish_reason) == ("a", "malformed")
    assert isinstance(result.error, MalformedStreamError)


STREAM: Final = st.lists(
    st.sampled_from(
        [text("a"), last("aa"), last("a", None), last("", "ERROR"), calls("a", PARIS), DONE, b"{",
         event(usage=COUNTS), event(message="error")]
    ),
    max_size=8,
)  # fmt: skip


@given(STREAM)
def test_whatever_comes_there_is_exactly_one_end_and_it_is_last(stream: list[bytes]) -> None:
    events = native_events.run(CohereFold, stream)
    assert ends(events) == events[-1:]


# Tool calls


def called(result: Answer) -> list[tuple[str, str, str]]:
    return [(call.id, call.name, call.arguments) for call in result.tool_calls]


FIRST: Final = ("new_1", "weather", '{"city": "Paris"}')
SECOND: Final = ("new_2", "weather", '{"city": "Rome"}')


@pytest.mark.parametrize(
    "stream",
    [
        [text("I"), text(" look."), calls("I look.", PARIS, ROME), last("I look.")],
        [text("I look."), calls("I look.", PARIS), last("I look.", toolCalls=[PARIS, ROME])],
        [text("I look."), last("I look.", toolCalls=[PARIS, ROME])],
        [calls("I look.", PARIS), calls("I look.", ROME), last("I look.")],
        [
            text("I look."),
            calls("I look.", PARIS, ROME),
            last("I look.", toolCalls=[PARIS, ROME]),
        ],
    ],
)
def test_calls_that_are_repeated_are_made_once_each_with_an_id_of_its_own(
    stream: list[bytes],
) -> None:
    result = answer(*stream)
    assert result.text == "I look."
    assert called(result) == [FIRST, SECOND]


def test_the_same_call_twice_in_one_list_is_meant_twice() -> None:
    result = answer(calls("", PARIS, PARIS), last("", toolCalls=[PARIS, PARIS]))
    assert called(result) == [FIRST, ("new_2", *FIRST[1:])]


def test_an_answer_with_calls_ended_for_them_though_the_service_says_complete() -> None:
    assert answer(calls("", PARIS), last("")).finish_reason == "tool_calls"
    assert whole(text="", toolCalls=[PARIS], finishReason="COMPLETE").finish_reason == "tool_calls"
    assert answer(calls("", PARIS), last("", "MAX_TOKENS")).finish_reason == "length"


@pytest.mark.parametrize("parameters", [None, {}])
def test_a_call_without_parameters_has_an_empty_object(parameters: object) -> None:
    result = answer(last("", toolCalls=[{"name": "now", "parameters": parameters}]))
    assert result.tool_calls == (ToolCall("new_1", "now", "{}"),)


def test_a_call_is_told_as_it_comes_and_is_ready_at_the_end() -> None:
    events = native_events.run(CohereFold, [calls("", PARIS), last("", toolCalls=[PARIS])])
    deltas = [each for each in events if isinstance(each, ToolCallDelta)]
    assert deltas == [ToolCallDelta(0, "weather", '{"city": "Paris"}')]


# Answers that come whole


def test_a_whole_answer_is_its_text_its_usage_and_the_model_that_answered() -> None:
    result = whole(text="Why?", chatHistory=HISTORY, finishReason="COMPLETE", usage=COUNTS)
    assert (result.text, result.usage) == ("Why?", Usage(input=3, output=4, total=7))
    assert (result.status, result.finish_reason, result.model) == ("finished", "stop", "m")


def test_citations_make_no_events_and_stay_in_the_service_event() -> None:
    cited = [{"start": 0, "end": 1, "text": "a", "documentIds": ["d"]}]
    events = native_events.run(CohereFold, [text("a"), last("a", citations=cited)])
    (report,) = [each for each in events if isinstance(each, UsageReport)]
    assert report.raw is not None
    assert report.raw["citations"] == cited
    assert len(events) == 3


@pytest.mark.parametrize("response", [{}, {"finishReason": "COMPLETE"}, None, "text", {"text": 1}])
def test_a_whole_answer_of_another_shape_has_failed(response: object) -> None:
    (end,) = make_fold(CohereFold).whole({"chatResponse": response})
    assert isinstance(end, Failed)
    assert isinstance(end.error, MalformedStreamError)
