"""The SDK transport against a real tenancy or the emulator, as the specification runs it."""

from __future__ import annotations

import asyncio

import pytest

from ocigenai_nb import Agent, Finished, OCIModel, TextDelta, get_model
from tests.integration.conftest import INTRODUCED, Target, check_tool_round, find_target


@pytest.fixture
def target(request: pytest.FixtureRequest) -> Target:
    return find_target("cohere.command-r-plus-08-2024", request)


@pytest.fixture
def model(target: Target) -> OCIModel:
    return OCIModel(
        model_id=target.model,
        profile_name=target.profile,
        config_file=target.config_file,
        region=target.region,
        service_endpoint=target.endpoint,
        compartment_id=target.compartment,
        max_tokens=600,
    )


def test_complete_answers(model: OCIModel) -> None:
    answer = asyncio.run(model.complete("Say hello in one word."))
    assert answer.text
    assert answer.finish_reason == "stop"


def test_a_stream_comes_in_pieces_and_says_nothing_twice(model: OCIModel) -> None:
    events = list(model.stream("Count from 1 to 20, in digits, once."))
    pieces = [event.text for event in events if isinstance(event, TextDelta)]
    assert len(pieces) > 1
    assert "".join(pieces).count("17") == 1
    assert isinstance(events[-1], Finished)


def test_a_conversation_is_remembered(model: OCIModel) -> None:
    assert "Ada" in model.complete_sync(INTRODUCED).text


def test_a_tool_is_called_and_its_result_used(model: OCIModel) -> None:
    check_tool_round(model)


def test_the_string_factory_gives_the_same_class(target: Target) -> None:
    made = get_model(
        f"oci:{target.model}",
        profile_name=target.profile,
        config_file=target.config_file,
        region=target.region,
        service_endpoint=target.endpoint,
        compartment_id=target.compartment,
        transport="sdk",
    )
    assert isinstance(made, OCIModel)


def test_an_agent_says_hi(model: OCIModel) -> None:
    assert Agent(model=model, system_prompt="You are concise.").run_sync("hi").message
