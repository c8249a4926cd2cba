"""Who decides whether a tool runs, and what happens where nobody does."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from ocigenai_nb import ApprovalAsked, Connection, ToolCall, tool
from ocigenai_nb.chat.tools.approval import NOBODY, describe_call
from ocigenai_nb.core.errors import UsageError
from tests.chat.tools.conftest import Open
from tests.chat.tools.functions import WEATHER, Calls

ROME = "What is the weather in Rome?"


def outcomes(reply: Any) -> list[str]:
    return [result.outcome for round_ in reply.rounds for result in round_.results]


def test_never_means_that_the_model_is_told_no(open_chat: Open) -> None:
    calls = Calls()
    reply = open_chat(tool(calls.get_weather, approval="never")).send(ROME)
    assert (calls.made, outcomes(reply)) == ([], ["denied"])
    assert reply.rounds[0].results[0].text == "get_weather was not run: It may not be called."


def test_approve_decides_call_by_call(open_chat: Open) -> None:
    calls, asked = Calls(), []

    def approve(call: ToolCall) -> bool:
        asked.append(call.name)
        return "Rome" in call.arguments

    chat = open_chat(tool(calls.get_weather, approval="ask"), approve=approve)
    reply = chat.send(WEATHER)
    assert asked == ["get_weather"] * 2
    assert calls.cities == ["Rome"]
    assert outcomes(reply) == ["returned", "denied"]


def test_a_stream_waits_for_its_turn_to_be_approved(open_chat: Open) -> None:
    calls = Calls()
    stream = open_chat(tool(calls.get_weather, approval="ask")).stream(WEATHER)
    for event in stream:
        if isinstance(event, ApprovalAsked):
            assert event.call in stream.turn.desk.waiting
            if "Rome" in event.call.arguments:
                stream.turn.approve(event.call)
            else:
                stream.turn.deny(event.call.id, "Not Oslo.")
    assert calls.cities == ["Rome"]
    assert stream.reply.rounds[0].results[1].text == "get_weather was not run: Not Oslo."
    assert stream.turn.desk.waiting == ()


@pytest.mark.parametrize(("answer", "outcome"), [("y", "returned"), ("", "denied")])
def test_in_a_cell_the_person_is_asked(
    connection: Connection,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    answer: str,
    outcome: str,
) -> None:
    monkeypatch.setattr("builtins.input", lambda _prompt: answer)
    chat = connection.chat(tools=[tool(Calls().get_weather, approval="ask")])
    assert outcomes(chat.send(ROME)) == [outcome]
    assert "The model wants to call get_weather(city='Rome')" in capsys.readouterr().out


def test_where_nobody_can_be_asked_it_is_denied(connection: Connection) -> None:
    calls = Calls()
    chat = connection.chat(tools=[tool(calls.get_weather, approval="ask")])
    reply = chat.send(ROME)  # pytest gives no input
    assert calls.made == []
    assert reply.rounds[0].results[0].text.endswith(NOBODY)


def test_stop_ends_the_wait_for_approval(connection: Connection) -> None:
    chat = connection.chat(tools=[tool(Calls().get_weather, approval="ask")])
    asked = threading.Event()
    stream = chat.stream(ROME)

    def read() -> None:
        for event in stream:
            if isinstance(event, ApprovalAsked):
                asked.set()

    reader = threading.Thread(target=read)
    reader.start()
    assert asked.wait(60)
    stream.stop()
    reader.join(60)
    assert stream.turn.status == "interrupted"
    assert stream.turn.desk.waiting == ()


def test_a_call_that_does_not_wait_can_not_be_approved(connection: Connection) -> None:
    chat = connection.chat(tools=[Calls().get_weather])
    chat.send(ROME)
    with pytest.raises(UsageError, match="No call 'call_1' waits"):
        chat.turns[0].approve("call_1")


def test_a_call_is_shown_in_one_line_and_without_control_characters() -> None:
    call = ToolCall("1", "f", '{"text": "a\\n\\u001b[31mb\\u202e"}')
    shown = describe_call(call)
    assert "\n" not in shown
    assert shown.isprintable()
    assert len(describe_call(ToolCall("1", "f", '{"a": "' + "x" * 9999 + '"}'))) < 600
    assert describe_call(ToolCall("1", "f", "[1")) == "f([1)"


def test_a_tool_that_is_allowed_asks_no_more_and_calls_that_wait_run(open_chat: Open) -> None:
    calls = Calls()
    chat = open_chat(tool(calls.get_weather, approval="ask"))
    asked = 0
    for event in chat.stream(WEATHER):
        if isinstance(event, ApprovalAsked):
            asked += 1
            chat.allow("get_weather")
    assert calls.cities == ["Oslo", "Rome"]
    assert asked in {1, 2}  # the second may wait already when the first is decided
    assert not [event for event in chat.stream(ROME) if isinstance(event, ApprovalAsked)]


def test_only_a_tool_that_is_there_can_be_allowed(connection: Connection) -> None:
    chat = connection.chat(tools=[tool(Calls().get_weather, approval="ask")])
    with pytest.raises(UsageError, match=r"no tool 'get_wether'\. Did you mean 'get_weather'"):
        chat.allow("get_wether")


def test_what_is_decided_elsewhere_while_a_cell_asks_holds(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = Calls()
    chat = connection.chat(tools=[tool(calls.get_weather, approval="ask")])

    def approve_in_a_panel(_prompt: str) -> str:
        (call,) = chat.turns[0].desk.waiting
        chat.turns[0].approve(call)
        return "n"

    monkeypatch.setattr("builtins.input", approve_in_a_panel)
    assert outcomes(chat.send(ROME)) == ["returned"]
    assert calls.cities == ["Rome"]
