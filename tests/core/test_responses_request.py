"""Facts about requests on the Responses wire: what travels, in which form, and what is left out."""

from __future__ import annotations

from typing import Any, Final

import pytest
from openai.types.responses import (
    ResponseInputItemParam,
    ResponseOutputMessageParam,
    ResponseTextConfigParam,
    ToolParam,
)
from pydantic import TypeAdapter

from ocigenai_nb.core.catalog import FAMILIES, find_family
from ocigenai_nb.core.errors import UsageError
from ocigenai_nb.core.messages import Image, Message, ResponseFormat, Text, Tool, ToolCall
from ocigenai_nb.core.parameters import Parameters
from ocigenai_nb.core.requests import ChatRequest, Plan
from ocigenai_nb.core.responses_request import build_body
from tests.core.response_events import ID, Body, reasoning

GPT: Final = "openai.gpt-4.1"
GPT_5: Final = "openai.gpt-5.5"
GPT_OSS: Final = "openai.gpt-oss-120b"
GROK: Final = "xai.grok-4.3"
GEMINI: Final = "google.gemini-2.5-flash"

CALL: Final = ToolCall("call_a", "weather", '{"city": "Paris"}')
SCHEMA: Final = {"type": "object", "properties": {"city": {"$ref": "#/$defs/City"}}}
DEFS: Final = {"$defs": {"City": {"type": "string"}}}
HISTORY: Final = (
    Message.system("Be brief."),
    Message.user("Hi."),
    Message.assistant("Hello."),
    Message.user("How are you?"),
)


def plan(
    *messages: Message, model: str = GPT, store: bool = True, stream: bool = True, **rest: Any
) -> Plan:
    family = find_family(model)
    assert family is not None
    request = ChatRequest(model, messages or (Message.user("Hi."),), stream=stream, **rest)
    return build_body(request, family, store=store)


def said(role: str, *texts: str) -> Body:
    kind = "output_text" if role == "assistant" else "input_text"
    content = [{"type": kind, "text": text} for text in texts]
    return {"type": "message", "role": role, "content": content}


# What travels


def test_without_a_continuation_all_of_the_history_travels() -> None:
    assert plan(*HISTORY).body == {
        "model": GPT,
        "instructions": "Be brief.",
        "input": [
            said("user", "Hi."),
            said("assistant", "Hello."),
            said("user", "How are you?"),
        ],
        "stream": True,
    }


def test_with_a_continuation_only_the_new_turn_travels_and_the_instructions_again() -> None:
    assert plan(*HISTORY, continuation=ID).body == {
        "model": GPT,
        "instructions": "Be brief.",
        "previous_response_id": ID,
        "input": [said("user", "How are you?")],
        "stream": True,
    }


def test_with_a_continuation_the_results_of_tools_are_the_new_turn() -> None:
    asked = Message.assistant("", tool_calls=(CALL,))
    history = (Message.user("Weather?"), asked, Message.tool(CALL, "Rain."))
    assert plan(*history, continuation=ID).body["input"] == [
        {"type": "function_call_output", "call_id": "call_a", "output": "Rain."}
    ]


def test_without_store_everything_travels_every_time_and_nothing_is_kept() -> None:
    made = plan(*HISTORY, store=False, continuation=ID)
    assert made.body["store"] is False
    assert "previous_response_id" not in made.body
    assert len(made.body["input"]) == 3
    (notice,) = made.notices
    assert "continuation is not sent" in notice
    assert plan(*HISTORY, store=False).notices == ()


def test_a_whole_answer_is_asked_for_by_leaving_stream_out() -> None:
    assert "stream" not in plan(stream=False).body


def test_instructions_of_several_messages_are_joined_and_never_an_input_item() -> None:
    messages = (Message.system("One."), Message.user("Hi."), Message.system("Two."))
    for model in (GPT, GEMINI):
        body = plan(*messages, model=model).body
        assert body["instructions"] == "One.\n\nTwo."
        assert [item["role"] for item in body["input"]] == ["user"]


@pytest.mark.parametrize(
    ("messages", "continuation"), [((Message.system("Be brief."),), None), (HISTORY[:3], ID)]
)
def test_a_request_without_a_new_message_is_refused(
    messages: tuple[Message, ...], continuation: str | None
) -> None:
    with pytest.raises(UsageError, match="no new message"):
        plan(*messages, continuation=continuation)


# The form of the items


def test_images_travel_as_parts_of_the_input() -> None:
    image = Image.from_bytes(b"png", "image/png")
    (item,) = plan(Message.user("What is this?", image)).body["input"]
    assert item["content"] == [
        {"type": "input_text", "text": "What is this?"},
        {"type": "input_image", "image_url": image.url, "detail": "auto"},
    ]


@pytest.mark.parametrize("role", ["system", "assistant"])
def test_an_image_where_the_api_takes_none_is_refused(role: Any) -> None:
    pictured = Message(role, (Text("See:"), Image("https://example.com/a.png")))
    with pytest.raises(UsageError, match="image"):
        plan(pictured, Message.user("Hi."))


def test_a_tools_result_may_hold_an_image() -> None:
    image = Image("https://example.com/a.png")
    result = Message("tool", (Text("See:"), image), tool_call_id="call_a")
    (item,) = plan(result).body["input"]
    assert [part["type"] for part in item["output"]] == ["input_text", "input_image"]


@pytest.mark.parametrize("model", [GPT, GEMINI, GROK])
def test_calls_travel_under_their_call_id_and_without_an_id_of_their_own(model: str) -> None:
    asked = Message.assistant("Let me see.", tool_calls=(CALL,))
    body = plan(Message.user("Weather?"), asked, Message.tool(CALL, "Rain."), model=model).body
    assert body["input"][1:] == [
        said("assistant", "Let me see."),
        {
            "type": "function_call",
            "call_id": "call_a",
            "name": "weather",
            "arguments": '{"city": "Paris"}',
        },
        {"type": "function_call_output", "call_id": "call_a", "output": "Rain."},
    ]


def test_sealed_reasoning_goes_back_before_what_came_of_it_and_without_its_id() -> None:
    item = {**reasoning("Hm.", sealed="x"), "status": "completed", "content": [{"text": "Hm."}]}
    asked = Message.assistant("Hello.", tool_calls=(CALL,), reasoning_items=(item,))
    body = plan(Message.user("Hi."), asked, Message.tool(CALL, "Rain."), store=False).body
    assert body["input"][1] == {
        "type": "reasoning",
        "summary": [{"type": "summary_text", "text": "Hm."}],
        "encrypted_content": "x",
    }
    assert [part["type"] for part in body["input"]] == [
        "message",
        "reasoning",
        "message",
        "function_call",
        "function_call_output",
    ]


@pytest.mark.parametrize(
    ("model", "asked"), [(GPT_5, True), (GROK, True), (GPT, False), (GPT_OSS, False)]
)
def test_sealed_reasoning_is_asked_for_where_the_family_gives_it(model: str, asked: bool) -> None:  # noqa: FBT001
    wanted = ["reasoning.encrypted_content"] if asked else None
    assert plan(model=model, store=False).body.get("include") == wanted
    assert "include" not in plan(model=model).body


def test_tools_are_flat_and_not_strict_as_on_v1() -> None:
    tool = Tool("weather", "Tells the weather.", {"type": "object"})
    assert plan(tools=(tool,)).body["tools"] == [
        {
            "type": "function",
            "name": "weather",
            "description": "Tells the weather.",
            "parameters": {"type": "object"},
            "strict": False,
        }
    ]


def test_no_tools_are_no_field() -> None:
    assert "tools" not in plan(model=GROK).body


def test_a_response_format_travels_within_text() -> None:
    assert plan(response_format=ResponseFormat()).body["text"] == {
        "format": {"type": "json_object"}
    }
    body = plan(response_format=ResponseFormat(SCHEMA, "place")).body
    assert body["text"] == {"format": {"type": "json_schema", "name": "place", "schema": SCHEMA}}
    assert "response_format" not in body


def test_references_in_schemas_are_written_out_for_gemini() -> None:
    schema = {**SCHEMA, **DEFS}
    tool = Tool("weather", "", schema)
    body = plan(model=GEMINI, tools=(tool,), response_format=ResponseFormat(schema)).body
    inlined = {"type": "object", "properties": {"city": {"type": "string"}}}
    assert body["tools"][0]["parameters"] == inlined
    assert body["text"]["format"]["schema"] == inlined
    assert plan(tools=(tool,)).body["tools"][0]["parameters"] == schema


# Wishes


def test_wishes_travel_under_this_apis_names() -> None:
    wishes = Parameters(max_tokens=40, temperature=0, top_p=0.5, reasoning_effort="low")
    made = plan(parameters=wishes)
    assert made.body["max_output_tokens"] == 40
    assert (made.body["temperature"], made.body["top_p"]) == (0, 0.5)
    assert made.body["reasoning"] == {"effort": "low", "summary": "auto"}
    assert not {"max_tokens", "max_completion_tokens", "reasoning_effort"} & made.body.keys()
    assert made.notices == ()


@pytest.mark.parametrize("family", FAMILIES)
def test_the_cap_has_one_name_for_every_family(family: str) -> None:
    request = ChatRequest("m", (Message.user("Hi."),), Parameters(max_tokens=40))
    body = build_body(request, FAMILIES[family], store=True).body
    assert {name: value for name, value in body.items() if "tokens" in name} == {
        "max_output_tokens": 40
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [("seed", 7), ("stop", ("x",)), ("frequency_penalty", 0.5), ("presence_penalty", 1)],
)
@pytest.mark.parametrize("model", [GPT, GPT_5, GROK, GEMINI])
def test_a_wish_without_a_counterpart_is_not_sent_and_the_person_is_told(
    model: str, name: str, value: Any
) -> None:
    made = plan(model=model, parameters=Parameters(**{name: value}))
    assert name not in made.body
    (notice,) = made.notices
    assert notice.startswith(f"{name} is not sent: ")


def test_a_reasoning_model_gets_no_sampling_and_the_person_is_told() -> None:
    made = plan(model=GPT_5, parameters=Parameters(temperature=0.5, top_p=0.5))
    assert not {"temperature", "top_p"} & made.body.keys()
    assert len(made.notices) == 2


def test_zero_penalties_are_left_out_for_grok_without_a_word() -> None:
    made = plan(model=GROK, parameters=Parameters(frequency_penalty=0, presence_penalty=0.0))
    assert made.notices == ()
    assert not {"frequency_penalty", "presence_penalty"} & made.body.keys()


# The SDK's own types


def test_the_items_and_the_options_are_those_of_the_sdks_types() -> None:
    image = Image.from_bytes(b"png", "image/png")
    asked = Message.assistant("Hello.", tool_calls=(CALL,))
    tool = Tool("weather", "", SCHEMA)
    messages = (Message.user("Hi.", image), asked, Message.tool(CALL, "Rain."))
    body = plan(*messages, tools=(tool,), response_format=ResponseFormat(SCHEMA)).body
    question, answer, call, result = body["input"]
    for item in (question, call, result):
        TypeAdapter(ResponseInputItemParam).validate_python(item)
    # The SDK's type of an answer is that of the output: it asks for an id, which the schema of
    # Open Responses, and the service, do not.
    known = {"id": "msg_1", "status": "completed"}
    parts = [{**part, "annotations": []} for part in answer["content"]]
    TypeAdapter(ResponseOutputMessageParam).validate_python({**answer, **known, "content": parts})
    for given in body["tools"]:
        TypeAdapter(ToolParam).validate_python(given)
    TypeAdapter(ResponseTextConfigParam).validate_python(body["text"])
