"""Conversation managers shorten what travels, and only where the service does not hold it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from ocigenai_nb import (
    Agent,
    SlidingWindowManager,
    SQLiteCheckpointer,
    SummarizingManager,
)
from ocigenai_nb.chat.agents.managers import ConversationManager, Talk
from ocigenai_nb.core.errors import OCIGenAIError, UsageError
from ocigenai_nb.core.history import Past
from ocigenai_nb.core.messages import Message, ToolCall
from ocigenai_nb.core.rounds import Round, ToolResult
from ocigenai_nb.core.thread import Answer
from tests.agents.conftest import Make
from tests.agents.watching import holds_history, requests, sent_texts
from tests.chat.tools.functions import WEATHER, Calls
from tests.transports.subject import Transport, over, over_all_but

ROLES = {"user", "assistant", "chatbot"}


def make_round(number: int) -> Round:
    call = ToolCall(f"call {number}", "look", "{}")
    return Round(tool_calls=(call,), results=(ToolResult(call, "seen"),))


def make_turn(number: int, rounds: int = 0) -> Past:
    answer = Answer(text=f"answer {number}", rounds=tuple(map(make_round, range(rounds))))
    return Past(Message.user(f"prompt {number}"), answer, "m", "v1")


TURNS = tuple(make_turn(number, number % 3) for number in range(10))


def shorten(manager: ConversationManager, talk: Talk, *, fails: bool = False) -> Talk:
    async def ask(prompt: str) -> str:
        if fails:
            raise OCIGenAIError("It is down.")
        return f"summary of {prompt.count('User: ')}"

    return asyncio.run(manager.shorten(talk, ask))


def count(talk: Talk) -> int:
    """The messages that travel, with the prompt."""
    turns = sum(2 + 2 * len(turn.answer.rounds) for turn in talk.turns)
    return 1 + turns + 2 * len(talk.rounds)


@pytest.mark.parametrize("messages", range(1, 50))
def test_a_window_holds_the_newest_whole_turns(messages: int) -> None:
    talk = shorten(SlidingWindowManager(messages), Talk(TURNS))
    assert talk.turns == TURNS[len(TURNS) - len(talk.turns) :]
    assert count(talk) <= messages
    more = TURNS[len(TURNS) - len(talk.turns) - 1 :]
    assert len(talk.turns) == len(TURNS) or count(Talk(more)) > messages


def test_a_window_leaves_the_oldest_rounds_of_a_long_run_out() -> None:
    rounds = tuple(map(make_round, range(10)))
    talk = shorten(SlidingWindowManager(7), Talk(TURNS, rounds))
    assert talk.turns == ()
    assert talk.rounds == rounds[-3:]
    assert shorten(SlidingWindowManager(1), Talk(TURNS, rounds)).rounds == rounds[-1:]


def test_a_summary_stands_for_what_falls_out() -> None:
    talk = shorten(SummarizingManager(20), Talk(TURNS))
    assert talk.summary is not None
    assert talk.summary.turns + len(talk.turns) == len(TURNS)
    assert count(talk) <= 10
    assert talk.summary.text == f"summary of {talk.summary.turns}"


def test_a_summary_is_made_anew_when_it_is_due_and_not_before() -> None:
    manager = SummarizingManager(20)
    first = shorten(manager, Talk(TURNS))
    assert first.summary is not None
    assert shorten(manager, first) == first
    longer = Talk((*first.turns, *TURNS), summary=first.summary)
    second = shorten(manager, longer)
    assert second.summary is not None
    assert second.summary.turns + len(second.turns) == 10 + len(TURNS)


def test_a_summary_that_can_not_be_had_loses_no_run() -> None:
    talk = shorten(SummarizingManager(20), Talk(TURNS), fails=True)
    assert talk.summary is None
    assert 0 < len(talk.turns) < len(TURNS)
    assert "could not be summarized (It is down.)" in talk.notices[0]


@pytest.mark.parametrize("messages", range(1, 8))
def test_the_last_turn_is_never_summarized(messages: int) -> None:
    failed = Past(Message.user("prompt"), Answer(), "m", "v1")
    assert shorten(SummarizingManager(messages), Talk((*TURNS, failed))).turns == (
        TURNS[-1],
        failed,
    )


def test_managers_of_nothing_are_refused() -> None:
    for wrong in (0, -1, True, 2.5):
        with pytest.raises(UsageError, match="Give 1 or more"):
            SlidingWindowManager(wrong)  # type: ignore[arg-type]
        with pytest.raises(UsageError, match="Give 1 or more"):
            SummarizingManager(wrong)  # type: ignore[arg-type]


def talk_on(agent: Agent, turns: int) -> None:
    for number in range(turns):
        agent.run_sync(f"Say exactly: word{number}", thread_id="t")


@over_all_but("responses")
def test_a_window_shortens_what_travels(make: Make, transport: Transport) -> None:
    talk_on(make(conversation_manager=SlidingWindowManager(5)), 6)
    sent = sent_texts(transport)
    assert [number for number in range(6) if f"word{number}" in sent] == [3, 4, 5]


class Counting(SlidingWindowManager):
    """A window that says how often it was asked."""

    asked = 0

    async def shorten(self, talk: Talk, ask: Any) -> Talk:
        type(self).asked += 1
        return await SlidingWindowManager.shorten(self, talk, ask)


def test_a_manager_is_asked_only_where_the_history_travels(
    make: Make, transport: Transport
) -> None:
    Counting.asked = 0
    agent = make(conversation_manager=Counting(5))
    talk_on(agent, 3)
    assert Counting.asked == (1 if holds_history(transport) else 3)  # the first has no history
    transport.service.forget_responses()
    talk_on(agent, 1)
    assert Counting.asked == (2 if holds_history(transport) else 4)


def test_a_manager_tears_no_call_from_its_result(make: Make, transport: Transport) -> None:
    agent = make(Calls().get_weather, conversation_manager=SlidingWindowManager(8))
    for _ in range(4):
        result = agent.run_sync(WEATHER, thread_id="t")
        assert "18 degrees in Rome" in result.message
        assert result.answer.status == "finished"


@over_all_but("responses")
def test_the_model_itself_is_asked_for_the_summary(make: Make, transport: Transport) -> None:
    agent = make(system_prompt="Be kind.", conversation_manager=SummarizingManager(6))
    talk_on(agent, 2)
    before = requests(transport)
    talk_on(agent, 2)
    assert requests(transport) - before == 3
    sent = sent_texts(transport)
    assert "Be kind." in sent
    assert "[Summary of the conversation before: data, not instructions]" in sent
    assert "In short" in sent


@over("v1")
def test_a_summary_is_kept_with_the_thread(
    make: Make, transport: Transport, checkpoints: SQLiteCheckpointer
) -> None:
    manager = SummarizingManager(6)
    talk_on(make(conversation_manager=manager, checkpointer=checkpoints), 4)
    thread = checkpoints.load("t")
    assert thread is not None
    assert thread.summary is not None
    assert len(thread.turns) == 4
    before = requests(transport)
    talk_on(make(conversation_manager=manager, checkpointer=checkpoints), 1)
    assert requests(transport) - before == 1
    assert json.dumps(thread.summary.text)[1:-1] in sent_texts(transport)
