"""A thread goes on by its name on every transport, or by the service's own state on Responses."""

from __future__ import annotations

from pathlib import Path

import pytest

from ocigenai_nb import Agent, SQLiteCheckpointer, emulator
from ocigenai_nb.core.errors import OCIResponsesStateLostError, UsageError
from ocigenai_nb.core.events import Notice
from ocigenai_nb.emulator.service import Service
from tests.agents.conftest import Make
from tests.agents.watching import holds_history, sent_texts
from tests.chat.tools.functions import WEATHER, Calls
from tests.transports.subject import Transport, over, over_all_but

ADA = "My name is Ada."
WHO = "What is my name?"
PREVIOUS = "previous_response_id"


def test_a_thread_goes_on_by_its_name(make: Make, transport: Transport) -> None:
    agent = make(system_prompt="You are concise.")
    first = agent.run_sync(ADA, thread_id="ada")
    second = agent.run_sync(WHO, thread_id="ada")
    assert (first.thread_id, second.message) == ("ada", "Your name is Ada.")
    assert (ADA in sent_texts(transport)) is not holds_history(transport)
    assert "You are concise." in sent_texts(transport)


def test_without_a_name_a_new_thread_begins(make: Make) -> None:
    agent = make()
    first = agent.run_sync(ADA)
    second = agent.run_sync(WHO)
    assert first.thread_id != second.thread_id
    assert "not told me" in second.message


def test_a_thread_without_a_name_is_named_in_the_result(make: Make) -> None:
    agent = make()
    name = agent.run_sync(ADA).thread_id
    assert agent.run_sync(WHO, thread_id=name).message == "Your name is Ada."


@over("responses")
def test_a_state_goes_on_with_the_new_turn_alone(make: Make, transport: Transport) -> None:
    agent = make(system_prompt="You are concise.")
    first = agent.run_sync(ADA)
    second = agent.run_sync(WHO, provider_state=first.provider_state)
    assert second.message == "Your name is Ada."
    assert ADA not in sent_texts(transport)
    assert second.thread_id == first.thread_id


@over("responses")
def test_a_state_goes_on_in_an_agent_that_knows_nothing(make: Make) -> None:
    state = make().run_sync(ADA).provider_state
    assert make().run_sync(WHO, provider_state=state).message == "Your name is Ada."


@over("responses")
def test_an_earlier_state_begins_a_branch(make: Make) -> None:
    agent = make()
    first = agent.run_sync(ADA)
    agent.run_sync("My name is Bob.", provider_state=first.provider_state)
    third = agent.run_sync(WHO, provider_state=first.provider_state)
    assert third.message == "Your name is Ada."
    assert third.thread_id != first.thread_id
    fourth = agent.run_sync(WHO, thread_id=third.thread_id)
    assert fourth.message == "Your name is Ada."


@over_all_but("responses")
def test_nothing_continues_where_the_service_keeps_nothing(make: Make) -> None:
    assert make().run_sync("hi").provider_state == {}


@over_all_but("responses", "responses-unstored")
def test_a_state_of_another_transport_is_refused_and_not_dropped(make: Make) -> None:
    with pytest.raises(UsageError, match="continues on the Responses transport only"):
        make().run_sync("hi", provider_state={PREVIOUS: "resp_1"})


def test_a_state_that_is_none_is_refused(make: Make) -> None:
    with pytest.raises(UsageError, match="holds 'previous_response_id' alone, not 'response_id'"):
        make().run_sync("hi", provider_state={"response_id": "resp_1"})


@over("responses")
def test_a_lost_thread_is_sent_anew_where_the_agent_has_it(
    make: Make, transport: Transport
) -> None:
    agent = make()
    state = agent.run_sync(ADA).provider_state
    transport.service.forget_responses()
    result = agent.run_sync(WHO, provider_state=state)
    assert result.message == "Your name is Ada."
    assert any("no longer has this thread" in notice for notice in result.answer.notices)
    assert ADA in sent_texts(transport)


@over("responses")
def test_a_lost_thread_is_sent_anew_from_the_file(
    make: Make, transport: Transport, file: Path
) -> None:
    with SQLiteCheckpointer(file) as kept:
        state = make(checkpointer=kept).run_sync(ADA).provider_state
    transport.service.forget_responses()
    with SQLiteCheckpointer(file) as kept:
        agent = make(checkpointer=kept)
        assert agent.run_sync(WHO, provider_state=state).message == "Your name is Ada."


@over("responses")
def test_a_lost_thread_that_nobody_has_is_a_typed_error(make: Make, transport: Transport) -> None:
    state = make().run_sync(ADA).provider_state
    transport.service.forget_responses()
    with pytest.raises(OCIResponsesStateLostError):
        make().run_sync(WHO, provider_state=state)


@over("responses")
def test_a_thread_that_is_lost_between_two_rounds_is_sent_anew(
    make: Make, transport: Transport
) -> None:
    def get_weather(city: str) -> str:
        """Look up the weather in a city."""
        transport.service.forget_responses()
        return f"18 degrees in {city}"

    result = make(get_weather).run_sync(WEATHER)
    assert "18 degrees in Rome" in result.message
    assert WEATHER in sent_texts(transport)


@over("responses")
def test_zero_retention_is_no_hindrance(transport: Transport) -> None:
    with emulator.start() as service:  # it is remembered for an endpoint
        subject = Transport("responses", service)
        model = subject.model(client=subject.client(profile="ZDR"))
        agent = Agent(model, tools=[Calls().get_weather])
        agent.run_sync(ADA, thread_id="ada")
        second = agent.run_sync(WHO, thread_id="ada")
        assert second.message == "Your name is Ada."
        assert "18 degrees in Rome" in agent.run_sync(WEATHER, thread_id="ada").message
        assert agent.run_sync(WHO, thread_id="ada").provider_state == {}
        subject.close()


@over("responses")
def test_only_results_travel_within_a_run(make: Make, transport: Transport) -> None:
    make(Calls().get_weather, system_prompt="You are concise.").run_sync(WEATHER)
    sent = sent_texts(transport)
    assert WEATHER not in sent
    assert "18 degrees in Rome" in sent
    assert "You are concise." in sent


def test_what_tools_returned_is_known_in_the_next_run(make: Make) -> None:
    agent = make(Calls().get_weather)
    agent.run_sync(WEATHER, thread_id="t")
    second = agent.run_sync("What did you just say?", thread_id="t")
    assert "18 degrees in Rome" in second.message


def test_one_thread_takes_one_run_at_a_time(make: Make, transport: Transport) -> None:
    transport.stall()
    agent = make()
    stream = agent.run("Count from 1 to 20.", thread_id="t")
    transport.wait_until_streaming()
    with pytest.raises(UsageError, match="Another run is under way in the thread 't'"):
        agent.run("hi", thread_id="t")
    stream.stop()
    assert [type(event).__name__ for event in stream][-1] == "Interrupted"
    transport.service.reset()
    assert agent.run_sync("Say exactly: hi", thread_id="t").message == "hi"


def test_a_run_that_failed_leaves_the_thread_as_it_was(make: Make, transport: Transport) -> None:
    agent = make()
    agent.run_sync(ADA, thread_id="t")
    with transport.service.fault("status", status=400):
        events = list(agent.run("My name is Bob.", thread_id="t"))
    assert type(events[-1]).__name__ == "Failed"
    assert agent.run_sync(WHO, thread_id="t").message == "Your name is Ada."


@over("v1")
def test_a_thread_may_go_on_with_another_model(make: Make, service: Service) -> None:
    first = make()
    first.run_sync(ADA, thread_id="t")
    other = Transport("sdk-cohere", service)
    agent = Agent(other.model(), checkpointer=first.checkpointer)
    assert agent.run_sync(WHO, thread_id="t").message == "Your name is Ada."
    other.close()


def test_notices_are_events_too(make: Make) -> None:
    assert not any(isinstance(event, Notice) for event in make().run("hi"))


@over("responses")
def test_a_state_of_another_thread_is_refused(make: Make) -> None:
    agent = make()
    state = agent.run_sync(ADA, thread_id="a").provider_state
    agent.run_sync("My name is Bob.", thread_id="b")
    assert agent.run_sync(WHO, thread_id="a", provider_state=state).message == "Your name is Ada."
    with pytest.raises(UsageError, match="does not belong to the last run of the thread 'b'"):
        agent.run_sync(WHO, thread_id="b", provider_state=state)
