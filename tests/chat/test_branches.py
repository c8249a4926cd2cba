"""The tree of a conversation: other tries, other words, other branches."""

from __future__ import annotations

import threading
from typing import Final

import pytest

from ocigenai_nb import Conversation, Image
from ocigenai_nb.chat.turn import Turn
from ocigenai_nb.chat.turn_tree import Change
from ocigenai_nb.core.errors import StreamCutError, UsageError
from ocigenai_nb.emulator.service import Service
from tests.transports.subject import COUNT, COUNTED, GPT_OSS
from tests.transports.wires import V1, read_sent

ADA: Final = "My name is Ada."
WHO: Final = "What is my name?"


def say(word: str) -> str:
    return f"Say exactly: {word}"


def read_said(service: Service) -> list[tuple[str, str]]:
    return read_sent(V1, service.journal.last).said


def test_another_try_stands_beside_the_first(chat: Conversation, service: Service) -> None:
    chat.send(say("one"))
    chat.send(say("two"))
    again = chat.regenerate()
    assert again.text == "two"
    assert [turn.number for turn in chat.branches(3)] == [2, 3]
    assert [turn.number for turn in chat.path] == [1, 3]
    assert read_said(service) == [("user", say("one")), ("assistant", "one"), ("user", say("two"))]


def test_another_model_may_have_the_other_try(chat: Conversation, service: Service) -> None:
    chat.send(say("one"))
    chat.model = GPT_OSS
    chat.regenerate(1)
    assert [turn.asked.model for turn in chat.branches(1)] == [
        "meta.llama-3.3-70b-instruct",
        GPT_OSS,
    ]


def test_an_edited_prompt_begins_a_branch_and_the_old_one_stays(
    chat: Conversation, service: Service
) -> None:
    chat.send(ADA)
    chat.send(WHO)
    chat.edit(1, "My name is Grace.")
    assert chat.send(WHO).text == "Your name is Grace."
    assert [turn.number for turn in chat.path] == [3, 4]
    assert chat.switch(1) is chat.turn(2)
    assert chat.send(WHO).text == "Your name is Ada."


def test_an_edited_answer_is_what_the_model_is_shown(chat: Conversation, service: Service) -> None:
    chat.send(say("one"))
    edited = chat.edit_answer(1, "uno")
    assert (edited.parent, edited.reply.finish_reason, chat.head) == (None, "edited", edited)
    chat.send("Go on.")
    assert read_said(service)[1] == ("assistant", "uno")
    assert chat.turn(1).reply.text == "one"


def test_an_empty_edited_answer_is_refused(chat: Conversation) -> None:
    chat.send(say("one"))
    with pytest.raises(UsageError, match="can't be empty"):
        chat.edit_answer(1, " ")
    assert len(chat.turns) == 1


def test_a_fork_goes_back_to_a_turn_and_on_from_there(chat: Conversation, service: Service) -> None:
    for word in ("one", "two", "three"):
        chat.send(say(word))
    chat.fork(1)
    chat.send(say("four"))
    assert read_said(service) == [("user", say("one")), ("assistant", "one"), ("user", say("four"))]
    assert [[t.number for t in chat.children(turn)] for turn in (None, 1, 2)] == [[1], [2, 4], [3]]


def test_a_fork_at_the_beginning_shows_the_model_nothing(
    chat: Conversation, service: Service
) -> None:
    chat.send(ADA)
    assert chat.fork(None) is None
    chat.send(WHO)
    assert read_said(service) == [("user", WHO)]
    assert [turn.number for turn in chat.children(None)] == [1, 2]


def test_a_switch_goes_to_the_end_that_was_used_last(chat: Conversation) -> None:
    chat.send(say("a"))
    chat.send(say("b"))
    chat.fork(1)
    chat.send(say("c"))
    chat.edit(1, say("d"))
    assert chat.head is chat.turn(4)
    assert chat.switch(1).number == 3
    assert chat.switch(2).number == 2
    chat.switch(4)
    assert chat.switch(1).number == 2, "There the person was last."


def test_a_turn_that_is_not_there_is_named(chat: Conversation) -> None:
    chat.send(say("a"))
    for name in (7, "resp_1", None):
        with pytest.raises(UsageError, match="no turn"):
            chat.switch(name)  # type: ignore[arg-type]


def test_a_stopped_answer_is_gone_on_with(chat: Conversation, service: Service) -> None:
    service.fault("cut", after_events=5)
    with pytest.raises(StreamCutError):
        chat.send(COUNT)
    chat.resume()
    said = read_said(service)
    assert [role for role, _ in said] == ["user", "assistant", "user"]
    assert said[1] == ("assistant", "1 2 3 4")
    assert "Continue" in said[2][1]


def test_a_complete_answer_is_not_gone_on_with(chat: Conversation, service: Service) -> None:
    with pytest.raises(UsageError, match="no partial answer"):
        chat.resume()
    chat.send(COUNT)
    with pytest.raises(UsageError, match="complete"):
        chat.resume()
    assert len(service.journal) == 1


def test_an_answer_at_its_token_limit_is_gone_on_with(chat: Conversation) -> None:
    chat.send(COUNT, parameters=chat.parameters.__class__(max_tokens=3))
    assert chat.replies[-1].finish_reason == "length"
    assert chat.resume().status == "finished"


def test_a_dropped_turn_takes_what_follows_with_it(chat: Conversation) -> None:
    for word in ("one", "two", "three"):
        chat.send(say(word))
    assert [turn.number for turn in chat.drop(2)] == [2, 3]
    assert [turn.number for turn in chat.path] == [1]
    chat.send(say("four"))
    assert [turn.number for turn in chat.path] == [1, 4], "Numbers are not given twice."


def test_system_prompt_and_wishes_may_be_one_turns_own(
    chat: Conversation, service: Service
) -> None:
    chat.system = "You are concise."
    chat.send(say("one"), system="You speak French.")
    assert read_said(service)[0] == ("system", "You speak French.")
    chat.send(say("two"))
    assert read_said(service)[0] == ("system", "You are concise.")
    assert chat.turn(1).asked.system == "You speak French."


def test_a_refused_wish_leaves_head_and_tree_as_they_were(chat: Conversation) -> None:
    chat.send(say("one"))
    chat.send(say("two"))
    with pytest.raises(UsageError):
        chat.edit(1, " ")
    assert (len(chat.turns), chat.head) == (2, chat.turn(2))


# One writer, several views


def test_two_views_of_one_conversation_see_every_turn(chat: Conversation) -> None:
    seen: list[list[tuple[str, int]]] = [[], []]

    def view(changes: list[tuple[str, int]]) -> object:
        def take(change: Change) -> None:
            assert change.turn is not None
            changes.append((change.what, change.turn.number))

        return take

    ends = [chat.observe(view(changes)) for changes in seen]  # type: ignore[arg-type]
    chat.send(say("one"))
    chat.send(say("two"))
    assert seen[0] == seen[1] == [("began", 1), ("ended", 1), ("began", 2), ("ended", 2)]
    ends[0]()
    chat.fork(1)
    assert (len(seen[0]), seen[1][-1]) == (4, ("head", 1))


def test_who_waits_for_a_turn_goes_on_when_every_view_was_told_of_its_end(
    chat: Conversation,
) -> None:
    order: list[str] = []
    waiting: list[threading.Thread] = []

    def wait(turn: Turn) -> None:
        turn.wait()
        order.append("went on")

    def take(change: Change) -> None:
        if change.what == "ended" and change.turn is not None:
            waiting.append(threading.Thread(target=wait, args=[change.turn]))
            waiting[0].start()
            waiting[0].join(0.2)  # time enough to go on too early
            order.append("told")

    chat.observe(take)
    chat.send("hi")
    waiting[0].join()
    assert order == ["told", "went on"]


def test_a_view_that_is_told_of_the_end_finds_the_turn_done_and_need_not_wait(
    chat: Conversation,
) -> None:
    seen: list[tuple[bool, bool, str]] = []

    def take(change: Change) -> None:
        if change.what == "ended" and change.turn is not None:
            turn = change.turn
            seen.append((turn.done, chat.busy, turn.wait().text))

    chat.observe(take)
    chat.send(say("one"))
    assert seen == [(True, False, "one")]


def test_a_view_that_fails_is_told_once_and_holds_up_nobody(chat: Conversation) -> None:
    told: list[str] = []

    def take(change: Change) -> None:
        told.append(change.what)
        if change.what == "ended":
            raise ZeroDivisionError

    chat.observe(take)
    before = len(chat.connection.journal)
    with pytest.raises(ZeroDivisionError):
        chat.send(say("one"))
    assert told == ["began", "ended"]
    assert chat.turns[0].wait().text == "one"
    assert len(chat.connection.journal) == before + 1


def test_row_46_a_second_view_waits_for_its_turn_and_both_see_all_turns(
    chat: Conversation, service: Service
) -> None:
    service.pace = 200
    first = chat.stream(COUNT)
    second = chat.stream("Go on.")
    assert [turn.number for turn in chat.path] == [1, 2]
    assert second.turn.wait(60).status == "finished"
    assert first.turn.reply.text == COUNTED
    assert read_said(service) == [("user", COUNT), ("assistant", COUNTED), ("user", "Go on.")]


def test_a_turn_that_is_stopped_while_it_waits_is_never_sent(
    chat: Conversation, service: Service
) -> None:
    service.fault("stall", after_events=5)
    first = chat.stream(COUNT)
    second = chat.stream("Go on.")
    second.stop()
    assert second.turn.wait(60).finish_reason == "stopped"
    service.journal.wait_for(lambda entry: entry.outcome == "open")
    chat.stop()
    assert first.turn.wait(60).finish_reason == "stopped"
    assert len(service.journal) == 1
    assert chat.send(say("three")).text == "three"


def test_what_cannot_be_written_once_it_may_be_sent_fails_there(
    chat: Conversation, service: Service
) -> None:
    """Where nothing is under way it is refused at once, and leaves no trace."""
    service.pace = 200
    first = chat.stream(COUNT)
    chat.model = "cohere.command-r-plus-08-2024"
    image = Image("data:image/png;base64,AA==")
    second = chat.stream("What is this?", attach=[image])
    assert isinstance(second.turn.wait(60).error, UsageError)
    assert first.turn.reply.status == "finished"
    with pytest.raises(UsageError, match="takes no images"):
        chat.send("What is this?", attach=[image])
    assert (len(chat.turns), len(service.journal)) == (2, 1)


def test_the_tree_is_drawn(chat: Conversation) -> None:
    chat.name = "trip"
    chat.send(say("one"))
    chat.send(say("two"))
    chat.edit(2, say("three"))
    chat.send(say("four"))
    assert chat.tree().splitlines() == [
        "trip: 4 turns",
        "* 1  Say exactly: one → one [meta.llama-3.3-70b-instruct, v1]",
        "├─   2  Say exactly: two → two",
        "└─ * 3  Say exactly: three → three",
        "   * 4  Say exactly: four → four ◀",
    ]


def test_a_very_deep_conversation_can_be_drawn(chat: Conversation) -> None:
    chat.send(say("one"))
    for _ in range(3000):
        chat.edit_answer(chat.turns[-1], "two")
    assert len(chat.tree().splitlines()) == 3002
