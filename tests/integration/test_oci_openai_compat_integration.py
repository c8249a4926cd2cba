"""V1 against a real tenancy or the emulator, as the specification's "Testing" section runs it."""

from __future__ import annotations

import asyncio

import pytest

from ocigenai_nb import (
    Agent,
    Finished,
    OCIOpenAIModel,
    ResponseFormat,
    TextDelta,
    UsageReport,
)
from tests.integration.conftest import INTRODUCED, Target, check_tool_round, find_target


@pytest.fixture
def target(request: pytest.FixtureRequest) -> Target:
    found = find_target("openai.gpt-5.5", request)
    if found.model.startswith("cohere.command-r"):
        pytest.skip(f"{found.model} does not run on V1: use test_oci_integration.py")
    return found


@pytest.fixture
def model(target: Target) -> OCIOpenAIModel:
    return OCIOpenAIModel(
        model=target.model,
        profile=target.profile,
        config_file=target.config_file,
        region=target.region,
        base_url=target.endpoint,
        compartment_id=target.compartment,
        max_tokens=2000,
    )


def test_complete_answers(model: OCIOpenAIModel) -> None:
    answer = asyncio.run(model.complete("Say hello in one word."))
    assert answer.text
    assert answer.finish_reason == "stop"
    assert answer.usage is not None
    assert answer.usage.output > 0


def test_a_stream_comes_in_pieces_and_ends_itself(model: OCIOpenAIModel) -> None:
    events = list(model.stream("Count from 1 to 20, in words."))
    assert sum(isinstance(event, TextDelta) for event in events) > 1
    assert sum(isinstance(event, UsageReport) for event in events) == 1
    assert isinstance(events[-1], Finished)


def test_a_conversation_is_remembered(model: OCIOpenAIModel) -> None:
    assert "Ada" in model.complete_sync(INTRODUCED).text


def test_a_tool_is_called_and_its_result_used(model: OCIOpenAIModel) -> None:
    check_tool_round(model)


def test_an_answer_fits_a_schema(model: OCIOpenAIModel) -> None:
    schema = {
        "type": "object",
        "properties": {"city": {"type": "string"}, "population": {"type": "integer"}},
        "required": ["city", "population"],
        "additionalProperties": False,
    }
    wanted = ResponseFormat(schema, "city")
    text = model.complete_sync("Name a city with its population.", response_format=wanted).text
    assert '"city"' in text
    assert '"population"' in text


def test_an_agent_says_hi(model: OCIOpenAIModel) -> None:
    assert Agent(model=model, system_prompt="You are concise.").run_sync("hi").message
