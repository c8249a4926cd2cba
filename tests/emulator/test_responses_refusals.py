"""What the Responses API says no to, and in which words."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ocigenai_nb.emulator.service import Service
from ocigenai_nb.model_facts import MODELS
from tests.emulator.client import (
    GEMINI,
    GPT,
    GPT_5,
    GPT_OSS,
    GROK,
    GROK_REASONING,
    LLAMA,
    connect,
)
from tests.emulator.mutations import mutate
from tests.emulator.responses_client import (
    CHICAGO,
    MULTI_AGENT,
    RESPONSES,
    WEATHER,
    connect_http,
    create,
    find_project,
    read_error,
    say,
)

NOT_AUTHORIZED = {
    "code": "NotAuthorizedOrNotFound",
    "message": "Authorization failed or requested resource not found.",
}
NO_PROJECT = {
    "code": "400",
    "message": "Non-OpenAI models require 'OpenAI-Project' or 'opc-conversation-store-id' header",
}
CALL = {"type": "function_call", "call_id": "c1", "name": "f", "arguments": CHICAGO}
OUTPUT = {"type": "function_call_output", "call_id": "c1", "output": "x"}


def say_unknown(key: str) -> dict[str, str]:
    return {"code": "404", "message": f"Entity with key {key} not found"}


def refuse(service: Service, **body: Any) -> tuple[int, str, str | None, str | None]:
    return read_error(create(service, **{"model": GPT, "input": "hi", **body}))


@pytest.mark.parametrize("body", [b"", b"[]", b'"x"'])
def test_a_body_that_is_no_object_is_a_bad_format(service: Service, body: bytes) -> None:
    headers = {"content-type": "application/json"}
    with connect_http(service) as client:
        answer = client.post(RESPONSES, content=body, headers=headers)
    assert answer.json()["message"] == "Please pass in correct format of request."


@pytest.mark.parametrize("model", [LLAMA, "cohere.command-a-03-2025", "cohere.embed-v4.0", "x.y"])
def test_models_that_do_not_answer_here_are_not_there(service: Service, model: str) -> None:
    answer = create(service, model=model, input="hi")
    assert (answer.status_code, answer.json()) == (404, say_unknown(model))


def test_a_dedicated_endpoint_of_such_a_model_is_not_there(service: Service) -> None:
    answer = create(service, model=service.endpoint_id, input="hi")
    assert (answer.status_code, answer.json()) == (404, say_unknown(service.endpoint_id))


def test_exactly_the_models_that_the_facts_name_answer(service: Service) -> None:
    with connect_http(service) as client:
        answered = {
            model
            for model, facts in MODELS.items()
            if facts["kind"] == "chat"
            and client.post(RESPONSES, json={"model": model, "input": "hi"}).status_code == 200
        }
    assert answered == {model for model, facts in MODELS.items() if facts["responses"]}


def test_restricted_models_are_not_there_for_most_tenancies(service: Service) -> None:
    answer = create(service, "TYPICAL", model=GPT_5, input="hi")
    assert (answer.status_code, answer.json()) == (404, NOT_AUTHORIZED)


@pytest.mark.parametrize("model", [GROK, GEMINI])
def test_models_of_others_need_a_project(service: Service, model: str) -> None:
    body = {"model": model, "input": "hi"}
    default, typical, _ = service.tenancies
    unknown = "ocid1.generativeaiproject.oc1.us-chicago-1.nobody"
    with connect(service) as client:

        def ask(**headers: str) -> tuple[int, Any]:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            answer = client.post(RESPONSES, json=body, headers=named)
            return answer.status_code, answer.json() if answer.is_error else None

        assert ask() == (400, NO_PROJECT)
        assert ask(OpenAI_Project="") == (400, NO_PROJECT)
        assert ask(OpenAI_Project=service.project_id) == (200, None)
        assert ask(opc_conversation_store_id=default.conversation_store_id) == (200, None)
        assert ask(OpenAI_Project=typical.project_id) == (404, NOT_AUTHORIZED)
        assert ask(OpenAI_Project=unknown) == (404, say_unknown(unknown))


@pytest.mark.parametrize("model", [GPT, GPT_OSS])
def test_openais_models_need_none_but_no_foreign_one_either(service: Service, model: str) -> None:
    with connect_http(service, project="") as client:
        assert client.post(RESPONSES, json={"model": model, "input": "hi"}).status_code == 200
    with connect_http(service, project=find_project(service, "TYPICAL")) as client:
        assert client.post(RESPONSES, json={"model": model, "input": "hi"}).status_code == 404


def test_a_field_that_is_known_but_not_supported_is_named(service: Service) -> None:
    answer = create(service, model=GPT, input="hi", user="ada")
    assert (answer.status_code, answer.json()) == (
        400,
        {"code": "400", "message": "Field 'user' is not supported"},
    )


def test_a_field_that_nobody_knows_is_ignored(service: Service) -> None:
    assert create(service, model=GPT, input="hi", frobnicate=1).status_code == 200


@pytest.mark.parametrize(
    ("fields", "message", "param", "code"),
    [
        ({"model": None}, "Missing required parameter: 'model'.", "model",
         "missing_required_parameter"),
        ({"input": None}, "Missing required parameter: 'input'.", "input",
         "missing_required_parameter"),
        ({"temperature": 3}, None, "temperature", "decimal_above_max_value"),
        ({"max_output_tokens": 15}, None, "max_output_tokens", "integer_below_min_value"),
        ({"stream": 1}, None, "stream", "invalid_type"),
        ({"include": ["x"]}, None, "include[0]", "invalid_value"),
        ({"reasoning": {"effort": "huge"}}, None, "reasoning.effort", "invalid_value"),
        (
            {"reasoning": {"effort": "low"}},
            "Unsupported parameter: 'reasoning.effort' is not supported with this model.",
            "reasoning.effort",
            "unsupported_parameter",
        ),
        ({"text": {"format": {"type": "xml"}}}, None, "text.format.type", "invalid_value"),
        (
            {"text": {"format": {"type": "json_schema", "schema": {}}}},
            "Missing required parameter: 'text.format.name'.",
            "text.format.name",
            "missing_required_parameter",
        ),
        (
            {"response_format": {"type": "json_object"}},
            (
                "Unsupported parameter: 'response_format'. In the Responses API, this parameter "
                "has moved to 'text.format'. Try again with the new parameter."
            ),
            "response_format",
            "unsupported_parameter",
        ),
        ({"messages": []}, None, "messages", "unsupported_parameter"),
        ({"max_tokens": 50}, None, "max_tokens", "unsupported_parameter"),
        ({"stream_options": {}}, None, "stream_options", None),
        ({"tools": [{"type": "function"}]}, "Missing required parameter: 'tools[0].name'.",
         "tools[0].name", "missing_required_parameter"),
        ({"tools": [{"type": "function", "function": {"name": "f"}}]}, None, "tools[0].name",
         "missing_required_parameter"),
        ({"tools": [{"type": "function", "name": "a b"}]}, None, "tools[0].name", "invalid_value"),
        ({"tools": [{"type": "shell"}]}, None, "tools[0].type", "invalid_value"),
        ({"tools": [1]}, None, "tools[0]", "invalid_type"),
        (
            {"tools": [{**WEATHER, "parameters": {"required": [1]}}]},
            "Invalid schema for function 'get_weather': 1 is not of type 'string'.",
            "tools[0].parameters",
            "invalid_function_parameters",
        ),
        ({"tool_choice": "always"}, None, "tool_choice", "invalid_value"),
        ({"tool_choice": {"type": "function", "name": "f"}}, None, "tool_choice", "invalid_value"),
        ({"tool_choice": {"type": "mcp"}}, None, "tool_choice.type", "invalid_value"),
        ({"tool_choice": {"type": "allowed_tools", "tools": [], "mode": "no"}}, None,
         "tool_choice.mode", "invalid_value"),
    ],
)  # fmt: skip
def test_a_wrong_field_is_named_in_openais_words(
    service: Service, fields: dict[str, Any], message: str | None, param: str, code: str | None
) -> None:
    said = refuse(service, **fields)
    assert said == (400, message or said[1], param, code)


def test_reasoning_models_take_no_sampling(service: Service) -> None:
    message = "Unsupported parameter: 'temperature' is not supported with this model."
    assert refuse(service, model=GPT_5, temperature=1)[1] == message


@pytest.mark.parametrize(
    ("item", "param"),
    [
        (1, "input[0]"),
        ({"role": "user", "content": "hi"}, "input[0].type"),
        ({"type": "message", "role": "user", "content": "hi"}, "input[0].content"),
        ({"type": "message", "content": []}, "input[0].role"),
        ({"type": "message", "role": "tool", "content": []}, "input[0].role"),
        ({"type": "message", "role": "user"}, "input[0].content"),
        (
            {"type": "message", "role": "user", "content": [{"type": "text", "text": "hi"}]},
            "input[0].content[0].type",
        ),
        (
            {"type": "message", "role": "user", "content": [{"type": "output_text", "text": ""}]},
            "input[0].content[0].type",
        ),
        (
            {"type": "message", "role": "assistant", "content": [{"type": "input_text"}]},
            "input[0].content[0].type",
        ),
        (
            {"type": "message", "role": "user", "content": [{"type": "input_text"}]},
            "input[0].content[0].text",
        ),
        ({"type": "function_call", "call_id": "c1", "name": "f"}, "input[0].arguments"),
        ({"type": "function_call_output", "call_id": "c1"}, "input[0].output"),
        ({"type": "reasoning"}, "input[0].summary"),
        ({"type": "item_reference"}, "input[0].id"),
        ({"type": "web_search_call"}, "input[0].type"),
        ({**CALL, "id": "call_1"}, "input[0].id"),
        ({**say("user", "hi"), "id": "1"}, "input[0].id"),
    ],
)
def test_a_malformed_item_is_named(service: Service, item: Any, param: str) -> None:
    assert refuse(service, input=[item])[::2] == (400, param)


def test_the_short_form_of_messages_is_taken_or_refused_as_in_june_2026(service: Service) -> None:
    short = [{"role": "assistant", "content": "hi"}, {"role": "user", "content": "count to 2"}]
    service.strict_input = False
    assert create(service, model=GPT, input=short).status_code == 200
    service.strict_input = True
    assert create(service, model=GPT, input=short).status_code == 400


@pytest.mark.parametrize(
    ("items", "message"),
    [
        ([OUTPUT], "No tool call found for function call output with call_id c1."),
        ([OUTPUT, CALL], "No tool call found for function call output with call_id c1."),
        ([CALL, say("user", "hi")], "No tool output found for function call c1."),
    ],
)
def test_calls_and_outputs_belong_together(
    service: Service, items: list[dict[str, Any]], message: str
) -> None:
    assert refuse(service, input=items) == (400, message, "input", None)


def test_gemini_takes_no_system_message_and_when_streaming_no_call_with_an_id(
    service: Service,
) -> None:
    system = [say("system", "Be concise."), say("user", "hi")]
    assert refuse(service, model=GEMINI, input=system)[1] == (
        "Please use a valid role: user, model."
    )
    assert create(service, model=GEMINI, input="hi", instructions="x").status_code == 200
    thread = [say("user", "hi"), {**CALL, "id": "fc_1"}, OUTPUT]
    streamed = refuse(service, model=GEMINI, input=thread, stream=True)
    assert streamed[1].startswith('Invalid JSON payload received. Unknown name "id" at \'input[1]')
    assert create(service, model=GEMINI, input=thread).status_code == 200
    assert create(service, model=GPT, input=thread, stream=True).status_code == 200


def test_gemini_takes_no_references_in_schemas(service: Service) -> None:
    schema = {"type": "object", "properties": {"a": {"$ref": "#/$defs/x"}}, "$defs": {"x": {}}}
    tool = {"type": "function", "name": "f", "parameters": schema}
    wanted = {"format": {"type": "json_schema", "name": "n", "schema": schema}}
    for fields in ({"tools": [tool]}, {"text": wanted}):
        assert "Cannot find field." in refuse(service, model=GEMINI, **fields)[1]
        assert create(service, model=GPT, input="hi", **fields).status_code == 200


def test_xai_takes_no_empty_tools_and_its_multi_agents_none_of_the_clients(
    service: Service,
) -> None:
    assert refuse(service, model=GROK, tools=[])[2:] == ("tools", "empty_array")
    assert create(service, model=GPT, input="hi", tools=[]).status_code == 200
    answer = create(service, model=MULTI_AGENT, input="hi", tools=[WEATHER])
    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid-argument"
    assert answer.json()["error"].startswith("Client-side tools")
    assert create(service, model=MULTI_AGENT, input="hi").status_code == 200


def test_web_search_is_for_openais_models(service: Service) -> None:
    tools = [{"type": "web_search"}]
    assert create(service, model=GPT, input="hi", tools=tools).status_code == 200
    assert refuse(service, model=GROK, tools=tools)[2] == "tools[0].type"


def test_gpt_oss_takes_no_reasoning_as_text(service: Service) -> None:
    thought = {
        "type": "reasoning",
        "summary": [],
        "content": [{"type": "reasoning_text", "text": "Hm."}],
    }
    items = [say("user", "hi"), thought, say("user", "hi")]
    assert refuse(service, model=GPT_OSS, input=items)[0] == 400
    assert create(service, model=GROK_REASONING, input=items).status_code == 200


def test_a_prompt_longer_than_the_context_is_refused(service: Service) -> None:
    said = refuse(service, model=GPT_OSS, input="word " * 130_000)
    assert said[2:] == ("input", "context_length_exceeded")


def test_whatever_is_out_of_place_is_answered_or_refused(service: Service) -> None:
    thought = {"type": "reasoning", "summary": [{"type": "summary_text", "text": "x"}]}
    good = {
        "model": GPT,
        "input": [say("user", "hi"), say("assistant", "x"), thought, CALL, OUTPUT],
        "tools": [WEATHER],
        "tool_choice": {"type": "function", "name": "get_weather"},
        "text": {"format": {"type": "json_schema", "name": "n", "schema": {"type": "object"}}},
        "include": ["message.output_text.logprobs"],
        "reasoning": {"effort": None, "summary": None},
        "metadata": {"a": "b"},
        "max_output_tokens": 50,
        "stream": True,
    }
    with connect_http(service) as client:
        assert client.post(RESPONSES, json=good).status_code == 200
        statuses = {
            client.post(RESPONSES, content=json.dumps(broken)).status_code
            for broken in mutate(good)
        }
    assert statuses <= {200, 400, 404}


def test_there_is_no_list_of_responses(service: Service) -> None:
    with connect_http(service) as client:
        assert client.get(RESPONSES).status_code == 405
        assert client.get(f"{RESPONSES}/resp_1/output_items").status_code == 404
