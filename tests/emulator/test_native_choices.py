"""What native chat tells beside one text: several answers, log probabilities, the prompt."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest
from oci.generative_ai_inference import models

from ocigenai_nb.emulator.service import Service
from tests.emulator.client import GPT, GPT_5, GROK, LLAMA
from tests.emulator.native_client import (
    COMMAND_R,
    NativeClient,
    refuse,
    write_envelope,
    write_generic,
    write_user,
)

USAGE = models.StreamOptions(is_include_usage=True)


@pytest.fixture(scope="module")
def client(running_service: Service) -> Iterator[NativeClient]:
    with contextlib.closing(NativeClient(running_service)) as client:
        yield client


def write(text: str = "count from 1 to 3", **fields: Any) -> Any:
    return models.GenericChatRequest(messages=[write_user(text)], **fields)


@pytest.mark.parametrize("model", [LLAMA, GPT, GROK])
def test_several_answers_come_as_choices_and_cost_the_prompt_once(
    client: NativeClient, model: str
) -> None:
    one, two = (client.ask(write(num_generations=n), model) for n in (1, 2))
    assert [choice.index for choice in two.choices] == [0, 1]
    assert {choice.message.content[0].text for choice in two.choices} == {"1 2 3"}
    assert two.usage.prompt_tokens == one.usage.prompt_tokens
    assert two.usage.completion_tokens == 2 * one.usage.completion_tokens
    assert two.usage.total_tokens == two.usage.prompt_tokens + two.usage.completion_tokens


def test_a_stream_says_of_each_event_which_of_several_answers_it_is_of(
    client: NativeClient,
) -> None:
    *events, usage, done = client.stream(write(num_generations=2, stream_options=USAGE), LLAMA)
    assert done == "[DONE]"
    assert usage["usage"]["completionTokens"] == 6
    texts = {0: "", 1: ""}
    for event in events:
        for part in event.get("message", {}).get("content", ()):
            texts[event["index"]] += part["text"]
    assert texts == {0: "1 2 3", 1: "1 2 3"}
    assert [e["index"] for e in events if "finishReason" in e] == [0, 1]


def test_the_end_of_a_lone_answer_has_no_index_as_recorded(client: NativeClient) -> None:
    ends = [e for e in client.stream(write(), LLAMA)[:-1] if "finishReason" in e]
    assert [("index" in end) for end in ends] == [False]


@pytest.mark.parametrize(("wanted", "top"), [(0, 0), (2, 1)])
def test_log_probabilities_are_told_of_every_token(
    client: NativeClient, wanted: int, top: int
) -> None:
    told = client.ask(write(log_probs=wanted), GPT).choices[0].logprobs
    assert "".join(told.tokens) == "1 2 3"
    assert told.text_offset == [0, 1, 3]
    assert told.token_logprobs == [0.0] * 3
    assert [len(tokens) for tokens in told.top_logprobs] == [top] * 3


def test_unasked_there_are_no_log_probabilities(client: NativeClient) -> None:
    assert client.ask(write(), GPT).choices[0].logprobs.tokens is None


def test_a_reasoning_model_tells_none(service: Service) -> None:
    envelope = write_envelope(service, write_generic(logProbs=1), GPT_5)
    status, _, words = refuse(service, envelope)
    assert status == 400
    assert words.startswith("Invalid 'logProbs': Unsupported parameter: 'logProbs'")


@pytest.mark.parametrize("is_echo", [True, False, None])
def test_cohere_echoes_the_prompt_if_asked(client: NativeClient, *, is_echo: bool | None) -> None:
    request = models.CohereChatRequest(
        message="count to 3", preamble_override="Be brief.", is_echo=is_echo
    )
    answer = client.ask(request, COMMAND_R)
    assert answer.prompt == ("Be brief.\ncount to 3" if is_echo else None)
