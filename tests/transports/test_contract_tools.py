"""Tools, JSON answers and pictures over every transport, in every family's dialect."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest

from ocigenai_nb.core.errors import UsageError
from ocigenai_nb.core.events import ToolCallDelta, ToolCallReady
from ocigenai_nb.core.messages import Image, Message, ResponseFormat, Tool
from ocigenai_nb.core.thread import Answer
from tests.transports.subject import (
    GEMINI,
    GPT,
    GPT_OSS,
    LLAMA,
    Transport,
    in_families,
    over,
    over_all_but,
)

WEATHER: Final = Tool(
    "get_weather",
    "Look up the weather in a city.",
    {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
)
ADD: Final = Tool(
    "add_numbers",
    "Add two numbers.",
    {
        "type": "object",
        "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
        "required": ["a", "b"],
    },
)
PERSON: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {"city": {"$ref": "#/$defs/place"}, "age": {"type": "integer"}},
    "required": ["city", "age"],
    "$defs": {"place": {"type": "string", "description": "Where"}},
}
PIXEL: Final = Image.from_bytes(b"\x89PNG\r\n\x1a\n", "image/png")


def read_calls(answer: Answer) -> list[tuple[str, Any]]:
    return [(call.name, json.loads(call.arguments)) for call in answer.tool_calls]


@in_families()
def test_a_tool_call_arrives_whole(transport: Transport) -> None:
    answer = transport.ask("What is the weather in Paris?", tools=(WEATHER, ADD))
    assert read_calls(answer) == [("get_weather", {"city": "Paris"})]
    aloud = "I will use get_weather to answer this." if transport.name == "sdk-cohere" else ""
    assert (answer.text, answer.finish_reason) == (aloud, "tool_calls")
    assert transport.sent().tools == ["get_weather", "add_numbers"]


@in_families()
def test_parallel_tool_calls_are_told_apart(transport: Transport) -> None:
    answer = transport.ask("What is the weather in Paris and in Rome?", tools=(WEATHER,))
    assert read_calls(answer) == [
        ("get_weather", {"city": "Paris"}),
        ("get_weather", {"city": "Rome"}),
    ]
    ids = {call.id for call in answer.tool_calls}
    assert len(ids) == 2
    assert "" not in ids


@in_families()
def test_a_tool_call_is_the_same_streamed_and_whole(transport: Transport) -> None:
    asked = transport.model()
    prompt = "What is the weather in Paris and in Rome?"
    whole = asked.complete_sync(prompt, tools=(WEATHER,))
    streamed = transport.ask(prompt, tools=(WEATHER,))
    assert read_calls(whole) == read_calls(streamed)
    assert whole.finish_reason == streamed.finish_reason == "tool_calls"


@over(f"v1/{GPT}", f"sdk/{GPT_OSS}", "responses", "responses-unstored")
def test_the_fragments_of_a_tool_call_come_before_the_whole(transport: Transport) -> None:
    events = list(transport.model().stream("What is 2 plus 3? Add them.", tools=(ADD,)))
    fragments = [event for event in events if isinstance(event, ToolCallDelta)]
    ready = [event for event in events if isinstance(event, ToolCallReady)]
    assert len(fragments) > 2
    assert "".join(event.arguments for event in fragments) == ready[0].call.arguments
    assert {(event.position, event.name) for event in fragments} == {(0, "add_numbers")}
    assert events.index(fragments[-1]) < events.index(ready[0])


@in_families()
def test_a_tools_result_goes_back_and_is_used(transport: Transport) -> None:
    question = Message.user("What is the weather in Paris?")
    call = transport.ask(question, tools=(WEATHER,))
    result = Message.tool(call.tool_calls[0], '{"sky": "cloudy"}')
    answer = transport.ask([question, call.message, result], tools=(WEATHER,))
    assert answer.text == "According to get_weather: sky: cloudy."
    assert transport.sent().said[-1] == ("tool", '{"sky": "cloudy"}')


@in_families()
def test_an_answer_fits_the_schema_that_was_asked_for(transport: Transport) -> None:
    answer = transport.ask("Ada lives in London and is 36.", response_format=ResponseFormat(PERSON))
    assert json.loads(answer.text) == {"city": "London", "age": 36}
    assert transport.sent().schema is not None


@over(
    *(f"{name}/{model}" for name in ("v1", "sdk") for model in (GEMINI, LLAMA)),
    "sdk-cohere",
    f"responses/{GEMINI}",
    f"responses-unstored/{GEMINI}",
)
def test_references_are_written_out_where_they_are_refused(
    transport: Transport,
) -> None:
    transport.ask("Ada lives in London and is 36.", response_format=ResponseFormat(PERSON))
    assert transport.sent().schema == {
        "type": "object",
        "properties": {
            "city": {"type": "string", "description": "Where"},
            "age": {"type": "integer"},
        },
        "required": ["city", "age"],
    }


@over(f"v1/{GPT}", "responses", "responses-unstored")
def test_references_travel_where_they_are_understood(transport: Transport) -> None:
    transport.ask("Ada lives in London and is 36.", response_format=ResponseFormat(PERSON))
    assert transport.sent().schema == PERSON


def test_any_json_object_can_be_asked_for(transport: Transport) -> None:
    answer = transport.ask("Say exactly: yes", response_format=ResponseFormat())
    assert json.loads(answer.text) == {"answer": "yes"}


@over_all_but("sdk-cohere")
def test_a_picture_travels_with_its_text(transport: Transport) -> None:
    message = Message.user("Say exactly: seen", PIXEL)
    answer = transport.ask(message, transport.kind.sees)
    assert answer.text == "seen"
    assert transport.sent().said == [("user", "Say exactly: seen")]
    assert transport.sent().images == ["data:image/png;base64,iVBORw0KGgo="]


@over_all_but("sdk-cohere")
def test_a_picture_may_come_without_words(transport: Transport) -> None:
    transport.ask(Message.user("", PIXEL), transport.kind.sees)
    assert len(transport.sent().images) == 1


@over("sdk-cohere")
def test_a_picture_is_refused_where_the_format_has_no_place_for_it(transport: Transport) -> None:
    with pytest.raises(UsageError, match="takes no images") as refused:
        transport.ask(Message.user("?", PIXEL))
    assert "cohere.command-a-vision" in refused.value.remedy
    assert len(transport.service.journal) == 0
