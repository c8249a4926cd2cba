"""What a request said is read back from its body, whichever of the wires it went over."""

from __future__ import annotations

from typing import Any

import pytest

from ocigenai_nb.core.wire_items import Item, read_sent

TALK = (
    Item("system", "Be brief."),
    Item("prompt", "Weather?"),
    Item("tool call", '{"city":"Bonn"}', "look_up", "call_1"),
    Item("tool output", "Rain", "", "call_1"),
    Item("answer", "It rains."),
    Item("prompt", "And here?"),
)

RESPONSES: dict[str, Any] = {
    "instructions": "Be brief.",
    "input": [
        {
            "type": "message",
            "role": "user",
            "content": [{"type": "input_text", "text": "Weather?"}],
        },
        {
            "type": "function_call",
            "call_id": "call_1",
            "name": "look_up",
            "arguments": '{"city":"Bonn"}',
        },
        {"type": "function_call_output", "call_id": "call_1", "output": "Rain"},
        {"role": "assistant", "content": [{"type": "output_text", "text": "It rains."}]},
        {"role": "user", "content": "And here?"},
    ],
}
CALL = {"id": "call_1", "function": {"name": "look_up", "arguments": '{"city":"Bonn"}'}}
CHAT: dict[str, Any] = {
    "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Weather?"},
        {"role": "assistant", "content": "", "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "call_1", "content": "Rain"},
        {"role": "assistant", "content": "It rains."},
        {"role": "user", "content": [{"type": "text", "text": "And here?"}]},
    ]
}
NATIVE_CALL = {"id": "call_1", "name": "look_up", "arguments": '{"city":"Bonn"}'}
GENERIC: dict[str, Any] = {
    "chatRequest": {
        "apiFormat": "GENERIC",
        "messages": [
            {"role": "SYSTEM", "content": [{"type": "TEXT", "text": "Be brief."}]},
            {"role": "USER", "content": [{"type": "TEXT", "text": "Weather?"}]},
            {"role": "ASSISTANT", "content": None, "toolCalls": [NATIVE_CALL]},
            {"role": "TOOL", "toolCallId": "call_1", "content": [{"type": "TEXT", "text": "Rain"}]},
            {"role": "ASSISTANT", "content": [{"type": "TEXT", "text": "It rains."}]},
            {"role": "USER", "content": [{"type": "TEXT", "text": "And here?"}]},
        ],
    }
}


@pytest.mark.parametrize("body", [RESPONSES, CHAT, GENERIC], ids=["responses", "v1", "generic"])
def test_a_talk_with_a_tool_is_read_back(body: dict[str, Any]) -> None:
    assert read_sent(body) == TALK


def test_the_prompt_of_cohere_stands_outside_its_history() -> None:
    body = {
        "chatRequest": {
            "apiFormat": "COHERE",
            "preambleOverride": "Be brief.",
            "chatHistory": [
                {"role": "USER", "message": "Weather?"},
                {"role": "CHATBOT", "message": "It rains."},
            ],
            "message": "And here?",
        }
    }
    assert [item.kind for item in read_sent(body)] == ["system", "prompt", "answer", "prompt"]


def test_the_results_of_a_tool_of_cohere_are_its_outputs() -> None:
    result = {"call": {"name": "look_up", "parameters": {}}, "outputs": [{"sky": "grey"}]}
    [item] = read_sent({"chatRequest": {"message": "", "toolResults": [result]}})
    assert item == Item("tool output", '[{"sky": "grey"}]', "look_up")


def test_an_image_is_an_item_of_its_own() -> None:
    content = [
        {"type": "text", "text": "See"},
        {"type": "image_url", "image_url": {"url": "[png]"}},
    ]
    items = read_sent({"messages": [{"role": "user", "content": content}]})
    assert items == (Item("prompt", "See"), Item("image", "[png]"))


def test_what_has_another_shape_is_shown_as_its_json() -> None:
    [item] = read_sent({"input": [{"type": "odd", "value": 1}]})
    assert item == Item("prompt", '{"type": "odd", "value": 1}')


@pytest.mark.parametrize("body", [None, {}, {"messages": None}, {"messages": "x", "input": 3}])
def test_a_body_that_says_nothing_has_no_items(body: dict[str, Any] | None) -> None:
    assert read_sent(body) == ()
