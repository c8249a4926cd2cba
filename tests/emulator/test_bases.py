"""Where the OpenAI-compatible API answers, and what else is there."""

from __future__ import annotations

from typing import Any

import pytest

from ocigenai_nb.emulator.service import Service
from tests.emulator.client import GPT, connect, write_body

BASES = ("/openai/v1", "/20231130/openai/v1", "/20231130/actions/v1", "/v1")
WEATHER: dict[str, Any] = {"type": "function", "function": {"name": "get_weather"}}


@pytest.mark.parametrize("base", BASES)
def test_chat_and_responses_answer_at_every_base(service: Service, base: str) -> None:
    with connect(service) as client:
        chat = client.post(f"{base}/chat/completions", json=write_body(GPT, "count to 3"))
        made = client.post(f"{base}/responses", json={"model": GPT, "input": "count to 3"})
        kept = client.get(f"{base}/responses/{made.json()['id']}")
    assert chat.json()["choices"][0]["message"]["content"] == "1 2 3"
    assert kept.json()["output"][0]["content"][0]["text"] == "1 2 3"


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("path", ["/models", "/moderations", "/memories", "/completions", ""])
def test_what_the_service_does_not_have_is_no_path(service: Service, base: str, path: str) -> None:
    with connect(service) as client:
        answers = [client.post(base + path, json=write_body(GPT)), client.get(base + path)]
    told = [(answer.status_code, answer.json()["message"]) for answer in answers]
    assert told == [(404, "Path doesn't map to a registered service!")] * 2


@pytest.mark.parametrize("base", BASES)
def test_embeddings_are_an_operation_that_is_not_supported(service: Service, base: str) -> None:
    with connect(service) as client:
        answer = client.post(f"{base}/embeddings", json={"model": GPT, "input": "a"})
    assert (answer.status_code, answer.json()["message"]) == (400, "Unsupported OpenAI operation")


def test_the_shortest_base_leaves_the_identity_services_alone(service: Service) -> None:
    with connect(service) as client:
        answer = client.post("/v1/x509", json={})
    assert answer.json()["message"] != "Path doesn't map to a registered service!"


@pytest.mark.parametrize(
    ("choice", "param"),
    [
        ({"type": "allowed_tools", "allowed_tools": {"mode": "auto"}}, "tool_choice.type"),
        ({}, "tool_choice.type"),
        ({"type": "function"}, "tool_choice.function"),
        ({"type": "function", "function": {"name": "other"}}, "tool_choice"),
    ],
)
def test_a_choice_of_tools_that_is_none_names_what_is_wrong(
    service: Service, choice: dict[str, Any], param: str
) -> None:
    body = write_body(GPT, tools=[WEATHER], tool_choice=choice)
    with connect(service) as client:
        answer = client.post("/openai/v1/chat/completions", json=body)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)
