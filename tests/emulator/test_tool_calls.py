"""Tool calls on the wire, in every family's dialect."""

from __future__ import annotations

import pytest

from ocigenai_nb.emulator.service import Service
from tests.emulator.client import (
    GEMINI,
    GPT,
    GPT_5,
    GPT_OSS,
    GROK,
    LLAMA,
    ask,
    ask_for_text,
    connect_openai,
    stream,
    write_body,
)

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Current weather in a city",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
        },
    },
}
TWO_CITIES = "What is the weather in Chicago and Paris?"
CHICAGO, PARIS = '{"city": "Chicago"}', '{"city": "Paris"}'
CALL = {"id": "c1", "type": "function", "function": {"name": "get_weather", "arguments": CHICAGO}}


def test_tool_arguments_break_off_where_the_tokens_run_out(service: Service) -> None:
    body = write_body(prompt="weather in Chicago?", tools=[WEATHER], max_tokens=4)
    choice = ask(service, body)["choices"][0]
    arguments = choice["message"]["tool_calls"][0]["function"]["arguments"]
    assert choice["finish_reason"] == "length"
    assert CHICAGO.startswith(arguments)
    assert arguments != CHICAGO


@pytest.mark.parametrize(
    ("model", "has_ids", "indexes", "per_call"),
    [
        (GPT, True, [0, 1], "fragments"),
        (GPT_OSS, True, [0, 1], "fragments"),
        (GROK, True, [0, 0], "whole"),
        (GEMINI, False, [0, 1], "whole"),
        (LLAMA, True, [0, 1], "whole"),
    ],
)
def test_streamed_tool_calls_follow_the_familys_dialect(
    service: Service, model: str, indexes: list[int], per_call: str, *, has_ids: bool
) -> None:
    events = stream(service, write_body(model, TWO_CITIES, tools=[WEATHER]))
    deltas = [event["choices"][0]["delta"] or {} for event in events]
    pieces = [call for delta in deltas for call in delta.get("tool_calls", ())]
    heads = [piece for piece in pieces if "name" in piece["function"]]
    tails = [piece for piece in pieces if "name" not in piece["function"]]
    assert [head["index"] for head in heads] == indexes
    assert ["id" in head for head in heads] == [has_ids, has_ids]
    assert bool(tails) is (per_call == "fragments")
    assert not any("id" in tail for tail in tails)
    if per_call == "whole":
        assert [head["function"]["arguments"] for head in heads] == [CHICAGO, PARIS]
    else:
        merged = {0: "", 1: ""}
        for piece in pieces:
            merged[piece["index"]] += piece["function"]["arguments"]
        assert merged == {0: CHICAGO, 1: PARIS}
    assert events[-1]["choices"][0]["finish_reason"] == "tool_calls"


def test_geminis_last_delta_is_null(service: Service) -> None:
    assert stream(service, write_body(GEMINI))[-1]["choices"][0]["delta"] is None


@pytest.mark.parametrize("model", [GPT, GROK, GEMINI])
def test_whole_tool_calls_come_with_null_content(service: Service, model: str) -> None:
    choice = ask(service, write_body(model, TWO_CITIES, tools=[WEATHER]))["choices"][0]
    calls = choice["message"]["tool_calls"]
    assert choice["finish_reason"] == "tool_calls"
    assert choice["message"]["content"] is None
    assert [call["function"]["arguments"] for call in calls] == [CHICAGO, PARIS]
    assert ["id" in call for call in calls] == [model != GEMINI] * 2


def test_one_call_at_a_time_if_asked(service: Service) -> None:
    body = write_body(GPT, TWO_CITIES, tools=[WEATHER], parallel_tool_calls=False)
    assert len(ask(service, body)["choices"][0]["message"]["tool_calls"]) == 1


def test_tool_results_become_the_answer(service: Service) -> None:
    body = write_body(GPT, "weather in Chicago?", tools=[WEATHER])
    body["messages"] += [
        {"role": "assistant", "content": None, "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "c1", "content": '{"sky": "clear"}'},
    ]
    assert ask_for_text(service, body) == ("According to get_weather: sky: clear.", "stop")


def test_gemini_takes_tool_results_without_ids(service: Service) -> None:
    call = {name: value for name, value in CALL.items() if name != "id"}
    body = write_body(GEMINI, "weather in Chicago?", tools=[WEATHER])
    body["messages"] += [
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "content": "clear"},
    ]
    assert ask_for_text(service, body)[0].endswith(": clear.")


def test_the_openai_sdks_models_take_every_dialect(service: Service) -> None:
    with connect_openai(service) as client:
        for model in (GPT, GPT_5, GPT_OSS, GROK, LLAMA):
            answer = client.chat.completions.create(
                model=model,
                messages=[{"role": "user", "content": TWO_CITIES}],
                tools=[WEATHER],  # type: ignore[list-item]
            )
            calls = answer.choices[0].message.tool_calls or []
            assert [call.to_dict()["function"] for call in calls] == [
                {"name": "get_weather", "arguments": CHICAGO},
                {"name": "get_weather", "arguments": PARIS},
            ]
