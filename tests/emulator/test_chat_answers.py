"""Answers on the wire: whole and streamed, in every family's dialect, within their limits."""

from __future__ import annotations

import json
import socket
import time
from typing import Any

import httpx
import openai
import pytest

from ocigenai_nb.emulator.service import Service
from tests.emulator.client import (
    CHAT,
    GEMINI,
    GPT,
    GPT_5,
    GPT_OSS,
    GROK,
    GROK_REASONING,
    LLAMA,
    connect,
    join_text,
    post_raw,
    read_all,
    read_events,
    write_body,
)

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Current weather in a city",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
        },
    },
}
TWO_CITIES = "What is the weather in Chicago and Paris?"
CHICAGO, PARIS = '{"city": "Chicago"}', '{"city": "Paris"}'
CALL = {"id": "c1", "type": "function", "function": {"name": "get_weather", "arguments": CHICAGO}}


def ask(service: Service, body: dict[str, Any]) -> dict[str, Any]:
    with connect(service) as client:
        answer = client.post(CHAT, json=body)
    assert answer.status_code == 200, answer.text
    whole: dict[str, Any] = answer.json()
    return whole


def ask_for_text(service: Service, body: dict[str, Any]) -> tuple[str, str]:
    choice = ask(service, body)["choices"][0]
    return choice["message"]["content"], choice["finish_reason"]


def stream(service: Service, body: dict[str, Any]) -> list[Any]:
    with connect(service) as client, client.stream("POST", CHAT, json=body | {"stream": True}) as r:
        assert r.status_code == 200, r.read()
        return read_events(r)


def test_a_whole_answer_is_one_chat_completion(service: Service) -> None:
    answer = ask(service, write_body(prompt="what is 17 * 23?"))
    assert answer["id"].startswith("chatcmpl-")
    assert answer["object"] == "chat.completion"
    assert answer["model"] == LLAMA
    assert abs(answer["created"] - time.time()) < 5
    assert answer["choices"] == [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "17 * 23 = 391"},
            "logprobs": None,
            "finish_reason": "stop",
        }
    ]


def test_usage_adds_up(service: Service) -> None:
    usage = ask(service, write_body(GPT_5, "Hello!"))["usage"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
    assert 0 < usage["completion_tokens_details"]["reasoning_tokens"] < usage["completion_tokens"]
    assert usage["prompt_tokens_details"] == {"cached_tokens": 0}


def test_a_long_history_counts_as_cached(service: Service) -> None:
    history = [{"role": "user", "content": "word " * 1300}, {"role": "assistant", "content": "ok"}]
    body = write_body() | {"messages": [*history, {"role": "user", "content": "Hello!"}]}
    usage = ask(service, body)["usage"]
    assert usage["prompt_tokens_details"]["cached_tokens"] == 1280
    assert usage["prompt_tokens"] > 1280


def test_a_streams_head_is_bare_and_chunked(service: Service) -> None:
    with connect(service) as client, client.stream("POST", CHAT, json=write_body(stream=True)) as r:
        assert r.headers["content-type"] == "text/event-stream"
        assert r.headers["cache-control"] == "no-cache"
        assert r.headers["transfer-encoding"] == "chunked"
        assert "content-length" not in r.headers


def test_each_event_is_one_http_chunk(service: Service) -> None:
    body = write_body(prompt="count from 1 to 20", stream=True)
    with post_raw(service, body, extra=[("connection", "close")]) as connection:
        _, _, rest = read_all(connection).partition(b"\r\n\r\n")
    chunks = []
    while rest:
        size, _, rest = rest.partition(b"\r\n")
        chunks.append(rest[: int(size, 16)])
        rest = rest[int(size, 16) + 2 :]
    *events, end = chunks
    assert end == b""
    assert len(events) == 1 + 20 + 1 + 1
    assert all(event.startswith(b"data: ") and event.endswith(b"\n\n") for event in events)
    assert all(event.count(b"\n") == 2 for event in events)


def test_a_stream_begins_with_the_role_and_ends_with_reason_and_usage(service: Service) -> None:
    events = stream(
        service,
        write_body(prompt="what is 17 * 23?", stream_options={"include_usage": True}),
    )
    whole = ask(service, write_body(prompt="what is 17 * 23?"))
    first, *_, last, usage = events
    assert first["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    assert join_text(events) == "17 * 23 = 391"
    assert last["choices"] == [{"index": 0, "delta": {}, "logprobs": None, "finish_reason": "stop"}]
    assert (usage["choices"], usage["usage"]) == ([], whole["usage"])
    assert all(event["usage"] is None for event in events[:-1])
    assert {event["object"] for event in events} == {"chat.completion.chunk"}
    assert len({event["id"] for event in events}) == 1


def test_without_asking_a_stream_has_no_usage(service: Service) -> None:
    assert all("usage" not in event for event in stream(service, write_body()))


@pytest.mark.parametrize("text", ["a\u2028b\u2029c\u0085d", "“q” \\ \t\x00 🌊 e\u0301\n\n", "日本語"])
def test_any_text_survives_the_stream(service: Service, text: str) -> None:
    events = stream(service, write_body(prompt=f"say exactly: {text}end"))
    assert join_text(events) == f"{text}end"


@pytest.mark.parametrize(
    ("model", "shown", "counted"),
    [
        (GPT_OSS, True, True),
        (GROK_REASONING, True, True),
        (GPT_5, False, True),
        (GEMINI, False, True),
        (GPT, False, False),
        (LLAMA, False, False),
        (GROK, False, False),
        ("google.gemini-2.5-flash-lite", False, False),
    ],
)
def test_reasoning_is_shown_hidden_or_absent_by_family(
    service: Service, model: str, *, shown: bool, counted: bool
) -> None:
    whole = ask(service, write_body(model))
    events = stream(service, write_body(model))
    assert ("reasoning_content" in whole["choices"][0]["message"]) is shown
    assert bool(join_text(events, "reasoning_content")) is shown
    details = whole["usage"]["completion_tokens_details"]
    assert (details["reasoning_tokens"] > 0) is counted
    assert join_text(events) == whole["choices"][0]["message"]["content"]


def test_no_effort_means_no_reasoning(service: Service) -> None:
    usage = ask(service, write_body(GPT_5, reasoning_effort="minimal"))["usage"]
    assert usage["completion_tokens_details"]["reasoning_tokens"] == 0


@pytest.mark.parametrize("field", ["max_tokens", "max_completion_tokens"])
def test_an_answer_ends_where_its_tokens_run_out(service: Service, field: str) -> None:
    body = write_body(prompt="count from 1 to 100", **{field: 3})
    assert ask_for_text(service, body) == ("1 2 3", "length")
    events = stream(service, body)
    assert (join_text(events), events[-1]["choices"][0]["finish_reason"]) == ("1 2 3", "length")
    assert ask(service, body)["usage"]["completion_tokens"] == 3


def test_an_answer_as_long_as_its_limit_is_not_cut(service: Service) -> None:
    assert ask_for_text(service, write_body(prompt="count to 3", max_tokens=3))[1] == "stop"


def test_reasoning_uses_up_the_tokens_first(service: Service) -> None:
    choice = ask(service, write_body(GPT_5, max_completion_tokens=5))["choices"][0]
    assert (choice["message"]["content"], choice["finish_reason"]) == ("", "length")


def test_tool_arguments_break_off_where_the_tokens_run_out(service: Service) -> None:
    body = write_body(prompt="weather in Chicago?", tools=[WEATHER], max_tokens=4)
    choice = ask(service, body)["choices"][0]
    arguments = choice["message"]["tool_calls"][0]["function"]["arguments"]
    assert choice["finish_reason"] == "length"
    assert CHICAGO.startswith(arguments)
    assert arguments != CHICAGO


@pytest.mark.parametrize("stop", ["5", ["7", "5"], [" 5 6"]])
def test_an_answer_ends_before_a_stop_sequence(service: Service, stop: object) -> None:
    text, reason = ask_for_text(service, write_body(prompt="count from 1 to 9", stop=stop))
    assert (text.rstrip(), reason) == ("1 2 3 4", "stop")


@pytest.mark.parametrize(
    ("model", "has_ids", "indexes", "per_call"),
    [
        (GPT, True, [0, 1], "fragments"),
        (GPT_OSS, True, [0, 1], "fragments"),
        (GROK, True, [0, 0], "whole"),
        (GEMINI, False, [0, 1], "whole"),
        (LLAMA, True, [0, 1], "whole"),
    ],
)
def test_streamed_tool_calls_follow_the_familys_dialect(
    service: Service, model: str, indexes: list[int], per_call: str, *, has_ids: bool
) -> None:
    events = stream(service, write_body(model, TWO_CITIES, tools=[WEATHER]))
    deltas = [event["choices"][0]["delta"] or {} for event in events]
    pieces = [call for delta in deltas for call in delta.get("tool_calls", ())]
    heads = [piece for piece in pieces if "name" in piece["function"]]
    tails = [piece for piece in pieces if "name" not in piece["function"]]
    assert [head["index"] for head in heads] == indexes
    assert ["id" in head for head in heads] == [has_ids, has_ids]
    assert bool(tails) is (per_call == "fragments")
    assert not any("id" in tail for tail in tails)
    if per_call == "whole":
        assert [head["function"]["arguments"] for head in heads] == [CHICAGO, PARIS]
    else:
        merged = {0: "", 1: ""}
        for piece in pieces:
            merged[piece["index"]] += piece["function"]["arguments"]
        assert merged == {0: CHICAGO, 1: PARIS}
    assert events[-1]["choices"][0]["finish_reason"] == "tool_calls"


def test_geminis_last_delta_is_null(service: Service) -> None:
    assert stream(service, write_body(GEMINI))[-1]["choices"][0]["delta"] is None


@pytest.mark.parametrize("model", [GPT, GROK, GEMINI])
def test_whole_tool_calls_come_with_null_content(service: Service, model: str) -> None:
    choice = ask(service, write_body(model, TWO_CITIES, tools=[WEATHER]))["choices"][0]
    calls = choice["message"]["tool_calls"]
    assert choice["finish_reason"] == "tool_calls"
    assert choice["message"]["content"] is None
    assert [call["function"]["arguments"] for call in calls] == [CHICAGO, PARIS]
    assert ["id" in call for call in calls] == [model != GEMINI] * 2


def test_one_call_at_a_time_if_asked(service: Service) -> None:
    body = write_body(GPT, TWO_CITIES, tools=[WEATHER], parallel_tool_calls=False)
    assert len(ask(service, body)["choices"][0]["message"]["tool_calls"]) == 1


def test_tool_results_become_the_answer(service: Service) -> None:
    body = write_body(GPT, "weather in Chicago?", tools=[WEATHER])
    body["messages"] += [
        {"role": "assistant", "content": None, "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "c1", "content": '{"sky": "clear"}'},
    ]
    assert ask_for_text(service, body) == ("According to get_weather: sky: clear.", "stop")


def test_gemini_takes_tool_results_without_ids(service: Service) -> None:
    call = {name: value for name, value in CALL.items() if name != "id"}
    body = write_body(GEMINI, "weather in Chicago?", tools=[WEATHER])
    body["messages"] += [
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "content": "clear"},
    ]
    assert ask_for_text(service, body)[0].endswith(": clear.")


@pytest.mark.parametrize(
    "response_format",
    [
        {"type": "json_object"},
        {
            "type": "json_schema",
            "json_schema": {
                "name": "person",
                "strict": True,
                "schema": {
                    "type": "object",
                    "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
                    "required": ["name", "age"],
                    "additionalProperties": False,
                },
            },
        },
    ],
)
def test_json_answers_are_json(service: Service, response_format: dict[str, Any]) -> None:
    body = write_body(prompt="JSON, please: Ada is 36.", response_format=response_format)
    value = json.loads(ask_for_text(service, body)[0])
    assert json.loads(join_text(stream(service, body))) == value
    if response_format["type"] == "json_schema":
        assert value == {"name": "Ada", "age": 36}


def test_the_same_request_gets_the_same_answer_and_another_seed_may_not(service: Service) -> None:
    haikus = [
        ask_for_text(service, write_body(prompt="a haiku", seed=seed))[0] for seed in (1, 1, 2)
    ]
    assert haikus[0] == haikus[1] != haikus[2]


def test_a_pace_spreads_the_tokens_over_time_without_drift(service: Service) -> None:
    service.pace = 200
    began = time.monotonic()
    with connect(service) as client:
        body = write_body(prompt="count from 1 to 100", stream=True)
        with client.stream("POST", CHAT, json=body) as response:
            arrivals = [time.monotonic() - began for _ in response.iter_raw()]
    assert 0.5 <= arrivals[-1] < 1.5
    assert arrivals[0] < 0.25
    assert len(arrivals) > 30


def test_a_whole_answer_takes_as_long_as_its_tokens(service: Service) -> None:
    service.pace = 200
    began = time.monotonic()
    ask(service, write_body(prompt="count from 1 to 40"))
    assert 0.2 <= time.monotonic() - began < 1.5


def test_a_client_that_leaves_ends_the_generation(service: Service) -> None:
    service.pace = 500
    with connect(service) as client:
        body = write_body(prompt="count from 1 to 100000", stream=True)
        with client.stream("POST", CHAT, json=body) as response:
            next(response.iter_raw())
    entry = service.journal.wait_for(lambda entry: entry.outcome == "client left")
    assert entry.model == LLAMA
    assert 0 < entry.events < 5000


def test_a_client_that_leaves_a_flat_out_stream_is_noticed(service: Service) -> None:
    with connect(service) as client:
        body = write_body(prompt="count from 1 to 200000", stream=True)
        with client.stream("POST", CHAT, json=body) as response:
            next(response.iter_raw())
    assert service.journal.wait_for(lambda e: e.outcome == "client left").events < 200_000


def test_a_client_that_leaves_before_a_whole_answer_is_noticed(service: Service) -> None:
    service.pace = 1
    with post_raw(service, write_body(prompt="count from 1 to 100")) as connection:
        connection.shutdown(socket.SHUT_WR)
    assert service.journal.wait_for(lambda entry: entry.outcome == "client left").status == 0


def test_streams_run_side_by_side(service: Service) -> None:
    service.pace = 100
    with connect(service) as slow, connect(service) as quick:
        body = write_body(prompt="count from 1 to 1000", stream=True)
        with slow.stream("POST", CHAT, json=body) as response:
            next(response.iter_raw())
            service.pace = None
            assert quick.post(CHAT, json=write_body()).status_code == 200


def test_the_openai_sdks_models_take_every_dialect(service: Service) -> None:
    with connect(service) as transport:
        client = openai.OpenAI(
            base_url=f"{service.url}/openai/v1",
            api_key="not used",
            http_client=httpx.Client(
                auth=transport.auth, headers=transport.headers, trust_env=False, verify=False
            ),
        )
        for model in (GPT, GPT_5, GPT_OSS, GROK, LLAMA):
            answer = client.chat.completions.create(
                model=model,
                messages=[{"role": "user", "content": TWO_CITIES}],
                tools=[WEATHER],  # type: ignore[list-item]
            )
            calls = answer.choices[0].message.tool_calls or []
            assert [call.to_dict()["function"] for call in calls] == [
                {"name": "get_weather", "arguments": CHICAGO},
                {"name": "get_weather", "arguments": PARIS},
            ]
        client.close()
