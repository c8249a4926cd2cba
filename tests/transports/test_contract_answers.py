"""What every transport makes of an answer."""

from __future__ import annotations

import asyncio

import pytest

from ocigenai_nb.core.errors import NotFoundError
from ocigenai_nb.core.events import (
    Event,
    Failed,
    Finished,
    Interrupted,
    Started,
    TextDelta,
    UsageReport,
)
from ocigenai_nb.core.messages import Message
from ocigenai_nb.core.parameters import Parameters
from ocigenai_nb.core.thread import Answer, fold
from ocigenai_nb.transports.model import Model
from tests.transports.subject import (
    COUNT,
    COUNTED,
    GPT_5,
    GPT_OSS,
    Transport,
    in_families,
    over,
    over_all_but,
)

TERMINAL = (Finished, Failed, Interrupted)


def test_an_answer_arrives_whole(transport: Transport) -> None:
    answer = transport.ask(COUNT)
    assert (answer.text, answer.status, answer.finish_reason) == (COUNTED, "finished", "stop")
    assert (answer.error, answer.attempts, answer.notices) == (None, 1, ())


def test_an_answer_arrives_token_by_token(transport: Transport) -> None:
    events = list(transport.model().stream(COUNT))
    deltas = [event for event in events if isinstance(event, TextDelta)]
    assert len(deltas) == 20
    assert all(delta.raw for delta in deltas)


@pytest.mark.parametrize(
    "text",
    [
        "Grüße, 世界! 👩‍👩‍👧 café",
        "one\u2028two\u2029three\u0085four",
        'quotes " and \\ backslashes \\u0041',
        "data: [DONE]\n\ndata: {}\r\n: comment",
    ],
)
def test_any_text_arrives_as_it_was_sent(transport: Transport, text: str) -> None:
    assert transport.ask(f"Say exactly: {text}").text == text


def test_a_system_prompt_is_sent_and_heeded(transport: Transport) -> None:
    question = Message.user("Why is the sky blue?")
    long = transport.ask(question).text
    brief = transport.ask([Message.system("You are concise."), question]).text
    assert transport.sent().said == [
        ("system", "You are concise."),
        ("user", "Why is the sky blue?"),
    ]
    assert long.startswith(brief)
    assert 0 < len(brief) < len(long)


def test_earlier_turns_are_sent_and_remembered(transport: Transport) -> None:
    turns = [
        Message.user("My name is Ada."),
        Message.assistant("Hello, Ada."),
        Message.user("What is my name?"),
    ]
    assert transport.ask(turns).text == "Your name is Ada."
    assert transport.sent().said == [
        ("user", "My name is Ada."),
        ("assistant", "Hello, Ada."),
        ("user", "What is my name?"),
    ]


async def collect(model: Model, prompt: str) -> Answer:
    return fold([event async for event in model.stream(prompt)])


@in_families()
def test_the_four_ways_to_ask_give_the_same_answer(transport: Transport) -> None:
    asked = transport.model()
    answers = [
        fold(asked.stream(COUNT)),
        asyncio.run(collect(asked, COUNT)),
        asked.complete_sync(COUNT),
        asyncio.run(asked.complete(COUNT)),
        fold(asked.stream(COUNT, whole=True)),
    ]
    facts = [(a.text, a.reasoning, a.usage, a.status, a.finish_reason, a.error) for a in answers]
    assert facts == facts[:1] * 5
    assert answers[0].text == COUNTED
    assert len({answer.request_id for answer in answers}) == 5


def test_complete_asks_for_the_answer_in_one_piece(transport: Transport) -> None:
    transport.model().complete_sync(COUNT)
    assert not transport.sent().streamed
    transport.ask(COUNT)
    assert transport.sent().streamed


def test_a_turn_begins_with_started_and_has_one_terminal_event_at_its_end(
    transport: Transport,
) -> None:
    events: list[Event] = list(transport.model().stream(COUNT))
    assert isinstance(events[0], Started)
    assert [event for event in events if isinstance(event, TERMINAL)] == events[-1:]
    assert events[-1] == Finished("stop", read_model(transport))
    assert sum(isinstance(event, UsageReport) for event in events) == 1


def read_model(transport: Transport) -> str | None:
    """The model that a stream says has answered; the native API's streams name none."""
    return None if transport.name.startswith("sdk") else transport.usual


def test_an_answer_carries_the_request_id_of_its_response(transport: Transport) -> None:
    answer = transport.ask(COUNT)
    assert answer.request_id == transport.service.journal.last.opc_request_id


def test_an_answer_that_is_cut_by_max_tokens_ends_in_length(transport: Transport) -> None:
    answer = transport.ask(COUNT, parameters=Parameters(max_tokens=16))  # the Responses API's least
    cut = COUNTED.partition(" 17")[0]
    assert (answer.text, answer.status, answer.finish_reason) == (cut, "finished", "length")


@over_all_but("responses", "responses-unstored")
def test_a_stop_text_ends_an_answer(transport: Transport) -> None:
    answer = transport.ask(COUNT, parameters=Parameters(stop=(" 7",)))
    assert (answer.text, answer.finish_reason) == ("1 2 3 4 5 6", "stop")


def test_usage_counts_tokens_of_prompt_and_answer(transport: Transport) -> None:
    usage = transport.ask(COUNT).usage
    assert usage is not None
    assert (usage.output, usage.total) == (20, usage.input + 20)
    assert 0 < usage.input < 20
    assert usage.cached in {0, None}
    assert usage.reasoning in {0, None}


@over_all_but("sdk", "sdk-cohere")
def test_usage_counts_cached_tokens(transport: Transport) -> None:
    turns = [Message.user("word " * 2000), Message.assistant("Yes."), Message.user(COUNT)]
    usage = transport.ask(turns).usage
    assert usage is not None
    assert usage.cached is not None
    assert 1024 <= usage.cached <= usage.input


@over_all_but("sdk-cohere")
def test_hidden_reasoning_is_counted_and_not_shown(transport: Transport) -> None:
    answer = transport.ask(COUNT, GPT_5)
    assert answer.usage is not None
    assert answer.usage.reasoning
    assert answer.usage.output == 20 + answer.usage.reasoning
    assert (answer.text, answer.reasoning) == (COUNTED, "")


@over(*(f"{name}/{GPT_OSS}" for name in ("v1", "sdk", "responses", "responses-unstored")))
def test_reasoning_text_is_kept_apart_from_the_answer(transport: Transport) -> None:
    answer = transport.ask(COUNT)
    assert answer.text == COUNTED
    assert COUNT in answer.reasoning


def test_complete_raises_what_the_turn_ended_in(transport: Transport) -> None:
    model = transport.model(f"{transport.usual}-none")
    with pytest.raises(NotFoundError, match=rf"Entity with key {transport.usual}-none"):
        model.complete_sync(COUNT)
    with pytest.raises(NotFoundError, match="Entity with key"):
        asyncio.run(model.complete(COUNT))


@over_all_but("responses", "responses-unstored")
def test_an_answer_may_be_empty(transport: Transport) -> None:
    answer = transport.ask(COUNT, parameters=Parameters(stop=("1",)))
    assert (answer.text, answer.status, answer.finish_reason) == ("", "finished", "stop")
