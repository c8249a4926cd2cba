"""Chat completions with several answers, log probabilities and images, by the `openai` SDK."""

from __future__ import annotations

from typing import Any

import openai
import pytest

from ocigenai_nb.emulator.service import Service
from tests.emulator.client import GPT, GPT_5, GPT_OSS, GROK, LLAMA, connect_openai
from tests.emulator.native_client import post_native, write_envelope, write_generic
from tests.emulator.responses_client import ask as ask_for_response
from tests.emulator.responses_client import find_text
from tests.emulator.test_brain_table import write_png

HAIKU: list[Any] = [{"role": "user", "content": "write a haiku"}]
SUM: list[Any] = [{"role": "user", "content": "what is 17 * 23?"}]
RED = write_png(4, 3, b"\xff\0\0")
SEEN = "The image is a PNG of 4 x 3 pixels; it is mostly red."
PIECES = ["17", " *", " 23", " =", " 391"]


@pytest.mark.parametrize("model", [GPT, GPT_OSS, GROK, LLAMA])
def test_several_answers_are_choices_of_one_completion(service: Service, model: str) -> None:
    with connect_openai(service) as client:
        one = client.chat.completions.create(model=model, messages=HAIKU)
        three = client.chat.completions.create(model=model, messages=HAIKU, n=3)
    texts = [choice.message.content for choice in three.choices]
    assert [choice.index for choice in three.choices] == [0, 1, 2]
    assert texts[0] == one.choices[0].message.content == texts[2] != texts[1]
    assert one.usage is not None
    assert three.usage is not None
    assert three.usage.prompt_tokens == one.usage.prompt_tokens
    assert three.usage.completion_tokens > 2 * one.usage.completion_tokens
    assert three.usage.total_tokens == three.usage.prompt_tokens + three.usage.completion_tokens


def test_streamed_choices_are_told_apart_by_their_index(service: Service) -> None:
    texts, reasons, usages = {0: "", 1: ""}, {}, []
    with connect_openai(service) as client:
        whole = client.chat.completions.create(model=LLAMA, messages=HAIKU, n=2)
        for chunk in client.chat.completions.create(
            model=LLAMA, messages=HAIKU, n=2, stream=True, stream_options={"include_usage": True}
        ):
            usages.append(chunk.usage)
            for choice in chunk.choices:
                texts[choice.index] += choice.delta.content or ""
                reasons[choice.index] = choice.finish_reason
    assert list(texts.values()) == [choice.message.content for choice in whole.choices]
    assert reasons == {0: "stop", 1: "stop"}
    assert usages[-1] == whole.usage
    assert usages[:-1] == [None] * (len(usages) - 1)


def test_log_probabilities_are_those_of_a_script(service: Service) -> None:
    with connect_openai(service) as client:
        answer = client.chat.completions.create(
            model=GPT, messages=SUM, logprobs=True, top_logprobs=3
        )
    rated = answer.choices[0].logprobs
    assert rated is not None
    assert rated.content is not None
    assert [token.token for token in rated.content] == PIECES
    assert [token.logprob for token in rated.content] == [0.0] * len(PIECES)
    first = rated.content[0]
    assert (first.bytes, [top.token for top in first.top_logprobs]) == ([49, 55], ["17"])


def test_streamed_log_probabilities_come_with_their_tokens(service: Service) -> None:
    tokens = []
    with connect_openai(service) as client:
        for chunk in client.chat.completions.create(
            model=LLAMA, messages=SUM, logprobs=True, stream=True
        ):
            [choice] = chunk.choices
            if choice.delta.content:
                assert choice.logprobs is not None
                [rated] = choice.logprobs.content or []
                assert (rated.token, rated.top_logprobs) == (choice.delta.content, [])
                tokens.append(rated.token)
            else:
                assert choice.logprobs is None
    assert tokens == PIECES


def test_without_asking_there_are_no_log_probabilities(service: Service) -> None:
    with connect_openai(service) as client:
        answer = client.chat.completions.create(model=GPT, messages=SUM, logprobs=False)
    assert answer.choices[0].logprobs is None


def test_a_reasoning_model_of_openais_answers_once(service: Service) -> None:
    with connect_openai(service) as client, pytest.raises(openai.BadRequestError, match="'n'"):
        client.chat.completions.create(model=GPT_5, messages=SUM, n=2)


def test_an_image_of_a_chat_is_described(service: Service) -> None:
    image = {"type": "image_url", "image_url": {"url": RED, "detail": "low"}}
    content = [{"type": "text", "text": "What is in this image?"}, image]
    messages: list[Any] = [{"role": "user", "content": content}]
    with connect_openai(service) as client:
        answer = client.chat.completions.create(model=GPT, messages=messages)
    assert answer.choices[0].message.content == SEEN


def test_an_image_of_a_response_is_described(service: Service) -> None:
    content = [
        {"type": "input_text", "text": "What is in this image?"},
        {"type": "input_image", "image_url": RED, "detail": "auto"},
    ]
    thread = [{"type": "message", "role": "user", "content": content}]
    assert find_text(ask_for_response(service, model=GPT, input=thread)) == SEEN


def test_an_image_of_the_native_api_is_described(service: Service) -> None:
    content = [
        {"type": "TEXT", "text": "What is in this image?"},
        {"type": "IMAGE", "imageUrl": {"url": RED}},
    ]
    asked = write_generic() | {"messages": [{"role": "USER", "content": content}]}
    answer = post_native(service, write_envelope(service, asked, GPT)).json()
    [choice] = answer["chatResponse"]["choices"]
    assert choice["message"]["content"][0]["text"] == SEEN
