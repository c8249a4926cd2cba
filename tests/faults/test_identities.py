"""Rows 23 to 25: a 401. What is renewed, by whom, and what is said where nothing helps."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime

import pytest

from ocigenai_nb.core.errors import ClockSkewError, NotAuthenticatedError, SessionExpiredError
from ocigenai_nb.core.messages import Message
from ocigenai_nb.core.thread import Answer, fold
from ocigenai_nb.transports.model import Model
from ocigenai_nb.transports.session import REFRESH_PATH
from tests.transports.subject import COUNT, COUNTED, Transport, over
from tests.transports.test_session_token import (
    count_renewals,
    read_refreshes,
    read_statuses,
    replace_token,
)

NAMED = Message.user("My name is Ada.")
RECALL = Message.user("What is my name?")
RENEWED = "The token was renewed after a 401, and the request sent again."


def ask_together(model: Model) -> list[Answer]:
    async def ask() -> Answer:
        return fold([event async for event in model.stream(COUNT)])

    async def gather() -> list[Answer]:
        return await asyncio.gather(*(ask() for _ in range(10)))

    return asyncio.run(gather())


def test_row_23_a_session_that_ended_mid_thread_is_read_again_and_the_thread_goes_on(
    transport: Transport,
) -> None:
    start, ticks = transport.service.now(), iter(range(99))
    client = transport.client(
        profile="SESSION", clock=lambda: datetime.fromtimestamp(start + next(ticks), UTC)
    )
    first = transport.ask(NAMED, client=client)
    transport.service.revoke_sessions()
    replace_token(transport)
    answer = transport.ask([NAMED, first.message, RECALL], client=client)
    assert (answer.text, answer.attempts) == ("Your name is Ada.", 2)
    assert answer.notices == (RENEWED,)
    assert read_statuses(transport) == [200, 401, 200]
    chats = [entry for entry in transport.service.journal if entry.path != REFRESH_PATH]
    assert len({entry.headers["date"] for entry in chats}) == 3, "Each is signed with its own date."


@over("responses")
def test_row_23_a_thread_that_the_service_keeps_goes_on_too(transport: Transport) -> None:
    client = transport.client(profile="SESSION")
    first = transport.ask(NAMED, client=client)
    transport.service.revoke_sessions()
    replace_token(transport)
    answer = transport.ask(RECALL, client=client, continuation=first.response_id)
    assert (answer.text, answer.attempts) == ("Your name is Ada.", 2)


def test_row_23_where_there_is_no_newer_token_the_person_is_told_the_command(
    transport: Transport,
) -> None:
    client = transport.client(profile="SESSION")
    first = transport.ask(NAMED, client=client)
    transport.service.revoke_sessions()
    error = transport.ask(COUNT, client=client).error
    assert type(error) is NotAuthenticatedError
    assert "run `oci session authenticate`" in error.remedy
    transport.service.issue_session(minutes=60)  # which is what the person then does
    answer = transport.ask([NAMED, first.message, RECALL], client=client)
    assert answer.text == "Your name is Ada."


def test_row_23_a_token_past_its_end_is_found_before_anything_is_sent(
    transport: Transport,
) -> None:
    transport.service.issue_session(minutes=-1)
    error = transport.ask(COUNT, client=transport.client(profile="SESSION")).error
    assert type(error) is SessionExpiredError
    assert "oci session authenticate --profile-name SESSION" in error.remedy
    assert len(transport.service.journal) == 0


@pytest.mark.parametrize(
    ("offset", "side"), [(400, "behind"), (-400, "ahead of"), (86_400, "behind")]
)
def test_row_24_a_clock_that_is_off_is_named_in_seconds(
    transport: Transport, offset: float, side: str
) -> None:
    transport.service.clock_offset = offset
    error = transport.ask(COUNT).error
    assert type(error) is ClockSkewError
    found = re.match(r"This machine's clock is (\d+) seconds (ahead of|behind) the", error.remedy)
    assert found
    assert abs(int(found[1]) - abs(offset)) <= 60
    assert found[2] == side
    assert len(transport.service.journal) == 1


def test_row_25_one_token_that_was_read_again_serves_ten_requests(transport: Transport) -> None:
    client = transport.client(profile="SESSION")
    model = transport.model(client=client)
    fold(model.stream(COUNT))
    counted = count_renewals(client)
    transport.service.revoke_sessions()
    replace_token(transport)
    assert [answer.text for answer in ask_together(model)] == [COUNTED] * 10
    assert counted.renewals == [True]
    assert read_refreshes(transport) == []
    assert 1 <= read_statuses(transport).count(401) <= 10


def test_row_25_one_refresh_that_fails_fails_all_who_wait(transport: Transport) -> None:
    model = transport.model(client=transport.client(profile="SESSION"))
    fold(model.stream(COUNT))
    transport.service.revoke_sessions()
    errors = [answer.error for answer in ask_together(model)]
    assert [type(error) for error in errors] == [NotAuthenticatedError] * 10
    assert read_refreshes(transport) == [401], "The service is asked once, not ten times."
    assert read_statuses(transport) == [200] + [401] * 10
