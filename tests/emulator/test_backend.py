"""Another server behind the emulator: what it is asked, what of it comes out, what its faults do.

The server is a small one of our own that speaks OpenAI's chat completions on the loopback address.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

import ocigenai_nb as og
from ocigenai_nb import emulator
from ocigenai_nb.chat.conversation import Conversation
from ocigenai_nb.core.errors import OCIGenAIError
from ocigenai_nb.core.events import Failed, TextDelta
from ocigenai_nb.emulator.answer import Ask
from ocigenai_nb.emulator.backend.forced_calls import force_call
from ocigenai_nb.emulator.backend.local_model import ModelMissingError, find_cache, start_model
from ocigenai_nb.emulator.backend.request import write_request
from ocigenai_nb.emulator.brain import Call, Turn
from ocigenai_nb.emulator.server import ServerThread, open_listener
from ocigenai_nb.emulator.service import Service
from tests.emulator.client import (
    CHAT,
    GEMINI,
    GPT_OSS,
    GROK_REASONING,
    LLAMA,
    ask,
    connect,
    post_raw,
    read_all,
    stream,
    write_body,
)
from tests.emulator.native_client import COMMAND_A, COMMAND_R, REASONING

PIECES = ["Hel", "lo, ", "wör", "ld", "."]
TEXT = "Hello, wörld."
USAGE = {
    "prompt_tokens": 1234,
    "completion_tokens": 56,
    "total_tokens": 1290,
    "completion_tokens_details": {"reasoning_tokens": 7},
    "prompt_tokens_details": {"cached_tokens": 128},
}
WEATHER = {
    "name": "get_weather",
    "description": "Get the current weather of a city.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
}
QUIET = 0.4
"""Seconds after which the emulator gives a backend up."""


class Server:
    """A server of chat completions that says what it is told to."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.left = threading.Event()
        self.go_on = threading.Event()
        self.deltas: list[dict[str, Any]] = [{"content": piece} for piece in PIECES]
        self.finish = "stop"
        self.manner = "well"
        app = Starlette(routes=[Route("/v1/chat/completions", self._answer, methods=["POST"])])
        listener = open_listener(0)
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
        self._thread = ServerThread(app, listener)
        self._thread.start()

    def stop(self) -> None:
        """Stop serving."""
        self._thread.stop()

    async def _answer(self, request: Request) -> Response:
        self.asked.append(await request.json())
        self.keys.append(request.headers.get("authorization"))
        if self.manner in _WHOLE:
            return _WHOLE[self.manner]
        return StreamingResponse(self._stream(), media_type="text/event-stream; charset=utf-8")

    async def _stream(self) -> AsyncIterator[bytes]:
        try:
            if self.manner == "silent":
                await asyncio.sleep(60)
            for number, delta in enumerate(self.deltas):
                if number == 2:
                    async for words in self._misbehave():
                        yield words
                    if self.manner in {"garbage", "error", "cut", "not a chunk"}:
                        return
                yield _write({"choices": [{"index": 0, "delta": delta, "finish_reason": None}]})
            yield _write({"choices": [{"delta": {}, "finish_reason": self.finish}]})
            yield _write({"choices": [], "usage": USAGE})
            yield b"data: [DONE]\n\n"
        except asyncio.CancelledError:
            self.left.set()
            raise

    async def _misbehave(self) -> AsyncIterator[bytes]:
        yield {
            "garbage": b"<html>502 Bad Gateway</html>\ndata: {broken\n\n",
            "error": b'data: {"error": {"message": "secret words of the backend"}}\n\n',
            "not a chunk": b'data: {"choices": 5}\n\n',
            "comments": b": still here\n\n",
        }.get(self.manner, b"")
        if self.manner == "waits":
            while not self.go_on.is_set():  # noqa: ASYNC110 - a flag of another thread
                await asyncio.sleep(0.005)
        while self.manner in {"stall", "trickle"}:
            yield b"x" if self.manner == "trickle" else b""
            await asyncio.sleep(0.02)


_WHOLE: dict[str, Response] = {
    "whole": JSONResponse(
        {
            "choices": [{"message": {"content": TEXT}, "finish_reason": "stop"}],
            "usage": USAGE,
        }
    ),
    "401": JSONResponse({"error": {"message": "secret words of the backend"}}, 401),
    "429": JSONResponse({"error": {"message": "slow down"}}, 429),
    "503": JSONResponse({"error": {"message": "loading"}}, 503),
    "html": Response("<html>hello</html>", media_type="text/html"),
    "empty": Response(b"", media_type="text/event-stream"),
    "redirect": Response(status_code=302, headers={"location": "http://127.0.0.1:1/"}),
    "list": JSONResponse([1, 2]),
    "deep": Response(b"[" * 100_000, media_type="application/json"),
}


def _write(chunk: dict[str, Any]) -> bytes:
    return f"data: {json.dumps(chunk)}\n\n".encode()


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[Server, Service]]:
    """A backend and an emulator before it."""
    server = Server()
    with emulator.start(
        backend=server.url, backend_model="some-model", backend_key="sk-1", backend_timeout=QUIET
    ) as service:
        yield server, service
    server.stop()


@pytest.fixture
def backend(running: tuple[Server, Service]) -> Iterator[Server]:
    """The backend as it is at first."""
    server, service = running
    server.asked.clear()
    server.left.clear()
    server.go_on.clear()
    server.deltas = [{"content": piece} for piece in PIECES]
    server.finish, server.manner = "stop", "well"
    yield server
    server.go_on.set()
    service.reset()


@pytest.fixture
def front(running: tuple[Server, Service], backend: Server) -> Service:
    """The emulator before it."""
    return running[1]


@pytest.fixture
def genai(front: Service) -> og.Connection:
    """Our own client."""
    return og.connect(front.profile, config_file=front.config_file, project=front.project_id)


TRANSPORTS = [(LLAMA, "v1"), (LLAMA, "sdk"), (COMMAND_A, "sdk"), (GPT_OSS, "responses")]
"""A model of each transport and wire format."""


def _list_pieces(chat: Conversation, prompt: str) -> Iterator[str]:
    return (event.text for event in chat.stream(prompt) if isinstance(event, TextDelta))


# What comes out


@pytest.mark.parametrize(("model", "transport"), TRANSPORTS)
def test_our_client_gets_what_the_backend_says(
    genai: og.Connection, backend: Server, model: str, transport: str
) -> None:
    chat = genai.chat(model, transport=transport)
    reply = chat.send("Say hello.")
    assert reply.text == TEXT
    assert reply.usage is not None
    assert (reply.usage.input, reply.usage.output) == (1234, 56)
    assert "".join(_list_pieces(chat, "Again.")) == TEXT
    assert backend.asked[-1]["messages"] == [
        {"role": "user", "content": "Say hello."},
        {"role": "assistant", "content": TEXT},
        {"role": "user", "content": "Again."},
    ]
    assert {body["model"] for body in backend.asked} == {"some-model"}
    assert set(backend.keys) == {"Bearer sk-1"}


@pytest.mark.parametrize(("model", "transport"), TRANSPORTS)
def test_words_go_out_as_they_come(
    genai: og.Connection, backend: Server, model: str, transport: str
) -> None:
    backend.manner = "waits"  # after the second piece
    pieces = _list_pieces(genai.chat(model, transport=transport), "Say hello.")
    assert next(pieces) + next(pieces) == "Hello, "
    backend.go_on.set()
    assert "".join(pieces) == "wörld."


@pytest.mark.parametrize("model", [COMMAND_R, REASONING])
def test_cohere_s_formats_end_with_what_the_backend_counted(
    front: Service, genai: og.Connection, model: str
) -> None:
    chat = genai.chat(model)
    assert "".join(_list_pieces(chat, "Say hello.")) == TEXT
    assert front.journal.last.outcome == "complete"


@pytest.mark.parametrize("whole", ["whole", "well"])
def test_a_backend_may_answer_whole_where_a_stream_is_asked_for(
    front: Service, backend: Server, whole: str
) -> None:
    backend.manner = whole
    answer = ask(front, write_body())
    assert answer["choices"][0]["message"]["content"] == TEXT
    assert answer["model"] == LLAMA
    assert answer["usage"] == USAGE | {"completion_tokens_details": {"reasoning_tokens": 7}}
    events = stream(front, write_body(stream_options={"include_usage": True}))
    assert events[-1]["usage"] == answer["usage"]


def test_a_backend_that_counts_nothing_has_its_tokens_counted(
    front: Service, backend: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(
        _WHOLE,
        "bare",
        JSONResponse({"choices": [{"message": {"content": "one two"}, "finish_reason": "length"}]}),
    )
    backend.manner = "bare"
    answer = ask(front, write_body())
    assert answer["usage"]["completion_tokens"] == 2
    assert answer["choices"][0]["finish_reason"] == "length"


def test_reasoning_comes_along_where_the_family_shows_it(front: Service, backend: Server) -> None:
    backend.deltas = [{"reasoning_content": "Hm. "}, {"reasoning": "So."}, {"content": "Yes."}]
    message = ask(front, write_body(GROK_REASONING))["choices"][0]["message"]
    assert (message["reasoning_content"], message["content"]) == ("Hm. So.", "Yes.")
    deltas = [e["choices"][0]["delta"] for e in stream(front, write_body(GROK_REASONING))]
    assert [d["reasoning_content"] for d in deltas if "reasoning_content" in d] == ["Hm. ", "So."]
    assert "reasoning_content" not in ask(front, write_body(LLAMA))["choices"][0]["message"]


CALLS: list[dict[str, Any]] = [
    {"tool_calls": [{"index": 0, "id": "x", "function": {"name": "get_weather"}}]},
    {"tool_calls": [{"index": 0, "function": {"arguments": '{"city": "Pa'}}]},
    {"tool_calls": [{"index": 0, "function": {"arguments": 'ris"}'}}]},
    {"tool_calls": [{"index": 1, "function": {"name": "get_weather", "arguments": "{}"}}]},
]


def get_weather(city: str = "Rome") -> str:
    """Get the current weather of a city.

    Args:
        city: Its name.
    """
    return f"rain in {city}"


@pytest.mark.parametrize(("model", "transport"), [*TRANSPORTS, (GEMINI, "v1"), (COMMAND_R, "sdk")])
def test_tools_are_called_as_the_backend_says_and_their_results_go_back_to_it(
    genai: og.Connection, backend: Server, model: str, transport: str
) -> None:
    backend.deltas, backend.finish = CALLS, "tool_calls"
    chat = genai.chat(model, transport=transport, tools=[get_weather], max_rounds=1)
    chat.allow("get_weather")
    with pytest.raises(OCIGenAIError):
        chat.send("What is the weather in Paris?")  # it would call for ever
    first, second = backend.asked[:2]
    function = first["tools"][0]["function"]
    assert (function["name"], list(function["parameters"]["properties"])) == (
        "get_weather",
        ["city"],
    )
    *_, calling, paris, rome = second["messages"]
    made = [
        (call["function"]["name"], call["function"]["arguments"]) for call in calling["tool_calls"]
    ]
    assert [(name, json.loads(text)) for name, text in made] == [
        ("get_weather", {"city": "Paris"}),
        ("get_weather", {}),
    ]
    assert [call["id"] for call in calling["tool_calls"]] == [
        paris["tool_call_id"],
        rome["tool_call_id"],
    ]
    assert "rain in Paris" in paris["content"]


def test_a_call_has_the_family_s_own_shape(front: Service, backend: Server) -> None:
    backend.deltas, backend.finish = CALLS, "tool_calls"
    tools = [{"type": "function", "function": WEATHER}]
    choice = ask(front, write_body(LLAMA, tools=tools))["choices"][0]
    assert (choice["finish_reason"], choice["message"]["content"]) == ("tool_calls", None)
    assert choice["message"]["tool_calls"][0]["id"] != "x"
    assert (
        "id"
        not in ask(front, write_body(GEMINI, tools=tools))["choices"][0]["message"]["tool_calls"][0]
    )


# What it is asked


def test_limits_formats_and_sampling_are_passed_on(front: Service, backend: Server) -> None:
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}}
    form = {"type": "json_schema", "json_schema": {"name": "n", "schema": schema}}
    body = write_body(max_tokens=9, stop=["x"], seed=3, temperature=0.1, top_p=0.5)
    ask(front, body | {"response_format": form})
    asked = backend.asked[-1]
    assert (asked["max_tokens"], asked["stop"], asked["seed"]) == (9, ["x"], 3)
    assert (asked["temperature"], asked["top_p"], asked["stream"]) == (0.1, 0.5, True)
    assert asked["response_format"]["json_schema"]["schema"] == schema
    ask(front, write_body() | {"response_format": {"type": "json_object"}})
    assert backend.asked[-1]["response_format"] == {"type": "json_object"}
    ask(front, write_body())
    assert not {"max_tokens", "stop", "tools", "temperature"} & backend.asked[-1].keys()


def test_a_result_whose_call_got_lost_still_follows_one() -> None:
    turns = [Turn("user", "hi"), Turn("assistant", ""), Turn("tool", "4", "add")]
    body = write_request(Ask("m", turns), model="m", forced=None)
    _, calling, result = body["messages"]
    assert calling["tool_calls"][0]["function"] == {"name": "add", "arguments": "{}"}
    assert calling["tool_calls"][0]["id"] == result["tool_call_id"]


def test_arguments_that_are_no_json_are_wrapped() -> None:
    turns = [Turn("assistant", "", calls=(Call("1", "add", '{"a": '),)), Turn("tool", "4", "add")]
    body = write_request(Ask("m", turns), model="m", forced=None)
    text = body["messages"][0]["tool_calls"][0]["function"]["arguments"]
    assert json.loads(text) == {"text": '{"a": '}


def test_refusals_stay_the_emulator_s_own(front: Service, backend: Server) -> None:
    with connect(front) as client:
        assert client.post(CHAT, json=write_body("meta.nothing")).status_code == 404
        assert client.post(CHAT, json=write_body(temperature=9)).status_code == 400
    with connect(front, signed=False) as client:
        assert client.post(CHAT, json=write_body()).status_code == 401
    assert backend.asked == []


def test_faults_strike_what_the_backend_says(front: Service) -> None:
    front.fault("cut", after_events=2)
    with post_raw(front, write_body(stream=True)) as connection:
        received = read_all(connection)
    assert b"Hel" in received
    assert b"lo, " not in received


# What it does wrong


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
    assert backend.left.wait(10)


def test_stopping_does_not_wait_for_the_backend(backend: Server) -> None:
    backend.manner = "silent"
    service = emulator.start(backend=backend.url, backend_model="m")
    connection = post_raw(service, write_body())
    while not backend.asked:
        time.sleep(0.005)
    began = time.monotonic()
    service.stop()
    connection.close()
    assert time.monotonic() - began < 5
    assert backend.left.wait(10)


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


# How it is started


@pytest.mark.parametrize(
    "wrong",
    [
        {"backend": "http://127.0.0.1:1"},
        {"backend_model": "m"},
        {"backend": "ftp://127.0.0.1", "backend_model": "m"},
        {"backend": "127.0.0.1:8080", "backend_model": "m"},
        {"backend": "http://me:secret@127.0.0.1", "backend_model": "m"},
        {"backend": "http://127.0.0.1:1", "backend_model": "m", "backend_timeout": 0},
        {"backend": "http://127.0.0.1:1", "backend_model": "m", "model": "smollm2"},
        {"model": "gpt-5"},
    ],
)
def test_a_backend_that_can_t_be_is_refused_at_once(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"backend|model") as raised:
        emulator.start(**wrong)
    assert "secret" not in str(raised.value)


def test_the_command_line_has_it_too(backend: Server) -> None:
    words = ["--backend", backend.url.removesuffix("/v1"), "--backend-model", "other"]
    words += ["--backend-key-variable", "SOME_KEY"]
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "ocigenai_nb.emulator", *words],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2]), "SOME_KEY": "sk-2"},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        known = json.loads(process.stdout.readline())
        genai = og.connect(config_file=known["config_file"])
        assert genai.chat(LLAMA).send("Say hello.").text == TEXT
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    assert backend.asked[-1]["model"] == "other"
    assert backend.keys[-1] == "Bearer sk-2"


# The model of this machine


def test_a_model_that_was_not_fetched_says_how_to_fetch_it(tmp_path: Path) -> None:
    with pytest.raises(ModelMissingError, match="ocigenai-nb emulator --fetch-model"):
        start_model(tmp_path)
    with pytest.raises(OSError, match="fetch it with"):
        emulator.start(model="smollm2")


@pytest.mark.parametrize(
    ("platform", "env", "folder"),
    [
        ("linux", {}, ".cache/ocigenai_nb/smollm2"),
        ("darwin", {}, "Library/Caches/ocigenai_nb/smollm2"),
        ("win32", {}, "AppData/Local/ocigenai_nb/smollm2"),
    ],
)
def test_it_goes_into_the_user_s_cache(platform: str, env: dict[str, str], folder: str) -> None:
    assert find_cache(env, platform) == Path.home() / folder
    assert find_cache({"XDG_CACHE_HOME": "/elsewhere"}, "linux").parts[1] == "elsewhere"


def test_a_model_without_tools_gets_the_schema_of_the_one_that_fits() -> None:
    ask_it = Ask("m", (Turn("user", "What is the weather in Paris?"),), tools=(WEATHER,))
    forced = force_call(ask_it)
    assert (forced.name, forced.schema) == ("get_weather", WEATHER["parameters"])
    told = force_call(Ask("m", (Turn("user", "hi"), Turn("tool", "rain", "get_weather"))))
    assert told.name is None
    assert [turn.role for turn in told.turns] == ["user", "user"]
