"""Answers on the wire: whole and streamed, in every family's dialect, within their limits."""

from __future__ import annotations

import json
import socket
import time
from typing import Any

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
    ask,
    ask_for_text,
    connect,
    join_text,
    post_raw,
    read_chunks,
    stream,
    write_body,
)
from tests.tools.patience import holds_once


def test_a_whole_answer_is_one_chat_completion(service: Service) -> None:
    answer = ask(service, write_body(prompt="what is 17 * 23?"))
    assert answer["id"].startswith("chatcmpl-")
    assert answer["object"] == "chat.completion"
    assert answer["model"] == LLAMA
    assert abs(answer["created"] - time.time()) < 60
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
        *events, end = read_chunks(connection)
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


@pytest.mark.parametrize(
    "text", ["a\u2028b\u2029c\u0085d", "“q” \\ \t\x00 🌊 e\u0301\n\n", "日本語"]
)
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
        ("cohere.command-a-reasoning", True, True),
        ("cohere.command-a-03-2025", False, False),
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
    body = write_body(prompt="count from 1 to 100") | {field: 3}
    assert ask_for_text(service, body) == ("1 2 3", "length")
    events = stream(service, body)
    assert (join_text(events), events[-1]["choices"][0]["finish_reason"]) == ("1 2 3", "length")
    assert ask(service, body)["usage"]["completion_tokens"] == 3


def test_an_answer_as_long_as_its_limit_is_not_cut(service: Service) -> None:
    assert ask_for_text(service, write_body(prompt="count to 3", max_tokens=3))[1] == "stop"


def test_reasoning_uses_up_the_tokens_first(service: Service) -> None:
    choice = ask(service, write_body(GPT_5, max_completion_tokens=5))["choices"][0]
    assert (choice["message"]["content"], choice["finish_reason"]) == ("", "length")


@pytest.mark.parametrize("stop", ["5", ["7", "5"], [" 5 6"]])
def test_an_answer_ends_before_a_stop_sequence(service: Service, stop: object) -> None:
    text, reason = ask_for_text(service, write_body(prompt="count from 1 to 9", stop=stop))
    assert (text.rstrip(), reason) == ("1 2 3 4", "stop")


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

    def is_spread() -> bool:
        began = time.monotonic()
        with connect(service) as client:
            body = write_body(prompt="count from 1 to 100", stream=True)
            with client.stream("POST", CHAT, json=body) as response:
                arrivals = [time.monotonic() - began for _ in response.iter_raw()]
        assert arrivals[-1] >= 0.5
        return arrivals[0] < 0.25 and arrivals[-1] < 1.5 and len(arrivals) > 30

    assert holds_once(is_spread)


def test_a_whole_answer_takes_as_long_as_its_tokens(service: Service) -> None:
    service.pace = 200
    began = time.monotonic()
    ask(service, write_body(prompt="count from 1 to 40"))
    assert 0.2 <= time.monotonic() - began < 30


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
