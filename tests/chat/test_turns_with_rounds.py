"""Turns in which tools ran: drawn, named in a line, saved, and deleted at the service."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ocigenai_nb import Connection, Conversation
from ocigenai_nb.core.errors import DataFormatError, NotFoundError
from ocigenai_nb.core.messages import ToolCall
from ocigenai_nb.core.rounds import Round, name_calls
from ocigenai_nb.emulator.service import Service
from tests.chat.replies import make_reply, make_round
from tests.chat.tools.functions import WEATHER, Calls
from tests.transports.subject import GPT


@pytest.fixture
def chat(connection: Connection) -> Conversation:
    """A turn in which two calls ran, one in which none did; the service keeps both."""
    chat = connection.chat(GPT, transport="responses", tools=[Calls().get_weather])
    chat.send(WEATHER)
    chat.send("Say exactly: hi")
    return chat


# In a line


def test_the_tree_says_shortly_what_was_called(chat: Conversation) -> None:
    first, second = chat.tree().splitlines()[1:]
    assert first.endswith(f"[{GPT}, responses, 2 calls: get_weather]")
    assert "call" not in second


def test_calls_are_counted_and_each_tool_named_once() -> None:
    other = make_round(name="get_time")
    assert name_calls([make_round(), other, make_round()]) == "3 calls: get_weather, get_time"
    assert name_calls([make_round()]) == "1 call: get_weather"
    assert name_calls([Round(correction="Again.")]) == ""


def test_the_line_of_provenance_counts_rounds_and_calls(chat: Conversation) -> None:
    assert " · 1 round, 2 calls · stop" in chat.turn(1).reply.provenance()
    assert "call" not in chat.turn(2).reply.provenance().replace("opc-request-id", "")
    corrected = make_reply(rounds=(Round(correction="Again."),))
    assert "round" not in corrected.provenance()


def test_there_is_no_speed_where_tools_ran_between(chat: Conversation) -> None:
    assert chat.turn(1).reply.timing.tokens_per_second is None
    assert "tokens/s" not in chat.turn(1).reply.provenance()


# Calls and their results


def test_results_are_paired_by_call_where_ids_repeat_and_by_id_where_it_was_made_anew() -> None:
    same = [ToolCall("1", "f", text) for text in ("{}", "[]")]
    made = make_round()
    (result,) = made.results
    swapped = Round(
        tool_calls=tuple(same),
        results=(replace(result, call=same[1]), replace(result, call=same[0])),
    )
    assert [found.call for _, found in swapped.pairs if found] == same
    copy = ToolCall("call_1", "get_weather", "changed by a hook")
    again = replace(made, results=(replace(result, call=copy),))
    assert [found.call for _, found in again.pairs if found] == [copy]
    assert replace(made, results=()).pairs == ((made.tool_calls[0], None),)


# Saved


def test_rounds_are_saved_and_the_conversation_goes_on(
    chat: Conversation, connection: Connection, tmp_path: Path
) -> None:
    loaded = connection.load_chat(chat.save(tmp_path / "chat.json"))
    assert [turn.reply.rounds for turn in loaded.turns] == [
        turn.reply.rounds for turn in chat.turns
    ]
    assert loaded.turn(1).stored_ids == chat.turn(1).stored_ids
    assert not loaded.turn(1).unknown
    assert "2 calls: get_weather" in loaded.tree()
    assert loaded.send("Say exactly: on").text == "on"


def change(way: str, value: Any) -> Callable[[Any], None]:
    """Puts a value at a place within the first round of the first turn."""

    def put(data: Any) -> None:
        *steps, last = way.split(".")
        for step in steps:
            data = data[int(step) if step.isdigit() else step]
        data[int(last) if last.isdigit() else last] = value

    return put


@pytest.mark.parametrize(
    ("way", "value"),
    [
        ("results.0.call.id", "of no call"),
        ("results.0.outcome", "exploded"),
        ("results.0.seconds", "long"),
        ("results.0.text", ["not", "text"]),
        ("tool_calls.0.arguments", {"city": "Rome"}),
        ("tool_calls", []),
        ("tool_calls.0.run", "rm -rf /"),
        ("correction", None),
        ("usage", 12),
        ("reasoning_items", "[" * 5_000),
    ],
)
def test_rounds_that_do_not_fit_are_refused_and_their_place_named(
    chat: Conversation, connection: Connection, tmp_path: Path, way: str, value: Any
) -> None:
    file = chat.save(tmp_path / "chat.json")
    data = json.loads(file.read_text())
    change(way, value)(data["conversation"]["turns"][0]["answer"]["rounds"][0])
    file.write_text(json.dumps(data))
    with pytest.raises(DataFormatError, match=r"turns\[0\].answer.rounds\[0\]"):
        connection.load_chat(file)


# At the service


def test_the_responses_of_rounds_are_deleted_too(chat: Conversation, service: Service) -> None:
    first = chat.turn(1).reply
    names = (first.rounds[0].response_id, first.response_id, chat.turn(2).reply.response_id)
    assert chat.delete_stored() == names
    model: Any = chat.connection.model(GPT, transport="responses")
    for name in names:
        with pytest.raises(NotFoundError):
            model.retrieve_sync(name)
    assert set(names) <= chat.lost


def test_a_turn_with_rounds_is_looked_up_by_its_last_response(
    chat: Conversation, service: Service
) -> None:
    assert [held.there for held in chat.look_up_stored()] == ["the same", "the same"]
    service.forget_responses()
    assert [held.there for held in chat.look_up_stored()] == ["gone", "gone"]
