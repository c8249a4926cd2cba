"""Another server behind the emulator: what it is asked, and what of it comes out.

The server is a small one of our own that speaks OpenAI's chat completions on the loopback address.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from starlette.responses import JSONResponse

import ocigenai_nb as og
from ocigenai_nb.core.errors import OCIGenAIError
from ocigenai_nb.emulator.answer import Ask
from ocigenai_nb.emulator.backend.request import write_request
from ocigenai_nb.emulator.brain import Call, Turn
from ocigenai_nb.emulator.service import Service
from tests.emulator.backends import (
    TEXT,
    TRANSPORTS,
    USAGE,
    WEATHER,
    WHOLE,
    Server,
    list_pieces,
)
from tests.emulator.client import (
    CHAT,
    GEMINI,
    GROK_REASONING,
    LLAMA,
    ask,
    connect,
    post_raw,
    read_all,
    stream,
    write_body,
)
from tests.emulator.native_client import COMMAND_R, REASONING

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
    assert "".join(list_pieces(chat, "Again.")) == TEXT
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
    pieces = list_pieces(genai.chat(model, transport=transport), "Say hello.")
    assert next(pieces) + next(pieces) == "Hello, "
    backend.go_on.set()
    assert "".join(pieces) == "wörld."


@pytest.mark.parametrize("model", [COMMAND_R, REASONING])
def test_cohere_s_formats_end_with_what_the_backend_counted(
    front: Service, genai: og.Connection, model: str
) -> None:
    chat = genai.chat(model)
    assert "".join(list_pieces(chat, "Say hello.")) == TEXT
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
        WHOLE,
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
