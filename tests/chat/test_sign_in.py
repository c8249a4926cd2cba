"""What one real request comes to, and what its error is told as."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ocigenai_nb.chat.connecting import connect
from ocigenai_nb.chat.connection import Connection
from ocigenai_nb.chat.probe import pick_model, pick_responses_model
from ocigenai_nb.chat.sign_in import (
    _explain,
    check_sign_in,
    clean,
    policy_statement,
    worst,
)
from ocigenai_nb.chat.signers import INSTANCE, RESOURCE, connect_as
from ocigenai_nb.core.errors import ConnectionFailedError
from ocigenai_nb.core.regions import GENAI_REGIONS
from ocigenai_nb.core.sourced import Sourced
from ocigenai_nb.emulator.service import Service
from ocigenai_nb.model_facts import MODELS
from tests.chat.profile_files import OTHER, TENANCY, by_name, profile_text, write_key


def over(service: Service, profile: str = "DEFAULT", **wishes: str) -> Connection:
    wishes.setdefault("endpoint", service.url)
    return connect(profile, config_file=service.config_file, **wishes)  # type: ignore[arg-type]


def test_signing_in_sends_one_request_of_one_token(service: Service) -> None:
    checks = check_sign_in(over(service))
    assert [check.name for check in checks] == ["network", "clock", "signature", "access"]
    assert worst(checks) == "passed"
    (entry,) = service.journal
    assert entry.path == "/openai/v1/chat/completions"
    assert isinstance(entry.body, dict)
    assert entry.body["max_tokens"] == 1


@pytest.mark.parametrize("status", [429, 500])
def test_nothing_is_sent_twice_where_the_service_is_unwell(service: Service, status: int) -> None:
    service.fault("status", status=status, times=None)
    checks = check_sign_in(over(service))
    assert worst(checks) == "warned"
    assert len(list(service.journal)) == 1


def test_a_missing_policy_is_named_ready_to_be_copied(service: Service) -> None:
    foreign = service.tenancies[1].compartment_id
    checks = by_name(check_sign_in(over(service, compartment_id=foreign)))
    assert checks["signature"].outcome == "passed"
    assert checks["access"].outcome == "failed"
    statement = f"allow group YOUR-GROUP to use generative-ai-family in compartment id {foreign}"
    assert f"`{statement}`" in checks["access"].remedy
    assert f"Request id: `{service.journal.last.opc_request_id}`." in checks["access"].remedy


def test_the_policy_of_the_tenancy_and_of_principals(service: Service) -> None:
    of = connect_as(INSTANCE, compartment_id="ocid1.compartment.oc1..c").settings
    assert policy_statement(over(service).settings) == (
        "allow group YOUR-GROUP to use generative-ai-family in tenancy"
    )
    assert policy_statement(of).startswith("allow dynamic-group YOUR-DYNAMIC-GROUP to use")
    pod = connect_as(RESOURCE, compartment_id="ocid1.compartment.oc1..c").settings
    env = {"KUBERNETES_SERVICE_HOST": "10.96.0.1"}
    assert "request.principal.type = 'workload'" in policy_statement(pod, env)


def test_a_compartment_that_does_not_exist_is_named(service: Service) -> None:
    checks = check_sign_in(over(service, compartment_id="ocid1.compartment.oc1..gone"))
    access = by_name(checks)["access"]
    assert access.text == (
        "The compartment ocid1.compartment.oc1..gone is not known to the service."
    )
    assert access.remedy == "Check the compartment's OCID (argument compartment_id)."


def test_a_clock_that_is_off_is_told_in_seconds(service: Service) -> None:
    service.clock_offset = 1000.0
    clock = by_name(check_sign_in(over(service)))["clock"]
    assert clock.outcome == "failed"
    assert "seconds behind the service's" in clock.remedy
    assert any(text in clock.remedy for text in ("999 seconds", "1000 seconds"))


@pytest.mark.parametrize(
    ("offset", "outcome", "text"),
    [
        (0, "passed", "In step with the service's."),
        (30, "passed", "seconds behind the service's; 300 are allowed."),
        (-200, "warned", "seconds ahead of the service's; 300 are allowed."),
    ],
)
def test_a_clock_that_is_a_little_off_is_told_of_a_request_that_got_by(
    service: Service, offset: float, outcome: str, text: str
) -> None:
    service.clock_offset = offset
    checks = by_name(check_sign_in(over(service)))
    assert checks["clock"].outcome == outcome
    assert checks["clock"].text.endswith(text)
    assert checks["access"].outcome == "passed"


def test_the_clock_is_told_of_a_request_that_was_refused_for_another_reason(
    service: Service,
) -> None:
    checks = by_name(check_sign_in(over(service, compartment_id="ocid1.compartment.oc1..gone")))
    assert checks["clock"].outcome == "passed"
    assert checks["access"].outcome == "failed"


def test_a_key_that_is_not_uploaded_is_told(service: Service, tmp_path: Path) -> None:
    write_key(tmp_path)
    tenancy = service.tenancies[0]
    text = profile_text(tmp_path, user=tenancy.user_id, tenancy=tenancy.ocid)
    (tmp_path / "config").write_text(text)
    made = connect("WORK", config_file=tmp_path / "config", endpoint=service.url)
    checks = by_name(check_sign_in(made))
    assert checks["network"].outcome == "passed"
    assert "is uploaded for its user" in checks["signature"].remedy
    assert "subscribed" not in checks["signature"].remedy
    elsewhere = connect(
        "WORK", config_file=tmp_path / "config", endpoint=service.url, region="eu-frankfurt-1"
    )
    assert "has to be subscribed to it" in by_name(check_sign_in(elsewhere))["signature"].remedy


def test_an_expired_session_asks_to_log_in(service: Service) -> None:
    service.issue_session(minutes=-5)
    (check,) = check_sign_in(over(service, "SESSION"))
    assert (check.name, check.outcome) == ("configuration", "failed")
    assert "`oci session authenticate --profile-name SESSION`" in check.remedy


def test_a_revoked_session_asks_to_log_in(service: Service) -> None:
    service.revoke_sessions()
    check = by_name(check_sign_in(over(service, "SESSION")))["signature"]
    assert "`oci session authenticate --profile-name SESSION`" in check.remedy


def test_where_nobody_answers_the_network_fails(service: Service) -> None:
    (check,) = check_sign_in(over(service, endpoint="http://127.0.0.1:1"))
    assert (check.name, check.outcome) == ("network", "failed")


def test_a_region_without_the_service_is_named_where_nobody_answers(service: Service) -> None:
    region = Sourced("eu-zurich-1", "OCI_REGION")
    endpoint = Sourced("https://inference.generativeai.eu-zurich-1.oci.oraclecloud.com", "")
    settings = replace(over(service).settings, region=region, endpoint=endpoint)
    (check,) = _explain(ConnectionFailedError("No such host."), settings, "meta.x", {})
    assert check.name == "network"
    assert check.remedy.startswith(
        "Generative AI is not known to be in eu-zurich-1 (OCI_REGION): try us-chicago-1,"
    )


def test_a_path_that_is_not_served_points_at_region_and_endpoint(service: Service) -> None:
    service.fault(
        "status", status=404, code="404", message="Path doesn't map to a registered service!"
    )
    checks = by_name(check_sign_in(over(service)))
    assert "signature" not in checks, "the path may have been looked at first"
    assert "check region us-chicago-1 and endpoint" in checks["access"].remedy


@pytest.mark.parametrize("region", GENAI_REGIONS)
def test_a_region_is_asked_for_a_model_that_it_offers(region: str) -> None:
    facts = MODELS[pick_model(region)]
    assert region in facts["on_demand"]
    assert facts["chat_completions"]
    assert not facts["restricted"]


@pytest.mark.parametrize("region", GENAI_REGIONS)
def test_a_project_is_tried_with_a_model_that_needs_one_where_the_region_has_it(
    region: str,
) -> None:
    model = pick_responses_model(region)
    assert not model or (MODELS[model]["responses"] and MODELS[model]["vendor"] != "openai")


def test_an_unknown_region_is_asked_for_a_common_model() -> None:
    assert pick_model("xx-nowhere-9") == "meta.llama-3.3-70b-instruct"
    assert pick_responses_model("xx-nowhere-9") == ""


def test_texts_keep_no_secret_and_no_whole_fingerprint() -> None:
    text = clean(f"key {OTHER.upper()} of {TENANCY} with Bearer sk-7hQ2xL9vT4bN8mKcRw3Zp6Ys")
    assert OTHER.upper() not in text
    assert TENANCY not in text
    assert "sk-7hQ2xL9vT4bN8mKcRw3Zp6Ys" not in text
