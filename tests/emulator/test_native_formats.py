"""The formats of native chat: what is in none of them, and which one a model speaks."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ocigenai_nb.emulator.service import Service
from tests.emulator.client import GPT_5, LLAMA, connect
from tests.emulator.mutations import mutate
from tests.emulator.native_client import (
    BAD_FORMAT,
    COMMAND_A,
    COMMAND_R,
    NATIVE,
    REASONING,
    VISION,
    post_native,
    refuse,
    write_cohere,
    write_cohere_v2,
    write_envelope,
    write_generic,
)

TOOL = {"type": "FUNCTION", "name": "f", "parameters": {"type": "object"}}


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"text"', b"null"])
def test_a_body_that_is_no_object_is_a_bad_format(service: Service, body: bytes) -> None:
    with connect(service) as client:
        answer = client.post(NATIVE, content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["message"]) == (400, BAD_FORMAT[2])


@pytest.mark.parametrize(
    "changed",
    [
        {"servingMode": None},
        {"servingMode": "ON_DEMAND"},
        {"servingMode": {"modelId": LLAMA}},
        {"servingMode": {"servingType": "ON_DEMAND", "endpointId": "x"}},
        {"servingMode": {"servingType": "DEDICATED", "modelId": LLAMA}},
        {"chatRequest": None},
        {"chatRequest": []},
        {"chatRequest": {"messages": []}},
        {"chatRequest": {**write_generic(), "apiFormat": "OPENAI"}},
        {"compartmentId": 1},
    ],
)
def test_a_broken_envelope_is_a_bad_format(service: Service, changed: dict[str, Any]) -> None:
    envelope = write_envelope(service, write_generic(), LLAMA, **changed)
    assert refuse(service, envelope) == BAD_FORMAT


@pytest.mark.parametrize(
    "fields",
    [
        {"messages": []},
        {"messages": None},
        {"messages": [{"role": "user", "content": []}]},
        {"messages": [{"role": "USER"}]},
        {"messages": [{"role": "USER", "content": "Hello!"}]},
        {"messages": [{"role": "USER", "content": [{"type": "text", "text": "Hello!"}]}]},
        {"messages": [{"role": "USER", "content": [{"type": "IMAGE"}]}]},
        {"isStream": "true"},
        {"maxTokens": "3"},
        {"maxTokens": True},
        {"temperature": "hot"},
        {"stop": "5"},
        {"stop": [5]},
        {"reasoningEffort": "low"},
        {"tools": {}},
        {"tools": [{**TOOL, "type": "function"}]},
        {"tools": [{"type": "FUNCTION"}]},
        {"tools": [{**TOOL, "strict": True}]},
        {"tools": [{**TOOL, "parameters": {"properties": []}}]},
        {"tools": [{**TOOL, "parameters": {"$ref": "#/$defs/x"}}]},
        {"toolChoice": {"type": "FUNCTION", "name": "g"}, "tools": [TOOL]},
        {"responseFormat": {"type": "JSON_SCHEMA"}},
        {"responseFormat": {"type": "json_object"}},
        {
            "responseFormat": {
                "type": "JSON_SCHEMA",
                "jsonSchema": {"name": "n", "schema": {"$defs": {}}},
            }
        },
        {
            "responseFormat": {
                "type": "JSON_SCHEMA",
                "jsonSchema": {"name": "n", "schema": {}, "strict": True},
            }
        },
    ],
)
def test_a_broken_generic_request_is_a_bad_format(service: Service, fields: dict[str, Any]) -> None:
    envelope = write_envelope(service, write_generic(**fields), LLAMA)
    assert refuse(service, envelope) == BAD_FORMAT


@pytest.mark.parametrize(
    ("request_", "model"),
    [
        (write_cohere(message=None), COMMAND_A),
        (write_cohere(message=["Hello!"]), COMMAND_A),
        (write_cohere(chatHistory=[{"role": "ASSISTANT", "message": "x"}]), COMMAND_A),
        (write_cohere(tools=[{"name": "f"}]), COMMAND_A),
        (write_cohere("", toolResults=[{"call": {"name": "f"}}]), COMMAND_A),
        (write_cohere(responseFormat={"type": "JSON_SCHEMA"}), COMMAND_A),
        (write_cohere_v2(messages=[]), VISION),
        (write_cohere_v2(messages=[{"role": "CHATBOT"}]), VISION),
        (write_cohere_v2(messages=[{"role": "USER", "content": [{"type": "IMAGE_URL"}]}]), VISION),
        (write_cohere_v2(toolsChoice="AUTO"), VISION),
        (write_cohere_v2(tools=[{"type": "FUNCTION"}]), VISION),
        (
            write_cohere_v2(
                messages=[
                    {"role": "ASSISTANT", "toolCalls": [{"id": "c"}]},
                    {"role": "TOOL", "toolCallId": "c"},
                ]
            ),
            VISION,
        ),
        (write_cohere_v2(thinking={"type": "on"}), VISION),
    ],
)
def test_a_broken_request_of_coheres_is_a_bad_format(
    service: Service, request_: dict[str, Any], model: str
) -> None:
    assert refuse(service, write_envelope(service, request_, model)) == BAD_FORMAT


@pytest.mark.parametrize(
    ("model", "formats"),
    [
        (LLAMA, {"GENERIC"}),
        (GPT_5, {"GENERIC"}),
        (COMMAND_A, {"COHERE", "COHEREV2"}),
        (COMMAND_R, {"COHERE"}),
        (VISION, {"COHEREV2"}),
        (REASONING, {"COHEREV2"}),
        ("cohere.embed-v4.0", set()),
        ("cohere.rerank-v4.0-fast", set()),
    ],
)
def test_a_model_speaks_its_formats_only(service: Service, model: str, formats: set[str]) -> None:
    requests = {
        "GENERIC": write_generic(),
        "COHERE": write_cohere(),
        "COHEREV2": write_cohere_v2(),
    }
    spoken = {
        name
        for name, request in requests.items()
        if post_native(service, write_envelope(service, request, model)).status_code == 200
    }
    assert spoken == formats
    for name in requests.keys() - formats:
        envelope = write_envelope(service, requests[name], model)
        assert refuse(service, envelope) == BAD_FORMAT


CALL = {"name": "f", "parameters": {"a": 1}}
FUNCTION = {"name": "f", "parameters": {"type": "object", "properties": {"a": {"type": "string"}}}}
GOOD: dict[str, tuple[str, dict[str, Any]]] = {
    "GENERIC": (
        LLAMA,
        write_generic(
            isStream=True,
            streamOptions={"isIncludeUsage": True},
            tools=[{"type": "FUNCTION", **FUNCTION}],
            toolChoice={"type": "FUNCTION", "name": "f"},
            responseFormat={
                "type": "JSON_SCHEMA",
                "jsonSchema": {"name": "n", "schema": {"type": "object", "required": ["a"]}},
            },
            stop=["x"],
            maxTokens=5,
        ),
    ),
    "GENERIC with calls": (
        LLAMA,
        write_generic(
            messages=[
                {
                    "role": "ASSISTANT",
                    "toolCalls": [{"type": "FUNCTION", "id": "c", "name": "f", "arguments": "{}"}],
                },
                {
                    "role": "TOOL",
                    "toolCallId": "c",
                    "content": [{"type": "IMAGE", "imageUrl": {"url": "data:,"}}],
                },
            ]
        ),
    ),
    "COHERE": (
        COMMAND_A,
        write_cohere(
            "",
            chatHistory=[{"role": "CHATBOT", "message": "y", "toolCalls": [CALL]}],
            toolResults=[{"call": CALL, "outputs": [{"a": "b"}]}],
            tools=[
                {
                    "name": "f",
                    "description": "d",
                    "parameterDefinitions": {"a": {"type": "str", "isRequired": True}},
                }
            ],
            responseFormat={"type": "JSON_OBJECT", "schema": {"type": "object"}},
        ),
    ),
    "COHEREV2": (
        COMMAND_A,
        write_cohere_v2(
            tools=[{"type": "FUNCTION", "function": FUNCTION}],
            thinking={"type": "ENABLED", "tokenBudget": 4},
            stopSequences=["x"],
        ),
    ),
}


@pytest.mark.parametrize("name", GOOD)
def test_whatever_is_out_of_place_is_answered_or_refused(service: Service, name: str) -> None:
    model, request = GOOD[name]
    good = write_envelope(service, request, model)
    with connect(service) as client:
        assert client.post(NATIVE, json=good).status_code == 200
        statuses = {
            client.post(NATIVE, content=json.dumps(broken)).status_code for broken in mutate(good)
        }
    assert statuses <= {200, 400, 404}
