"""A conversation: what the model is shown, and what is kept."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

from ocigenai_nb import Conversation, Image, Message, Reply
from ocigenai_nb.chat.turn import Turn
from ocigenai_nb.core.errors import (
    EmptyPromptError,
    InStreamError,
    RequestTimeoutError,
    ServerFailureError,
    StreamCutError,
    UnknownOptionError,
    UsageError,
)
from ocigenai_nb.core.parameters import Parameters
from ocigenai_nb.emulator.service import Service
from tests.tools.patience import with_enough
from tests.transports.interrupts import interrupted_once
from tests.transports.subject import COUNT, COUNTED, GPT_OSS
from tests.transports.wires import V1, Sent, read_sent

SAY_HI: Final = "Say exactly: hi"


def read_last(service: Service) -> Sent:
    return read_sent(V1, service.journal.last)


def test_each_turn_shows_the_model_all_that_was_said(chat: Conversation, service: Service) -> None:
    assert chat.send("My name is Ada.").text == "Nice to meet you, Ada."
    assert chat.send("What is my name?").text == "Your name is Ada."
    assert read_last(service).said == [
        ("user", "My name is Ada."),
        ("assistant", "Nice to meet you, Ada."),
        ("user", "What is my name?"),
    ]


def test_two_conversations_know_nothing_of_each_other(chat: Conversation, service: Service) -> None:
    chat.send("My name is Ada.")
    chat.connection.chat().send("What is my name?")
    assert read_last(service).said == [("user", "What is my name?")]


def test_the_system_prompt_comes_first_in_every_turn(chat: Conversation, service: Service) -> None:
    chat.system = "You are concise."
    for turns in (1, 2):
        chat.send(SAY_HI)
        said = read_last(service).said
        assert said[0] == ("system", "You are concise.")
        assert [role for role, _ in said].count("system") == 1
        assert len(said) == 2 * turns
    chat.system = "You speak French."
    chat.send(SAY_HI)
    assert read_last(service).said[0] == ("system", "You speak French.")
    chat.system = None
    chat.send(SAY_HI)
    assert read_last(service).said[0] == ("user", SAY_HI)


def test_braces_in_a_prompt_are_the_persons_own(chat: Conversation, service: Service) -> None:
    prompt = 'Say exactly: {a} {{b}} {0} %s $x {"json": 1}'
    assert chat.send(prompt).text == prompt.removeprefix("Say exactly: ")
    assert read_last(service).said == [("user", prompt)]


def test_the_model_may_change_between_turns(chat: Conversation, service: Service) -> None:
    chat.send(SAY_HI)
    chat.model = GPT_OSS
    chat.send(SAY_HI)
    assert service.journal.last.model == GPT_OSS
    assert len(read_last(service).said) == 3, "Reasoning is not part of what was said."


def test_pictures_travel_with_their_turn_and_stay_in_the_history(
    chat: Conversation, service: Service
) -> None:
    chat.model = "meta.llama-3.2-90b-vision-instruct"
    chat.send(SAY_HI, attach=[Image.from_bytes(b"x", "image/png")])
    assert read_last(service).images == ["data:image/png;base64,eA=="]
    chat.send(SAY_HI)
    assert read_last(service).images == ["data:image/png;base64,eA=="]


def test_a_prompt_may_be_a_message(chat: Conversation, service: Service) -> None:
    assert chat.send(Message.user(SAY_HI)).prompt == Message.user(SAY_HI)
    assert read_last(service).said == [("user", SAY_HI)]


# Wishes


def test_standing_wishes_hold_for_every_turn(chat: Conversation, service: Service) -> None:
    chat.parameters = Parameters(temperature=0.5, seed=1)
    for _ in range(2):
        chat.send(SAY_HI)
        assert read_last(service).wishes == {"temperature": 0.5, "seed": 1}


def test_a_turns_wishes_go_over_the_standing_ones_and_end_with_it(
    chat: Conversation, service: Service
) -> None:
    chat.parameters = Parameters(temperature=0.5, seed=1)
    chat.send(SAY_HI, parameters=Parameters(temperature=0, max_tokens=9))
    assert read_last(service).wishes == {"temperature": 0, "seed": 1, "max_tokens": 9}
    chat.send(SAY_HI)
    assert read_last(service).wishes == {"temperature": 0.5, "seed": 1}


# Turns that go wrong


def test_a_failed_turn_is_kept_and_not_shown_to_the_model(
    chat: Conversation, service: Service
) -> None:
    """Without any answer: roles have to alternate."""
    chat.send(SAY_HI)
    service.fault("status", status=501)
    with pytest.raises(ServerFailureError):
        chat.send("lost")
    chat.send(SAY_HI)
    assert read_last(service).said == [("user", SAY_HI), ("assistant", "hi"), ("user", SAY_HI)]
    assert [reply.status for reply in chat.replies] == ["finished", "failed", "finished"]
    lost = chat.replies[1]
    assert (lost.prompt.text, lost.text, lost.finish_reason) == ("lost", "", "error")
    assert isinstance(lost.error, ServerFailureError)


def test_a_turn_that_broke_off_is_kept_with_what_came(chat: Conversation, service: Service) -> None:
    service.fault("cut", after_events=5)
    with pytest.raises(StreamCutError):
        chat.send(COUNT)
    [reply] = chat.replies
    assert (reply.text, reply.status, reply.finish_reason) == ("1 2 3 4", "interrupted", "cut")
    chat.send("Go on.")
    assert read_last(service).said == [
        ("user", COUNT),
        ("assistant", "1 2 3 4"),
        ("user", "Go on."),
    ]


def test_a_turn_that_failed_half_way_is_kept_with_what_came(
    chat: Conversation, service: Service
) -> None:
    service.fault("error_event", after_events=5)
    with pytest.raises(InStreamError):
        chat.send(COUNT)
    [reply] = chat.replies
    assert (reply.text, reply.status) == ("1 2 3 4", "failed")
    chat.send("Go on.")
    assert read_last(service).said[1] == ("assistant", "1 2 3 4")


def test_an_interrupt_closes_the_socket_and_keeps_what_came(
    chat: Conversation, service: Service
) -> None:
    service.fault("stall", after_events=5)
    seen: list[str] = []

    def watch(turn: Turn) -> None:
        seen.append(turn.text)

    def wait_for_text() -> None:
        while "1 2 3 4" not in seen:
            service.journal.wait_for(lambda entry: entry.outcome == "open")

    with interrupted_once(wait_for_text):
        chat.send(COUNT, watch=watch)
    service.journal.wait_for(lambda entry: entry.outcome == "client left")
    [reply] = chat.replies
    assert (reply.text, reply.status, reply.finish_reason, reply.error) == (
        "1 2 3 4",
        "interrupted",
        "stopped",
        None,
    )
    chat.send("Go on.")
    assert read_last(service).said[1] == ("assistant", "1 2 3 4")


def test_an_empty_prompt_is_refused_and_leaves_no_trace(
    chat: Conversation, service: Service
) -> None:
    for prompt in ("", " \n", Message.user("")):
        with pytest.raises(EmptyPromptError):
            chat.send(prompt)
        with pytest.raises(EmptyPromptError):
            chat.stream(prompt)
    assert (chat.replies, len(service.journal)) == ((), 0)
    assert chat.connection.announce() == chat.connection.origin


def test_an_unknown_option_is_refused_with_a_suggestion(chat: Conversation) -> None:
    with pytest.raises(UnknownOptionError, match=r"takes no 'pront'. Did you mean 'prompt'"):
        chat.send(pront="hi")  # type: ignore[call-arg]
    with pytest.raises(UnknownOptionError, match="Did you mean 'parameters'"):
        chat.stream("hi", parameter=Parameters())  # type: ignore[call-arg]
    assert chat.replies == ()


# Watching


def test_a_watch_sees_the_answer_grow_and_its_end(chat: Conversation, service: Service) -> None:
    service.pace = 50
    seen: list[tuple[str, bool]] = []
    chat.send(COUNT, watch=lambda turn: seen.append((turn.text, turn.done)))
    texts = [text for text, _ in seen]
    assert texts == sorted(texts, key=len)
    assert all(COUNTED.startswith(text) for text in texts)
    assert len(set(texts)) > 2
    assert [done for _, done in seen] == [False] * (len(seen) - 1) + [True]


def test_a_watch_sees_the_end_of_a_turn_that_fails(chat: Conversation, service: Service) -> None:
    service.fault("cut", after_events=5)
    seen: list[tuple[str, bool]] = []
    with pytest.raises(StreamCutError):
        chat.send(COUNT, watch=lambda turn: seen.append((turn.text, turn.done)))
    assert seen[-1] == ("1 2 3 4", True)


def test_an_answer_may_be_asked_for_in_one_piece(chat: Conversation, service: Service) -> None:
    assert chat.send(COUNT, stream=False).text == COUNTED
    assert not read_last(service).streamed


def test_a_conversations_repr_is_short(chat: Conversation) -> None:
    chat.send(SAY_HI)
    assert repr(chat) == "Conversation('chat', model='meta.llama-3.3-70b-instruct', 1 turns)"


def test_what_is_no_prompt_is_refused_and_nothing_is_recorded(chat: Conversation) -> None:
    with pytest.raises(UsageError, match="A prompt is text or messages, not int"):
        chat.send(7)  # type: ignore[arg-type]
    assert chat.replies == ()


def test_pictures_join_a_message_that_is_given_whole(chat: Conversation, service: Service) -> None:
    chat.send(Message.user("hi"), attach=[Image("data:image/png;base64,AA==")])
    assert read_last(service).images == ["data:image/png;base64,AA=="]


def test_a_turn_that_takes_longer_than_it_may_is_given_up_and_kept(
    chat: Conversation, service: Service
) -> None:
    chat.connection.warm()  # the time it may take is not for imports

    def send_within(seconds: float) -> Reply:
        service.fault("stall", after_events=5)
        words = re.escape(f"not complete after {seconds:g} seconds")
        with pytest.raises(RequestTimeoutError, match=words):
            chat.send(COUNT, timeout=seconds)
        return chat.replies[-1]

    reply = with_enough(0.3, send_within, lambda reply: reply.text == "1 2 3 4")
    service.journal.wait_for(lambda entry: entry.outcome == "client left")
    assert (reply.text, reply.status, reply.finish_reason) == ("1 2 3 4", "interrupted", "timeout")


def test_a_plan_is_what_would_be_sent_and_leaves_no_trace(
    chat: Conversation, service: Service
) -> None:
    chat.send(SAY_HI)
    planned = chat.plan("Go on.", system="Be brief.", parameters=Parameters(temperature=0.5))
    assert (len(chat.turns), len(service.journal)) == (1, 1)
    chat.send("Go on.", system="Be brief.", parameters=Parameters(temperature=0.5))
    assert service.journal.last.body == planned.body


def test_a_text_file_goes_along_in_the_prompt(
    chat: Conversation, service: Service, tmp_path: Path
) -> None:
    file = tmp_path / "cities.csv"
    file.write_text("city,units\nRome,3\n", "utf-8")
    chat.send("What is in this?", attach=[file])
    [(_, said)] = read_last(service).said
    assert "cities.csv" in said
    assert "Rome,3" in said
    assert str(tmp_path) not in said


def test_a_turn_begins_with_what_a_person_says(chat: Conversation) -> None:
    for message in (Message.assistant("I?"), Message.system("You.")):
        with pytest.raises(UsageError, match="A turn begins with what a person says"):
            chat.send(message)
    assert chat.turns == ()


def test_every_exchange_is_in_the_journal(chat: Conversation, service: Service) -> None:
    chat.name = "journaled"
    chat.send(SAY_HI)
    service.fault("cut", after_events=5)
    with pytest.raises(StreamCutError):
        chat.edit(1, COUNT)
    entries = [e for e in chat.connection.journal if e.conversation == "journaled"][-2:]
    assert [(e.turn, e.parent, e.status) for e in entries] == [
        (1, None, "finished"),
        (2, None, "interrupted"),
    ]
    assert entries[1].answer == "1 2 3 4"
