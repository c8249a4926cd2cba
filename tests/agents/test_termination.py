"""Conditions end a run, combine, and the result says which one did."""

from __future__ import annotations

import pytest

from ocigenai_nb import (
    Finished,
    MaxRounds,
    MaxSeconds,
    MaxTokens,
    TextMatches,
    ToolCalled,
    When,
)
from ocigenai_nb.chat.agents.termination import Condition, Progress
from ocigenai_nb.core.errors import AnswerFormatError, HookError, UsageError
from ocigenai_nb.core.messages import Message, ToolCall
from ocigenai_nb.core.rounds import Round
from tests.agents.conftest import Make
from tests.agents.watching import requests
from tests.chat.tools.functions import WEATHER, Calls
from tests.transports.subject import Transport, over

CALLED = Progress(
    Message.user("?"),
    rounds=(Round(text="I look.", tool_calls=(ToolCall("1", "look", "{}"),)),),
    text="I look.",
    tokens=100,
    seconds=2.0,
)
MET: list[tuple[Condition, str]] = [
    (MaxRounds(1), "MaxRounds(most=1)"),
    (MaxRounds(2), ""),
    (MaxTokens(100), "MaxTokens(most=100)"),
    (MaxTokens(101), ""),
    (MaxSeconds(1.5), "MaxSeconds(most=1.5)"),
    (MaxSeconds(2.5), ""),
    (ToolCalled("look"), "ToolCalled(name='look')"),
    (ToolCalled("find"), ""),
    (TextMatches("^I"), "TextMatches(pattern='^I')"),
    (TextMatches("^You"), ""),
    (When(lambda progress: progress.tokens > 99, "many"), "When(many)"),
    (When(lambda progress: "find" in progress.called), ""),
    (MaxRounds(2) | ToolCalled("look"), "ToolCalled(name='look')"),
    (MaxRounds(2) | ToolCalled("find"), ""),
    (MaxRounds(1) & ToolCalled("look"), "MaxRounds(most=1) & ToolCalled(name='look')"),
    (MaxRounds(1) & ToolCalled("find"), ""),
    (MaxRounds(2) & ToolCalled("look") | TextMatches("look"), "TextMatches(pattern='look')"),
]


@pytest.mark.parametrize(("condition", "met"), MET, ids=str)
def test_a_condition_says_what_of_it_is_met(condition: Condition, met: str) -> None:
    assert condition.find_met(CALLED) == met


def test_the_run_ends_when_all_tools_of_the_round_have_returned(
    make: Make, transport: Transport
) -> None:
    calls = Calls()
    agent = make(calls.get_weather, termination=MaxRounds(1))
    result = agent.run_sync(WEATHER, thread_id="t")
    assert result.stopped_by == "MaxRounds(most=1)"
    assert (calls.cities, requests(transport)) == (["Oslo", "Rome"], 1)
    assert result.answer.status == "finished"
    assert [each.outcome for each in result.rounds[0].results] == ["returned", "returned"]


def test_the_thread_goes_on_after_a_condition_ended_a_run(make: Make) -> None:
    agent = make(Calls().get_weather, termination=MaxRounds(1))
    state = agent.run_sync("My name is Ada. What is the weather in Rome?", thread_id="t")
    assert state.stopped_by
    result = agent.run_sync("What is my name?", thread_id="t")
    assert (result.message, result.stopped_by) == ("Your name is Ada.", "stop")


@over("responses")
def test_the_state_of_a_run_that_ended_in_calls_is_that_of_before_it(make: Make) -> None:
    agent = make(Calls().get_weather, termination=ToolCalled("get_weather"))
    first = agent.run_sync("My name is Ada.")
    second = agent.run_sync(WEATHER, provider_state=first.provider_state)
    assert second.stopped_by
    assert second.provider_state == first.provider_state
    assert make().run_sync("What is my name?", provider_state=second.provider_state).message == (
        "Your name is Ada."
    )
    for state in (second.provider_state, None):
        third = agent.run_sync("Thanks.", thread_id=second.thread_id, provider_state=state)
        assert "18 degrees in Rome" in str(third.reply.raw.request) or state is None


@over("responses")
def test_the_first_run_that_ends_in_calls_has_no_state(make: Make) -> None:
    result = make(Calls().get_weather, termination=MaxRounds(1)).run_sync(WEATHER)
    assert result.provider_state == {}


def test_parsed_says_which_condition_ended_the_run(make: Make) -> None:
    agent = make(Calls().get_weather, termination=MaxRounds(1), output_schema=dict[str, str])
    result = agent.run_sync(WEATHER)
    with pytest.raises(AnswerFormatError, match=r"MaxRounds\(most=1\) ended the run before"):
        _ = result.parsed


def test_the_last_event_says_that_it_was_ended(make: Make) -> None:
    stream = make(Calls().get_weather, termination=ToolCalled("get_weather")).run(WEATHER)
    assert list(stream)[-1] == Finished("terminated")
    assert stream.result.stopped_by == "ToolCalled(name='get_weather')"


def test_a_condition_that_is_not_met_changes_nothing(make: Make) -> None:
    condition = MaxRounds(9) & MaxSeconds(999) | TextMatches("never said")
    result = make(Calls().get_weather, termination=condition).run_sync(WEATHER)
    assert result.stopped_by == "stop"
    assert "18 degrees in Rome" in result.message


def test_an_answer_that_meets_a_condition_says_so(make: Make) -> None:
    result = make(termination=TextMatches("hi")).run_sync("Say exactly: hi")
    assert (result.message, result.stopped_by) == ("hi", "TextMatches(pattern='hi')")


@over("v1")
def test_a_condition_that_raises_is_a_typed_error(make: Make) -> None:
    def broken(progress: Progress) -> bool:
        raise ValueError("oops")

    with pytest.raises(HookError, match="The termination condition failed: ValueError: oops"):
        make(termination=When(broken)).run_sync("hi")


def test_conditions_that_make_no_sense_are_refused() -> None:
    for make_one in (
        lambda: MaxRounds(0),
        lambda: MaxTokens(-1),
        lambda: MaxSeconds(float("nan")),
        lambda: TextMatches("("),
    ):
        with pytest.raises(UsageError):
            make_one()
