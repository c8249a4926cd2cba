"""Signing with an API key, judged by the emulator's verifier, which shares no code with ours."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from itertools import count
from pathlib import Path
from typing import Any, Final

import openai
import pytest

from ocigenai_nb.core.errors import (
    FingerprintMismatchError,
    KeyFileError,
    NotAuthenticatedError,
    OCIGenAIError,
)
from ocigenai_nb.core.signing import SigningKey
from ocigenai_nb.transports.auth import OCIAuth
from ocigenai_nb.transports.client import SignedClient
from ocigenai_nb.transports.credentials import KeyedCredentials
from ocigenai_nb.transports.keys import fingerprint
from ocigenai_nb.transports.settings import Wishes, config_path, read_profiles, settle
from tests.transports.keys import make_key, take_key, write_config, write_pem
from tests.transports.subject import COUNT, COUNTED, QUICK, Transport

# A body whose bytes, length and hash an encoder could get wrong.
ODD: Final = "Say exactly: Grüße \u2028 👋 \x7f \\ \" ' </script> \ud7ff"


def ask_as(transport: Transport, path: Path, profile: str = "DEFAULT") -> OCIGenAIError:
    """The error of a request that a profile of another configuration signs."""
    wishes = Wishes(profile=profile, config_file=path, endpoint=transport.service.url)
    client = SignedClient(settle(wishes), retry=QUICK)
    error = transport.ask(COUNT, client=client).error
    assert error is not None
    return error


def read_settings(transport: Transport, **changes: str) -> dict[str, str]:
    """The emulator's own profile with changes."""
    path = config_path(Wishes(config_file=transport.service.config_file))
    profile = read_profiles(path)["DEFAULT"]
    names = ("tenancy", "user", "fingerprint", "key_file")
    return {name: getattr(profile, name).value for name in names} | changes


@pytest.mark.parametrize("prompt", [COUNT, ODD, "x" * 200_000])
def test_a_signed_request_is_accepted(transport: Transport, prompt: str) -> None:
    answer = transport.ask(prompt)
    assert answer.error is None
    entry = transport.service.journal.last
    assert (entry.key_id_kind, entry.tenancy, entry.refused) == ("api_key", "default", None)


def test_each_profile_signs_as_its_own_tenancy(transport: Transport) -> None:
    transport.ask(COUNT, client=transport.client(profile="TYPICAL"))
    assert transport.service.journal.last.tenancy == "typical"


def test_every_attempt_carries_a_date_of_its_own(transport: Transport) -> None:
    start = datetime.now(UTC).replace(microsecond=0)
    seconds = count()
    client = transport.client(clock=lambda: start + timedelta(seconds=next(seconds)))
    transport.service.fault("status", status=503, times=2)
    assert transport.ask(COUNT, client=client).attempts == 3
    dates = [entry.headers["date"] for entry in transport.service.journal]
    assert len(set(dates)) == 3
    assert dates == sorted(dates, key=parsedate_to_datetime)


def test_the_key_is_read_once(transport: Transport) -> None:
    client = transport.client()
    transport.ask(COUNT, client=client)
    key = take_key(client.identity.credentials)
    transport.ask(COUNT, client=client)
    assert take_key(client.identity.credentials) is key


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE", "POST", "PUT", "PATCH"])
@pytest.mark.parametrize(
    "target", ["/", "/a%20b/c?x=1&x=2", "/%E2%82%AC//?q=%2F+a:b&&", "/~a(b)'!*"]
)
def test_any_request_of_the_sdks_client_is_signed_as_it_travels(
    transport: Transport, method: str, target: str
) -> None:
    """`genai.openai()` and whoever else sends with this auth: only the path is unknown there."""
    credentials = transport.client().identity.credentials
    asyncio.run(credentials.ready())
    auth = OCIAuth(credentials)
    with openai.DefaultHttpxClient(auth=auth, trust_env=False) as client:
        content = b"\x00body" if method in {"POST", "PUT", "PATCH"} else None
        status = client.request(method, transport.service.url + target, content=content).status_code
    entry = transport.service.journal.last
    assert (status, entry.path, entry.refused) == (404, target, None)


class Request:
    """What the auth callable gets, as openai 2 and 3 hand it over."""

    def __init__(self, **headers: str) -> None:
        self.method = "POST"
        self.url = "https://example.com/openai/v1/chat/completions"
        self.headers: dict[str, str] = headers
        self.content = b"{}"


class Key(KeyedCredentials):
    kind = "api_key"

    async def _load(self) -> None:
        self._adopt(SigningKey("tenancy/user/fingerprint", make_key()), None)

    async def _load_again(self) -> None:
        """There is no other."""


def test_what_an_earlier_attempt_signed_is_taken_off() -> None:
    stale: dict[str, Any] = {"authorization": "old", "date": "old", "x-date": "old"}
    credentials = Key()
    asyncio.run(credentials.ready())
    request = OCIAuth(credentials)(Request(**stale))
    assert "old" not in request.headers.values()
    assert "x-date" not in request.headers
    assert request.headers["authorization"].startswith("Signature ")


# What is wrong with a key is found here where it can be, and explained where only the service can.


def test_a_fingerprint_that_is_not_the_keys_is_found_before_anything_is_sent(
    transport: Transport, tmp_path: Path
) -> None:
    settings = read_settings(transport, fingerprint="aa:" * 15 + "aa")
    error = ask_as(transport, write_config(tmp_path, {"DEFAULT": settings}))
    assert type(error) is FingerprintMismatchError
    assert settings["fingerprint"] in error.message
    assert len(transport.service.journal) == 0


def test_an_unreadable_key_is_found_before_anything_is_sent(
    transport: Transport, tmp_path: Path
) -> None:
    settings = read_settings(transport, key_file=str(tmp_path / "none.pem"))
    assert type(ask_as(transport, write_config(tmp_path, {"DEFAULT": settings}))) is KeyFileError
    assert len(transport.service.journal) == 0


def test_a_key_that_the_service_does_not_know_is_explained(
    transport: Transport, tmp_path: Path
) -> None:
    (tmp_path / "key.pem").write_text(write_pem(make_key()))
    own = {"key_file": str(tmp_path / "key.pem"), "fingerprint": fingerprint(make_key())}
    settings = read_settings(transport, **own)
    error = ask_as(transport, write_config(tmp_path, {"DEFAULT": settings}))
    assert type(error) is NotAuthenticatedError
    assert (error.status, error.code) == (401, "NotAuthenticated")
    assert "fingerprint is uploaded" in error.remedy
    assert "a fresh key takes a few minutes" in error.remedy
    [entry] = transport.service.journal
    assert error.request_id == entry.opc_request_id


@pytest.mark.parametrize("offset", [-280, 280])
def test_a_clock_that_is_off_within_five_minutes_is_good_enough(
    transport: Transport, offset: float
) -> None:
    transport.service.clock_offset = offset
    assert transport.ask(COUNT).text == COUNTED


def test_a_401_of_an_api_key_is_not_tried_again(transport: Transport) -> None:
    transport.service.fault("status", status=401)
    assert type(transport.ask(COUNT).error) is NotAuthenticatedError
    assert len(transport.service.journal) == 1
