"""Facts about COHEREV2 answers, as far as the SDK's models say them: no stream was recorded."""

from __future__ import annotations

from typing import Any, Final

import pytest

from ocigenai_nb.core.cohere_v2_chat import CohereV2Fold
from ocigenai_nb.core.errors import InStreamError, MalformedStreamError
from ocigenai_nb.core.events import Failed
from ocigenai_nb.core.messages import ToolCall, Usage
from ocigenai_nb.core.thread import Answer
from tests.core import native_events
from tests.core.native_events import COUNTS, DONE, event, message, part

PARIS: Final = '{"city": "Paris"}'
ROME: Final = '{"city": "Rome"}'


def thought(said: str) -> dict[str, str]:
    return {"type": "THINKING", "thinking": said}


def text(said: str) -> bytes:
    return event(apiFormat="COHEREV2", message=message(part(said)))


def last(*content: dict[str, Any], reason: str = "COMPLETE", **fields: object) -> bytes:
    said = message(*content, **fields)
    return event(apiFormat="COHEREV2", message=said, finishReason=reason, usage=COUNTS)


def call(call_id: str | None, name: str | None, arguments: str) -> dict[str, Any]:
    function = {"name": name, "arguments": arguments}
    return {"id": call_id, "type": "FUNCTION", "function": function}


def calls(*called: dict[str, Any]) -> bytes:
    return event(message=message(toolCalls=list(called)))


def answer(*stream: bytes) -> Answer:
    return native_events.answer(CohereV2Fold, *stream)


@pytest.mark.parametrize("end", [[last()], [last(), DONE]])
def test_a_stream_is_its_text_its_usage_and_its_end(end: list[bytes]) -> None:
    result = answer(text("Why"), text(" not?"), *end)
    assert result.text == "Why not?"
    assert result.usage == Usage(input=3, output=4, total=7)
    assert (result.status, result.finish_reason) == ("finished", "stop")


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("COMPLETE", "stop"),
        ("STOP_SEQUENCE", "stop"),
        ("MAX_TOKENS", "length"),
        ("TOOL_CALL", "tool_calls"),
    ],
)
def test_the_finish_reason_is_in_our_words(word: str, reason: str) -> None:
    assert answer(text("a"), last(reason=word)).finish_reason == reason


def test_thinking_and_the_plan_for_tools_are_reasoning() -> None:
    thinking = event(message=message(thought("Hm"), part("4")))
    planning = event(message=message(toolPlan=". I look."))
    result = answer(thinking, planning, text("2"), last())
    assert (result.reasoning, result.text) == ("Hm. I look.", "42")


@pytest.mark.parametrize(
    "end",
    [
        last(thought("Hm."), part("Hello.")),
        last(thought("Hm."), part("Hel"), part("lo.")),
        last(part("lo.")),
    ],
)
def test_an_end_that_repeats_the_answer_is_passed_on_once(end: bytes) -> None:
    streamed = ["Hel", "lo."] if b"Hel" in end else ["Hel"]
    result = answer(event(message=message(thought("Hm."))), *map(text, streamed), end)
    assert (result.reasoning, result.text) == ("Hm.", "Hello.")


def test_calls_come_in_fragments_or_whole() -> None:
    result = answer(
        calls(call("a", "weather", "")),
        calls(call(None, None, '{"city": ')),
        calls(call(None, None, '"Paris"}')),
        calls(call("b", "weather", ROME)),
        last(reason="TOOL_CALL"),
    )
    assert result.tool_calls == (ToolCall("a", "weather", PARIS), ToolCall("b", "weather", ROME))


def test_calls_that_the_end_repeats_are_made_once() -> None:
    both = [call("a", "weather", PARIS), call("b", "weather", ROME)]
    result = answer(calls(both[0]), calls(both[1]), last(reason="TOOL_CALL", toolCalls=both))
    assert [each.id for each in result.tool_calls] == ["a", "b"]


def test_calls_that_only_the_end_holds_are_made() -> None:
    only = call("a", "weather", PARIS)
    result = answer(text("I look."), last(reason="TOOL_CALL", toolCalls=[only]))
    assert result.tool_calls == (ToolCall("a", "weather", PARIS),)


def test_an_answer_that_ends_in_an_error_has_failed() -> None:
    result = answer(text("a"), event(finishReason="ERROR", errorMessage="Broken."))
    assert (result.text, result.status) == ("a", "failed")
    assert isinstance(result.error, InStreamError)
    assert result.error.message == "Broken."


def test_a_whole_answer_is_its_parts() -> None:
    said = message(thought("Hm."), part("Hello."), toolCalls=[call("a", "weather", PARIS)])
    response = {"id": "r", "message": said, "finishReason": "TOOL_CALL", "usage": COUNTS}
    result = native_events.whole(CohereV2Fold, response)
    assert (result.reasoning, result.text, result.model) == ("Hm.", "Hello.", "m")
    assert result.tool_calls == (ToolCall("a", "weather", PARIS),)
    assert result.usage == Usage(input=3, output=4, total=7)


@pytest.mark.parametrize("response", [{}, {"finishReason": "COMPLETE"}, None, {"message": 1}])
def test_a_whole_answer_of_another_shape_has_failed(response: object) -> None:
    (end,) = native_events.make_fold(CohereV2Fold).whole({"chatResponse": response})
    assert isinstance(end, Failed)
    assert isinstance(end.error, MalformedStreamError)
