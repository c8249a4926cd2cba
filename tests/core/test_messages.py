"""Facts about messages."""

from __future__ import annotations

import base64

import pytest

from ocigenai_nb.core.messages import Image, Message, Text, Tool, ToolCall

PICTURE = Image("https://example.com/a.png")


@pytest.mark.parametrize(
    ("message", "role"),
    [
        (Message.system("a"), "system"),
        (Message.user("a"), "user"),
        (Message.assistant("a"), "assistant"),
        (Message.tool(ToolCall("1", "f", "{}"), "a"), "tool"),
    ],
)
def test_each_maker_sets_the_role_and_the_text(message: Message, role: str) -> None:
    assert (message.role, message.text) == (role, "a")
    assert message.parts == (Text("a"),)


def test_a_person_may_send_pictures_after_the_text() -> None:
    message = Message.user("look", PICTURE, PICTURE)
    assert message.parts == (Text("look"), PICTURE, PICTURE)
    assert message.text == "look"


def test_the_text_of_several_parts_is_joined_as_it_stands() -> None:
    assert Message("user", (Text("a "), PICTURE, Text("b"))).text == "a b"


def test_an_answer_that_only_calls_tools_has_no_parts() -> None:
    call = ToolCall("1", "f", "{}")
    message = Message.assistant("", tool_calls=(call,))
    assert message.parts == ()
    assert message.text == ""
    assert message.tool_calls == (call,)


def test_a_tools_answer_names_the_call_it_answers() -> None:
    assert Message.tool(ToolCall("call_1", "f", "{}"), "42").tool_call_id == "call_1"


def test_an_image_from_bytes_travels_inside_the_request() -> None:
    data = bytes(range(256))
    image = Image.from_bytes(data, "image/png")
    head, _, body = image.url.partition(",")
    assert head == "data:image/png;base64"
    assert base64.b64decode(body, validate=True) == data


def test_a_picture_does_not_fill_the_repr() -> None:
    assert repr(Image.from_bytes(b"x" * 1000, "image/png")) == "Image(detail='auto')"


def test_a_tool_without_parameters_takes_an_object_of_its_own() -> None:
    assert Tool("f").parameters == {"type": "object"}
    assert Tool("f").parameters is not Tool("g").parameters


def test_messages_are_equal_by_value_and_can_be_keys() -> None:
    assert {Message.user("a"), Message.user("a")} == {Message.user("a")}
