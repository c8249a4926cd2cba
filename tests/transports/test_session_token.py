"""Signing with a session token: read again when it changes, renewed once for all who wait."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from ocigenai_nb.core.errors import ClockSkewError, NotAuthenticatedError, SessionExpiredError
from ocigenai_nb.core.profiles import parse_profiles
from ocigenai_nb.transports.client import SignedClient
from ocigenai_nb.transports.credentials import Credentials, token_expiry
from ocigenai_nb.transports.session import REFRESH_PATH, SessionTokenCredentials
from tests.transports.keys import make_key, take_key, write_config, write_pem
from tests.transports.subject import COUNT, COUNTED, Transport

# The endpoint of a session that is not to be refreshed.
NOWHERE = "http://127.0.0.1:9"


def token_file(transport: Transport) -> Path:
    text = transport.service.config_file.read_text(encoding="utf-8")
    found = parse_profiles(text)["SESSION"].security_token_file
    assert found is not None
    return Path(found.value)


def replace_token(transport: Transport) -> None:
    """Put a new token into the file, which looks unchanged from outside."""
    before = token_file(transport).stat()
    transport.service.issue_session(minutes=60)
    os.utime(token_file(transport), ns=(before.st_atime_ns, before.st_mtime_ns))
    assert token_file(transport).stat().st_size == before.st_size


def read_statuses(transport: Transport) -> list[int]:
    """Of the requests to models; refreshes of the session are counted by `read_refreshes`."""
    return [entry.status for entry in transport.service.journal if entry.path != REFRESH_PATH]


def read_refreshes(transport: Transport) -> list[int]:
    return [entry.status for entry in transport.service.journal if entry.path == REFRESH_PATH]


class Counted:
    """Credentials that count how often they were loaded anew after a 401."""

    kind = "security_token"

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials
        self.generation = credentials.generation
        self.renewals: list[bool] = []

    async def ready(self) -> None:
        await self._credentials.ready()
        self.generation = self._credentials.generation

    def authorize(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, date: datetime
    ) -> dict[str, str]:
        return self._credentials.authorize(method, url, headers, body, date)

    async def renew(self, refused: int) -> bool:
        before = self._credentials.generation
        renewed = await self._credentials.renew(refused)
        if self._credentials.generation != before:
            self.renewals.append(renewed)
        return renewed


def count_renewals(client: SignedClient) -> Counted:
    counted = Counted(client.identity.credentials)
    client.identity = replace(client.identity, credentials=counted)
    return counted


def test_a_session_token_is_accepted(transport: Transport) -> None:
    client = transport.client(profile="SESSION")
    assert transport.ask(COUNT, client=client).text == COUNTED
    entry = transport.service.journal.last
    assert (entry.key_id_kind, entry.tenancy) == ("session", "default")


def test_a_token_is_read_again_when_its_file_changes(transport: Transport) -> None:
    client = transport.client(profile="SESSION")
    transport.ask(COUNT, client=client)
    transport.service.revoke_sessions()
    transport.service.issue_session(minutes=60)
    assert transport.ask(COUNT, client=client).text == COUNTED
    assert read_statuses(transport) == [200, 200]


def test_a_token_is_not_read_again_while_its_file_stays(transport: Transport) -> None:
    credentials = transport.client(profile="SESSION").identity.credentials
    assert take_key(credentials) is take_key(credentials)


def test_a_token_that_expires_between_two_turns_is_found(tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_text(write_pem(make_key()))
    (tmp_path / "token").write_text("e30.eyJleHAiOiAxMDAwfQ.x")  # {"exp": 1000}
    settings = {
        "key_file": str(tmp_path / "key.pem"),
        "security_token_file": str(tmp_path / "token"),
    }
    profile = parse_profiles(write_config(tmp_path, {"DEFAULT": settings}).read_text())["DEFAULT"]
    now = [999.0]
    credentials = SessionTokenCredentials(profile, NOWHERE, now=lambda: now[0])
    take_key(credentials)
    now[0] = 1000
    with pytest.raises(SessionExpiredError, match="has expired"):
        take_key(credentials)


@pytest.mark.parametrize("token", ["", "a", "a.b.c", "a.e30.c", "a.W10.c", "a.eyJleHAiOiAieCJ9.c"])
def test_a_token_that_names_no_end_is_left_to_the_service(token: str) -> None:
    assert token_expiry(token) is None


def test_a_token_that_another_request_found_meanwhile_is_used(transport: Transport) -> None:
    """Its 401 comes late: by then the new token was read, and there is nothing to renew."""
    credentials = transport.client(profile="SESSION").identity.credentials
    old = take_key(credentials)
    transport.service.revoke_sessions()
    transport.service.issue_session(minutes=60)
    new = take_key(credentials)
    assert (old.key_id != new.key_id, credentials.generation) == (True, 2)
    assert asyncio.run(credentials.renew(1))
    assert take_key(credentials) is new
    assert len(transport.service.journal) == 0


def test_a_second_401_is_the_last(transport: Transport) -> None:
    client = transport.client(profile="SESSION")
    transport.ask(COUNT, client=client)
    replace_token(transport)
    transport.service.revoke_sessions()
    assert type(transport.ask(COUNT, client=client).error) is NotAuthenticatedError
    assert read_statuses(transport) == [200, 401, 401]


def test_a_token_that_is_new_every_time_is_tried_twice(transport: Transport) -> None:
    class Hopeful(Counted):
        """Always has another token that is no better."""

        async def renew(self, refused: int) -> bool:
            self.renewals.append(True)
            return refused > 0

    transport.service.revoke_sessions()
    client = transport.client(profile="SESSION")
    hopeful = Hopeful(client.identity.credentials)
    client.identity = replace(client.identity, credentials=hopeful)
    assert type(transport.ask(COUNT, client=client).error) is NotAuthenticatedError
    assert hopeful.renewals == [True]
    assert read_statuses(transport) == [401, 401]


def test_a_token_that_expired_while_it_was_used_is_said_to_have(transport: Transport) -> None:
    client = transport.client(profile="SESSION")
    transport.ask(COUNT, client=client)
    transport.service.revoke_sessions()
    before = token_file(transport).stat()
    transport.service.issue_session(minutes=-1)
    os.utime(token_file(transport), ns=(before.st_atime_ns, before.st_mtime_ns))
    error = transport.ask(COUNT, client=client).error
    assert type(error) is SessionExpiredError
    assert read_statuses(transport) == [200, 401]


def test_a_clock_that_is_off_is_named_with_a_session_too(transport: Transport) -> None:
    client = transport.client(profile="SESSION")
    transport.service.clock_offset = -400
    assert type(transport.ask(COUNT, client=client).error) is ClockSkewError
