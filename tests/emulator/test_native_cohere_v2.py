"""COHEREV2 chat as the `oci` SDK's models have it; its stream is a guess, labelled so."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any

import pytest
from oci.generative_ai_inference import models

from ocigenai_nb.emulator.native import cohere_v2
from ocigenai_nb.emulator.service import Service
from tests.emulator.native_client import (
    COMMAND_A,
    REASONING,
    VISION,
    NativeClient,
    drop_pads,
    list_texts,
    refuse,
    write_cohere_v2,
    write_envelope,
    write_user_v2,
)
from tests.peers.flows import make_picture_url

WEATHER = models.CohereToolV2(
    type="FUNCTION",
    function=models.Function(
        name="get_weather",
        description="Current weather in a city",
        parameters={
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
        },
    ),
)
CHICAGO = '{"city": "Chicago"}'
USAGE = models.StreamOptions(is_include_usage=True)


@pytest.fixture(scope="module")
def client(running_service: Service) -> Iterator[NativeClient]:
    with contextlib.closing(NativeClient(running_service)) as client:
        yield client


def write(text: str = "count from 1 to 3", **fields: Any) -> Any:
    return models.CohereChatRequestV2(messages=[write_user_v2(text)], **fields)


def test_the_header_says_that_the_stream_is_not_verified() -> None:
    assert "Unverified: no answer in this format was recorded" in (cohere_v2.__doc__ or "")


def test_the_sdk_reads_a_whole_answer(client: NativeClient) -> None:
    answer = client.ask(write(), VISION)
    assert (answer.api_format, answer.finish_reason) == ("COHEREV2", "COMPLETE")
    assert (answer.message.role, answer.message.content[0].text) == ("ASSISTANT", "1 2 3")
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + 3
    assert answer.id


def test_a_stream_is_blocks_with_the_reason_last(client: NativeClient) -> None:
    *pieces, last = client.stream(write(stream_options=USAGE), VISION)
    assert drop_pads(pieces) == [
        {
            "apiFormat": "COHEREV2",
            "message": {"role": "ASSISTANT", "content": [{"type": "TEXT", "text": text}]},
        }
        for text in ("1", " 2", " 3")
    ]
    assert last["finishReason"] == "COMPLETE"
    assert last["usage"]["completionTokens"] == 3
    assert "content" not in last["message"]


def test_images_and_history_are_taken(client: NativeClient) -> None:
    image = models.CohereImageContentV2(
        image_url=models.CohereImageUrlV2(url="data:image/png;base64,iVBORw0KGgo=")
    )
    said = models.CohereTextContentV2(text="My name is Ada.")
    request = models.CohereChatRequestV2(
        messages=[
            models.CohereSystemMessageV2(content=[models.CohereTextContentV2(text="Be concise.")]),
            models.CohereUserMessageV2(content=[said, image]),
            models.CohereAssistantMessageV2(content=[models.CohereTextContentV2(text="Hello!")]),
            write_user_v2("What is my name?"),
        ]
    )
    assert "Ada" in client.ask(request, VISION).message.content[0].text


def test_a_picture_is_looked_at(client: NativeClient) -> None:
    image = models.CohereImageContentV2(image_url=models.CohereImageUrlV2(url=make_picture_url()))
    said = models.CohereTextContentV2(text="What color is this?")
    message = models.CohereUserMessageV2(content=[said, image])
    answer = client.ask(models.CohereChatRequestV2(messages=[message]), VISION)
    assert answer.message.content[0].text.endswith("it is mostly red.")


@pytest.mark.parametrize(("kind", "thinks"), [(None, True), ("ENABLED", True), ("DISABLED", False)])
def test_thinking_stands_before_the_text_unless_it_is_disabled(
    client: NativeClient, kind: str | None, *, thinks: bool
) -> None:
    wanted = models.CohereThinkingV2(type=kind) if kind else None
    content = client.ask(write(thinking=wanted), REASONING).message.content
    assert [part.type for part in content] == (["THINKING"] if thinks else []) + ["TEXT"]
    events = client.stream(write(thinking=wanted), REASONING)
    thoughts = [
        part["thinking"]
        for event in events
        for part in event["message"].get("content", ())
        if part["type"] == "THINKING"
    ]
    assert "".join(thoughts) == (content[0].thinking if thinks else "")
    assert "".join(list_texts(events)) == "1 2 3"


def test_tool_calls_have_ids_and_a_plan(client: NativeClient) -> None:
    request = write("What is the weather in Chicago?", tools=[WEATHER])
    whole = client.ask(request, COMMAND_A)
    assert whole.finish_reason == "TOOL_CALL"
    assert whole.message.tool_plan == "I will use get_weather to answer this."
    assert whole.message.tool_calls[0].function == {"name": "get_weather", "arguments": CHICAGO}
    *plan, calling, last = client.stream(request, COMMAND_A)
    assert "".join(event["message"]["toolPlan"] for event in plan) == whole.message.tool_plan
    (call,) = calling["message"]["toolCalls"]
    assert call["id"].startswith("get_weather_")
    assert call["function"] == {"name": "get_weather", "arguments": CHICAGO}
    assert last["finishReason"] == "TOOL_CALL"


def test_tool_results_become_the_answer(client: NativeClient) -> None:
    function = {"name": "get_weather", "arguments": CHICAGO}
    call = models.CohereToolCallV2(id="c1", type="FUNCTION", function=function)
    request = models.CohereChatRequestV2(
        messages=[
            write_user_v2("weather in Chicago?"),
            models.CohereAssistantMessageV2(tool_calls=[call]),
            models.CohereToolMessageV2(
                tool_call_id="c1", content=[models.CohereTextContentV2(text="clear")]
            ),
        ],
        tools=[WEATHER],
    )
    answer = client.ask(request, COMMAND_A).message.content[0].text
    assert answer == "According to get_weather: clear."


@pytest.mark.parametrize(("choice", "count"), [("REQUIRED", 1), ("NONE", 0)])
def test_tools_can_be_required_or_forbidden(client: NativeClient, choice: str, count: int) -> None:
    answer = client.ask(write("Hello!", tools=[WEATHER], tools_choice=choice), COMMAND_A)
    assert len(answer.message.tool_calls or ()) == count


def test_json_limits_and_stop_sequences(client: NativeClient) -> None:
    wanted = models.CohereResponseJsonFormat(
        schema={"type": "object", "properties": {"age": {"type": "integer"}}}
    )
    in_json = client.ask(write("Ada is 36.", response_format=wanted), COMMAND_A)
    assert json.loads(in_json.message.content[0].text) == {"age": 36}
    for fields, text, reason in (
        ({"max_tokens": 2}, "1 2", "MAX_TOKENS"),
        ({"stop_sequences": [" 2"]}, "1", "STOP_SEQUENCE"),
    ):
        answer = client.ask(write(**fields), COMMAND_A)
        assert (answer.message.content[0].text, answer.finish_reason) == (text, reason)


def test_a_call_needs_its_result(service: Service) -> None:
    request = write_cohere_v2()
    call = {"id": "c1", "type": "FUNCTION", "function": {"name": "f", "arguments": "{}"}}
    request["messages"].insert(0, {"role": "ASSISTANT", "toolCalls": [call]})
    status, _, message = refuse(service, write_envelope(service, request, COMMAND_A))
    assert status == 400
    assert message.endswith("did not have response messages: c1")
