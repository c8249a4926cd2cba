"""GenAI API keys, callers without permission, and what the journal tells of each kind."""

from __future__ import annotations

import os
from typing import Any

import httpx
import openai
import pytest

from ocigenai_nb.emulator.journal import KeyIdKind
from ocigenai_nb.emulator.service import Service
from tests.emulator.client import CHAT, LLAMA, connect, make_signer, write_body
from tests.emulator.identities import ask, make_instance_signer
from tests.emulator.test_identity_resources import make_resource_signer
from tests.emulator.test_identity_workloads import make_workload_signer


def call(
    service: Service, key: str | None = None, *, path: str = CHAT, **headers: str
) -> httpx.Response:
    """A chat request with a GenAI API key, but for the changes; an empty header is not sent."""
    usual = {
        "Authorization": f"Bearer {key or service.genai_api_key}",
        "CompartmentId": service.compartment_id,
        "OpenAI-Project": service.project_id,
    }
    given = usual | {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.post(
        service.url + path,
        json=write_body(),
        headers={name: value for name, value in given.items() if value},
        trust_env=False,
        verify=False,  # plain http: loading certificates would take 30 ms
    )


def make_signers(service: Service) -> dict[KeyIdKind, Any]:
    """A caller of each kind that signs."""
    os.environ |= service.instance_principal_env() | service.resource_principal_env()
    os.environ |= service.oke_env()
    return {
        "api_key": make_signer(service, "DEFAULT"),
        "session": make_signer(service, "SESSION"),
        "instance": make_instance_signer(service),
        "resource": make_resource_signer(),
        "workload": make_workload_signer(service),
    }


def test_the_openai_sdk_calls_with_a_genai_api_key(service: Service) -> None:
    with openai.DefaultHttpxClient(trust_env=False, verify=False) as transport:
        client = openai.OpenAI(
            base_url=f"{service.url}/openai/v1",
            api_key=service.genai_api_key,
            project=service.project_id,
            default_headers={"CompartmentId": service.compartment_id},
            http_client=transport,
            max_retries=0,
        )
        answer = client.chat.completions.create(
            model=LLAMA, messages=[{"role": "user", "content": "what is 17 * 23?"}]
        )
    assert answer.choices[0].message.content == "17 * 23 = 391"
    entry = service.journal.last
    assert (entry.key_id_kind, entry.tenancy, entry.refused) == ("bearer", "default", None)
    assert service.genai_api_key not in repr((entry, entry.headers, entry.body))


@pytest.mark.parametrize("base", ["/openai/v1", "/20231130/actions/v1", "/20231130/openai/v1"])
def test_a_genai_api_key_is_good_at_every_base_of_the_compatible_api(
    service: Service, base: str
) -> None:
    assert call(service, path=f"{base}/chat/completions").status_code == 200


@pytest.mark.parametrize("path", ["/20231130/actions/chat", "/20231130/models", "/openai/v1x/y"])
def test_a_genai_api_key_is_good_nowhere_else(service: Service, path: str) -> None:
    assert call(service, path=path).status_code == 401
    assert service.journal.last.refused == "a GenAI API key is for the OpenAI-compatible API only"


def test_a_genai_api_key_that_is_not_good_here_and_now_is_refused(service: Service) -> None:
    foreign = service.issue_genai_api_key(region="eu-frankfurt-1")
    short = service.issue_genai_api_key(minutes=10)
    assert call(service, short).status_code == 200
    service.clock_offset = 601
    for key, reason in (
        ("sk-unknown", "no such GenAI API key"),
        (foreign, "the GenAI API key is one of eu-frankfurt-1"),
        (short, "the GenAI API key has expired"),
    ):
        answer = call(service, key)
        assert (answer.status_code, answer.json()["code"]) == (401, "NotAuthenticated")
        assert service.journal.last.refused == reason
    assert call(service).status_code == 200


@pytest.mark.parametrize("missing", ["OpenAI_Project", "CompartmentId"])
def test_a_genai_api_key_needs_project_and_compartment(service: Service, missing: str) -> None:
    answer = call(service, **{missing: ""})
    expected = {"code": "400", "message": "Compartment ID must be provided."}
    assert (answer.status_code, answer.json()) == (400, expected)


def test_a_genai_api_key_opens_nothing_of_another_tenancy(service: Service) -> None:
    other = service.tenancies[1]
    for answer in (
        call(service, CompartmentId=other.ocid),
        call(service, OpenAI_Project=other.project_id),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "NotAuthorizedOrNotFound")


def test_every_kind_of_caller_is_let_in_and_told_apart(service: Service) -> None:
    kinds = []
    for signer in make_signers(service).values():
        assert ask(service, signer).status_code == 200
        kinds.append(service.journal.last.key_id_kind)
    assert call(service).status_code == 200
    kinds.append(service.journal.last.key_id_kind)
    assert kinds == ["api_key", "session", "instance", "resource", "workload", "bearer"]


def test_a_caller_that_no_policy_allows_is_authentic_and_finds_nothing(service: Service) -> None:
    signers = make_signers(service)
    service.denied_kinds = frozenset({*signers, "bearer"})
    answers: list[Any] = [ask(service, signer) for signer in signers.values()]
    answers.append(call(service))
    assert {(a.status_code, a.json()["code"]) for a in answers} == {
        (404, "NotAuthorizedOrNotFound")
    }
    assert service.journal.last.refused is None
    service.denied_kinds = frozenset({"resource"})
    statuses = {kind: ask(service, signer).status_code for kind, signer in signers.items()}
    assert statuses == dict.fromkeys(signers, 200) | {"resource": 404}


def test_every_principal_is_of_the_first_tenancy(service: Service) -> None:
    other = service.tenancies[1].compartment_id
    for signer in make_signers(service).values():
        answer = ask(service, signer, CompartmentId=other)
        assert (answer.status_code, answer.json()["code"]) == (404, "NotAuthorizedOrNotFound")
        assert service.journal.last.tenancy == "default"


def test_revoked_tokens_are_refused_whoever_has_them(service: Service) -> None:
    signers = make_signers(service)
    service.revoke_sessions()
    statuses = {kind: ask(service, signer).status_code for kind, signer in signers.items()}
    assert statuses == dict.fromkeys(signers, 401) | {"api_key": 200}
    for kind in ("instance", "workload"):
        signers[kind].refresh_security_token()
        assert ask(service, signers[kind]).status_code == 200


def test_a_fault_strikes_an_identity_service_only_where_it_names_it(service: Service) -> None:
    os.environ |= service.instance_principal_env()
    for_any = service.fault("status", status=503)
    signer = make_instance_signer(service)
    assert for_any.struck == 0
    assert ask(service, signer).status_code == 503
    service.fault("status", status=500, path="/opc/v2/instance/region")
    answer = httpx.get(
        f"{service.metadata_url}/instance/region",
        headers={"Authorization": "Bearer Oracle"},
        trust_env=False,
    )
    assert answer.status_code == 500


def test_reset_takes_back_lifetimes_and_permissions(service: Service) -> None:
    service.token_minutes, service.denied_kinds = 1, frozenset({"api_key"})
    service.reset()
    assert (service.token_minutes, service.denied_kinds) == (60, frozenset())
    with connect(service) as client:
        assert client.post(CHAT, json=write_body()).status_code == 200


def test_answers_on_a_kept_connection_do_not_wait_for_a_delayed_ack(service: Service) -> None:
    with connect(service) as client:
        answers = [client.get("/nowhere") for _ in range(40)]
    assert min(answer.elapsed.total_seconds() for answer in answers[1:]) < 0.03
