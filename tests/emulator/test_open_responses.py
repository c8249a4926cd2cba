"""Every answer of `/responses` against the Open Responses specification and the SDK's own types."""

from __future__ import annotations

import json
import typing
from typing import Any, Final

import openai.types.responses
import pytest
from pydantic import TypeAdapter

from ocigenai_nb.emulator.service import Service
from ocigenai_nb.model_facts import MODELS
from tests.emulator.client import GPT, GPT_5, GPT_OSS, GROK_REASONING
from tests.emulator.files_client import HOURS, REFUNDS, make_store
from tests.emulator.open_responses import EVENTS, OBJECTS, find_disorder, find_flaws
from tests.emulator.responses_client import (
    CHICAGO,
    RESPONSES,
    TWO_CITIES,
    WEATHER,
    ask,
    connect_http,
    find_text,
    read_events,
    say,
    stream,
)

PIXEL: Final = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAE"
    "hQGAhKmMIQAAAABJRU5ErkJggg=="
)
PERSON: Final = {
    "type": "json_schema",
    "name": "person",
    "schema": {
        "type": "object",
        "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
        "required": ["name", "age"],
    },
}
FUNCTION: Final = {"type": "function", "name": "get_weather"}
CALL: Final = {"type": "function_call", "call_id": "c1", "name": "get_weather"}
SUMMARY: Final = {"summary": "auto"}
SEALED: Final = "reasoning.encrypted_content"
LOGPROBS: Final = "message.output_text.logprobs"
SEARCH: Final = {"type": "file_search", "vector_store_ids": []}


def tell(*parts: dict[str, Any]) -> list[dict[str, Any]]:
    """A message of the user's."""
    return [{"type": "message", "role": "user", "content": list(parts)}]


def show(output: Any) -> list[dict[str, Any]]:
    """A question, a call for it and what came of that."""
    call = {**CALL, "arguments": CHICAGO}
    result = {"type": "function_call_output", "call_id": "c1", "output": output}
    return [say("user", TWO_CITIES), call, result]


TEXT: Final = {"type": "input_text", "text": "What is this?"}
FLOWS: Final[dict[str, dict[str, Any]]] = {
    "plain": {"input": "count to 3"},
    "nothing": {"input": ""},
    "thread": {"input": [say("developer", "Be brief."), say("assistant", "Hi."), say("user", "x")]},
    "calls": {"input": TWO_CITIES, "tools": [WEATHER]},
    "one call": {"input": TWO_CITIES, "tools": [WEATHER], "parallel_tool_calls": False},
    "named": {"input": "hi", "tools": [WEATHER], "tool_choice": FUNCTION},
    "allowed": {
        "input": TWO_CITIES,
        "tools": [WEATHER],
        "tool_choice": {"type": "allowed_tools", "tools": [FUNCTION]},
    },
    "result": {"input": show("12 C"), "tools": [WEATHER]},
    "result of parts": {
        "input": show([TEXT, {"type": "input_image", "image_url": PIXEL}]),
        "tools": [WEATHER],
    },
    "structured": {"input": "Ada is 36 years old.", "text": {"format": PERSON}},
    "object": {"input": "Ada is 36.", "text": {"format": {"type": "json_object"}}},
    "empty settings": {"input": "hi", "text": {"format": None, "verbosity": None}, "reasoning": {}},
    "null settings": {"input": "hi", "tools": None, "text": None, "metadata": None},
    "summary": {"model": GPT_5, "input": "hi", "reasoning": {"effort": "high", "summary": "auto"}},
    "reasoning": {"model": GPT_OSS, "input": "hi", "reasoning": {"effort": "low"}},
    "sealed": {"model": GROK_REASONING, "input": "hi", "store": False, "include": [SEALED]},
    "refusal": {"input": "refuse this"},
    "cut": {"input": "count to 90", "max_output_tokens": 16},
    "cut while reasoning": {"model": GPT_OSS, "input": "count to 90", "max_output_tokens": 16},
    "background": {"input": "hi", "background": True},
    "image": {"input": tell(TEXT, {"type": "input_image", "image_url": PIXEL})},
    "file": {
        "input": tell(TEXT, {"type": "input_file", "filename": "a.txt", "file_data": "data:,hi"})
    },
    "search": {
        "input": "How many days does a refund take?",
        "tools": [SEARCH],
        "tool_choice": {"type": "file_search"},
        "include": ["file_search_call.results"],
    },
    "rated": {"input": "count to 3", "top_logprobs": 2, "include": [LOGPROBS]},
    "all settings": {
        "input": "hi",
        "instructions": "Be brief.",
        "metadata": {"a": "b"},
        "truncation": "auto",
        "temperature": 0.5,
        "top_p": 0.5,
        "presence_penalty": 1,
        "frequency_penalty": -0.5,
        "max_tool_calls": 3,
        "max_output_tokens": 100,
        "service_tier": "auto",
        "prompt_cache_key": "key",
        "safety_identifier": "someone",
        "text": {"verbosity": "low"},
    },
    **{name: {"model": name, "input": "hi"} for name, it in MODELS.items() if it["responses"]},
}
SHAPES: Final = {
    kind: shape
    for shape in typing.get_args(typing.get_args(openai.types.responses.ResponseStreamEvent)[0])
    for kind in typing.get_args(shape.model_fields["type"].annotation)
}
"""The SDK's type of each event."""


def write(service: Service, flow: str) -> dict[str, Any]:
    """The request of a flow; its search has a store of its own."""
    body = {"model": GPT, **FLOWS[flow]}
    if SEARCH in (body.get("tools") or []):
        store_id = make_store(service, refunds=REFUNDS, hours=HOURS)
        body["tools"] = [{**SEARCH, "vector_store_ids": [store_id]}]
    return body


def check_events(events: list[dict[str, Any]]) -> None:
    """Every event is as specified, and as the SDK types it, with no leniency."""
    for event in events:
        assert find_flaws(event, "Event") == []
        TypeAdapter(SHAPES[event["type"]]).validate_json(json.dumps(event), strict=True)


def check_response(response: dict[str, Any]) -> None:
    """The same of a response."""
    assert find_flaws(response, "Response") == []
    openai.types.responses.Response.model_validate_json(json.dumps(response), strict=True)


@pytest.mark.parametrize("flow", FLOWS)
def test_a_whole_response_is_as_specified(service: Service, flow: str) -> None:
    made = ask(service, **write(service, flow))
    check_response(made)
    with connect_http(service) as client:
        kept = client.get(f"{RESPONSES}/{made['id']}")
        given = client.get(f"{RESPONSES}/{made['id']}/input_items", params={"order": "asc"})
    if not made["store"]:
        assert kept.status_code == given.status_code == 404
        return
    check_response(kept.json())
    assert made["background"] or kept.json() == made
    assert find_flaws(given.json()["data"], "[Item]") == []
    listed = openai.types.responses.ResponseItemList
    listed.model_validate_json(given.text, strict=True)


@pytest.mark.parametrize("flow", FLOWS)
def test_a_streamed_response_is_as_specified_in_order(service: Service, flow: str) -> None:
    events = stream(service, **write(service, flow))
    check_events(events)
    assert find_disorder(events) == []
    last = events[-1]["response"]
    if last["store"]:
        with connect_http(service) as client:
            again = client.get(f"{RESPONSES}/{last['id']}", params={"stream": "true"})
        assert read_events(again.content) == events


def test_the_flows_have_every_event_of_the_specification(service: Service) -> None:
    seen = {event["type"] for flow in FLOWS for event in stream(service, **write(service, flow))}
    assert seen == EVENTS - {"response.failed"}


@pytest.mark.parametrize("flow", ["plain", "calls", "search", "rated", "cut while reasoning"])
def test_the_whole_and_the_streamed_response_say_the_same(service: Service, flow: str) -> None:
    body = write(service, flow)
    whole, streamed = ask(service, **body), stream(service, **body)[-1]["response"]
    own = {"id", "created_at", "completed_at", "output"}
    assert {name: whole[name] for name in whole.keys() - own} == {
        name: streamed[name] for name in streamed.keys() - own
    }
    assert find_text(whole) == find_text(streamed)


def test_a_failed_response_is_as_specified(service: Service) -> None:
    with service.fault("response_failed", after_events=3):
        events = stream(service, model=GPT, input="count to 9")
    check_events(events)
    assert events[-1]["type"] == "response.failed"
    with service.fault("response_failed"):
        check_response(ask(service, model=GPT, input="hi"))


def test_background_work_is_as_specified_in_every_state(service: Service) -> None:
    service.pace = 5
    with connect_http(service) as client:
        queued = ask(service, model=GPT, input="count to 90", background=True)
        path = f"{RESPONSES}/{queued['id']}"
        working, cancelled = client.get(path).json(), client.post(f"{path}/cancel").json()
        gone = client.delete(path).json()
    for response in (queued, working, cancelled):
        check_response(response)
    states = [response["status"] for response in (queued, working, cancelled)]
    assert states == ["queued", "in_progress", "cancelled"]
    assert gone == {"id": queued["id"], "object": "response", "deleted": True}


@pytest.mark.parametrize("flow", ["thread", "result", "image", "plain"])
def test_a_compaction_is_as_specified_and_goes_on(service: Service, flow: str) -> None:
    with connect_http(service) as client:
        compacted = client.post(f"{RESPONSES}/compact", json=write(service, flow)).json()
    assert find_flaws(compacted, "Compaction") == []
    check_response(ask(service, model=GPT, input=[*compacted["output"], say("user", "hi")]))


def test_items_of_a_conversation_are_as_specified(service: Service) -> None:
    with connect_http(service) as client:
        path = "/openai/v1/conversations"
        made = client.post(path, json={"items": [say("user", "My name is Ada.")]}).json()
        for flow in ("image", "search", "summary", "reasoning", "refusal"):
            body = {**write(service, flow), "conversation": made["id"]}
            check_response(ask(service, **body))
        items = client.get(f"{path}/{made['id']}/items", params={"limit": 100}).json()["data"]
    assert len(items) > 10
    assert find_flaws(items, "[Item]") == []


@pytest.mark.parametrize("field", [name for name in OBJECTS["Response"] if name[0] not in "~+"])
def test_a_field_that_goes_missing_is_noticed(service: Service, field: str) -> None:
    made = ask(service, model=GPT, input="hi")
    kept = {name: value for name, value in made.items() if name != field}
    assert find_flaws(kept, "Response") == [f"Response has no {field}"]
    changed = {**made, field: True if made[field] is not True else "yes"}
    loose = ("metadata",) if made[field] is True else ("store", "background", "metadata")
    assert (find_flaws(changed, "Response") != []) or field in loose


def test_every_event_is_needed_where_it_is(service: Service) -> None:
    events = stream(service, model=GPT_5, input=TWO_CITIES, tools=[WEATHER], reasoning=SUMMARY)
    assert {"reasoning", "function_call"} == {it["type"] for it in events[-1]["response"]["output"]}
    for place in range(len(events)):
        others = [*events[:place], *events[place + 1 :]]
        numbered = [{**event, "sequence_number": n} for n, event in enumerate(others)]
        assert find_disorder(numbered) != [], events[place]
