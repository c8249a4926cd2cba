"""A type of the answer together with hooks that have it corrected."""

from __future__ import annotations

import pytest
from pydantic import BaseModel

from ocigenai_nb import GSAR, Agent, Grounding, Reflexion
from ocigenai_nb.chat.agents.hooks import Hook
from ocigenai_nb.emulator.service import Service
from tests.chat.tools.functions import Calls
from tests.transports.subject import KINDS, Transport


class Weather(BaseModel):
    """The weather."""

    city: str
    degrees: int
    summary: str


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("prompt", ["What is the weather in Rome?", "Chatty: weather in Rome?"])
def test_it_is_filled_from_prompt_and_tools_and_not_from_a_correction(
    kind: str, prompt: str, service: Service
) -> None:
    calls = Calls()
    hooks: list[Hook] = [Reflexion(), Grounding(), GSAR()]
    subject = Transport(kind, service)
    model = subject.model()
    agent = Agent(model, tools=[calls.get_weather], output_schema=Weather, hooks=hooks)
    result = agent.run_sync(prompt)
    assert (result.parsed.city, result.parsed.degrees) == ("Rome", 18)
    assert "evidence" not in result.parsed.summary
    assert set(calls.cities) == {"Rome"}
    subject.close()
