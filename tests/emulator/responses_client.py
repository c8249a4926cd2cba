"""The real `openai` SDK for the Responses API: what the tests of it call the emulator with."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any

import httpx
import openai

from ocigenai_nb.emulator.service import Service
from tests.emulator.client import connect

RESPONSES = "/openai/v1/responses"
GPT_5_PRO = "openai.gpt-5.5-pro"
MULTI_AGENT = "xai.grok-4.20-multi-agent"
WEATHER: dict[str, Any] = {
    "type": "function",
    "name": "get_weather",
    "description": "Current weather in a city",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
    },
}
TWO_CITIES = "What is the weather in Chicago and Paris?"
CHICAGO, PARIS = '{"city": "Chicago"}', '{"city": "Paris"}'


@contextlib.contextmanager
def connect_http(
    service: Service, profile: str = "DEFAULT", *, project: str | None = None
) -> Iterator[httpx.Client]:
    """A signed client that names a project, by default the profile's own; "" names none."""
    with connect(service, profile) as client:
        chosen = find_project(service, profile) if project is None else project
        if chosen:
            client.headers["OpenAI-Project"] = chosen
        yield client


@contextlib.contextmanager
def connect_sdk(service: Service, profile: str = "DEFAULT") -> Iterator[openai.OpenAI]:
    """The SDK over a signed client; it names the project of the profile's tenancy."""
    with connect(service, profile) as client:
        legacy: Any = client  # both majors of the SDK take it, neither says so
        yield openai.OpenAI(
            base_url=f"{service.url}/openai/v1",
            api_key="not used",
            http_client=legacy,
            project=find_project(service, profile),
            max_retries=0,
        )


def find_project(service: Service, profile: str) -> str:
    """The project of the profile's tenancy."""
    named = {tenancy.name.upper(): tenancy for tenancy in service.tenancies}
    return named.get(profile, service.tenancies[0]).project_id


def create(service: Service, profile: str = "DEFAULT", **body: Any) -> httpx.Response:
    """The answer to a request for a new response, whatever it is."""
    with connect_http(service, profile) as client:
        return client.post(RESPONSES, json=body)


def ask(service: Service, profile: str = "DEFAULT", **body: Any) -> dict[str, Any]:
    """A response that came whole."""
    answer = create(service, profile, **body)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    whole: dict[str, Any] = answer.json()
    return whole


def stream(service: Service, profile: str = "DEFAULT", **body: Any) -> list[dict[str, Any]]:
    """Every event of a response that came as a stream, which must be well-formed."""
    answer = create(service, profile, stream=True, **body)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/event-stream"
    return read_events(answer.content)


def read_events(received: bytes) -> list[dict[str, Any]]:
    """The JSON of every event of a stream that must end in [DONE]."""
    *events, done, rest = received.split(b"\n\n")
    assert (done, rest) == (b"data: [DONE]", b"")
    return [read_event(event) for event in events]


def read_event(event: bytes) -> dict[str, Any]:
    """The JSON of an event, whose two lines must name the same type."""
    named, data = event.decode().split("\n")
    value: dict[str, Any] = json.loads(data.removeprefix("data: "))
    assert named == f"event: {value['type']}"
    return value


def say(role: str, text: str) -> dict[str, Any]:
    """A message in the strict form."""
    kind = "output_text" if role == "assistant" else "input_text"
    return {"type": "message", "role": role, "content": [{"type": kind, "text": text}]}


def find_text(response: dict[str, Any]) -> str:
    """All text of a response's messages."""
    parts = [part for item in response["output"] for part in item.get("content", ())]
    return "".join(part["text"] for part in parts if part["type"] == "output_text")


def read_error(answer: httpx.Response) -> tuple[int, str, str | None, str | None]:
    """Status, message, param and code of a refusal in OpenAI's envelope."""
    error = answer.json()["error"]
    assert error["type"] == "invalid_request_error"
    return answer.status_code, error["message"], error["param"], error["code"]
