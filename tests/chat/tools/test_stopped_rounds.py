"""Turns that were stopped while tools ran, and tools that send where they are waited for."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from ocigenai_nb import Connection, Conversation, tool
from ocigenai_nb.core.errors import UsageError
from ocigenai_nb.core.messages import ToolCall
from tests.chat.tools.conftest import Open
from tests.chat.tools.functions import WEATHER, Calls

NOT_BACK = "get_weather was stopped before it returned."


def stop_between(open_chat: Open) -> Conversation:
    """A conversation that was stopped when one call had returned and the other had not."""
    oslo, release = threading.Event(), threading.Event()

    def get_weather(city: str) -> str:
        """Look up the weather in a city."""
        if city == "Oslo":
            oslo.set()
            release.wait(60)
        return f"18 degrees in {city}"

    chat = open_chat(get_weather)
    stream = chat.stream(WEATHER)
    while not (stream.turn.reply.rounds and stream.turn.reply.rounds[0].results):
        assert oslo.wait(60)
    stream.stop()
    stream.turn.wait(60)
    release.set()
    return chat


def test_what_ran_is_told_and_what_did_not_return_too(open_chat: Open) -> None:
    chat = stop_between(open_chat)
    (round_,) = chat.replies[-1].rounds
    assert len(round_.results) == 1
    said = chat.messages()
    assert said[0].text == WEATHER
    rome, oslo = (message.text for message in said if message.role == "tool")
    assert "18 degrees in Rome" in rome
    assert oslo.startswith(NOT_BACK)


def test_the_next_prompt_goes_with_it_and_is_answered(open_chat: Open) -> None:
    chat = stop_between(open_chat)
    assert chat.send("My name is Ada.").text == "Nice to meet you, Ada."
    assert NOT_BACK in str(chat.replies[-1].raw.request)


def test_it_is_gone_on_with(open_chat: Open) -> None:
    chat = stop_between(open_chat)
    assert chat.resume().text
    sent = str(chat.replies[-1].raw.request)
    assert "18 degrees in Rome" in sent
    assert NOT_BACK in sent


def test_it_is_told_after_saving_and_the_tools_are_given_again(
    open_chat: Open, connection: Connection, tmp_path: Path
) -> None:
    chat = stop_between(open_chat)
    calls = Calls()
    again = connection.load_chat(
        chat.save(tmp_path / "chat.json"), tools=[calls.get_weather], max_rounds=3
    )
    assert again.messages() == chat.messages()
    again.send("What is the weather in Paris?")
    assert (calls.cities, again.max_rounds) == (["Paris"], 3)


def test_a_turn_under_way_has_lost_nothing(open_chat: Open) -> None:
    shown: list[tuple[object, ...]] = []

    def get_weather(city: str) -> str:
        """Look up the weather in a city."""
        shown.append(chat.messages())
        return f"18 degrees in {city}"

    chat = open_chat(get_weather)
    chat.send(WEATHER)
    assert not any(NOT_BACK in str(messages) for messages in shown)


def test_a_tool_that_sends_where_it_is_waited_for_is_refused_at_once(open_chat: Open) -> None:
    def get_weather(city: str) -> str:
        """Look up the weather in a city."""
        return chat.send(f"Say exactly: {city}").text

    async def get_weather_async(city: str) -> str:
        """Look up the weather in a city."""
        return chat.stream(f"Say exactly: {city}").turn.wait(60).text

    chat = open_chat(get_weather)
    for function in (get_weather, tool(get_weather_async, name="get_weather")):
        chat.tools = (function,)
        reply = chat.send("What is the weather in Rome?")
        (result,) = reply.rounds[0].results
        assert result.outcome == "raised"
        assert "UsageError" in result.text
        assert result.seconds < 30
    assert len(chat.turns) == 2


def test_approve_that_sends_there_is_refused_and_ends_nothing(open_chat: Open) -> None:
    refused: list[str] = []

    def approve(call: ToolCall) -> bool:
        with pytest.raises(UsageError, match="waits for it") as error:
            chat.send(f"May {call.name} run?")
        refused.append(error.value.message)
        return False

    asks = tool(Calls().get_weather, approval="ask")
    chat = open_chat(asks, approve=approve)
    chat.send("What is the weather in Rome?")
    assert len(refused) == len(chat.turns) == 1


def test_a_tool_may_ask_in_another_conversation_but_not_from_there_back(
    open_chat: Open, connection: Connection
) -> None:
    def back(city: str) -> str:
        """Look up the weather in a city."""
        return chat.send(city).text

    def get_weather(city: str) -> str:
        """Look up the weather in a city."""
        other = connection.chat(tools=[tool(back, name="get_weather")])
        inner = other.send(f"What is the weather in {city}?")
        assert "UsageError" in inner.rounds[0].results[0].text
        return connection.chat().send(f"Say exactly: 18 degrees in {city}").text

    chat = open_chat(get_weather)
    assert "18 degrees in Rome" in chat.send("What is the weather in Rome?").text
    assert len(chat.turns) == 1


def test_a_tool_that_was_left_behind_may_send_once_the_turn_has_ended(
    connection: Connection,
) -> None:
    ended, said = threading.Event(), threading.Event()
    texts: list[str] = []

    def get_weather(city: str) -> str:
        """Look up the weather in a city."""
        ended.wait(60)
        texts.append(chat.send(f"Say exactly: {city}").text)
        said.set()
        return city

    chat = connection.chat(tools=[tool(get_weather, timeout=0.05)])
    chat.send("What is the weather in Rome?")
    ended.set()
    assert said.wait(60)
    assert texts == ["Rome"]
