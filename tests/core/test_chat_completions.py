"""Facts about chat-completions bodies: what is sent, and how each family wants it."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest

from ocigenai_nb.core.catalog import FAMILIES, Family, find_family
from ocigenai_nb.core.chat_completions import build_body
from ocigenai_nb.core.errors import UsageError
from ocigenai_nb.core.messages import Image, Message, ResponseFormat, Text, Tool, ToolCall
from ocigenai_nb.core.parameters import Parameters
from ocigenai_nb.core.requests import ChatRequest

PLAIN: Final = FAMILIES["openai-chat"]
HELLO: Final = (Message.user("hi"),)
CITY: Final = {"type": "object", "properties": {"name": {"type": "string"}}}
REFERRING: Final = {"properties": {"city": {"$ref": "#/$defs/City"}}, "$defs": {"City": CITY}}
WRITTEN_OUT: Final = {"properties": {"city": CITY}}


def build(
    *messages: Message,
    family: Family = PLAIN,
    parameters: Parameters = Parameters(),
    tools: tuple[Tool, ...] = (),
    response_format: ResponseFormat | None = None,
    stream: bool = True,
) -> tuple[dict[str, Any], list[str]]:
    """The body, once through JSON, and the texts of its notices."""
    request = ChatRequest("m", messages or HELLO, parameters, tools, response_format, stream=stream)
    plan = build_body(request, family)
    sent: dict[str, Any] = json.loads(json.dumps(plan.body, allow_nan=False))
    assert sent == plan.body
    return sent, list(plan.notices)


def build_messages(*messages: Message) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = build(*messages)[0]["messages"]
    return sent


# What is sent


def test_a_streamed_question_asks_for_its_usage() -> None:
    assert build() == (
        {
            "model": "m",
            "messages": [{"role": "user", "content": "hi"}],
            "stream": True,
            "stream_options": {"include_usage": True},
        },
        [],
    )


def test_a_question_is_streamed_unless_asked_otherwise() -> None:
    assert ChatRequest("m", HELLO).stream


def test_a_whole_question_says_nothing_of_streaming() -> None:
    body, _ = build(stream=False)
    assert body == {"model": "m", "messages": [{"role": "user", "content": "hi"}]}


def test_several_turns_are_sent_in_order() -> None:
    said = (Message.system("s"), Message.user("a"), Message.assistant("b"), Message.user("c"))
    assert build_messages(*said) == [
        {"role": "system", "content": "s"},
        {"role": "user", "content": "a"},
        {"role": "assistant", "content": "b"},
        {"role": "user", "content": "c"},
    ]


def test_several_texts_are_one_text() -> None:
    assert build_messages(Message("user", (Text("a "), Text("b")))) == [
        {"role": "user", "content": "a b"}
    ]


def test_a_picture_is_sent_beside_its_text() -> None:
    picture = Image("https://example.com/a.png", detail="low")
    assert build_messages(Message.user("look", picture)) == [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "look"},
                {
                    "type": "image_url",
                    "image_url": {"url": "https://example.com/a.png", "detail": "low"},
                },
            ],
        }
    ]


def test_a_tool_call_and_its_result_are_sent_as_they_were() -> None:
    call = ToolCall("call_1", "weather", '{"city": "Paris"}')
    said = (Message.assistant("", tool_calls=(call,)), Message.tool(call, "12 degrees"))
    assert build_messages(*said) == [
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [
                {
                    "id": "call_1",
                    "type": "function",
                    "function": {"name": "weather", "arguments": '{"city": "Paris"}'},
                }
            ],
        },
        {"role": "tool", "content": "12 degrees", "tool_call_id": "call_1"},
    ]


def test_tools_are_sent_as_functions() -> None:
    body, _ = build(tools=(Tool("weather", "Tells it.", CITY), Tool("now")))
    assert body["tools"] == [
        {
            "type": "function",
            "function": {"name": "weather", "description": "Tells it.", "parameters": CITY},
        },
        {
            "type": "function",
            "function": {"name": "now", "description": "", "parameters": {"type": "object"}},
        },
    ]


def test_a_response_format_asks_for_json_or_for_a_schema() -> None:
    assert build(response_format=ResponseFormat())[0]["response_format"] == {"type": "json_object"}
    named = ResponseFormat(CITY, name="city")
    assert build(response_format=named)[0]["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "city", "schema": CITY},
    }


def test_wishes_are_sent_under_their_names_and_unmade_ones_not_at_all() -> None:
    wishes: dict[str, Any] = {
        "max_tokens": 5,
        "temperature": 0,
        "seed": 1,
        "reasoning_effort": "low",
    }
    body, notices = build(parameters=Parameters(**wishes, stop="END"))
    assert {name: body[name] for name in wishes} == wishes
    assert body["stop"] == ["END"]
    assert not {"top_p", "frequency_penalty", "presence_penalty"} & body.keys()
    assert notices == []


# Families


def test_every_rule_of_every_family_has_a_reason() -> None:
    rules = [rule for family in FAMILIES.values() for rule in family.rules]
    assert rules
    assert all(rule.reason for rule in rules)
    assert all(bool(rule.to) == (rule.action == "rename") for rule in rules)


REASONING: Final = ["openai.o1", "openai.o3-mini", "openai.o4-mini", "openai.gpt-5.5"]
SAMPLING: Final = {
    "temperature": 1.0,
    "top_p": 1.0,
    "frequency_penalty": 0.0,
    "presence_penalty": 0.5,
    "stop": ["END"],
}


def find(model: str) -> Family:
    family = find_family(model)
    assert family is not None
    return family


@pytest.mark.parametrize("model", REASONING)
def test_openais_reasoning_models_get_max_completion_tokens(model: str) -> None:
    body, _ = build(family=find(model), parameters=Parameters(max_tokens=100))
    assert body["max_completion_tokens"] == 100
    assert "max_tokens" not in body


@pytest.mark.parametrize("model", REASONING)
@pytest.mark.parametrize("name", SAMPLING)
def test_openais_reasoning_models_get_no_sampling_and_the_person_is_told(
    model: str, name: str
) -> None:
    wish: dict[str, Any] = {name: SAMPLING[name]}
    body, notices = build(family=find(model), parameters=Parameters(**wish))
    assert name not in body
    assert notices == [
        f"{name} is not sent: reasoning models accept neither sampling parameters nor stops."
    ]


@pytest.mark.parametrize("model", REASONING)
def test_openais_reasoning_models_get_seed_and_effort(model: str) -> None:
    wishes = Parameters(seed=1, reasoning_effort="low")
    body, notices = build(family=find(model), parameters=wishes)
    assert (body["seed"], body["reasoning_effort"], notices) == (1, "low", [])


@pytest.mark.parametrize("model", ["openai.gpt-4.1", "openai.gpt-oss-120b", "meta.llama-3"])
def test_other_models_get_what_was_wished(model: str) -> None:
    wishes: dict[str, Any] = SAMPLING | {"max_tokens": 5}
    body, notices = build(family=find(model), parameters=Parameters(**wishes))
    assert {name: body[name] for name in wishes} == wishes
    assert notices == []


@pytest.mark.parametrize("model", ["xai.grok-4", "xai.grok-3", "xai.grok-4.20-non-reasoning"])
@pytest.mark.parametrize("name", ["frequency_penalty", "presence_penalty"])
def test_grok_gets_no_zero_penalty_and_nobody_needs_to_know(model: str, name: str) -> None:
    zero: dict[str, Any] = {name: 0.0}
    body, notices = build(family=find(model), parameters=Parameters(**zero))
    assert name not in body
    assert notices == []


@pytest.mark.parametrize("name", ["frequency_penalty", "presence_penalty"])
def test_grok_gets_a_penalty_that_was_meant(name: str) -> None:
    meant: dict[str, Any] = {name: 0.5}
    body, notices = build(family=find("xai.grok-4"), parameters=Parameters(**meant))
    assert body[name] == 0.5
    assert notices == []


INLINED: Final = [
    "google.gemini-2.5-pro",
    "meta.llama-3.3-70b-instruct",
    "cohere.command-a-03-2025",
    "mistral.mistral-large",
]


@pytest.mark.parametrize("model", INLINED)
def test_families_that_refuse_references_get_schemas_written_out(model: str) -> None:
    body, notices = build(
        family=find(model),
        tools=(Tool("find", "Finds.", REFERRING), Tool("now")),
        response_format=ResponseFormat(REFERRING),
    )
    assert [tool["function"]["parameters"] for tool in body["tools"]] == [
        WRITTEN_OUT,
        {"type": "object"},
    ]
    assert body["tools"][0]["function"]["description"] == "Finds."
    assert body["response_format"]["json_schema"] == {"name": "answer", "schema": WRITTEN_OUT}
    assert notices == []


@pytest.mark.parametrize("model", INLINED)
def test_a_format_without_a_schema_has_nothing_to_write_out(model: str) -> None:
    body, _ = build(family=find(model), response_format=ResponseFormat())
    assert body["response_format"] == {"type": "json_object"}


@pytest.mark.parametrize("model", INLINED)
def test_a_schema_that_can_not_be_written_out_is_refused_before_it_is_sent(model: str) -> None:
    endless = {"$ref": "#/$defs/A", "$defs": {"A": {"items": {"$ref": "#/$defs/A"}}}}
    with pytest.raises(UsageError, match="refers to itself"):
        build(family=find(model), tools=(Tool("find", "", endless),))


@pytest.mark.parametrize("model", ["openai.gpt-5.5", "openai.gpt-4.1", "xai.grok-4"])
def test_other_families_get_schemas_as_they_are(model: str) -> None:
    body, _ = build(
        family=find(model),
        tools=(Tool("find", "", REFERRING),),
        response_format=ResponseFormat(REFERRING),
    )
    assert body["tools"][0]["function"]["parameters"] == REFERRING
    assert body["response_format"]["json_schema"]["schema"] == REFERRING


def test_shaping_leaves_the_persons_own_schema_alone() -> None:
    before = json.dumps(REFERRING)
    build(family=find(INLINED[0]), tools=(Tool("find", "", REFERRING),))
    assert json.dumps(REFERRING) == before
