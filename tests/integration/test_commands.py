"""The specification's own test commands, with its own variables, against the emulator."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from ocigenai_nb.emulator.service import Service

ROOT = Path(__file__).parents[2]
V1 = "tests/integration/test_oci_openai_compat_integration.py"
SDK = "tests/integration/test_oci_integration.py"


def run(service: Service, path: str, **variables: str) -> str:
    """What pytest says in the end, with the variables that a person would set."""
    given = {"OCI_CONFIG_FILE": str(service.config_file), **variables}
    environment = {**os.environ, **given, "OCIGENAI_NO_SKIPS": ""}
    command = [sys.executable, "-m", "pytest", "-q", "-rs", "--color=no", path]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_the_v1_command_runs_every_test(service: Service) -> None:
    said = run(
        service, V1, OCI_PROFILE="DEFAULT", OCI_REGION="us-chicago-1", OCI_MODEL_ID="openai.gpt-5.5"
    )
    assert "6 passed" in said
    assert "skipped" not in said
    assert {entry.model for entry in service.journal} == {"openai.gpt-5.5"}


def test_the_sdk_command_runs_every_test(service: Service) -> None:
    said = run(
        service,
        SDK,
        OCI_PROFILE="DEFAULT",
        OCI_ENDPOINT=service.url,
        OCI_COMPARTMENT=service.compartment_id,
        OCI_MODEL_ID="cohere.command-r-plus-08-2024",
    )
    assert "6 passed" in said
    assert {entry.path for entry in service.journal} == {"/20231130/actions/chat"}


def test_the_v1_command_skips_a_cohere_r_model_and_says_why(service: Service) -> None:
    said = run(service, V1, OCI_PROFILE="DEFAULT", OCI_MODEL_ID="cohere.command-r-plus-08-2024")
    assert "6 skipped" in said
    assert "does not run on V1: use test_oci_integration.py" in said
    assert len(service.journal) == 0
