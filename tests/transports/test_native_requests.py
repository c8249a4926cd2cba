"""Facts about native requests: every wish and every part has its place, or it raises."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

import pytest

from ocigenai_nb.core.catalog import NATIVE_FORMATS, find_native_format
from ocigenai_nb.core.errors import UsageError
from ocigenai_nb.core.messages import Image, Message, ResponseFormat, Tool, ToolCall
from ocigenai_nb.core.parameters import Parameters
from ocigenai_nb.core.requests import ChatRequest, Plan
from ocigenai_nb.core.routing import family_of
from ocigenai_nb.model_facts import MODELS
from ocigenai_nb.transports.native_requests import build_details, build_plan
from tests.transports.native_player import Player
from tests.transports.native_sdk import send_by_sdk

LLAMA: Final = "meta.llama-3.3-70b-instruct"
GROK: Final = "xai.grok-4.3"
GEMINI: Final = "google.gemini-2.5-flash"
GPT_5: Final = "openai.gpt-5.5"
R_PLUS: Final = "cohere.command-r-plus-08-2024"
A: Final = "cohere.command-a-03-2025"
VISION: Final = "cohere.command-a-vision"
DEDICATED: Final = "ocid1.generativeaiendpoint.oc1.us-chicago-1.amaaaaaa"
FORMATS: Final = {"GENERIC": LLAMA, "COHERE": R_PLUS, "COHEREV2": VISION}

HI: Final = (Message.user("Hi."),)
PNG: Final = Image.from_bytes(b"png", "image/png")
PARIS: Final = ToolCall("a", "weather", '{"city": "Paris"}')
ROME: Final = ToolCall("b", "weather", '{"city": "Rome"}')
WEATHER: Final = Tool(
    "weather",
    "The weather now.",
    {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
)
SCHEMA: Final = {
    "type": "object",
    "properties": {"city": {"$ref": "#/$defs/Name"}},
    "$defs": {"Name": {"type": "string"}},
}
INLINED: Final = {"type": "object", "properties": {"city": {"type": "string"}}}
EVERY_WISH: Final = Parameters(
    max_tokens=9,
    temperature=0.0,
    top_p=0.5,
    seed=7,
    stop=["END", "STOP"],
    frequency_penalty=0.25,
    presence_penalty=0.0,
)
TOOL_TURN: Final = (
    Message.system("Be brief."),
    Message.user("Where is it warmer?"),
    Message.assistant("", tool_calls=(PARIS, ROME)),
    Message.tool(PARIS, "20 °C"),
    Message.tool(ROME, "25 °C"),
)


def plan(model: str, messages: tuple[Message, ...] = HI, **fields: Any) -> Plan:
    request = replace(ChatRequest(model, messages, stream=False), **fields)
    found = find_native_format(model).name
    return build_plan(request, family_of(model), found, "ocid1.compartment.oc1..c")


def chat(model: str, messages: tuple[Message, ...] = HI, **fields: Any) -> dict[str, Any]:
    """The `chatRequest` of a request."""
    body: dict[str, Any] = plan(model, messages, **fields).body["chatRequest"]
    return body


# The envelope


@pytest.mark.parametrize(
    ("model", "mode"),
    [
        (LLAMA, {"servingType": "ON_DEMAND", "modelId": LLAMA}),
        (R_PLUS, {"servingType": "ON_DEMAND", "modelId": R_PLUS}),
        (DEDICATED, {"servingType": "DEDICATED", "endpointId": DEDICATED}),
    ],
)
def test_the_envelope_says_who_pays_and_who_answers(model: str, mode: dict[str, str]) -> None:
    body = plan(model).body
    assert set(body) == {"compartmentId", "servingMode", "chatRequest"}
    assert body["compartmentId"] == "ocid1.compartment.oc1..c"
    assert body["servingMode"] == mode


@pytest.mark.parametrize(
    ("model", "api_format"),
    [
        (LLAMA, "GENERIC"),
        (GROK, "GENERIC"),
        (GEMINI, "GENERIC"),
        (GPT_5, "GENERIC"),
        ("mistral.new", "GENERIC"),
        (DEDICATED, "GENERIC"),
        (R_PLUS, "COHERE"),
        ("cohere.command-r-08-2024", "COHERE"),
        (A, "COHERE"),
        ("cohere.command-latest", "COHERE"),
        ("cohere.command-a-translate-08-2025", "COHERE"),
        (VISION, "COHEREV2"),
        ("cohere.command-a-vision-07-2025", "COHEREV2"),
        ("cohere.command-a-reasoning-08-2025", "COHEREV2"),
        ("Cohere.Command-A-Reasoning", "COHEREV2"),
    ],
)
def test_a_model_is_asked_in_its_own_format(model: str, api_format: str) -> None:
    assert chat(model)["apiFormat"] == api_format


def test_every_format_has_a_reason_and_vision_models_of_cohere_get_the_one_with_images() -> None:
    assert all(found.reason for found in NATIVE_FORMATS)
    seeing = [
        name
        for name, facts in MODELS.items()
        if facts["family"] == "cohere-command" and "vision" in facts["capabilities"]
    ]
    assert seeing
    assert {find_native_format(name).name for name in seeing} == {"COHEREV2"}


@pytest.mark.parametrize("model", FORMATS.values(), ids=FORMATS)
def test_a_streamed_request_asks_for_its_usage(model: str) -> None:
    streamed = chat(model, stream=True)
    assert streamed["isStream"] is True
    assert streamed["streamOptions"] == {"isIncludeUsage": True}
    assert not {"isStream", "streamOptions"} & chat(model).keys()


# What was asked for, against the SDK's own client

REQUESTS: Final[dict[str, dict[str, Any]]] = {
    "text": {},
    "streamed": {"stream": True},
    "every wish": {"parameters": EVERY_WISH},
    "tools": {"messages": TOOL_TURN, "tools": (WEATHER, Tool("now"))},
    "history": {"messages": (*TOOL_TURN, Message.assistant("Rome."), Message.user("Sure? ü💚"))},
    "any JSON": {"response_format": ResponseFormat()},
    "a schema": {"response_format": ResponseFormat(SCHEMA, "city")},
}
ASKED: Final = [(model, name) for model in (*FORMATS.values(), GEMINI) for name in REQUESTS]


@pytest.fixture(scope="module")
def player() -> Iterator[Player]:
    response = {"apiFormat": "COHERE", "text": "", "finishReason": "COMPLETE"}
    whole = {"modelId": "m", "modelVersion": "1.0", "chatResponse": response}
    with Player(whole=whole) as playing:
        yield playing


@pytest.mark.parametrize(("model", "name"), ASKED)
def test_a_body_is_what_the_sdk_own_client_sends(model: str, name: str, player: Player) -> None:
    request = replace(ChatRequest(model, HI, stream=False), **REQUESTS[name])
    family, found = family_of(model), find_native_format(model).name
    # The SDK would hand out a stream to read; here only what it sends counts.
    details, _ = build_details(request, family, found, "ocid1.compartment.oc1..c")
    body = build_plan(request, family, found, "ocid1.compartment.oc1..c").body
    assert send_by_sdk(details, player) == body
    assert player.asked[-1].path == "/20231130/actions/chat"


def test_the_sdk_is_not_imported_before_a_request_is_written() -> None:
    program = (
        "import sys; from ocigenai_nb.transports import native, native_requests;"
        "raise SystemExit('oci' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


# Wishes


@pytest.mark.parametrize(
    ("model", "stop"), [(LLAMA, "stop"), (R_PLUS, "stopSequences"), (VISION, "stopSequences")]
)
def test_every_wish_is_sent_under_the_format_s_name_zero_included(model: str, stop: str) -> None:
    sent = chat(model, parameters=EVERY_WISH)
    expected = {
        "maxTokens": 9,
        "temperature": 0.0,
        "topP": 0.5,
        "seed": 7,
        stop: ["END", "STOP"],
        "frequencyPenalty": 0.25,
        "presencePenalty": 0.0,
    }
    assert {name: sent.get(name) for name in expected} == expected


def test_a_wish_that_was_not_made_is_not_sent() -> None:
    assert set(chat(LLAMA)) == {"apiFormat", "messages"}
    assert set(chat(R_PLUS)) == {"apiFormat", "message"}
    assert set(chat(VISION)) == {"apiFormat", "messages"}


@pytest.mark.parametrize("model", [GPT_5, "openai.gpt-4.1", "openai.gpt-oss-120b"])
def test_openai_models_count_their_thinking_too(model: str) -> None:
    sent = chat(model, parameters=Parameters(max_tokens=9))
    assert sent["maxCompletionTokens"] == 9
    assert "maxTokens" not in sent


def test_what_a_family_s_rules_leave_out_is_told() -> None:
    written = plan(GPT_5, parameters=EVERY_WISH)
    names = ("temperature", "top_p", "frequency_penalty", "presence_penalty", "stop")
    assert [notice.split()[0] for notice in written.notices] == list(names)
    assert set(written.body["chatRequest"]) == {
        "apiFormat",
        "messages",
        "maxCompletionTokens",
        "seed",
    }


def test_zero_penalties_stay_away_from_grok() -> None:
    sent = chat(GROK, parameters=Parameters(frequency_penalty=0, presence_penalty=0))
    assert set(sent) == {"apiFormat", "messages"}


@pytest.mark.parametrize("effort", ["minimal", "low", "medium", "high", "HIGH"])
def test_reasoning_effort_is_sent_in_the_service_s_spelling(effort: str) -> None:
    sent = chat(GPT_5, parameters=Parameters(reasoning_effort=effort))
    assert sent["reasoningEffort"] == effort.upper()


@pytest.mark.parametrize(
    ("model", "parameters", "named"),
    [
        (LLAMA, Parameters(reasoning_effort="huge"), "reasoning_effort 'HUGE'"),
        (R_PLUS, Parameters(reasoning_effort="low"), "reasoning_effort has no place in a COHERE"),
        (VISION, Parameters(reasoning_effort="low"), "reasoning_effort has no place in a COHEREV2"),
    ],
)
def test_a_wish_without_a_place_raises_and_names_itself(
    model: str, parameters: Parameters, named: str
) -> None:
    with pytest.raises(UsageError, match=named):
        plan(model, parameters=parameters)


# GENERIC


def test_generic_messages_keep_their_roles_and_parts() -> None:
    said = chat(
        LLAMA,
        (
            Message.system("Be brief."),
            Message.user("What is this?", PNG),
            Message.assistant("A picture."),
            Message.user("Sure?"),
        ),
    )["messages"]
    picture = {"type": "IMAGE", "imageUrl": {"url": PNG.url}}
    assert said == [
        {"role": "SYSTEM", "content": [{"type": "TEXT", "text": "Be brief."}]},
        {"role": "USER", "content": [{"type": "TEXT", "text": "What is this?"}, picture]},
        {"role": "ASSISTANT", "content": [{"type": "TEXT", "text": "A picture."}]},
        {"role": "USER", "content": [{"type": "TEXT", "text": "Sure?"}]},
    ]


@pytest.mark.parametrize(
    ("model", "kind", "image"), [(LLAMA, "IMAGE", "imageUrl"), (VISION, "IMAGE_URL", "imageUrl")]
)
def test_a_picture_s_detail_is_sent_where_one_was_asked_for(
    model: str, kind: str, image: str
) -> None:
    _, picture = chat(model, (Message.user("?", Image(PNG.url, "low")),))["messages"][0]["content"]
    assert picture == {"type": kind, image: {"url": PNG.url, "detail": "LOW"}}


def test_generic_calls_and_results_go_by_their_ids() -> None:
    *_, asked, first, second = chat(LLAMA, TOOL_TURN)["messages"]
    assert asked["toolCalls"] == [
        {"type": "FUNCTION", "id": "a", "name": "weather", "arguments": PARIS.arguments},
        {"type": "FUNCTION", "id": "b", "name": "weather", "arguments": ROME.arguments},
    ]
    assert first == {
        "role": "TOOL",
        "content": [{"type": "TEXT", "text": "20 °C"}],
        "toolCallId": "a",
    }
    assert second["toolCallId"] == "b"


@pytest.mark.parametrize(("model", "filler"), [(LLAMA, "."), (GEMINI, "."), (VISION, " ")])
@pytest.mark.parametrize("text", ["", "I look."])
def test_an_answer_without_text_says_the_least_that_the_service_takes(
    model: str, filler: str, text: str
) -> None:
    turn = (*HI, Message.assistant(text, tool_calls=(PARIS,)), Message.tool(PARIS, "20 °C"))
    _, answer, _ = chat(model, turn)["messages"]
    assert answer["content"] == [{"type": "TEXT", "text": text or filler}]


def test_gemini_gets_each_call_with_its_one_result() -> None:
    stray = Message.tool(ToolCall("z", "old", "{}"), "late")
    turn = (*HI, Message.assistant("I look.", tool_calls=(PARIS, ROME)))
    results = (Message.tool(ROME, "25 °C"), Message.tool(PARIS, "20 °C"), stray)
    said = chat(GEMINI, (*turn, *results, Message.user("So?")))["messages"]
    assert [message["role"] for message in said] == [
        "USER", "ASSISTANT", "TOOL", "ASSISTANT", "TOOL", "TOOL", "USER",
    ]  # fmt: skip
    assert [call["id"] for message in said for call in message.get("toolCalls", [])] == ["a", "b"]
    assert [m["toolCallId"] for m in said if m["role"] == "TOOL"] == ["a", "b", "z"]
    assert [message["content"][0]["text"] for message in said[1:5:2]] == ["I look.", "."]


def test_other_families_get_parallel_calls_in_one_message() -> None:
    roles = [message["role"] for message in chat(GROK, TOOL_TURN)["messages"]]
    assert roles == ["SYSTEM", "USER", "ASSISTANT", "TOOL", "TOOL"]


@pytest.mark.parametrize("model", [LLAMA, GROK])
def test_generic_tools_are_functions_with_their_references_written_out(model: str) -> None:
    (weather, now) = chat(model, tools=(Tool("weather", "Now.", SCHEMA), Tool("now")))["tools"]
    assert weather == {
        "type": "FUNCTION",
        "name": "weather",
        "description": "Now.",
        "parameters": INLINED,
    }
    assert now == {"type": "FUNCTION", "name": "now", "parameters": {"type": "object"}}


def test_generic_response_formats() -> None:
    assert chat(LLAMA, response_format=ResponseFormat())["responseFormat"] == {
        "type": "JSON_OBJECT"
    }
    wanted = chat(LLAMA, response_format=ResponseFormat(SCHEMA, "city"))["responseFormat"]
    assert wanted == {"type": "JSON_SCHEMA", "jsonSchema": {"name": "city", "schema": INLINED}}


# COHEREV2


def test_cohere_v2_messages_keep_their_roles_and_parts() -> None:
    turn = (Message.system("Be brief."), Message.user("What is this?", PNG))
    assert chat(VISION, turn)["messages"] == [
        {"role": "SYSTEM", "content": [{"type": "TEXT", "text": "Be brief."}]},
        {
            "role": "USER",
            "content": [
                {"type": "TEXT", "text": "What is this?"},
                {"type": "IMAGE_URL", "imageUrl": {"url": PNG.url}},
            ],
        },
    ]


def test_cohere_v2_tools_calls_and_results_are_functions_by_id() -> None:
    sent = chat(VISION, TOOL_TURN, tools=(WEATHER,))
    *_, asked, first, second = sent["messages"]
    function = {"name": "weather", "arguments": PARIS.arguments}
    assert asked["toolCalls"][0] == {"id": "a", "type": "FUNCTION", "function": function}
    assert [first["toolCallId"], second["toolCallId"]] == ["a", "b"]
    (tool,) = sent["tools"]
    assert tool["type"] == "FUNCTION"
    assert tool["function"]["parameters"] == WEATHER.parameters
