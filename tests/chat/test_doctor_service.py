"""What the doctor says of what the service answers, or does not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ocigenai_nb.chat.doctor import examine
from ocigenai_nb.chat.sign_in import worst
from ocigenai_nb.emulator.service import Service
from ocigenai_nb.transports.settings import Wishes
from tests.chat.checked import LLAMA, Look, failures
from tests.chat.profile_files import by_name


def test_a_clock_that_is_too_far_off_fails_in_seconds(look: Look, service: Service) -> None:
    service.clock_offset = -1000.0
    checks = look()
    assert failures(checks) == ["clock"]
    assert "seconds ahead of the service's" in checks["clock"].remedy


def test_a_session_that_was_revoked_fails_and_asks_to_log_in(look: Look, service: Service) -> None:
    service.revoke_sessions()
    checks = look("SESSION")
    assert failures(checks) == ["signature"]
    assert "oci session authenticate --profile-name SESSION" in checks["signature"].remedy


def test_a_session_that_has_ended_fails_before_anything_is_sent(
    look: Look, service: Service
) -> None:
    service.issue_session(minutes=-5)
    checks = look("SESSION")
    assert failures(checks) == ["token"]
    assert not list(service.journal)


def test_a_key_that_is_not_uploaded_fails(look: Look, own: Callable[..., Path]) -> None:
    checks = look("WORK", config_file=own())
    assert failures(checks) == ["signature"]
    assert "is uploaded for its user" in checks["signature"].remedy
    assert "user= and tenancy= are that user's own" in checks["signature"].remedy


def test_where_nobody_answers_the_network_fails(look: Look) -> None:
    checks = look(endpoint="http://127.0.0.1:1")
    assert failures(checks) == ["network"]
    assert list(checks)[-1] == "network"


def test_a_missing_policy_fails_with_the_statement_to_copy(look: Look, service: Service) -> None:
    service.denied_kinds = frozenset({"api_key"})
    checks = look()
    assert failures(checks) == ["access"]
    assert "`allow group YOUR-GROUP to use generative-ai-family in tenancy`" in (
        checks["access"].remedy
    )
    assert checks["signature"].outcome == "passed"
    assert "model" not in checks


def test_a_missing_policy_is_not_taken_for_a_missing_model(look: Look, service: Service) -> None:
    service.denied_kinds = frozenset({"api_key"})
    assert failures(look(model="openai.gpt-oss-120b")) == ["access"]


@pytest.mark.parametrize(
    ("model", "text", "remedy"),
    [
        ("openai.gpt-5", "Authorization failed", "openai.gpt-5 is not offered to this tenancy"),
        ("meta.llama-3.1-70b-instruct", "not found", "was retired on 2025-07-10"),
        ("cohere.embed-v4.0", "Unsupported OpenAI operation", "made for embed, not for chat"),
        (
            "openai.gpt-5.5-pro",
            "Authorization failed",
            "Another model answered, so a policy is there",
        ),
    ],
)
def test_a_model_that_is_not_to_be_had_is_told_from_a_missing_policy(
    look: Look, model: str, text: str, remedy: str
) -> None:
    checks = look("TYPICAL", model=model)
    assert failures(checks) == ["model"]
    assert checks["model"].text.startswith(f"{model} did not answer: ")
    assert text in checks["model"].text
    assert remedy in checks["model"].remedy
    assert f"{LLAMA} answered in" in checks["access"].text
    magics = checks["model"].remedy.count("`%ocichat")
    assert magics == checks["model"].remedy.count("in a notebook, `%ocichat"), "a terminal has none"


def test_a_model_that_answers_is_asked_alone(look: Look, service: Service) -> None:
    checks = look(model="openai.gpt-5.5-pro")
    assert checks["model"].text.startswith("openai.gpt-5.5-pro answered in ")
    (entry,) = service.journal
    assert entry.path == "/openai/v1/responses", "it answers nowhere else"


def test_a_name_that_is_no_model_fails_and_the_rest_is_checked(look: Look) -> None:
    checks = look(model="lama")
    assert failures(checks) == ["model"]
    assert checks["model"].text.startswith("There is no model 'lama'.")
    assert checks["access"].outcome == "passed"


def test_a_service_that_is_busy_is_a_warning_and_says_nothing_of_the_model(
    look: Look, service: Service
) -> None:
    with service.fault("status", status=429, times=None):
        checks = look(model="openai.gpt-oss-120b")
    assert checks["access"].outcome == "warned"
    assert "model" not in checks


def test_without_a_project_a_warning_says_how_to_name_one(look: Look) -> None:
    check = look()["project"]
    assert check.outcome == "warned"
    assert "og.connect(project=...)" in check.remedy


@pytest.mark.parametrize("place", ["another tenancy", "nowhere"])
def test_a_project_that_is_not_ones_own_fails(look: Look, service: Service, place: str) -> None:
    other = service.tenancies[1].project_id
    checks = look(project=other if place == "another tenancy" else f"{other[:-4]}zzzz")
    assert failures(checks) == ["project"]
    assert "in its own region and tenancy" in checks["project"].remedy


# Principals


def test_a_principal_is_looked_at_by_its_environment(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in service.resource_principal_env().items():
        monkeypatch.setenv(name, value)
    wishes = Wishes(
        auth_type="resource_principal", compartment_id=service.compartment_id, endpoint=service.url
    )
    checks = by_name(tuple(examine(wishes)))
    assert "key" not in checks
    assert checks["environment"].text == "The environment has version 2.2 of it."
    assert checks["signature"].text == "The resource principal is accepted."


def test_a_principal_without_a_policy_is_told_the_dynamic_group(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in service.resource_principal_env().items():
        monkeypatch.setenv(name, value)
    service.denied_kinds = frozenset({"resource"})
    wishes = Wishes(
        auth_type="resource_principal", compartment_id=service.compartment_id, endpoint=service.url
    )
    access = by_name(tuple(examine(wishes)))["access"]
    assert "allow dynamic-group YOUR-DYNAMIC-GROUP to use" in access.remedy


def test_a_principal_that_can_not_be_one_here_is_told_so_by_name(service: Service) -> None:
    checks = by_name(tuple(examine(Wishes(auth_type="instance_principal"))))
    assert failures(checks) == ["compartment"]
    assert "configuration" not in checks, "it needs none"


def test_a_principal_without_its_environment_has_nothing_to_sign_with(service: Service) -> None:
    wishes = Wishes(
        auth_type="resource_principal", compartment_id=service.compartment_id, endpoint=service.url
    )
    checks = by_name(tuple(examine(wishes)))
    assert worst(tuple(checks.values())) == "failed"
    assert not list(service.journal)
