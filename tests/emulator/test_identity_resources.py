"""Resource principals: by a token in the environment (2.2), or by a key (2.1, 2.1.1)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import oci
import pytest
import requests

from ocigenai_nb.emulator.principal_access import ResourceVersion
from ocigenai_nb.emulator.service import Service
from tests.emulator.client import CHAT, load_key, make_signer, write_body
from tests.emulator.identities import (
    GET_NAMES,
    ask,
    make_key,
    read_claims,
    send,
    sign,
    write_public_key,
)

PREFIX = "OCI_RESOURCE_PRINCIPAL_"
TOKENS = "/20180711/resourcePrincipalTokenV2/"
SESSION = "/v1/resourcePrincipalSessionToken"


def make_resource_signer() -> Any:
    """The `oci` SDK's resource principal, from the environment."""
    return oci.auth.signers.get_resource_principals_signer()


class Resource:
    """The resource of a version 2.1, calling with a bare signature."""

    def __init__(self, service: Service) -> None:
        self.service = service
        env = service.resource_principal_env("2.1")
        self.id = env[f"{PREFIX}RESOURCE_ID"]
        self.key = load_key(env[f"{PREFIX}PRIVATE_PEM"])

    def call(self, method: str, path: str, **given: Any) -> requests.Response:
        usual = {"key": self.key, "key_id": f"resource/v2.1/{self.id}"}
        return send(sign(self.service, method, path, **(usual | given)))

    def get_tokens(self) -> dict[str, str]:
        answer: dict[str, str] = self.call("GET", TOKENS + self.id, names=GET_NAMES).json()
        return answer

    def get_session(self, body: dict[str, Any]) -> requests.Response:
        public_key = write_public_key(make_key().public_key())
        return self.call("POST", SESSION, body={"sessionPublicKey": public_key} | body)


def test_the_oci_sdk_becomes_a_resource_principal(service: Service) -> None:
    os.environ |= service.resource_principal_env()
    signer = make_resource_signer()
    assert signer.region == service.region
    assert signer.tenancy_id == service.tenancies[0].ocid
    assert signer.compartment_id == service.compartment_id
    assert ask(service, signer).status_code == 200
    assert (service.journal.last.key_id_kind, service.journal.last.tenancy) == (
        "resource",
        "default",
    )


@pytest.mark.parametrize("version", ["2.1", "2.1.1"])
def test_the_oci_sdk_gets_a_resource_principals_token_by_its_key(
    service: Service, version: ResourceVersion
) -> None:
    os.environ |= service.resource_principal_env(version)
    service.token_minutes = 3
    signer = make_resource_signer()
    assert ask(service, signer).status_code == 200
    seen = [(e.method, e.path.rpartition("/")[0], e.key_id_kind) for e in service.journal]
    assert seen == [
        ("GET", TOKENS.rstrip("/"), "resource"),
        ("POST", "/v1", "resource"),
        ("POST", CHAT.rpartition("/")[0], "resource"),
    ]
    service.clock_offset = 200
    assert ask(service, signer).status_code == 401
    signer.refresh_security_token()
    assert ask(service, signer).status_code == 200


def test_a_token_in_the_environment_ends_by_the_emulators_clock(service: Service) -> None:
    service.token_minutes = 3
    os.environ |= service.resource_principal_env()
    signer = make_resource_signer()
    service.clock_offset = 200
    assert ask(service, signer).status_code == 401
    assert service.journal.last.refused == "the session token has expired"


def test_a_token_in_a_file_is_renewed_in_its_place(service: Service) -> None:
    service.token_minutes = 3
    os.environ |= service.resource_principal_env(files=True)
    signer = make_resource_signer()
    service.clock_offset = 200
    assert ask(service, signer).status_code == 401
    signer.refresh_security_token()
    assert ask(service, signer).status_code == 401, "the file still has the old one"
    service.renew_resource_principal()
    signer.refresh_security_token()
    assert ask(service, signer).status_code == 200


def test_the_files_are_the_owners_alone(service: Service) -> None:
    env = service.resource_principal_env(files=True)
    for name in ("RPST", "PRIVATE_PEM"):
        file = Path(env[PREFIX + name])
        assert file.is_absolute()
        assert file.stat().st_mode & 0o777 == 0o600
        assert not file.read_text().startswith("\n")


def test_the_environment_is_that_of_its_version(service: Service) -> None:
    shared = {"VERSION", "REGION", "PRIVATE_PEM"}
    by_key = shared | {"RPT_ENDPOINT", "RPST_ENDPOINT", "RESOURCE_ID", "TENANCY_ID"}
    expected: dict[ResourceVersion, set[str]] = {
        "2.2": shared | {"RPST"},
        "2.1": by_key,
        "2.1.1": by_key,
    }
    for version, names in expected.items():
        env = service.resource_principal_env(version)
        assert env.keys() == {PREFIX + name for name in names}
        assert env[f"{PREFIX}VERSION"] == version


def test_a_version_that_is_not_here_is_an_error(service: Service) -> None:
    with pytest.raises(ValueError, match=r"no version '3.0': use 2.2, 2.1.1, 2.1"):
        service.resource_principal_env("3.0")  # type: ignore[arg-type]


def test_the_token_says_which_resource_in_which_compartment(service: Service) -> None:
    service.token_minutes = 15
    claims = read_claims(service.resource_principal_env()[f"{PREFIX}RPST"])
    tenancy = service.tenancies[0]
    assert (claims["res_tenant"], claims["res_compartment"], claims["ptype"]) == (
        tenancy.ocid,
        tenancy.compartment_id,
        "resource",
    )
    assert claims["exp"] - claims["iat"] == 900


def test_the_key_of_a_resource_is_good_for_tokens_only(service: Service) -> None:
    assert Resource(service).call("POST", CHAT, body=write_body()).status_code == 401
    assert service.journal.last.refused == "no such key id"
    assert service.journal.last.key_id_kind == "resource"


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"key_id": "resource/v2.1/other"}, "the key id is not the resource's"),
        ({"key": make_key("stranger")}, "the signature does not match the signed lines"),
        ({"names": GET_NAMES[:2]}, "not signed: host"),
    ],
)
def test_a_stranger_gets_no_resource_tokens(
    service: Service, given: dict[str, Any], reason: str
) -> None:
    resource = Resource(service)
    answer = resource.call("GET", TOKENS + resource.id, **({"names": GET_NAMES} | given))
    assert answer.status_code == 401
    assert service.journal.last.refused == reason


def test_a_users_key_gets_no_resource_tokens(service: Service) -> None:
    resource = Resource(service)
    url = service.url + TOKENS + resource.id
    answer = requests.get(url, auth=make_signer(service, "DEFAULT"), timeout=60)
    assert answer.status_code == 401
    assert service.journal.last.refused == "the key id is not the resource's"


def test_the_tokens_of_another_resource_are_not_found(service: Service) -> None:
    answer = Resource(service).call("GET", f"{TOKENS}ocid1.fnfunc.oc1..x", names=GET_NAMES)
    assert (answer.status_code, answer.json()["code"]) == (404, "NotAuthorizedOrNotFound")


def test_a_session_token_takes_both_tokens_each_in_its_place(service: Service) -> None:
    resource = Resource(service)
    tokens = resource.get_tokens()
    names = ("resourcePrincipalToken", "servicePrincipalSessionToken")
    assert tuple(tokens) == names
    assert resource.get_session(tokens).status_code == 200
    for body in ({}, {names[0]: tokens[names[0]]}, dict.fromkeys(names, tokens[names[0]])):
        assert resource.get_session(body).status_code == 401
        assert str(service.journal.last.refused).startswith("the ")


def test_the_two_tokens_end_too(service: Service) -> None:
    service.token_minutes = 3
    resource = Resource(service)
    tokens = resource.get_tokens()
    service.clock_offset = 200
    assert resource.get_session(tokens).status_code == 401
    assert service.journal.last.refused == "the resourcePrincipalToken has expired"


def test_no_token_gets_into_the_journal(service: Service) -> None:
    resource = Resource(service)
    tokens = resource.get_tokens()
    session = resource.get_session(tokens).json()["token"]
    written = repr([(entry, entry.headers, entry.body) for entry in service.journal])
    assert "sessionPublicKey" in written
    assert not [token for token in (*tokens.values(), session) if token in written]


def test_a_token_to_get_a_token_signs_no_request(service: Service) -> None:
    resource = Resource(service)
    token = resource.get_tokens()["servicePrincipalSessionToken"]
    answer = resource.call("POST", CHAT, key_id=f"ST${token}", body=write_body())
    assert answer.status_code == 401
    assert service.journal.last.refused == "the session token holds no session key"
