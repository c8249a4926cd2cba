"""What the emulator makes of a backend that fails, at once or midway."""

from __future__ import annotations

import json
import logging
import time
from typing import Any

import httpx
import pytest

import ocigenai_nb as og
from ocigenai_nb import emulator
from ocigenai_nb.core.events import Failed
from ocigenai_nb.emulator.server import open_listener
from ocigenai_nb.emulator.service import Service
from tests.emulator.backends import (
    TEXT,
    TRANSPORTS,
    Server,
)
from tests.emulator.client import (
    CHAT,
    GPT_OSS,
    LLAMA,
    connect,
    post_raw,
    write_body,
)


def _post(service: Service, transport: str, *, streamed: bool) -> httpx.Response:
    paths: dict[str, tuple[str, dict[str, Any]]] = {
        "v1": (CHAT, write_body(stream=streamed)),
        "sdk": (
            "/20231130/actions/chat",
            {
                "compartmentId": service.compartment_id,
                "servingMode": {"servingType": "ON_DEMAND", "modelId": LLAMA},
                "chatRequest": {
                    "apiFormat": "GENERIC",
                    "isStream": streamed,
                    "messages": [{"role": "USER", "content": [{"type": "TEXT", "text": "hi"}]}],
                },
            },
        ),
        "responses": (
            "/openai/v1/responses",
            {"model": GPT_OSS, "input": "hi", "stream": streamed},
        ),
    }
    path, body = paths[transport]
    with connect(service) as client:
        return client.post(path, json=body, headers={"OpenAI-Project": service.project_id})


@pytest.mark.parametrize("transport", ["v1", "sdk", "responses"])
@pytest.mark.parametrize("streamed", [True, False])
@pytest.mark.parametrize(
    ("manner", "status"),
    [
        ("silent", 503),
        ("401", 500),
        ("429", 429),
        ("503", 500),
        ("html", 500),
        ("empty", 500),
        ("redirect", 500),
        ("list", 500),
        ("deep", 500),
    ],
)
def test_a_backend_that_fails_at_once_is_the_service_s_own_error(
    front: Service,
    backend: Server,
    transport: str,
    manner: str,
    status: int,
    streamed: bool,  # noqa: FBT001
) -> None:
    backend.manner = manner
    answer = _post(front, transport, streamed=streamed)
    assert answer.status_code == status
    assert set(answer.json()) == {"code", "message"}
    assert "secret" not in answer.text


@pytest.mark.parametrize("transport", ["v1", "sdk", "responses"])
@pytest.mark.parametrize("manner", ["garbage", "error", "cut", "not a chunk", "stall", "trickle"])
def test_a_backend_that_fails_midway_breaks_the_stream_off_with_an_error_event(
    front: Service, backend: Server, transport: str, manner: str
) -> None:
    backend.manner = manner
    answer = _post(front, transport, streamed=True)
    assert answer.status_code == 200
    assert "lo, " in answer.text
    assert "rld" not in answer.text
    last = json.loads(answer.text.rstrip().rpartition("data: ")[2])
    assert {"error", "code"} & last.keys()
    assert "secret" not in answer.text
    assert front.journal.last.outcome == "broken off"


@pytest.mark.parametrize("transport", ["v1", "sdk", "responses"])
@pytest.mark.parametrize("manner", ["garbage", "error", "cut", "not a chunk", "stall", "trickle"])
def test_a_whole_answer_that_fails_midway_is_the_service_s_own_error(
    front: Service, backend: Server, transport: str, manner: str
) -> None:
    backend.manner = manner
    answer = _post(front, transport, streamed=False)
    assert answer.status_code in {500, 503}
    assert set(answer.json()) == {"code", "message"}


@pytest.mark.parametrize(("model", "transport"), TRANSPORTS)
def test_our_client_keeps_what_came_before_the_backend_failed(
    genai: og.Connection, backend: Server, model: str, transport: str
) -> None:
    backend.manner = "error"
    chat = genai.chat(model, transport=transport)
    *_, last = chat.stream("Say hello.")
    assert isinstance(last, Failed)
    assert chat.turns[-1].text == "Hello, "


def test_a_dead_backend_is_a_service_that_is_not_available() -> None:
    listener = open_listener(0)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
    listener.close()
    with emulator.start(backend=url, backend_model="m") as service:
        for transport in ("v1", "sdk", "responses"):
            answer = _post(service, transport, streamed=True)
            assert (answer.status_code, answer.json()["code"]) == (503, "ServiceUnavailable")


def test_why_it_failed_is_in_the_log_without_the_key(
    front: Service, backend: Server, caplog: pytest.LogCaptureFixture
) -> None:
    backend.manner = "401"
    with caplog.at_level(logging.WARNING, "ocigenai_nb.emulator"):
        _post(front, "v1", streamed=False)
    assert f"The backend failed: {backend.url} answered 401" in caplog.text
    assert "sk-1" not in caplog.text


def test_a_client_that_leaves_ends_the_work_of_the_backend(front: Service, backend: Server) -> None:
    backend.manner = "stall"
    connection = post_raw(front, write_body(stream=True))
    while b"lo, " not in connection.recv(65536):
        pass
    connection.close()
    assert backend.left.wait(60)


def test_stopping_does_not_wait_for_the_backend(backend: Server) -> None:
    backend.manner = "silent"
    service = emulator.start(backend=backend.url, backend_model="m")
    connection = post_raw(service, write_body())
    while not backend.asked:
        time.sleep(0.005)
    began = time.monotonic()
    service.stop()
    connection.close()
    assert time.monotonic() - began < 30
    assert backend.left.wait(60)


def test_a_response_is_kept_as_it_ended(front: Service, backend: Server) -> None:
    def keep(manner: str) -> dict[str, Any]:
        backend.manner = manner
        text = _post(front, "responses", streamed=True).text
        begun = json.loads(text.partition("data: ")[2].partition("\n")[0])
        with connect(front) as client:
            path = f"/openai/v1/responses/{begun['response']['id']}"
            kept: dict[str, Any] = client.get(
                path, headers={"OpenAI-Project": front.project_id}
            ).json()
        return kept

    kept = keep("well")
    assert (kept["status"], kept["usage"]["output_tokens"]) == ("completed", 56)
    assert kept["output"][-1]["content"][0]["text"] == TEXT
    kept = keep("error")
    assert (kept["status"], kept["output"]) == ("failed", [])
