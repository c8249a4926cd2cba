"""Session tokens: who may use which, and until when."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import httpx
import pytest
from oci.auth.signers import SecurityTokenSigner

from ocigenai_nb import emulator
from ocigenai_nb.emulator.service import Service
from tests.emulator.client import CHAT, OciAuth, connect, make_signer, read_profile, write_body


def ask(service: Service) -> httpx.Response:
    """One request with the token that is in the file now."""
    with connect(service, "SESSION") as client:
        return client.post(CHAT, json=write_body())


def ask_with_token(service: Service, token: str) -> httpx.Response:
    signer = SecurityTokenSigner(token, make_signer(service, "SESSION").private_key)
    auth = OciAuth(signer)
    return httpx.post(service.url + CHAT, auth=auth, json=write_body(), trust_env=False)


def read_token(service: Service) -> str:
    return Path(read_profile(service, "SESSION")["security_token_file"]).read_text()


def edit_token(token: str, part: int, **changes: object) -> str:
    parts = token.split(".")
    value = json.loads(base64.urlsafe_b64decode(parts[part] + "=="))
    changed = json.dumps({**value, **changes}).encode()
    parts[part] = base64.urlsafe_b64encode(changed).rstrip(b"=").decode()
    return ".".join(parts)


def test_a_fresh_session_speaks_for_its_users_tenancy(service: Service) -> None:
    assert ask(service).status_code == 200
    assert (service.journal.last.key_id_kind, service.journal.last.tenancy) == (
        "session",
        "default",
    )


def test_an_expired_session_is_refused_until_a_new_token_is_in_the_file(service: Service) -> None:
    service.issue_session(minutes=-1)
    assert ask(service).status_code == 401
    assert service.journal.last.refused == "the session token has expired"
    service.issue_session(minutes=5)
    assert ask(service).status_code == 200


def test_a_session_expires_by_the_emulators_clock(service: Service) -> None:
    service.clock_offset = -3600
    service.issue_session(minutes=30)
    service.clock_offset = 0
    assert ask(service).status_code == 401
    assert service.journal.last.refused == "the session token has expired"


def test_a_revoked_session_is_refused_although_it_has_not_expired(service: Service) -> None:
    service.revoke_sessions()
    assert ask(service).status_code == 401
    assert service.journal.last.refused == "the session token was revoked"
    service.issue_session(minutes=60)
    assert ask(service).status_code == 200


@pytest.mark.parametrize(
    ("part", "changes", "reason"),
    [
        (0, {"alg": "none"}, "the session token is not an RS256 JSON Web Token"),
        (1, {"exp": 9_999_999_999}, "the session token was not issued here"),
        (1, {"tenant": "ocid1.tenancy.oc1..other"}, "the session token was not issued here"),
    ],
)
def test_a_forged_token_is_refused(
    service: Service, part: int, changes: dict[str, object], reason: str
) -> None:
    forged = edit_token(read_token(service), part, **changes)
    assert ask_with_token(service, forged).status_code == 401
    assert service.journal.last.refused == reason


@pytest.mark.parametrize("token", ["", "a.b.c", "rubbish", "§.§.§".encode().hex()])
def test_a_token_that_is_none_is_refused(service: Service, token: str) -> None:
    assert ask_with_token(service, token).status_code == 401
    assert service.journal.last.refused


def test_a_token_of_another_service_is_refused(service: Service) -> None:
    with emulator.start() as other:
        foreign = read_token(other)
    assert ask_with_token(service, foreign).status_code == 401
    assert service.journal.last.refused == "the session token was not issued here"


def test_a_session_signed_with_another_key_than_the_tokens_is_refused(service: Service) -> None:
    wrong = SecurityTokenSigner(read_token(service), make_signer(service, "DEFAULT").private_key)
    answer = httpx.post(service.url + CHAT, auth=OciAuth(wrong), json=write_body(), trust_env=False)
    assert answer.status_code == 401
    assert service.journal.last.refused == "the signature does not match the signed lines"
