"""Where the integration tests go: to the tenancy that the environment names, else the emulator.

The variables are those of the specification: OCI_PROFILE, OCI_REGION, OCI_ENDPOINT,
OCI_COMPARTMENT, OCI_MODEL_ID, and OCI_CONFIG_FILE. Without OCI_MODEL_ID the emulator answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ocigenai_nb import Message, Tool
from tests.tools import isolation

if TYPE_CHECKING:
    from ocigenai_nb import Model
    from ocigenai_nb.emulator.service import Service


INTRODUCED = (
    Message.system("You are concise."),
    Message.user("My name is Ada."),
    Message.assistant("Nice to meet you, Ada."),
    Message.user("What is my name?"),
)
WEATHER = Tool(
    "get_weather",
    "The weather in a city, right now.",
    {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
)


def check_tool_round(model: Model) -> None:
    """The model calls the tool that fits, and uses what it answered."""
    question = Message.user("What is the weather in Chicago? Use the tool.")
    asked = model.complete_sync(question, tools=[WEATHER])
    (call,) = asked.tool_calls
    assert call.name == "get_weather"
    assert "Chicago" in call.arguments
    history = [question, asked.message, Message.tool(call, "It is 21 degrees and sunny.")]
    assert "21" in model.complete_sync(history, tools=[WEATHER]).text


@dataclass(frozen=True, slots=True)
class Target:
    """Settings of one run; None leaves one to its default."""

    model: str
    profile: str
    config_file: str
    region: str | None
    endpoint: str | None
    compartment: str | None


def find_target(default_model: str, request: pytest.FixtureRequest) -> Target:
    """The target of a file whose model is `default_model` where the environment names none."""
    given = isolation.given
    if "OCI_MODEL_ID" in given:
        home_config = str(Path(given["HOME"]) / ".oci" / "config")
        return Target(
            model=given["OCI_MODEL_ID"],
            profile=given.get("OCI_PROFILE", "DEFAULT"),
            config_file=given.get("OCI_CONFIG_FILE", home_config),
            region=given.get("OCI_REGION"),
            endpoint=given.get("OCI_ENDPOINT"),
            compartment=given.get("OCI_COMPARTMENT"),
        )
    service: Service = request.getfixturevalue("service")
    config_file = str(service.config_file)
    return Target(default_model, service.profile, config_file, service.region, None, None)
