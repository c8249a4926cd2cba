"""What a model is shown of the turns before."""

from __future__ import annotations

import pytest

from ocigenai_nb.core.history import Past, answered, sees, translate
from ocigenai_nb.core.messages import Image, Message, Text, ToolCall
from ocigenai_nb.core.routing import TransportName
from ocigenai_nb.core.thread import Answer

LLAMA, VISION = "meta.llama-3.3-70b-instruct", "meta.llama-3.2-90b-vision-instruct"
GPT_5, COHERE_R = "openai.gpt-5.5", "cohere.command-r-plus-08-2024"
PICTURE = Image("data:image/png;base64,AA==")
SEALED = ({"type": "reasoning", "encrypted_content": "x"},)


def past(
    answer: Answer, *, model: str = GPT_5, transport: TransportName = "responses", said: str = "hi"
) -> Past:
    return Past(Message.user(said), answer, model, transport)


def test_a_turn_without_an_answer_is_left_out() -> None:
    turns = [past(Answer()), past(Answer(text=" \n")), past(Answer(text="Hello"))]
    history = translate(turns, LLAMA, "v1")
    assert [message.role for message in history.messages] == ["user", "assistant"]
    assert not answered(Answer(text=" \n"))


def test_a_tool_call_that_nobody_answered_is_left_out() -> None:
    answer = Answer(text="Let me see.", tool_calls=(ToolCall("1", "look", "{}"),))
    [_, said] = translate([past(answer)], LLAMA, "v1").messages
    assert (said.text, said.tool_calls) == ("Let me see.", ())


def test_images_become_words_for_a_model_that_takes_none_and_that_is_said() -> None:
    turn = Past(
        Message.user("What is this?", PICTURE, PICTURE), Answer(text="A cat."), VISION, "v1"
    )
    history = translate([turn], LLAMA, "v1")
    assert Text("[an image, which you can't see]") in history.messages[0].parts
    assert PICTURE not in history.messages[0].parts
    assert history.notices == (f"{LLAMA} takes no images: the history tells it that there were 2.",)
    assert translate([turn], VISION, "v1").messages[0] == turn.prompt


def test_sealed_reasoning_goes_back_to_its_own_model_only() -> None:
    turn = past(Answer(text="Hello", reasoning_items=SEALED))
    assert translate([turn], GPT_5, "responses").messages[1].reasoning_items == SEALED
    for model, transport in ((GPT_5, "v1"), ("openai.o3", "responses")):
        history = translate([turn], model, transport)  # type: ignore[arg-type]
        assert history.messages[1].reasoning_items == ()
        assert history.notices == (
            "Earlier reasoning is left out (1): it is sealed for another model.",
        )


@pytest.mark.parametrize(
    ("model", "transport", "expected"),
    [
        (VISION, "v1", True),
        (LLAMA, "v1", False),
        (COHERE_R, "sdk", False),
        ("openai.gpt-9", "v1", True),
        ("cohere.command-a-vision-07-2025", "sdk", True),
    ],
)
def test_who_sees_is_read_from_the_catalog_and_assumed_where_it_is_silent(
    model: str, transport: TransportName, *, expected: bool
) -> None:
    assert sees(model, transport) is expected
