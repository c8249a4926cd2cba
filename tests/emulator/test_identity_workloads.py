"""Workload identity: a Kubernetes cluster's token service, over TLS on port 12250."""

from __future__ import annotations

import base64
import json
import os
import ssl
from pathlib import Path
from typing import Any

import httpx
import oci
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ocigenai_nb import emulator
from ocigenai_nb.emulator.service import Service
from tests.emulator.client import CHAT, read_profile
from tests.emulator.identities import ask, make_key, read_claims, write_public_key

PATH = "/resourcePrincipalSessionTokens"
CA = "OCI_KUBERNETES_SERVICE_ACCOUNT_CERT_PATH"


def make_workload_signer(service: Service) -> Any:
    """The `oci` SDK's workload identity, from the environment."""
    return oci.auth.signers.get_oke_workload_identity_resource_principal_signer(
        service_account_token_path=str(service.service_account_token_file)
    )


def get_token(service: Service, bearer: str | None = None, **body: object) -> httpx.Response:
    """The token service's answer to what a pod asks, but for the changes."""
    env = service.oke_env()
    bearer = bearer or service.service_account_token_file.read_text()
    return httpx.post(
        f"https://{env['KUBERNETES_SERVICE_HOST']}:12250{PATH}",
        json={"podKey": write_public_key(make_key().public_key())} | body,
        headers={"Authorization": f"Bearer {bearer}"},
        verify=ssl.create_default_context(cafile=env[CA]),
        trust_env=False,
    )


def test_the_oci_sdk_becomes_a_workload(service: Service) -> None:
    os.environ |= service.oke_env()
    signer = make_workload_signer(service)
    assert signer.region == service.region
    assert ask(service, signer).status_code == 200
    seen = [(e.path, e.key_id_kind, e.status, e.tenancy) for e in service.journal]
    assert seen == [(PATH, "bearer", 200, "default"), (CHAT, "workload", 200, "default")]


def test_the_oci_sdks_workload_token_ends_by_the_emulators_clock_and_is_had_anew(
    service: Service,
) -> None:
    os.environ |= service.oke_env()
    service.token_minutes = 3
    signer = make_workload_signer(service)
    service.clock_offset = 200
    assert ask(service, signer).status_code == 401
    assert service.journal.last.refused == "the session token has expired"
    signer.refresh_security_token()
    assert ask(service, signer).status_code == 200


def test_the_oci_sdk_says_what_a_basic_cluster_lacks(service: Service) -> None:
    os.environ |= service.oke_env()
    service.fault("status", status=403, path=PATH)
    with pytest.raises(oci.exceptions.ServiceError, match="cluster type is enhanced"):
        make_workload_signer(service)


def test_the_answer_is_base64_in_a_json_string(service: Service) -> None:
    answer = get_token(service)
    inner = json.loads(base64.b64decode(answer.json()))
    assert list(inner) == ["token"]
    assert inner["token"].startswith("ST$")
    claims = read_claims(inner["token"])
    assert (claims["res_type"], claims["res_tenant"]) == ("workload", service.tenancies[0].ocid)


def test_a_pods_key_may_come_in_pems_armor(service: Service) -> None:
    pem = make_key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    assert get_token(service, podKey=pem.decode()).status_code == 200
    assert get_token(service, podKey="rubbish").status_code == 400


def test_a_service_account_is_needed(service: Service) -> None:
    session = Path(read_profile(service, "SESSION")["security_token_file"]).read_text()
    reasons = []
    for bearer in ("x", session):
        assert get_token(service, bearer).status_code == 401
        reasons.append(service.journal.last.refused)
    assert reasons == [
        "the service account token does not parse",
        "the service account token is a token of another sort",
    ]


def test_a_service_accounts_token_ends_after_a_year(service: Service) -> None:
    service.oke_env()
    old = service.service_account_token_file.read_text()
    service.clock_offset = 366 * 24 * 3600
    assert get_token(service, old).status_code == 401
    assert service.journal.last.refused == "the service account token has expired"
    assert get_token(service).status_code == 200


def test_only_the_clusters_own_authority_vouches_for_it(service: Service) -> None:
    host = service.oke_env()["KUBERNETES_SERVICE_HOST"]
    with pytest.raises(httpx.ConnectError, match="certificate verify failed"):
        httpx.get(f"https://{host}:12250/", trust_env=False)


def test_each_cluster_has_an_address_of_its_own_and_closes_it() -> None:
    with emulator.start() as one, emulator.start() as other:
        hosts = [s.oke_env()["KUBERNETES_SERVICE_HOST"] for s in (one, other, one)]
        assert hosts[0] == hosts[2] != hosts[1]
        for service in (one, other):
            assert get_token(service).status_code == 200
        written = one.service_account_token_file
        trusted = ssl.create_default_context(cafile=one.oke_env()[CA])
    assert not written.exists()
    with pytest.raises(httpx.ConnectError):  # should another emulator be there by now: no trust
        httpx.get(f"https://{hosts[0]}:12250/", verify=trusted, trust_env=False)
