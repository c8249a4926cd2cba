"""What is told about one exchange: what was said, and who keeps it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from ocigenai_nb import Conversation
from ocigenai_nb.chat.inspection import (
    find_holder,
    find_recorded_holder,
    read_calls,
    read_said,
    read_turn,
)
from ocigenai_nb.chat.journal_entry import make_row, read_row
from ocigenai_nb.chat.reply import Raw
from ocigenai_nb.core.messages import ToolCall
from tests.chat.replies import ROUTE, make_reply

KEY = "sk-canary0123456789abcdefghij"
CALL = {"index": 0, "id": "call_1", "function": {"name": "look_up", "arguments": '{"a":1}'}}
CHUNKS: list[dict[str, Any]] = [
    {"choices": [{"index": 0, "delta": {"tool_calls": [CALL]}}]},
    {"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]},
]
ITEM = {"type": "function_call", "call_id": "call_1", "name": "look_up", "arguments": '{"a":1}'}
RESPONSE_EVENTS: list[dict[str, Any]] = [
    {"type": "response.created", "response": {"id": "resp_1"}, "sequence_number": 0},
    {"type": "response.output_item.done", "output_index": 0, "item": ITEM, "sequence_number": 1},
    {
        "type": "response.completed",
        "sequence_number": 2,
        "response": {"id": "resp_1", "status": "completed", "output": [ITEM]},
    },
]


def kinds(chat: Conversation) -> list[str]:
    head = chat.head
    assert head is not None
    said = read_said(read_turn(head, chat.name, wire=False), system=None, calls=())
    return [item.kind for item in said.items]


def test_only_what_is_new_is_an_item_and_the_history_is_counted(chat: Conversation) -> None:
    chat.system = "Be brief."
    chat.send("Say exactly: one")
    chat.send("Say exactly: two")
    assert kinds(chat) == ["system", "prompt", "answer"]
    assert chat.head is not None
    said = read_said(read_turn(chat.head, chat.name), system=None, calls=())
    assert said.history == 2
    assert said.items[1].text == "Say exactly: two"


def test_on_the_server_nothing_old_travels(chat: Conversation) -> None:
    chat.transport, chat.model = "responses", "openai.gpt-4.1"
    chat.send("Say exactly: one")
    chat.send("Say exactly: two")
    assert chat.head is not None
    assert read_said(read_turn(chat.head, chat.name), system=None, calls=()).history == 0
    assert find_holder(chat.head, chat.lost).who == "server"


def test_who_keeps_a_turn(chat: Conversation) -> None:
    chat.send("Say exactly: one")
    assert chat.head is not None
    assert find_holder(chat.head, chat.lost).who == "client"
    chat.transport, chat.model, chat.store = "responses", "openai.gpt-4.1", False
    chat.send("Say exactly: two")
    assert find_holder(chat.head, chat.lost).who == "client"
    chat.store = True
    reply = chat.send("Say exactly: three")
    assert reply.response_id is not None
    assert find_holder(chat.head, {reply.response_id}).who == "gone"
    assert find_holder(chat.edit_answer(chat.head, "other"), chat.lost).who == "hand"


@pytest.mark.parametrize(("transport", "events"), [("v1", CHUNKS), ("responses", RESPONSE_EVENTS)])
def test_tool_calls_of_a_recorded_exchange_are_read_from_its_events(
    transport: Any, events: list[dict[str, Any]]
) -> None:
    reply = make_reply(raw=Raw({"stream": True, "store": False}, tuple(events)))
    reply = replace(reply, route=replace(ROUTE, transport=transport))
    entry = read_row(make_row(reply, "chat", 1, None))
    assert read_calls(entry) == (ToolCall("call_1", "look_up", '{"a":1}'),)


def test_the_journal_knows_who_kept_it_when_it_was_recorded() -> None:
    def who(body: dict[str, Any], response_id: str | None) -> str:
        reply = make_reply("hi", raw=Raw(body), response_id=response_id)
        reply = replace(reply, route=replace(ROUTE, transport="responses"))
        return find_recorded_holder(read_row(make_row(reply, "chat", 1, None))).who

    assert who({"input": "hi"}, "resp_1") == "server"
    assert who({"input": "hi", "store": False}, "resp_1") == "client"
    assert who({"input": "hi"}, None) == "client"


def test_a_refusal_is_called_one() -> None:
    reply = make_reply("I can't.", finish_reason="refusal")
    said = read_said(read_row(make_row(reply, "chat", 1, None)), system="Be kind.", calls=())
    assert [item.kind for item in said.items] == ["system", "prompt", "refusal"]


def test_no_secret_is_in_what_was_said() -> None:
    reply = make_reply(f"Use {KEY}", prompt=f"My key is {KEY}")
    reply = replace(reply, answer=replace(reply.answer, reasoning=f"{KEY}?"))
    entry = read_row(make_row(reply, "chat", 1, None))
    calls = (ToolCall("1", "use", json.dumps({"key": KEY})),)
    said = read_said(entry, system=f"Key: {KEY}", calls=calls)
    assert len(said.items) == 5
    assert KEY not in repr(said)
