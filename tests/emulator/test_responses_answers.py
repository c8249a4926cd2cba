"""Whole responses: items by family, limits, JSON, tools."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from ocigenai_nb.emulator.service import Service
from tests.emulator.client import GEMINI, GPT, GPT_5, GPT_OSS, GROK, GROK_REASONING
from tests.emulator.responses_client import (
    CHICAGO,
    GPT_5_PRO,
    PARIS,
    TWO_CITIES,
    WEATHER,
    ask,
    connect_sdk,
    create,
    find_text,
    say,
)


def test_a_response_says_what_was_asked_and_what_it_cost(service: Service) -> None:
    whole = ask(
        service,
        model=GPT,
        input="what is 17 * 23?",
        instructions="Be concise.",
        metadata={"a": "b"},
        temperature=0.5,
        truncation="auto",
        max_output_tokens=100,
    )
    assert whole["id"].startswith("resp_")
    assert abs(whole["created_at"] - time.time()) < 60
    assert (whole["object"], whole["status"], whole["model"]) == ("response", "completed", GPT)
    assert (whole["error"], whole["incomplete_details"]) == (None, None)
    assert find_text(whole) == "17 * 23 = 391"
    echoed = ("instructions", "metadata", "temperature", "truncation", "max_output_tokens", "store")
    assert [whole[name] for name in echoed] == ["Be concise.", {"a": "b"}, 0.5, "auto", 100, True]
    usage = whole["usage"]
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]
    assert usage["output_tokens_details"] == {"reasoning_tokens": 0}


def test_the_sdk_reads_it(service: Service) -> None:
    with connect_sdk(service) as client:
        response = client.responses.create(model=GPT_5, input="count to 3")
    assert (response.output_text, response.status) == ("1 2 3", "completed")
    assert response.usage is not None
    assert response.usage.output_tokens_details.reasoning_tokens > 0


def test_a_model_for_responses_only_answers_here(service: Service) -> None:
    assert find_text(ask(service, model=GPT_5_PRO, input="count to 3")) == "1 2 3"


@pytest.mark.parametrize(
    ("model", "asked", "summary", "content"),
    [
        (GPT_5, None, False, False),
        (GPT_5, "auto", True, False),
        (GROK_REASONING, None, True, False),
        (GPT_OSS, None, False, True),
    ],
)
def test_reasoning_is_an_item_that_shows_what_the_family_shows(
    service: Service, model: str, asked: str | None, *, summary: bool, content: bool
) -> None:
    first = ask(service, model=model, input="hi", reasoning={"summary": asked})["output"][0]
    assert first["type"] == "reasoning"
    assert bool(first["summary"]) is summary
    assert bool(first.get("content")) is content


@pytest.mark.parametrize("model", [GEMINI, GROK, GPT])
def test_others_have_no_item_of_reasoning(service: Service, model: str) -> None:
    whole = ask(service, model=model, input="hi")
    assert [item["type"] for item in whole["output"]] == ["message"]
    hidden = whole["usage"]["output_tokens_details"]["reasoning_tokens"]
    assert (hidden > 0) is (model == GEMINI)


def test_no_effort_means_no_reasoning(service: Service) -> None:
    whole = ask(service, model=GPT_5, input="hi", reasoning={"effort": "none"})
    assert [item["type"] for item in whole["output"]] == ["message"]


def test_calls_are_items_with_two_ids(service: Service) -> None:
    for model in (GPT, GROK, GEMINI, GPT_OSS):
        whole = ask(service, model=model, input=TWO_CITIES, tools=[WEATHER])
        calls = [item for item in whole["output"] if item["type"] == "function_call"]
        assert whole["status"] == "completed"
        assert [(call["name"], call["arguments"]) for call in calls] == [
            ("get_weather", CHICAGO),
            ("get_weather", PARIS),
        ]
        assert all(call["id"].startswith("fc_") for call in calls)
        assert len({call["call_id"] for call in calls}) == 2


@pytest.mark.parametrize(
    ("choice", "count"),
    [
        ("auto", 2),
        ("none", 0),
        ({"type": "function", "name": "get_weather"}, 2),
        ({"type": "allowed_tools", "mode": "auto", "tools": [{"type": "mcp"}]}, 0),
        (
            {
                "type": "allowed_tools",
                "mode": "required",
                "tools": [{"type": "function", "name": "get_weather"}],
            },
            2,
        ),
    ],
)
def test_the_tool_choice_is_obeyed(service: Service, choice: Any, count: int) -> None:
    other = {"type": "function", "name": "get_time", "parameters": None}
    tools = [WEATHER, other, {"type": "mcp", "server_label": "x"}]
    whole = ask(service, model=GPT, input=TWO_CITIES, tools=tools, tool_choice=choice)
    assert [item["type"] for item in whole["output"]].count("function_call") == count


def test_one_call_at_a_time_if_asked(service: Service) -> None:
    whole = ask(service, model=GPT, input=TWO_CITIES, tools=[WEATHER], parallel_tool_calls=False)
    assert [item["type"] for item in whole["output"]] == ["function_call"]


def test_tool_results_become_the_answer(service: Service) -> None:
    call = {
        "type": "function_call", "call_id": "c1", "name": "get_weather", "arguments": CHICAGO,
    }  # fmt: skip
    for output in ("clear", [{"type": "input_text", "text": "clear"}]):
        result = {"type": "function_call_output", "call_id": "c1", "output": output}
        thread = [say("user", "weather in Chicago?"), call, result]
        whole = ask(service, model=GPT, input=thread, tools=[WEATHER])
        assert find_text(whole) == "According to get_weather: clear."


def test_json_answers_are_json(service: Service) -> None:
    schema = {"type": "object", "properties": {"age": {"type": "integer"}}}
    wanted = {"type": "json_schema", "name": "person", "schema": schema, "strict": True}
    whole = ask(service, model=GPT, input="JSON: Ada is 36.", text={"format": wanted})
    assert json.loads(find_text(whole)) == {"age": 36}
    assert whole["text"]["format"] == {"description": None, **wanted}
    plain = ask(service, model=GPT, input="JSON!", text={"format": {"type": "json_object"}})
    assert isinstance(json.loads(find_text(plain)), dict)


def test_an_answer_that_runs_out_of_tokens_is_incomplete(service: Service) -> None:
    whole = ask(service, model=GPT, input="count to 100", max_output_tokens=16)
    assert (whole["status"], whole["completed_at"]) == ("incomplete", None)
    assert whole["incomplete_details"] == {"reason": "max_output_tokens"}
    assert whole["output"][-1]["status"] == "incomplete"
    assert find_text(whole) == " ".join(map(str, range(1, 17)))


def test_reasoning_can_use_up_all_tokens(service: Service) -> None:
    whole = ask(service, model=GPT_5, input="count to 100", max_output_tokens=16)
    assert [item["type"] for item in whole["output"]] == ["reasoning"]
    assert whole["incomplete_details"] == {"reason": "max_output_tokens"}


def test_a_refusal_is_a_part_of_its_own(service: Service) -> None:
    whole = ask(service, model=GPT, input="Refuse this, please.")
    (part,) = whole["output"][0]["content"]
    assert part == {"type": "refusal", "refusal": "I'm sorry, but I can't help with that."}
    assert whole["status"] == "completed"


def test_history_system_messages_and_images_are_taken(service: Service) -> None:
    seen = say("user", "My name is Ada.")
    seen["content"].append({"type": "input_image", "image_url": "data:,", "detail": "auto"})
    thread = [
        say("developer", "Be concise."),
        seen,
        say("assistant", "Hello Ada!"),
        say("user", "What is my name?"),
    ]
    assert "Ada" in find_text(ask(service, model=GPT, input=thread))


@pytest.mark.parametrize("base", ["/openai/v1", "/20231130/actions/v1", "/20231130/openai/v1"])
def test_every_base_serves_responses(service: Service, base: str) -> None:
    with connect_sdk(service) as client:
        moved = client.with_options(base_url=f"{service.url}{base}")
        assert moved.responses.create(model=GPT, input="count to 2").output_text == "1 2"


def test_an_answer_takes_as_long_as_its_tokens(service: Service) -> None:
    service.pace = 200
    began = time.monotonic()
    create(service, model=GPT, input="count from 1 to 40")
    assert 0.2 <= time.monotonic() - began < 30
