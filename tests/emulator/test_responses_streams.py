"""Streamed responses: every event in its place, typed, numbered, complete."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import oci_genai_auth
import openai
import pydantic
import pytest
from httpx import Client
from openai.types.responses import ResponseStreamEvent

from ocigenai_nb.emulator.service import Service
from tests.emulator.client import GPT, GPT_5, GPT_OSS, GROK_REASONING, post_raw, read_chunks
from tests.emulator.responses_client import (
    CHICAGO,
    PARIS,
    RESPONSES,
    TWO_CITIES,
    WEATHER,
    ask,
    connect_sdk,
    find_project,
    find_text,
    read_event,
    stream,
)

TYPED: pydantic.TypeAdapter[Any] = pydantic.TypeAdapter(ResponseStreamEvent)
CASES: dict[str, dict[str, Any]] = {
    "text": {"model": GPT, "input": "count to 3"},
    "summary": {"model": GPT_5, "input": "count to 3", "reasoning": {"summary": "auto"}},
    "always a summary": {"model": GROK_REASONING, "input": "count to 3"},
    "reasoning text": {"model": GPT_OSS, "input": "count to 3"},
    "calls": {"model": GPT, "input": TWO_CITIES, "tools": [WEATHER]},
    "reasoning and calls": {"model": GPT_OSS, "input": TWO_CITIES, "tools": [WEATHER]},
    "refusal": {"model": GPT, "input": "refuse this"},
    "incomplete": {"model": GPT, "input": "count to 100", "max_output_tokens": 16},
    "sealed": {"model": GPT_5, "input": "hi", "include": ["reasoning.encrypted_content"]},
}
PLACES = {"item_id", "output_index", "content_index", "summary_index"}


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> dict[str, Any]:
    return CASES[request.param]


def list_kinds(events: list[dict[str, Any]]) -> list[str]:
    """The types of events, repeats folded, without their common prefix."""
    return [kind.removeprefix("response.") for kind, _ in groupby(e["type"] for e in events)]


def test_every_event_is_one_of_openais_typed_ones_and_numbered(
    service: Service, case: dict[str, Any]
) -> None:
    events = stream(service, **case)
    for event in events:
        assert TYPED.validate_python(event).type == event["type"]
    assert [event["sequence_number"] for event in events] == list(range(len(events)))


def test_the_deltas_make_the_items_that_the_last_event_restates(
    service: Service, case: dict[str, Any]
) -> None:
    events = stream(service, **case)
    last = events[-1]["response"]
    made: dict[tuple[str, str], str] = {}
    for event in events:
        if event["type"].endswith(".delta"):
            key = (event["item_id"], event["type"].split(".")[1])
            made[key] = made.get(key, "") + event["delta"]
    told = {}
    for item in last["output"]:
        for part in (*item.get("summary", ()), *item.get("content", ())):
            name = "reasoning_summary_text" if part["type"] == "summary_text" else part["type"]
            told[item["id"], name] = part.get("text", part.get("refusal"))
        if item["type"] == "function_call":
            told[item["id"], "function_call_arguments"] = item["arguments"]
    assert made == told
    done = [event["item"] for event in events if event["type"] == "response.output_item.done"]
    assert done == last["output"]


def test_an_item_and_its_parts_are_added_before_and_done_after_their_deltas(
    service: Service, case: dict[str, Any]
) -> None:
    open_places: list[dict[str, Any]] = []
    for event in stream(service, **case)[2:-1]:
        place = {name: event[name] for name in PLACES if name in event}
        if event["type"].endswith("item.added"):
            place["item_id"] = event["item"]["id"]
        if event["type"].endswith(".added"):
            open_places.append(place)
        elif event["type"].endswith("part.done"):
            assert open_places.pop() == place
        elif event["type"].endswith("item.done"):
            assert open_places.pop()["item_id"] == event["item"]["id"]
        else:
            assert open_places[-1] == place
    assert open_places == []


def test_items_begin_empty_and_in_progress(service: Service, case: dict[str, Any]) -> None:
    for event in stream(service, **case):
        if event["type"] == "response.output_item.added":
            item = event["item"]
            assert item.get("status", "in_progress") == "in_progress"
            assert not any(item.get(name) for name in ("content", "summary", "arguments"))
        if event["type"].endswith("part.added"):
            assert not event["part"].get("text")
            assert not event["part"].get("refusal")


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        (
            "text",
            [
                "output_item.added", "content_part.added", "output_text.delta",
                "output_text.done", "content_part.done", "output_item.done", "completed",
            ],
        ),
        (
            "summary",
            [
                "output_item.added", "reasoning_summary_part.added",
                "reasoning_summary_text.delta", "reasoning_summary_text.done",
                "reasoning_summary_part.done", "output_item.done", "output_item.added",
                "content_part.added", "output_text.delta", "output_text.done",
                "content_part.done", "output_item.done", "completed",
            ],
        ),
        (
            "calls",
            [
                *(
                    "output_item.added", "function_call_arguments.delta",
                    "function_call_arguments.done", "output_item.done",
                )
                * 2,
                "completed",
            ],
        ),
        (
            "refusal",
            [
                "output_item.added", "content_part.added", "refusal.delta", "refusal.done",
                "content_part.done", "output_item.done", "completed",
            ],
        ),
        (
            "incomplete",
            [
                "output_item.added", "content_part.added", "output_text.delta",
                "output_text.done", "content_part.done", "output_item.done", "incomplete",
            ],
        ),
    ],
)  # fmt: skip
def test_events_come_in_openais_order(service: Service, name: str, kinds: list[str]) -> None:
    assert list_kinds(stream(service, **CASES[name])) == ["created", "in_progress", *kinds]


def test_the_first_events_have_the_id_and_no_output_yet(service: Service) -> None:
    created, in_progress, *_, last = stream(service, model=GPT, input="count to 3")
    for event in (created, in_progress):
        begun = event["response"]
        assert (begun["status"], begun["output"], begun["usage"]) == ("in_progress", [], None)
        assert begun["id"] == last["response"]["id"]
    assert last["response"]["usage"]["output_tokens"] == 3


def test_a_stream_and_a_whole_response_say_the_same(service: Service) -> None:
    streamed = stream(service, **CASES["summary"])[-1]["response"]
    whole = ask(service, **CASES["summary"])
    assert find_text(streamed) == find_text(whole)
    assert streamed.keys() == whole.keys()
    assert streamed["usage"] == whole["usage"]


def test_each_event_is_one_http_chunk(service: Service) -> None:
    body = {"model": GPT, "input": "count from 1 to 9", "stream": True}
    with post_raw(service, body, path=RESPONSES, extra=[("connection", "close")]) as connection:
        *events, done, end = read_chunks(connection)
    assert (done, end) == (b"data: [DONE]\n\n", b"")
    kinds = [read_event(event.removesuffix(b"\n\n"))["type"] for event in events]
    assert kinds.count("response.output_text.delta") == 9
    entry = service.journal.wait_for(lambda entry: entry.outcome == "complete")
    assert entry.events == len(events) + 1


@pytest.mark.parametrize("text", ["a\u2028b\u0085c", "“q” \\ \t\x01 🌊 e\u0301\n\n", "日本語"])
def test_any_text_survives_the_stream(service: Service, text: str) -> None:
    events = stream(service, model=GPT, input=f"say exactly: {text}end")
    deltas = [event["delta"] for event in events if event["type"].endswith("text.delta")]
    assert "".join(deltas) == find_text(events[-1]["response"]) == f"{text}end"


def test_the_sdks_helper_takes_the_stream(service: Service) -> None:
    with connect_sdk(service) as client:
        with client.responses.stream(model=GPT_5, input="count to 3") as events:
            text = "".join(e.delta for e in events if e.type == "response.output_text.delta")
            final = events.get_final_response()
        assert (text, final.output_text) == ("1 2 3", "1 2 3")
        called = client.responses.create(
            model=GPT,
            input=TWO_CITIES,
            tools=[WEATHER],  # type: ignore[list-item]
            stream=True,
        )
        done = [event.arguments for event in called if event.type.endswith("arguments.done")]  # type: ignore[union-attr]
    assert done == [CHICAGO, PARIS]


def test_oracles_own_auth_under_the_sdk_is_accepted(service: Service) -> None:
    auth = oci_genai_auth.OciUserPrincipalAuth(config_file=str(service.config_file))
    headers = {"opc-compartment-id": service.compartment_id}
    with Client(auth=auth, headers=headers, trust_env=False) as http:
        legacy: Any = http
        client = openai.OpenAI(
            base_url=f"{service.url}/openai/v1",
            api_key="not used",
            http_client=legacy,
            project=find_project(service, "DEFAULT"),
        )
        events = client.responses.create(model=GPT_OSS, input="count to 3", stream=True)
        assert [event.type for event in events][-1] == "response.completed"


def test_a_client_that_leaves_ends_the_stream(service: Service) -> None:
    service.pace = 500
    prompt = "count to 100000"
    with (
        connect_sdk(service) as client,
        client.responses.create(model=GPT, input=prompt, stream=True) as events,
    ):
        next(iter(events))
    entry = service.journal.wait_for(lambda entry: entry.outcome == "client left")
    assert (entry.model, entry.events < 5000) == (GPT, True)
