"""COHERE chat as the `oci` SDK speaks it: shapes as recorded, tools without ids."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any

import pytest
from oci.generative_ai_inference import models

from ocigenai_nb.emulator.service import Service
from tests.emulator.native_client import (
    COMMAND_A,
    COMMAND_R,
    NativeClient,
    drop_pads,
    find_shape,
    post_native,
    refuse,
    write_cohere,
    write_envelope,
)

WEATHER = models.CohereTool(
    name="get_weather",
    description="Current weather in a city",
    parameter_definitions={
        "city": models.CohereParameterDefinition(type="str", description="A city", is_required=True)
    },
)
USAGE = models.StreamOptions(is_include_usage=True)
PLAN = "I will use get_weather to answer this."
CALLS = [
    {"name": "get_weather", "parameters": {"city": "Chicago"}},
    {"name": "get_weather", "parameters": {"city": "Paris"}},
]
CALL = models.CohereToolCall(name="get_weather", parameters={"city": "Chicago"})
RESULT = models.CohereToolResult(call=CALL, outputs=[{"sky": "clear"}])


@pytest.fixture(scope="module")
def client(running_service: Service) -> Iterator[NativeClient]:
    with contextlib.closing(NativeClient(running_service)) as client:
        yield client


def write(text: str = "count from 1 to 3", **fields: Any) -> Any:
    return models.CohereChatRequest(message=text, **fields)


def test_a_stream_has_the_events_that_were_recorded(client: NativeClient) -> None:
    """Of cohere.command-a-03-2025: pieces, then all of it again, and no [DONE]."""
    history = [
        models.CohereUserMessage(message="Hello"),
        models.CohereChatBotMessage(message="Hi! How can I help?"),
    ]
    request = write(chat_history=history, stream_options=USAGE)
    *pieces, last = client.stream(request, COMMAND_A)
    assert drop_pads(pieces) == [
        {"apiFormat": "COHERE", "text": text} for text in ("1", " 2", " 3")
    ]
    assert list(pieces[0]) == ["apiFormat", "text", "pad"]
    assert list(last) == ["apiFormat", "text", "chatHistory", "finishReason", "pad", "usage"]
    assert drop_pads([last]) == [
        {
            "apiFormat": "COHERE",
            "text": "1 2 3",
            "chatHistory": [
                {"role": "USER", "message": "Hello"},
                {"role": "CHATBOT", "message": "Hi! How can I help?"},
                {"role": "USER", "message": "count from 1 to 3"},
                {"role": "CHATBOT", "message": "1 2 3"},
            ],
            "finishReason": "COMPLETE",
            "usage": {"completionTokens": 3, "promptTokens": 25, "totalTokens": 28},
        }
    ]


def test_a_whole_answer_is_like_the_end_of_a_stream(service: Service, client: NativeClient) -> None:
    answer = post_native(service, write_envelope(service, write_cohere(), COMMAND_R))
    assert answer.headers["content-type"] == "application/json"
    assert find_shape(answer.json()) == {
        "modelId": "str",
        "modelVersion": "str",
        "chatResponse": {
            "apiFormat": "str",
            "text": "str",
            "chatHistory": [{"role": "str", "message": "str"}] * 2,
            "finishReason": "str",
            "usage": {"completionTokens": "int", "promptTokens": "int", "totalTokens": "int"},
        },
    }
    read = client.ask(write(), COMMAND_R)
    assert (read.text, read.finish_reason, read.chat_history[-1].message) == (
        "1 2 3",
        "COMPLETE",
        "1 2 3",
    )


def test_without_asking_a_stream_has_no_usage(client: NativeClient) -> None:
    assert not any("usage" in event for event in client.stream(write(), COMMAND_A))


def test_tool_calls_repeat_the_plan_and_come_again_at_the_end(client: NativeClient) -> None:
    request = write("What is the weather in Chicago and Paris?", tools=[WEATHER])
    *pieces, calling, last = drop_pads(client.stream(request, COMMAND_A))
    assert "".join(piece["text"] for piece in pieces) == PLAN
    assert calling == {"apiFormat": "COHERE", "text": PLAN, "toolCalls": CALLS}
    assert (last["text"], last["toolCalls"], last["finishReason"]) == (PLAN, CALLS, "COMPLETE")
    assert last["chatHistory"][-1] == {"role": "CHATBOT", "message": PLAN, "toolCalls": CALLS}
    whole = client.ask(request, COMMAND_A)
    assert [(call.name, call.parameters) for call in whole.tool_calls] == [
        (call["name"], call["parameters"]) for call in CALLS
    ]


@pytest.mark.parametrize("model", [COMMAND_A, COMMAND_R])
def test_results_come_in_place_of_a_message(client: NativeClient, model: str) -> None:
    history = [
        models.CohereUserMessage(message="weather in Chicago?"),
        models.CohereChatBotMessage(message=PLAN, tool_calls=[CALL]),
    ]
    request = write("", chat_history=history, tool_results=[RESULT], tools=[WEATHER])
    *_, last = client.stream(request, model)
    assert last["text"] == "According to get_weather: clear."
    assert last["chatHistory"][-2]["role"] == "TOOL"


def test_results_in_the_history_are_remembered(client: NativeClient) -> None:
    history = [
        models.CohereUserMessage(message="weather in Chicago?"),
        models.CohereChatBotMessage(message=PLAN, tool_calls=[CALL]),
        models.CohereToolMessage(tool_results=[RESULT]),
        models.CohereSystemMessage(message="Be concise."),
        models.CohereChatBotMessage(message="It is clear."),
    ]
    assert client.ask(write("count to 2", chat_history=history), COMMAND_A).text == "1 2"


def test_several_outputs_are_read_as_they_are(client: NativeClient) -> None:
    result = models.CohereToolResult(call=CALL, outputs=[{"sky": "clear"}, {"wind": 3}])
    answer = client.ask(write("", tool_results=[result]), COMMAND_R)
    assert answer.text == "According to get_weather: [{'sky': 'clear'}, {'wind': 3}]."


def test_in_a_single_step_message_and_results_come_together(client: NativeClient) -> None:
    request = write("weather in Chicago?", tool_results=[RESULT], is_force_single_step=True)
    assert client.ask(request, COMMAND_R).text == "According to get_weather: clear."


@pytest.mark.parametrize(
    ("python_type", "value"),
    [("int", 3), ("float", 3), ("str", "count"), ("bool", True), ("List[str]", ["count"])],
)
def test_parameters_have_pythons_types(
    client: NativeClient, python_type: str, value: object
) -> None:
    definition = models.CohereParameterDefinition(type=python_type, is_required=True)
    tool = models.CohereTool(
        name="count_up", description="Count up", parameter_definitions={"count": definition}
    )
    (call,) = client.ask(write("count up 3 times", tools=[tool]), COMMAND_A).tool_calls
    assert isinstance(call.parameters["count"], type(value))


def test_a_preamble_and_json_are_taken(client: NativeClient) -> None:
    wanted = models.CohereResponseJsonFormat(
        schema={"type": "object", "properties": {"age": {"type": "integer"}}}
    )
    request = write("Ada is 36.", preamble_override="Be concise.", response_format=wanted)
    assert json.loads(client.ask(request, COMMAND_A).text) == {"age": 36}


def test_an_answer_ends_where_its_tokens_run_out(client: NativeClient) -> None:
    *_, last = client.stream(write("count from 1 to 100", max_tokens=3), COMMAND_R)
    assert (last["text"], last["finishReason"]) == ("1 2 3", "MAX_TOKENS")


def test_after_a_stop_sequence_there_is_no_reason(client: NativeClient) -> None:
    *_, last = client.stream(write("count from 1 to 9", stop_sequences=["5"]), COMMAND_R)
    assert (last["text"], last["finishReason"]) == ("1 2 3 4 ", None)


def test_a_call_whose_arguments_broke_off_is_left_out(client: NativeClient) -> None:
    *_, last = client.stream(write("weather in Chicago?", tools=[WEATHER], max_tokens=4), COMMAND_A)
    assert "toolCalls" not in last
    assert last["finishReason"] == "MAX_TOKENS"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (
            {"message": ""},
            "message must be at least 1 token long or tool results must be specified.",
        ),
        (
            {"toolResults": [{"call": CALLS[0], "outputs": [{"sky": "clear"}]}]},
            "cannot specify both message and tool_results in multistep mode",
        ),
        (
            {"chatHistory": [{"role": "TOOL", "toolResults": []}]},
            "cannot specify message if the last entry in chat history contains tool results",
        ),
        (
            {"chatHistory": [{"role": "CHATBOT", "message": ""}]},
            "all elements in history must have a message.",
        ),
        (
            {"chatHistory": [{"role": "CHATBOT", "message": " ", "toolCalls": CALLS}]},
            (
                "An assistant message with 'tool_calls' must be followed by tool messages "
                "responding to each 'tool_call_id'. The following tool_call_ids did not have "
                "response messages: "
            ),
        ),
    ],
)
def test_what_cohere_refuses_it_refuses_in_its_own_words(
    service: Service, fields: dict[str, Any], words: str
) -> None:
    envelope = write_envelope(service, write_cohere(**fields), COMMAND_A)
    assert refuse(service, envelope) == (400, "400", f"invalid request: {words}")


def test_the_r_series_minds_no_call_without_results(client: NativeClient) -> None:
    history = [models.CohereChatBotMessage(message=" ", tool_calls=[CALL])]
    assert client.ask(write("count to 2", chat_history=history), COMMAND_R).text == "1 2"
