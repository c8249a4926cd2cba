"""What is refused about a chat-completions request, and in which words."""

from __future__ import annotations

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
    connect,
    write_body,
)

TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
SCHEMA = {"type": "json_schema", "json_schema": {"name": "s", "schema": {"type": "object"}}}
REFERRING = {"$defs": {"x": {"type": "string"}}, "properties": {"x": {"$ref": "#/$defs/x"}}}
USER = {"role": "user", "content": "hi"}
CALL = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}


def refuse(service: Service, body: dict[str, Any]) -> dict[str, Any]:
    with connect(service) as client:
        answer = client.post(CHAT, json=body)
    assert answer.status_code == 400
    error: dict[str, Any] = answer.json()["error"]
    assert error["type"] == "invalid_request_error"
    return error


@pytest.mark.parametrize(
    ("fields", "param", "code"),
    [
        ({"model": None}, "model", "missing_required_parameter"),
        ({"model": 7}, "model", "invalid_type"),
        ({"stream": "yes"}, "stream", "invalid_type"),
        ({"max_tokens": "5"}, "max_tokens", "invalid_type"),
        ({"max_tokens": True}, "max_tokens", "invalid_type"),
        ({"max_tokens": 1.5}, "max_tokens", "invalid_type"),
        ({"max_tokens": 0}, "max_tokens", "integer_below_min_value"),
        ({"max_completion_tokens": -1}, "max_completion_tokens", "integer_below_min_value"),
        ({"temperature": "hot"}, "temperature", "invalid_type"),
        ({"temperature": 2.5}, "temperature", "decimal_above_max_value"),
        ({"top_p": -0.1}, "top_p", "decimal_below_min_value"),
        ({"frequency_penalty": 3}, "frequency_penalty", "decimal_above_max_value"),
        ({"n": 129}, "n", "integer_above_max_value"),
        ({"top_logprobs": 2}, "top_logprobs", None),
        ({"n": 0}, "n", "integer_below_min_value"),
        ({"seed": "x"}, "seed", "invalid_type"),
        ({"stop": 5}, "stop", "invalid_type"),
        ({"stop": [5]}, "stop[0]", "invalid_type"),
        ({"stop": list("abcde")}, "stop", "array_above_max_length"),
        ({"reasoning_effort": "huge"}, "reasoning_effort", "invalid_value"),
        ({"stream_options": {"include_usage": True}}, "stream_options", None),
        ({"messages": None}, "messages", "missing_required_parameter"),
        ({"messages": "hi"}, "messages", "invalid_type"),
        ({"messages": []}, "messages", "empty_array"),
        ({"messages": ["hi"]}, "messages[0]", "invalid_type"),
        ({"messages": [{"content": "hi"}]}, "messages[0].role", "missing_required_parameter"),
        ({"messages": [{"role": "boss", "content": "hi"}]}, "messages[0].role", "invalid_value"),
        ({"messages": [{"role": "user"}]}, "messages[0].content", "missing_required_parameter"),
        ({"messages": [{"role": "user", "content": 5}]}, "messages[0].content", "invalid_type"),
        ({"messages": [USER, {"role": "user", "content": [{"type": "smell"}]}]},
         "messages[1].content[0].type", "invalid_value"),
        ({"messages": [{"role": "user", "content": [{"type": "text"}]}]},
         "messages[0].content[0].text", "invalid_type"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]},
         "messages[0].content[0].image_url", "invalid_type"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {}}]}]},
         "messages[0].content[0].image_url.url", "invalid_type"),
        ({"messages": [{"role": "assistant", "tool_calls": "f"}]},
         "messages[0].tool_calls", "invalid_type"),
        ({"messages": [{"role": "assistant", "tool_calls": ["f"]}]},
         "messages[0].tool_calls[0]", "invalid_type"),
        ({"messages": [USER, {"role": "tool", "tool_call_id": "c1", "content": "1"}]},
         "messages[1].role", None),
        ({"messages": [USER, {"role": "assistant", "tool_calls": [CALL]}, USER]},
         "messages[2].role", None),
        ({"messages": [USER, {"role": "assistant", "tool_calls": [CALL]}]},
         "messages[2].role", None),
        ({"tools": {}}, "tools", "invalid_type"),
        ({"tools": [{"type": "magic"}]}, "tools[0].type", "invalid_value"),
        ({"tools": [{"type": "function"}]}, "tools[0].function", "invalid_type"),
        ({"tools": [{"type": "function", "function": {}}]},
         "tools[0].function.name", "missing_required_parameter"),
        ({"tools": [{"type": "function", "function": {"name": "a b"}}]},
         "tools[0].function.name", "invalid_value"),
        ({"tool_choice": "auto"}, "tool_choice", None),
        ({"tools": [TOOL], "tool_choice": "maybe"}, "tool_choice", "invalid_value"),
        ({"tools": [TOOL], "tool_choice": {"type": "function", "function": {"name": "g"}}},
         "tool_choice", "invalid_value"),
        ({"response_format": {"type": "xml"}}, "response_format.type", "invalid_value"),
        ({"response_format": {"type": "json_schema"}},
         "response_format.json_schema", "missing_required_parameter"),
        ({"response_format": {"type": "json_schema", "json_schema": {"schema": {}}}},
         "response_format.json_schema.name", "missing_required_parameter"),
        ({"response_format": {"type": "json_schema", "json_schema": {"name": "s", "schema": []}}},
         "response_format.json_schema.schema", "invalid_type"),
    ],
)  # fmt: skip
def test_a_malformed_parameter_is_named(
    service: Service, fields: dict[str, Any], param: str, code: str | None
) -> None:
    error = refuse(service, {**write_body(GPT), **fields})
    assert (error["param"], error["code"]) == (param, code)


@pytest.mark.parametrize(
    ("model", "fields", "message"),
    [
        *(
            (model, {name: value}, f"Unsupported parameter: '{name}' is not supported")
            for model in (GPT_5, "openai.o1", "openai.o3", "openai.o4-mini", "openai.gpt-5-nano")
            for name, value in {
                "max_tokens": 5,
                "temperature": 1,
                "top_p": 1,
                "presence_penalty": 0,
                "frequency_penalty": 0,
                "stop": ["x"],
            }.items()
        ),
        (GPT_5, {"n": 2}, "'n' does not support 2 with this model."),
        (GPT_5, {"logprobs": True}, "'logprobs' is not supported with this model."),
        (GPT_5, {"max_tokens": 5}, "Use 'max_completion_tokens' instead."),
        (GROK, {"presence_penalty": 0}, "not supported on this model: presencePenalty"),
        (GROK_REASONING, {"frequency_penalty": 0}, "on this model: frequencyPenalty"),
        (GROK, {"tools": []}, "Invalid 'tools': empty array."),
        (
            GEMINI,
            {"tools": [{"type": "function", "function": {"name": "f", "parameters": REFERRING}}]},
            "Unknown name \"$defs\" at 'tools'",
        ),
        (
            GEMINI,
            {
                "response_format": {
                    "type": "json_schema",
                    "json_schema": {"name": "s", "schema": {"properties": {"x": {"$ref": "#"}}}},
                }
            },
            "Unknown name \"$ref\" at 'response_format'",
        ),
    ],
)
def test_a_family_refuses_what_it_does_not_take(
    service: Service, model: str, fields: dict[str, Any], message: str
) -> None:
    assert message in refuse(service, write_body(model, **fields))["message"]


@pytest.mark.parametrize(
    ("model", "fields"),
    [
        (GPT_5, {"max_completion_tokens": 50, "seed": 1, "reasoning_effort": "minimal"}),
        (GPT_OSS, {"max_tokens": 50, "temperature": 0.5, "presence_penalty": 0}),
        (GROK, {"max_tokens": 50, "temperature": 0, "top_p": 0.5, "stop": "x"}),
        (GEMINI, {"tools": [TOOL], "tool_choice": "none", "response_format": SCHEMA}),
        (LLAMA, {"tools": [], "stop": None, "n": 1, "user": "ada", "never_heard_of": 1}),
        (LLAMA, {"tools": [TOOL], "tool_choice": {"type": "function", "function": {"name": "f"}}}),
        (GPT, {"response_format": {"type": "text"}, "logprobs": True, "top_logprobs": 2}),
    ],
)
def test_what_a_family_takes_is_accepted(
    service: Service, model: str, fields: dict[str, Any]
) -> None:
    with connect(service) as client:
        assert client.post(CHAT, json=write_body(model, **fields)).status_code == 200


def test_a_prompt_longer_than_the_context_is_refused(service: Service) -> None:
    body = write_body("meta.llama-3-70b-instruct", "word " * 9000)
    error = refuse(service, body)
    assert error["code"] == "context_length_exceeded"
    assert "maximum context length is 8000 tokens" in error["message"]
