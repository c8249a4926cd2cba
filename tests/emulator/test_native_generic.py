"""GENERIC chat as the `oci` SDK speaks it: shapes as recorded, each family in its own dialect."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from oci.generative_ai_inference import models

from ocigenai_nb.emulator.service import Service
from tests.emulator.client import (
    GEMINI,
    GPT,
    GPT_5,
    GPT_OSS,
    GROK,
    GROK_REASONING,
    LLAMA,
    connect,
    post_raw,
    read_chunks,
)
from tests.emulator.native_client import (
    NATIVE,
    NativeClient,
    drop_pads,
    find_shape,
    list_texts,
    post_native,
    write_envelope,
    write_generic,
    write_user,
)

WEATHER = models.FunctionDefinition(
    name="get_weather",
    description="Current weather in a city",
    parameters={
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
    },
)
TWO_CITIES = "What is the weather in Chicago and Paris?"
CHICAGO, PARIS = '{"city": "Chicago"}', '{"city": "Paris"}'
USAGE = models.StreamOptions(is_include_usage=True)


@pytest.fixture(scope="module")
def client(running_service: Service) -> Iterator[NativeClient]:
    with contextlib.closing(NativeClient(running_service)) as client:
        yield client


def write(text: str = "count from 1 to 3", **fields: Any) -> Any:
    return models.GenericChatRequest(messages=[write_user(text)], **fields)


def test_a_whole_answer_has_the_shape_that_was_recorded(service: Service) -> None:
    """Of openai.gpt-5.4; the numbers and texts differ, the names and types do not."""
    answer = post_native(service, write_envelope(service, write_generic(), "openai.gpt-5.4"))
    assert answer.headers["content-type"] == "application/json"
    assert find_shape(answer.json()) == {
        "modelId": "str",
        "modelVersion": "str",
        "chatResponse": {
            "apiFormat": "str",
            "timeCreated": "str",
            "choices": [
                {
                    "index": "int",
                    "message": {
                        "role": "str",
                        "content": [{"type": "str", "text": "str"}],
                        "annotations": [],
                    },
                    "finishReason": "str",
                    "logprobs": {},
                }
            ],
            "usage": {
                "completionTokens": "int",
                "promptTokens": "int",
                "totalTokens": "int",
                "completionTokensDetails": {
                    "acceptedPredictionTokens": "int",
                    "reasoningTokens": "int",
                },
                "promptTokensDetails": {"cachedTokens": "int"},
            },
            "serviceTier": "str",
        },
    }


def test_the_sdk_reads_a_whole_answer(client: NativeClient) -> None:
    answer = client.post(write("what is 17 * 23?"), GPT_5).data
    (choice,) = answer.chat_response.choices
    usage = answer.chat_response.usage
    assert (answer.model_id, answer.model_version) == (GPT_5, "1.0.0")
    assert choice.message.content[0].text == "17 * 23 = 391"
    assert choice.finish_reason == "stop"
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens
    assert 0 < usage.completion_tokens_details.reasoning_tokens < usage.completion_tokens
    assert answer.chat_response.time_created.year >= 2026


def test_a_stream_has_the_events_that_were_recorded(client: NativeClient) -> None:
    """Of meta.llama-3.3-70b-instruct: an empty text, pieces, the reason, usage, [DONE]."""
    events = client.stream(write("count from 1 to 3", stream_options=USAGE), LLAMA)

    def piece(text: str) -> dict[str, Any]:
        return {"role": "ASSISTANT", "content": [{"type": "TEXT", "text": text}]}

    assert drop_pads(events) == [
        {"index": 0, "message": piece("")},
        {"index": 0, "message": piece("1")},
        {"index": 0, "message": piece(" 2")},
        {"index": 0, "message": piece(" 3")},
        {"message": piece(""), "finishReason": "stop"},
        {"usage": {"completionTokens": 3, "promptTokens": 9, "totalTokens": 12}},
        "[DONE]",
    ]
    assert [list(event)[-1] for event in events[:-1]] == ["pad"] * 6


def test_pads_vary_in_length_and_are_the_same_each_time(client: NativeClient) -> None:
    first, second = (client.stream(write("count from 1 to 30"), LLAMA) for _ in range(2))
    pads = [event["pad"] for event in first[:-1]]
    assert first == second
    assert {len(pad) for pad in pads} == set(range(1, 13))
    assert set("".join(pads)) == {"a"}


def test_without_asking_a_stream_has_no_usage(client: NativeClient) -> None:
    assert not any("usage" in event for event in client.stream(write(), LLAMA))


def test_a_streams_head_is_bare_and_each_event_is_one_http_chunk(service: Service) -> None:
    envelope = write_envelope(service, write_generic("count to 9", isStream=True), LLAMA)
    with connect(service) as http, http.stream("POST", NATIVE, json=envelope) as response:
        assert response.headers["content-type"] == "text/event-stream"
        assert response.headers["cache-control"] == "no-cache"
        assert response.headers["transfer-encoding"] == "chunked"
    with post_raw(service, envelope, path=NATIVE, extra=[("connection", "close")]) as connection:
        *events, end = read_chunks(connection)
    assert end == b""
    assert len(events) == 1 + 9 + 1 + 1
    assert all(event.startswith(b"data: ") and event.endswith(b"\n\n") for event in events)
    assert service.journal.wait_for(lambda entry: entry.outcome == "complete").events == 12


@pytest.mark.parametrize("text", ["a\u2028b\u2029c", "“q” \\ \t\x01 🌊 e\u0301\n\n", "日本語"])
def test_any_text_survives_the_stream(client: NativeClient, text: str) -> None:
    events = client.stream(write(f"say exactly: {text}end"), LLAMA)[:-1]
    assert "".join(list_texts(events)) == f"{text}end"


@pytest.mark.parametrize(
    ("model", "shown", "counted"),
    [
        (GPT_OSS, True, True),
        (GROK_REASONING, True, True),
        (GPT_5, False, True),
        (GEMINI, False, True),
        (GPT, False, False),
        (LLAMA, False, False),
    ],
)
def test_reasoning_is_shown_hidden_or_absent_by_family(
    client: NativeClient, model: str, *, shown: bool, counted: bool
) -> None:
    whole = client.ask(write(), model)
    events = client.stream(write(stream_options=USAGE), model)[:-1]
    thoughts = [(e.get("message") or {}).get("reasoningContent") for e in events]
    assert bool(whole.choices[0].message.reasoning_content) is shown
    assert "".join(filter(None, thoughts)) == (whole.choices[0].message.reasoning_content or "")
    details = events[-1]["usage"].get("completionTokensDetails", {})
    assert (details.get("reasoningTokens", 0) > 0) is counted


@pytest.mark.parametrize("effort", ["NONE", "MINIMAL"])
def test_no_effort_means_no_reasoning(client: NativeClient, effort: str) -> None:
    usage = client.ask(write(reasoning_effort=effort), GPT_5).usage
    assert usage.completion_tokens_details.reasoning_tokens == 0


@pytest.mark.parametrize(
    ("model", "has_ids", "fragments"),
    [
        (GPT_OSS, True, True),
        (GPT, True, True),
        (GROK, True, False),
        (LLAMA, True, False),
        (GEMINI, False, False),
    ],
)
def test_streamed_tool_calls_follow_the_familys_dialect(
    client: NativeClient, model: str, *, has_ids: bool, fragments: bool
) -> None:
    *events, end, done = client.stream(write(TWO_CITIES, tools=[WEATHER]), model)
    calling = [event for event in events if "toolCalls" in event["message"]]
    calls = [call for event in calling for call in event["message"]["toolCalls"]]
    heads = [call for call in calls if "name" in call]
    assert [event["index"] for event in calling] == [0] * len(calling)
    assert len(calls) == len(calling)
    assert [head["name"] for head in heads] == ["get_weather"] * 2
    assert ["id" in head for head in heads] == [has_ids] * 2
    assert (len(calls) > 2) is fragments
    tails = [call for call in calls if "name" not in call]
    assert not any("id" in tail for tail in tails)
    assert "".join(call["arguments"] for call in calls) == CHICAGO + PARIS
    if not fragments:
        assert [head["arguments"] for head in heads] == [CHICAGO, PARIS]
    assert (drop_pads([end]), done) == ([{"finishReason": "tool_calls"}], "[DONE]")


@pytest.mark.parametrize("model", [GPT, GROK, GEMINI])
def test_whole_tool_calls_come_without_content(client: NativeClient, model: str) -> None:
    (choice,) = client.ask(write(TWO_CITIES, tools=[WEATHER]), model).choices
    calls = choice.message.tool_calls
    assert (choice.finish_reason, choice.message.content) == ("tool_calls", None)
    assert [(call.type, call.name, call.arguments) for call in calls] == [
        ("FUNCTION", "get_weather", CHICAGO),
        ("FUNCTION", "get_weather", PARIS),
    ]
    assert [call.id is not None for call in calls] == [model != GEMINI] * 2


def test_one_call_at_a_time_or_none_or_a_certain_one_if_asked(client: NativeClient) -> None:
    one = write(TWO_CITIES, tools=[WEATHER], is_parallel_tool_calls=False)
    none = write(TWO_CITIES, tools=[WEATHER], tool_choice=models.ToolChoiceNone())
    certain = write(
        "Hello!", tools=[WEATHER], tool_choice=models.ToolChoiceFunction(name="get_weather")
    )
    calls = [client.ask(request, GPT).choices[0].message.tool_calls for request in (one, none)]
    assert [len(found or ()) for found in calls] == [1, 0]
    assert client.ask(certain, GPT).choices[0].message.tool_calls[0].name == "get_weather"


def test_tool_results_become_the_answer(client: NativeClient) -> None:
    call = models.FunctionCall(id="c1", name="get_weather", arguments=CHICAGO)
    request = models.GenericChatRequest(
        messages=[
            write_user("weather in Chicago?"),
            models.AssistantMessage(tool_calls=[call]),
            models.ToolMessage(tool_call_id="c1", content=[models.TextContent(text="clear")]),
        ],
        tools=[WEATHER],
    )
    answer = client.ask(request, LLAMA).choices[0].message.content[0].text
    assert answer == "According to get_weather: clear."


def test_system_messages_history_and_images_are_taken(client: NativeClient) -> None:
    image = models.ImageContent(
        image_url=models.ImageUrl(url="data:image/png;base64,iVBORw0KGgo=", detail="HIGH")
    )
    request = models.GenericChatRequest(
        messages=[
            models.SystemMessage(content=[models.TextContent(text="Be concise.")]),
            models.UserMessage(content=[models.TextContent(text="My name is Ada."), image]),
            models.AssistantMessage(content=[models.TextContent(text="Hello Ada!")]),
            write_user("What is my name?"),
        ]
    )
    assert "Ada" in client.ask(request, GPT).choices[0].message.content[0].text


def test_json_answers_are_json(client: NativeClient) -> None:
    schema = {
        "type": "object",
        "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
        "required": ["name", "age"],
    }
    named = models.ResponseJsonSchema(name="person", schema=schema, is_strict=True)
    wanted = models.JsonSchemaResponseFormat(json_schema=named)
    answers = [
        client.ask(write("JSON, please: Ada is 36.", response_format=shape), GPT)
        for shape in (wanted, models.JsonObjectResponseFormat(), models.TextResponseFormat())
    ]
    texts = [answer.choices[0].message.content[0].text for answer in answers]
    assert json.loads(texts[0]) == {"name": "Ada", "age": 36}
    assert isinstance(json.loads(texts[1]), dict)
    assert not texts[2].startswith("{")


@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens"])
def test_an_answer_ends_where_its_tokens_run_out(client: NativeClient, name: str) -> None:
    request = write("count from 1 to 100", **{name: 3})
    (choice,) = client.ask(request, LLAMA).choices
    *events, end, _ = client.stream(request, LLAMA)
    assert (choice.message.content[0].text, choice.finish_reason) == ("1 2 3", "length")
    assert ("".join(list_texts(events)), end["finishReason"]) == ("1 2 3", "length")


def test_calls_that_the_tokens_did_not_last_for_are_left_out(client: NativeClient) -> None:
    (choice,) = client.ask(write(TWO_CITIES, tools=[WEATHER], max_tokens=10), LLAMA).choices
    assert [call.arguments for call in choice.message.tool_calls] == [CHICAGO]
    assert choice.finish_reason == "length"


def test_an_answer_ends_before_a_stop_sequence(client: NativeClient) -> None:
    answer = client.ask(write("count from 1 to 9", stop=["5", ""]), LLAMA)
    assert answer.choices[0].message.content[0].text == "1 2 3 4 "


def test_the_seed_chooses_between_answers(client: NativeClient) -> None:
    haikus = [
        client.ask(write("a haiku", seed=seed), LLAMA).choices[0].message.content[0].text
        for seed in (1, 1, 2)
    ]
    assert haikus[0] == haikus[1] != haikus[2]


def test_a_dedicated_endpoint_answers_with_the_model_it_hosts(
    service: Service, client: NativeClient
) -> None:
    answer = client.post(write(), service.endpoint_id).data
    assert answer.model_id == LLAMA
    assert service.journal.last.model == service.endpoint_id
    events = client.stream(write(), service.endpoint_id)
    assert "".join(list_texts(events[:-1])) == "1 2 3"


@pytest.mark.parametrize("stream", [False, True])
def test_an_answer_takes_as_long_as_its_tokens(
    service: Service, client: NativeClient, *, stream: bool
) -> None:
    service.pace = 200
    began = time.monotonic()
    answer = client.stream if stream else client.ask
    answer(write("count from 1 to 40"), LLAMA)
    assert 0.15 <= time.monotonic() - began < 30
