"""Where the integration tests go: to the tenancy that the environment names, else the emulator.

The variables are those of the specification: OCI_PROFILE, OCI_REGION, OCI_ENDPOINT,
OCI_COMPARTMENT, OCI_MODEL_ID, and OCI_CONFIG_FILE. Without OCI_MODEL_ID the emulator answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.tools import isolation

if TYPE_CHECKING:
    from ocigenai_nb.emulator.service import Service


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
