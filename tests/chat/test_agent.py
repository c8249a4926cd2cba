"""An agent runs on every transport alike."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from ocigenai_nb import (
    Agent,
    Finished,
    Model,
    OCIModel,
    OCIOpenAIModel,
    OCIResponsesModel,
    TextDelta,
)
from ocigenai_nb.core.errors import NotFoundError, UnknownOptionError, UsageError
from ocigenai_nb.core.events import Event, Failed
from ocigenai_nb.emulator.service import Service

Make = Callable[[Service], Model]


def chat_model(service: Service) -> Model:
    return OCIOpenAIModel("openai.gpt-5.5", config_file=service.config_file)


def native_model(service: Service) -> Model:
    return OCIModel("cohere.command-r-plus-08-2024", config_file=service.config_file)


def stored_model(service: Service) -> Model:
    return OCIResponsesModel("openai.gpt-5.5-pro", config_file=service.config_file)


def unstored_model(service: Service) -> Model:
    return OCIResponsesModel("openai.gpt-5.5-pro", config_file=service.config_file, store=False)


@pytest.fixture(params=[chat_model, native_model, stored_model, unstored_model])
def model(request: pytest.FixtureRequest, service: Service) -> Model:
    make: Make = request.param
    return make(service)


def test_a_run_comes_to_a_message(model: Model) -> None:
    result = Agent(model=model, system_prompt="You are concise.").run_sync("Say exactly: hi")
    assert (result.message, str(result)) == ("hi", "hi")
    assert result.answer.finish_reason == "stop"


def test_a_run_streams_for_real(model: Model, service: Service) -> None:
    service.pace = 200

    async def run() -> list[Event]:
        return [event async for event in Agent(model=model).run("Count from 1 to 20.")]

    events = asyncio.run(run())
    assert sum(isinstance(event, TextDelta) for event in events) > 5
    assert isinstance(events[-1], Finished)


def test_the_instructions_travel_with_every_run(model: Model, service: Service) -> None:
    agent = Agent(model=model, system_prompt="You are concise.")
    for _ in range(2):
        agent.run_sync("hi")
        assert "You are concise." in str(service.journal.last.body)


def test_only_the_new_turn_travels_where_the_service_keeps_the_thread(service: Service) -> None:
    agent = Agent(model=stored_model(service), system_prompt="You are concise.")
    first = agent.run_sync("My name is Ada.")
    second = agent.run_sync("What is my name?", provider_state=first.provider_state)
    assert second.message == "Your name is Ada."
    assert "My name is Ada." not in str(service.journal.last.body)


def test_nothing_continues_where_the_service_keeps_nothing(service: Service) -> None:
    assert Agent(unstored_model(service)).run_sync("hi").provider_state == {}
    assert Agent(chat_model(service)).run_sync("hi").provider_state == {}


def test_a_state_of_another_transport_is_refused_and_not_dropped(service: Service) -> None:
    with pytest.raises(UsageError, match="continues on the Responses transport only"):
        Agent(chat_model(service)).run_sync("hi", provider_state={"previous_response_id": "resp_1"})


def test_what_goes_wrong_is_raised_or_the_last_event(service: Service) -> None:
    agent = Agent(OCIOpenAIModel("openai.gpt-5.5x", config_file=service.config_file))
    with pytest.raises(NotFoundError):
        agent.run_sync("hi")

    async def run() -> list[Event]:
        return [event async for event in agent.run("hi")]

    assert isinstance(asyncio.run(run())[-1], Failed)


def test_a_model_may_be_named_by_a_string(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OCI_CONFIG_FILE", str(service.config_file))
    agent = Agent("oci:cohere.command-r-plus-08-2024")
    assert isinstance(agent.model, OCIModel)
    assert agent.run_sync("Say exactly: hi").message == "hi"


def test_an_unknown_option_is_refused_with_a_suggestion(service: Service) -> None:
    with pytest.raises(UnknownOptionError, match="Did you mean 'system_prompt'"):
        Agent(chat_model(service), system_promt="x")  # type: ignore[call-arg]
