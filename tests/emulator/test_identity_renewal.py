"""Renewing a user's session: `POST /v1/authentication/refresh`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import requests

from ocigenai_nb.emulator.service import Service
from tests.emulator.client import CHAT, load_key, make_signer, read_profile, write_body
from tests.emulator.identities import read_claims, send, sign

PATH = "/v1/authentication/refresh"


def read_session(service: Service) -> tuple[str, Any]:
    """Token and key of the profile SESSION."""
    profile = read_profile(service, "SESSION")
    token = Path(profile["security_token_file"]).read_text()
    return token, load_key(Path(profile["key_file"]).read_text())


def renew(service: Service, token: str, current: object = ...) -> requests.Response:
    """Ask for a later token than ``token``, as the OCI CLI does."""
    _, key = read_session(service)
    body = {} if current is None else {"currentToken": token if current is ... else current}
    return send(sign(service, "POST", PATH, key=key, key_id=f"ST${token}", body=body))


def chat(service: Service, token: str) -> int:
    _, key = read_session(service)
    signed = sign(service, "POST", CHAT, key=key, key_id=f"ST${token}", body=write_body())
    return send(signed).status_code


def test_a_renewed_token_is_good_for_longer_with_the_same_key(service: Service) -> None:
    old, _ = read_session(service)
    service.token_minutes = 45
    service.clock_offset = 1800
    answer = renew(service, old)
    assert (answer.status_code, list(answer.json())) == (200, ["token"])
    new = answer.json()["token"]
    before, after = read_claims(old), read_claims(new)
    assert after["exp"] - before["exp"] == pytest.approx(900, abs=2)
    same = ("sub", "tenant", "jwk", "ptype", "sess_exp")
    assert [after[name] for name in same] == [before[name] for name in same]
    service.clock_offset = 4000
    assert (chat(service, old), chat(service, new)) == (401, 200)


def test_a_session_is_renewed_until_its_end_and_no_longer(service: Service) -> None:
    service.issue_session(minutes=60, renewable_minutes=150)
    began = service.now()
    token, _ = read_session(service)
    ends = []
    for minutes in (50, 100, 140):
        service.clock_offset = minutes * 60
        token = renew(service, token).json()["token"]
        ends.append(round((read_claims(token)["exp"] - began) / 60))
    assert ends == [110, 150, 150]
    service.clock_offset = 151 * 60
    assert renew(service, token).status_code == 401
    assert service.journal.last.refused == "the session token has expired"


def test_an_expired_or_revoked_session_has_to_log_in_again(service: Service) -> None:
    token, _ = read_session(service)
    service.clock_offset = 3700
    refused = [renew(service, token)]
    service.clock_offset = 0
    service.revoke_sessions()
    refused.append(renew(service, token))
    assert [(r.status_code, r.json()["code"]) for r in refused] == [(401, "NotAuthenticated")] * 2
    assert [entry.refused for entry in service.journal] == [
        "the session token has expired",
        "the session token was revoked",
    ]


@pytest.mark.parametrize("current", [None, "", "x", 1])
def test_only_the_token_that_signs_is_renewed(service: Service, current: object) -> None:
    token, _ = read_session(service)
    assert renew(service, token, current).status_code == 401
    assert service.journal.last.refused == "the current token is not the one that signs"


def test_an_api_key_renews_nothing(service: Service) -> None:
    token, _ = read_session(service)
    answer = requests.post(
        service.refresh_endpoint,
        auth=make_signer(service, "DEFAULT"),
        json={"currentToken": token},
        timeout=10,
    )
    assert answer.status_code == 401


def test_a_resources_token_is_not_renewed(service: Service) -> None:
    env = service.resource_principal_env()
    key = load_key(env["OCI_RESOURCE_PRINCIPAL_PRIVATE_PEM"])
    token = env["OCI_RESOURCE_PRINCIPAL_RPST"]
    body = {"currentToken": token}
    answer = send(sign(service, "POST", PATH, key=key, key_id=f"ST${token}", body=body))
    assert answer.status_code == 401
    assert service.journal.last.refused == "only a user's session token can be renewed"


def test_the_journal_has_the_request_without_the_token(service: Service) -> None:
    token, _ = read_session(service)
    new = renew(service, token).json()["token"]
    entry = service.journal.last
    assert (entry.path, entry.key_id_kind, entry.status) == (PATH, "session", 200)
    assert entry.body == {"currentToken": "(hidden)"}
    assert not [t for t in (token, new) if t in repr((entry, entry.headers, entry.body))]
