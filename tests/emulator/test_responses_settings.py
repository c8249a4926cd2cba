"""What a request for a response says beside its input is heeded or refused, never just dropped."""

from __future__ import annotations

from typing import Any

import pytest

from ocigenai_nb.emulator.answer import Ask, count_prompt
from ocigenai_nb.emulator.brain import Call, Turn
from ocigenai_nb.emulator.responses.truncation import drop_oldest
from ocigenai_nb.emulator.service import Service
from tests.emulator.backends import Server
from tests.emulator.client import GPT, GPT_5, GPT_OSS, GROK
from tests.emulator.responses_client import (
    CHICAGO,
    RESPONSES,
    TWO_CITIES,
    WEATHER,
    ask,
    connect_http,
    create,
    find_text,
    read_error,
    read_events,
    say,
    stream,
)

FUNCTION = {"type": "function", "name": "get_weather"}
LONG = "k" * 65
TOO_LONG = "string_above_max_length"
LOGPROBS = "message.output_text.logprobs"


def allow(*tools: Any, **fields: Any) -> dict[str, Any]:
    """A choice of tools out of all."""
    return {"type": "allowed_tools", "tools": list(tools), **fields}


@pytest.mark.parametrize(
    ("body", "param", "code"),
    [
        ({"truncation": "x"}, "truncation", "invalid_value"),
        ({"service_tier": "x"}, "service_tier", "invalid_value"),
        ({"text": {"verbosity": "x"}}, "text.verbosity", "invalid_value"),
        ({"presence_penalty": "x"}, "presence_penalty", "invalid_type"),
        ({"frequency_penalty": 3}, "frequency_penalty", "decimal_above_max_value"),
        ({"prompt_cache_key": LONG}, "prompt_cache_key", TOO_LONG),
        ({"safety_identifier": LONG}, "safety_identifier", TOO_LONG),
        ({"tools": [{**WEATHER, "name": LONG}]}, "tools[0].name", TOO_LONG),
        ({"tools": [{**WEATHER, "strict": 1}]}, "tools[0].strict", "invalid_type"),
        ({"tools": [{"type": "mcp"}]}, "tools[0].server_label", "missing_required_parameter"),
        ({"tool_choice": "required"}, "tool_choice", "invalid_value"),
        ({"tool_choice": allow()}, "tool_choice.tools", "empty_array"),
        ({"tool_choice": allow(1)}, "tool_choice.tools[0]", "invalid_type"),
        ({"tool_choice": allow(FUNCTION)}, "tool_choice", "invalid_value"),
        ({"tool_choice": allow({"type": "mcp"})}, "tool_choice", "invalid_value"),
        ({"tool_choice": allow(mode="none")}, "tool_choice.mode", "invalid_value"),
        (
            {"stream": True, "stream_options": {"include_obfuscation": 1}},
            "stream_options.include_obfuscation",
            "invalid_type",
        ),
        (
            {"text": {"format": {"type": "json_schema", "name": "a b", "schema": {}}}},
            "text.format.name",
            "invalid_value",
        ),
    ],
)
def test_what_is_out_of_range_is_refused(
    service: Service, body: dict[str, Any], param: str, code: str
) -> None:
    status, _, *told = read_error(create(service, model=GPT, input="hi", **body))
    assert (status, *told) == (400, param, code)


@pytest.mark.parametrize("name", ["context_management", "moderation", "prompt", "user"])
def test_what_would_change_the_answer_and_is_not_there_is_refused(
    service: Service, name: str
) -> None:
    body: dict[str, Any] = {name: {"type": "x"}}
    answer = create(service, model=GPT, input="hi", **body)
    assert answer.status_code == 400
    assert answer.json() == {"code": "400", "message": f"Field '{name}' is not supported"}


@pytest.mark.parametrize(
    ("item", "param"),
    [
        ({"type": "input_image"}, "input[0].content[0]"),
        ({"type": "input_image", "image_url": 5}, "input[0].content[0].image_url"),
        (
            {"type": "input_image", "image_url": "data:,", "detail": "x"},
            "input[0].content[0].detail",
        ),
        ({"type": "input_file", "filename": "a"}, "input[0].content[0]"),
        ({"type": "input_file", "file_url": "x", "filename": 1}, "input[0].content[0].filename"),
    ],
)
def test_a_part_that_is_none_is_refused(service: Service, item: dict[str, Any], param: str) -> None:
    message = {"type": "message", "role": "user", "content": [item]}
    status, _, told, _ = read_error(create(service, model=GPT, input=[message]))
    assert (status, told) == (400, param)


@pytest.mark.parametrize(
    ("changed", "param"),
    [
        ({"status": "x"}, "input[0].status"),
        ({"phase": "x"}, "input[0].phase"),
        ({"content": [{"type": "output_text", "text": "", "annotations": 1}]}, "annotations"),
        ({"type": "reasoning", "summary": [], "content": "x"}, "input[0].content"),
        ({"type": "reasoning", "summary": [{"type": "summary_text"}]}, "summary[0].text"),
        ({"type": "function_call", "call_id": "", "name": "f", "arguments": ""}, "call_id"),
        ({"type": "function_call", "call_id": LONG, "name": "f", "arguments": ""}, "call_id"),
    ],
)
def test_an_item_that_is_none_is_refused(
    service: Service, changed: dict[str, Any], param: str
) -> None:
    given = [{**say("assistant", "Hello"), **changed}, say("user", "hi")]
    status, _, told, _ = read_error(create(service, model=GPT, input=given))
    assert status == 400
    assert told is not None
    assert told.endswith(param)


def test_settings_are_told_as_they_count(service: Service) -> None:
    made = ask(
        service,
        model=GPT,
        input="hi",
        presence_penalty=0.5,
        frequency_penalty=-1,
        service_tier="auto",
        text={"verbosity": "low"},
        tools=[WEATHER],
        tool_choice=allow(FUNCTION),
    )
    assert (made["presence_penalty"], made["frequency_penalty"]) == (0.5, -1)
    assert made["service_tier"] == "default"
    assert made["text"] == {"format": {"type": "text"}, "verbosity": "low"}
    assert made["tool_choice"] == allow(FUNCTION, mode="auto")


def test_a_backend_is_told_of_the_penalties(front: Service, backend: Server) -> None:
    create(front, model=GPT, input="hi", presence_penalty=0.5, frequency_penalty=-1)
    [asked] = backend.asked
    assert (asked["presence_penalty"], asked["frequency_penalty"]) == (0.5, -1)


@pytest.mark.parametrize("model", [GPT_5, GROK])
def test_penalties_are_refused_where_chat_completions_refuses_them(
    service: Service, model: str
) -> None:
    answer = create(service, model=model, input="hi", presence_penalty=0)
    assert read_error(answer)[2:] == ("presence_penalty", "unsupported_parameter")


def test_log_probabilities_come_where_they_are_asked_for(service: Service) -> None:
    body: dict[str, Any] = {"model": GPT, "input": "count to 3", "include": [LOGPROBS]}
    events = stream(service, top_logprobs=1, **body)
    [part] = events[-1]["response"]["output"][0]["content"]
    assert [rated["token"] for rated in part["logprobs"]] == ["1", " 2", " 3"]
    assert all(len(rated["top_logprobs"]) == 1 for rated in part["logprobs"])
    deltas = [event for event in events if event["type"] == "response.output_text.delta"]
    assert [delta["logprobs"] for delta in deltas] == [[rated] for rated in part["logprobs"]]
    assert [delta["logprobs"][0]["token"] for delta in deltas] == [d["delta"] for d in deltas]
    [part] = ask(service, **body)["output"][0]["content"]
    assert [rated["top_logprobs"] for rated in part["logprobs"]] == [[], [], []]


def test_there_are_no_log_probabilities_unasked_nor_of_reasoning_models(service: Service) -> None:
    [part] = ask(service, model=GPT, input="hi", top_logprobs=2)["output"][0]["content"]
    assert part["logprobs"] == []
    for fields in ({"top_logprobs": 2}, {"include": [LOGPROBS]}):
        refused = create(service, model=GPT_5, input="hi", **fields)
        assert read_error(refused)[2:] == ("top_logprobs", "unsupported_parameter")


def test_deltas_are_padded_where_it_is_asked_for(service: Service) -> None:
    options = {"include_obfuscation": True}
    events = stream(service, model=GPT, input="Say: immeasurably.", stream_options=options)
    deltas = [event for event in events if event["type"].endswith(".delta")]
    assert {len(event["delta"] + event["obfuscation"]) for event in deltas} == {16}
    assert find_text(events[-1]["response"]) == "".join(event["delta"] for event in deltas)
    with connect_http(service) as client:
        path = f"{RESPONSES}/{events[0]['response']['id']}"
        plain = client.get(path, params={"stream": "true"})
        padded = client.get(path, params={"stream": "true", "include_obfuscation": "true"})
    assert read_events(padded.content) == events
    assert b"obfuscation" not in plain.content


def test_no_more_tools_are_called_than_are_allowed(service: Service) -> None:
    body: dict[str, Any] = {"model": GPT, "input": TWO_CITIES, "tools": [WEATHER]}
    both, one = ask(service, **body), ask(service, max_tool_calls=1, **body)
    assert [len(response["output"]) for response in (both, one)] == [2, 1]
    assert one["output"][0]["arguments"] == CHICAGO
    assert one["usage"]["output_tokens"] < both["usage"]["output_tokens"]
    streamed = stream(service, max_tool_calls=1, **body)[-1]["response"]
    assert len(streamed["output"]) == 1


def test_a_thread_that_is_too_long_loses_its_beginning_where_it_may(service: Service) -> None:
    thread = [say("user", "word " * 130_000), say("assistant", "Yes."), say("user", "count to 3")]
    body: dict[str, Any] = {"model": GPT_OSS, "input": thread, "instructions": "Be brief."}
    for truncation in ({}, {"truncation": "disabled"}):
        refused = create(service, **body, **truncation)
        assert read_error(refused)[3] == "context_length_exceeded"
    made = ask(service, **body, truncation="auto")
    assert find_text(made) == "1 2 3"
    assert 0 < made["usage"]["input_tokens"] < 128_000
    assert made["truncation"] == "auto"


def test_a_result_is_not_left_without_its_call() -> None:
    told, asked, answer = Turn("system", "a b"), Turn("user", "c d"), Turn("user", "e f")
    calling = Turn("assistant", "", calls=(Call("1", "f", "{}"),))
    question = Ask("m", (told, asked, calling, Turn("tool", "g", "f", call_id="1"), answer))
    size = count_prompt(question.turns)
    assert drop_oldest(question, size, told=1) == question
    dropped = drop_oldest(question, size - count_prompt([asked]), told=1)
    assert dropped.turns == (told, *question.turns[2:])
    assert drop_oldest(question, size - count_prompt([asked]) - 1, told=1).turns == (told, answer)
    assert drop_oldest(question, 1, told=0).turns == (answer,)


def test_one_message_that_is_too_long_is_refused_all_the_same(service: Service) -> None:
    refused = create(service, model=GPT_OSS, input="word " * 130_000, truncation="auto")
    assert read_error(refused)[3] == "context_length_exceeded"


def test_a_thread_goes_on_without_a_new_input(service: Service) -> None:
    made = ask(service, model=GPT, input="count to 3")
    further = ask(service, model=GPT, previous_response_id=made["id"])
    assert (further["status"], further["previous_response_id"]) == ("completed", made["id"])
    assert read_error(create(service, model=GPT))[2:] == ("input", "missing_required_parameter")


def test_an_image_is_kept_with_its_detail(service: Service) -> None:
    image = {"type": "input_image", "image_url": "data:,"}
    message = {"type": "message", "role": "user", "content": [image]}
    made = ask(service, model=GPT, input=[message])
    with connect_http(service) as client:
        [item] = client.get(f"{RESPONSES}/{made['id']}/input_items").json()["data"]
    assert item["content"] == [{**image, "detail": "auto"}]
