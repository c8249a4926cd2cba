"""Tools in the chat panel as a front end meets them: rounds told once, calls as they go on."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any, Final

import pytest
from pydantic import BaseModel

from ocigenai_nb import Connection, Conversation, Parameters, tool
from ocigenai_nb.core.messages import ToolCall
from ocigenai_nb.core.rounds import Round, ToolResult
from ocigenai_nb.notebook.chat_panel import ChatPanel
from ocigenai_nb.notebook.rounds import SHOWN, describe_calls, describe_round
from tests.widgets.chat_panels import told
from tests.widgets.comms import FrontEnd

ROME: Final = "What is the weather in Rome?"
WEATHER: Final = "What is the weather in Rome and in Oslo?"


class City(BaseModel):
    """What a typed answer holds."""

    name: str
    country: str
    people: int


@pytest.fixture
def made() -> list[str]:
    """The cities that were asked for."""
    return []


@pytest.fixture
def chat(connection: Connection, made: list[str]) -> Conversation:
    """A conversation with a tool that asks before it runs."""

    @tool(approval="ask")
    def get_weather(city: str) -> str:
        """Look up the weather in a city."""
        made.append(city)
        return f"18 degrees in {city}"

    return connection.chat(tools=[get_weather])


def begin(view: FrontEnd, prompt: str) -> tuple[int, list[dict[str, Any]]]:
    """Send a prompt that calls tools; the turn's number, and its calls once all of them wait."""
    number: int = view.ask("send", prompt=prompt)["turn"]

    def all_wait(_message: Mapping[str, Any]) -> bool:
        states = {call["state"] for call in put_together(view, number)}
        return states == {"waiting"}

    view.wait(all_wait)
    return number, put_together(view, number)


def put_together(view: FrontEnd, turn: int) -> list[dict[str, Any]]:
    """The calls of the first round, as the messages amount to."""
    calls: list[dict[str, Any]] = []
    for message in view.messages:
        if message.get("turn") == turn and message["type"] == "round":
            calls = [dict(call) for call in message["round"]["calls"]]
        elif message.get("turn") == turn and message["type"] == "call":
            calls[message["index"]] |= message["call"]
    return calls


def test_calls_wait_and_are_approved_or_denied_one_by_one(view: FrontEnd, made: list[str]) -> None:
    number, (rome, oslo) = begin(view, WEATHER)
    assert (rome["state"], oslo["state"]) == ("waiting", "waiting")
    assert rome["line"] == "get_weather(city='Rome')"
    view.ask("approve", turn=number, call=rome["id"])
    view.ask("deny", turn=number, call=oslo["id"])
    ended = view.wait(told("ended", number))["turn"]
    rome, oslo = put_together(view, number)
    assert (rome["state"], rome["result"]) == ("returned", "18 degrees in Rome")
    assert (oslo["state"], made) == ("denied", ["Rome"])
    assert oslo["result"] == "get_weather was not run: The person said no."
    assert (ended["size"]["rounds"], ended["size"]["results"]) == (1, 2)


def test_the_answers_text_begins_anew_after_a_round(view: FrontEnd, chat: Conversation) -> None:
    number, (call,) = begin(view, ROME)
    view.ask("approve", turn=number, call=call["id"])
    view.wait(told("ended", number))
    deltas = [message for message in view.messages if message["type"] == "delta"]
    assert {message["round"] for message in deltas} == {1}
    assert "".join(message["text"] for message in deltas) == chat.turn(number).text


def test_what_is_always_approved_asks_no_more(
    view: FrontEnd, chat: Conversation, made: list[str]
) -> None:
    number, (rome, _) = begin(view, WEATHER)
    view.ask("approve", turn=number, call=rome["id"], always=True)
    view.wait(told("ended", number))
    assert sorted(made) == ["Oslo", "Rome"]
    assert chat.tools[0].approval == "always"
    number = view.ask("send", prompt=ROME)["turn"]
    assert view.wait(told("ended", number))["turn"]["status"] == "finished"


def test_a_call_that_does_not_wait_is_refused(view: FrontEnd) -> None:
    number, (call,) = begin(view, ROME)
    assert view.ask("approve", turn=number, call="x")["type"] == "error"
    view.ask("deny", turn=number, call=call["id"])
    refused = view.ask("approve", turn=number, call=call["id"])
    assert refused["message"] == "That call does not wait any more."


def test_stop_is_heard_while_a_call_waits(view: FrontEnd, made: list[str]) -> None:
    number, _ = begin(view, WEATHER)
    view.ask("stop")
    ended = view.wait(told("ended", number))["turn"]
    assert ended["finish_reason"] == "stopped"
    assert [call["state"] for call in put_together(view, number)] == ["stopped"] * 2
    assert made == []


def test_a_view_that_joins_while_a_call_waits_is_given_it(view: FrontEnd) -> None:
    number, (call,) = begin(view, ROME)
    (turn,) = view.ask("snapshot", page="p")["turns"]
    assert turn["rounds"][0]["calls"] == [call]
    assert (turn["status"], turn["text"]) == ("streaming", "")
    view.ask("deny", turn=number, call=call["id"])
    view.wait(told("ended", number))
    (turn,) = view.ask("snapshot", page="p")["turns"]
    assert turn["rounds"][0]["calls"][0]["state"] == "denied"


def test_a_running_tool_is_told_while_it_runs(connection: Connection) -> None:
    gate = threading.Event()

    def get_weather(city: str) -> str:
        """Look up the weather in a city."""
        gate.wait(60)
        return city

    panel = ChatPanel(connection.chat(tools=[get_weather]))
    view = FrontEnd(panel)
    number = view.ask("send", prompt=ROME)["turn"]
    view.wait(lambda _message: [c["state"] for c in put_together(view, number)] == ["running"])
    gate.set()
    view.wait(told("ended", number))
    assert put_together(view, number)[0]["state"] == "returned"
    panel.close()


def test_a_correction_is_told_as_a_round(connection: Connection) -> None:
    chat = connection.chat(parameters=Parameters(seed=7))  # leaves a field out at first
    panel = ChatPanel(chat)
    view = FrontEnd(panel)
    chat.send("Tell me of Rome, Italy, with 2800000 people.", schema=City)
    view.wait(told("ended", 1))
    (told_round,) = [message for message in view.messages if message["type"] == "round"]
    assert told_round["round"]["text"] == '{"country": "Italy", "people": 2800000}'
    assert told_round["round"]["correction"].startswith("The answer does not fit City: name")
    html = panel.to_html()
    assert "Asked to correct" in html
    assert html.index("2800000}") < html.index("Asked to correct") < html.index("&quot;name&quot;")
    panel.close()


def test_its_html_tells_the_rounds_escaped_and_in_order(
    panel: ChatPanel, view: FrontEnd, chat: Conversation
) -> None:
    number, (call,) = begin(view, "What is the weather in Rome?")
    view.ask("approve", turn=number, call=call["id"])
    view.wait(told("ended", number))
    html = panel.to_html()
    assert "<summary>Tool get_weather: returned" in html
    assert "Arguments:\n{&quot;city&quot;: &quot;Rome&quot;}" in html
    assert "Result (data, not instructions):\n18 degrees in Rome" in html
    assert html.index("Tool get_weather") < html.index("According to")
    assert chat.turn(number).reply.rounds


def test_nothing_of_a_call_is_saved_with_a_notebook(panel: ChatPanel, view: FrontEnd) -> None:
    number, (call,) = begin(view, ROME)
    view.ask("approve", turn=number, call=call["id"])
    view.wait(told("ended", number))
    assert "Rome" not in str(panel.get_state())
    assert "Rome" not in str(panel._repr_mimebundle_())


def describe(result: ToolResult) -> dict[str, Any]:
    (call,) = describe_calls(Round(tool_calls=(result.call,), results=(result,)))
    return call


def test_a_result_is_bounded_plain_and_without_secrets() -> None:
    call = ToolCall("1", "f", "{}")
    assert len(describe(ToolResult(call, "x" * 99_999))["result"]) < SHOWN + 100
    assert describe(ToolResult(call, "\x1b[31mred\u202e"))["result"] == "red"
    assert "[redacted" in describe(ToolResult(call, "sk-" + "a1B2" * 12))["result"]


def test_arguments_that_are_approved_are_whole() -> None:
    call = ToolCall("1", "f", '{"text": "' + "x" * 100_000 + '"}')
    assert describe(ToolResult(call, "ok"))["arguments"] == call.arguments
    assert len(describe(ToolResult(call, "ok"))["line"]) < 200


def test_calls_with_one_id_keep_their_own_results() -> None:
    first, second = ToolCall("1", "f", '{"a": 1}'), ToolCall("1", "f", '{"a": 2}')
    results = (ToolResult(first, "one"), ToolResult(second, "two"))
    told_round = describe_round(Round(tool_calls=(first, second), results=results))
    assert [call["result"] for call in told_round["calls"]] == ["one", "two"]
