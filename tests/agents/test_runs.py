"""An agent runs on every transport alike: to a message, to events, to an instance."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest

from ocigenai_nb import Agent, AgentResult, ApprovalAsked, OCIModel, OCIOpenAIModel, tool
from ocigenai_nb.chat.journal import session_journal
from ocigenai_nb.core.errors import (
    AnswerFormatError,
    EmptyPromptError,
    NotFoundError,
    UnknownOptionError,
    UsageError,
)
from ocigenai_nb.core.events import Event, Failed, Finished, TextDelta, ToolFinished
from ocigenai_nb.emulator.service import Service
from tests.agents.conftest import Make
from tests.agents.watching import sent_texts
from tests.chat.tools.functions import WEATHER, Calls
from tests.transports.subject import LLAMA, Transport, over


@dataclass
class City:
    name: str
    country: str


def read(agent: Agent, prompt: str) -> list[Event]:
    """The events of a run, on an event loop of its own."""

    async def run() -> list[Event]:
        return [event async for event in agent.run(prompt)]

    return asyncio.run(run())


def test_a_run_comes_to_a_message(make: Make) -> None:
    result = make(system_prompt="You are concise.").run_sync("Say exactly: hi")
    assert (result.message, str(result), result.stopped_by) == ("hi", "hi", "stop")
    assert result.answer.finish_reason == "stop"


def test_a_run_streams_for_real(make: Make, transport: Transport) -> None:
    transport.service.pace = 200
    events = read(make(), "Count from 1 to 20.")
    assert sum(isinstance(event, TextDelta) for event in events) > 5
    assert isinstance(events[-1], Finished)


def test_events_come_before_the_run_has_ended(make: Make, transport: Transport) -> None:
    transport.stall()
    stream = make().run("Count from 1 to 20.")
    first = next(event for event in stream if isinstance(event, TextDelta))
    assert first.text
    transport.wait_until_left()


def test_a_second_event_loop_and_a_plain_loop_read_alike(make: Make) -> None:
    agent = make()
    first = [type(event) for event in read(agent, "Say exactly: hi")]
    second = [type(event) for event in read(agent, "Say exactly: hi")]
    third = [type(event) for event in agent.run("Say exactly: hi")]
    assert first == second == third


def test_run_sync_works_within_a_running_event_loop(make: Make) -> None:
    agent = make()

    async def cell() -> AgentResult:
        return agent.run_sync("Say exactly: hi")

    assert asyncio.run(cell()).message == "hi"


def test_the_instructions_travel_with_every_run(make: Make, transport: Transport) -> None:
    agent = make(system_prompt="You are concise.")
    for _ in range(2):
        agent.run_sync("hi", thread_id="t")
        assert "You are concise." in sent_texts(transport)


def test_tools_run_and_their_rounds_are_in_the_result(make: Make) -> None:
    calls = Calls()
    result = make(calls.get_weather).run_sync(WEATHER)
    assert calls.cities == ["Oslo", "Rome"]
    assert "18 degrees in Rome" in result.message
    (first,) = result.rounds
    assert [each.outcome for each in first.results] == ["returned", "returned"]
    assert result.usage == result.answer.usage is not None


def test_an_answer_becomes_an_instance(make: Make) -> None:
    result = make(output_schema=City).run_sync("Tell me of the city Rome in Italy.")
    assert isinstance(result.parsed, City)


def test_an_answer_comes_after_tools_as_an_instance(make: Make) -> None:
    calls = Calls()
    result = make(calls.get_weather, output_schema=City).run_sync(WEATHER)
    assert calls.cities == ["Oslo", "Rome"]
    assert isinstance(result.parsed, City)


@over("v1")
def test_an_answer_that_is_cut_off_is_no_instance(transport: Transport) -> None:
    agent = Agent(OCIOpenAIModel(LLAMA, max_tokens=3, config_file=transport.service.config_file))
    assert agent.run_sync("Tell me of the city Rome.").answer.finish_reason == "length"
    strict = Agent(agent.model, output_schema=City)
    with pytest.raises(AnswerFormatError, match="token limit"):
        strict.run_sync("Tell me of the city Rome.")


def test_without_a_type_nothing_is_parsed(make: Make) -> None:
    with pytest.raises(UsageError, match="No type was asked for"):
        make().run_sync("hi").parsed  # noqa: B018


def test_the_session_journal_has_the_run(make: Make) -> None:
    result = make(Calls().get_weather).run_sync(WEATHER)
    entry = session_journal().last
    assert entry is not None
    assert (entry.conversation, entry.turn, entry.prompt) == (result.thread_id, 1, WEATHER)
    assert entry.answer == result.message


def test_what_goes_wrong_is_raised_or_the_last_event(service: Service) -> None:
    agent = Agent(OCIOpenAIModel("openai.gpt-5.5x", config_file=service.config_file))
    with pytest.raises(NotFoundError):
        agent.run_sync("hi")
    assert isinstance(read(agent, "hi")[-1], Failed)


def test_what_can_not_be_sent_is_refused_at_once(make: Make, transport: Transport) -> None:
    with pytest.raises(EmptyPromptError):
        make().run("  ")
    assert not len(transport.service.journal)


def test_a_model_may_be_named_by_a_string(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OCI_CONFIG_FILE", str(service.config_file))
    agent = Agent("oci:cohere.command-r-plus-08-2024")
    assert isinstance(agent.model, OCIModel)
    assert agent.run_sync("Say exactly: hi").message == "hi"


@over("v1")
def test_an_unknown_option_is_refused_with_a_suggestion(make: Make) -> None:
    with pytest.raises(UnknownOptionError, match="Did you mean 'system_prompt'"):
        make(system_promt="x")


def test_a_tool_that_asks_waits_for_the_stream(make: Make) -> None:
    calls = Calls()
    stream = make(tool(calls.get_weather, approval="ask")).run(WEATHER)
    outcomes = []
    for event in stream:
        if isinstance(event, ApprovalAsked):
            rome = "Rome" in event.call.arguments
            stream.approve(event.call) if rome else stream.deny(event.call, "Too cold.")
        if isinstance(event, ToolFinished):
            outcomes.append(event.result.outcome)
    assert calls.cities == ["Rome"]
    assert sorted(outcomes) == ["denied", "returned"]
