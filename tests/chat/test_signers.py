"""Who could sign here, and who does where nobody is named."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from ocigenai_nb.chat.connecting import connect_emulator
from ocigenai_nb.chat.sign_in import worst
from ocigenai_nb.chat.signers import EMULATOR, INSTANCE, RESOURCE, Signers, connect_as, list_signers
from ocigenai_nb.core.errors import ConfigError
from ocigenai_nb.emulator.service import Service
from tests.chat.profile_files import by_name


def list_names(found: Signers) -> list[str]:
    return [signer.name for signer in found.found]


def test_the_emulator_is_always_there_and_the_usual_one_without_profiles() -> None:
    found = list_signers(env={}, chassis=Path("/nonexistent"))
    assert list_names(found) == [EMULATOR]
    assert found.usual == EMULATOR
    assert found.checks[0].outcome == "warned"


def test_profiles_come_in_the_order_of_the_file(service: Service) -> None:
    found = list_signers(service.config_file, env={}, chassis=Path("/nonexistent"))
    assert list_names(found) == ["DEFAULT", "TYPICAL", "ZDR", "SESSION", EMULATOR]
    assert found.usual == "DEFAULT"
    session = found.find("SESSION")
    assert session is not None
    assert by_name(session.checks)["token"].text == "59 minutes left."
    assert [worst(signer.checks) for signer in found.found] == ["passed"] * 5


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[A]\nx=1\n[A]\n", "the profile [A] stands there twice"),
        ("stray\n", "line 1 stands before any [profile]"),
        ("[A]\nbroken line\n", "a line is not of the form key=value"),
    ],
)
def test_a_configuration_that_can_not_be_read_is_a_failed_check(
    tmp_path: Path, text: str, why: str
) -> None:
    file = tmp_path / "config"
    file.write_text(text)
    found = list_signers(file, env={}, chassis=Path("/nonexistent"))
    assert list_names(found) == [EMULATOR]
    assert found.checks[0].outcome == "failed"
    assert why in found.checks[0].text


def test_a_configuration_that_others_can_read_is_a_warning(tmp_path: Path) -> None:
    file = tmp_path / "config"
    file.write_text("[DEFAULT]\nregion=us-chicago-1\n")
    file.chmod(0o644)
    (check,) = list_signers(file).checks
    assert check.outcome == "warned"
    assert f"`chmod 600 {file}`" in check.remedy


def test_a_resource_principal_is_offered_where_its_environment_is(service: Service) -> None:
    found = list_signers(env=service.resource_principal_env(), chassis=Path("/nonexistent"))
    assert list_names(found) == [RESOURCE, EMULATOR]
    assert found.usual == RESOURCE
    assert found.found[0].checks[0].text == "The environment has version 2.2 of it."


def test_a_resource_principal_whose_token_has_expired_fails(service: Service) -> None:
    env = service.resource_principal_env()
    later = time.time() + 10 * 86_400
    found = list_signers(env=env, chassis=Path("/nonexistent"), now=lambda: later)
    assert found.found[0].checks[0].outcome == "failed"


def test_a_pod_is_offered_its_workload_identity() -> None:
    env = {"KUBERNETES_SERVICE_HOST": "10.96.0.1"}
    found = list_signers(env=env, chassis=Path("/nonexistent"))
    assert list_names(found) == [RESOURCE, EMULATOR]
    assert "Kubernetes" in found.found[0].checks[0].text


def test_an_instance_is_told_by_its_firmware_and_nothing_is_asked(tmp_path: Path) -> None:
    chassis = tmp_path / "chassis_asset_tag"
    chassis.write_text("OracleCloud.com\n")
    assert list_names(list_signers(env={}, chassis=chassis)) == [INSTANCE, EMULATOR]
    chassis.write_text("Some other maker\n")
    assert list_names(list_signers(env={}, chassis=chassis)) == [EMULATOR]


def test_the_emulator_can_be_asked_for_beside_profiles(service: Service) -> None:
    made = connect_emulator()
    assert made.emulated
    assert made.settings.endpoint.value != service.url
    assert made.origin.startswith("It was asked for, so the built-in emulator answers.")
    assert connect_as(EMULATOR, config_file=service.config_file).emulated


def test_a_principal_without_a_compartment_says_so() -> None:
    with pytest.raises(ConfigError, match="No compartment is known"):
        connect_as(INSTANCE)
    made = connect_as(INSTANCE, compartment_id="ocid1.compartment.oc1..c", region="iad")
    assert made.settings.auth.value == "instance_principal"
    assert made.settings.region.value == "us-ashburn-1"
