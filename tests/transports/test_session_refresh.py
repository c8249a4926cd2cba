"""A session near its end: refreshed at the service, written back, used to its end, explained."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from ocigenai_nb.core.errors import SessionExpiredError
from ocigenai_nb.emulator.service import Service
from ocigenai_nb.transports.credentials import token_expiry
from ocigenai_nb.transports.loop import io_thread
from ocigenai_nb.transports.session import REFRESH_PATH
from tests.transports.keys import take_key
from tests.transports.test_credentials_table import ask, count, make_session, read_profile


def test_a_session_near_its_end_is_refreshed_and_written_back_for_its_owner_alone(
    service: Service,
) -> None:
    path = Path(read_profile(service).security_token_file.value)
    service.issue_session(minutes=4)
    before = path.read_text()
    client, credentials = make_session(service)
    assert ask(client) == "hi"
    after = path.read_text()
    assert (token_expiry(after) or 0) > (token_expiry(before) or 0) + 50 * 60
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert take_key(credentials).key_id == f"ST${after}"
    assert ask(client) == "hi"
    assert count(service, REFRESH_PATH) == [200], "What was written is not read as news."
    io_thread().run(client.aclose())


def test_a_session_with_time_left_is_not_refreshed(service: Service) -> None:
    service.issue_session(minutes=6)
    client, _ = make_session(service)
    assert ask(client) == "hi"
    assert count(service, REFRESH_PATH) == []
    io_thread().run(client.aclose())


def test_a_session_that_can_t_be_refreshed_is_used_to_its_end_and_then_explained(
    service: Service,
) -> None:
    service.issue_session(minutes=4)
    service.fault("status", status=500, times=None, path=REFRESH_PATH)
    client, _ = make_session(service)
    assert [ask(client), ask(client)] == ["hi", "hi"]
    assert count(service, REFRESH_PATH) == [500], "Not asked again for the same token."
    service.clock_offset = 5 * 60
    with pytest.raises(SessionExpiredError, match="has expired") as expired:
        ask(client)
    assert "Run `oci session authenticate --profile-name SESSION`" in expired.value.remedy
    io_thread().run(client.aclose())


def test_a_session_at_its_very_end_is_not_refreshed_for_ever(service: Service) -> None:
    """The service's last token ends with the session, and so do we."""
    service.issue_session(minutes=4, renewable_minutes=4)
    client, _ = make_session(service)
    assert [ask(client), ask(client), ask(client)] == ["hi"] * 3
    assert len(count(service, REFRESH_PATH)) <= 3
    service.clock_offset = 5 * 60
    with pytest.raises(SessionExpiredError):
        ask(client)
    io_thread().run(client.aclose())
