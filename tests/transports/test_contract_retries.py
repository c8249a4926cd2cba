"""What every transport tries again, how long it waits, and what it never does."""

from __future__ import annotations

import re
import socket
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from ocigenai_nb.core.errors import (
    BadRequestError,
    ConnectionFailedError,
    NotFoundError,
    OCIGenAIError,
    RedirectRefusedError,
    RequestTimeoutError,
    ServerFailureError,
    ThrottledError,
)
from ocigenai_nb.core.events import Interrupted, Notice
from ocigenai_nb.core.thread import Answer
from ocigenai_nb.transports.pool import Timeouts
from ocigenai_nb.transports.retry import RetryPolicy
from tests.transports.listener import (
    Listener,
    find_free_port,
    reset,
    respond,
    wait_until_closed,
)
from tests.transports.subject import COUNT, COUNTED, QUICK, Transport


def refuse(transport: Transport, status: int, **options: Any) -> None:
    transport.service.fault("status", status=status, **options)


def read_statuses(transport: Transport) -> list[int]:
    return [entry.status for entry in transport.service.journal]


def check_failed(answer: Answer, kind: type[OCIGenAIError]) -> OCIGenAIError:
    assert type(answer.error) is kind
    assert (answer.status, answer.text) == ("failed", "")
    return answer.error


def test_503_then_500_then_200_is_one_answer(transport: Transport) -> None:
    refuse(transport, 503)
    refuse(transport, 500)
    answer = transport.ask(COUNT)
    assert (answer.text, answer.status, answer.attempts) == (COUNTED, "finished", 3)
    assert read_statuses(transport) == [503, 500, 200]
    assert len(answer.notices) == 2
    assert all(re.search(r"Trying again in \d+\.\d s\.$", notice) for notice in answer.notices)


def test_complete_tries_again_as_a_stream_does(transport: Transport) -> None:
    refuse(transport, 503)
    answer = transport.model().complete_sync(COUNT)
    assert (answer.text, answer.attempts) == (COUNTED, 2)


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_passing_refusal_is_tried_again(transport: Transport, status: int) -> None:
    refuse(transport, status)
    assert transport.ask(COUNT).attempts == 2


def test_409_incorrect_state_is_tried_again(transport: Transport) -> None:
    refuse(transport, 409)
    answer = transport.ask(COUNT)
    assert (answer.text, answer.attempts) == (COUNTED, 2)


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, None, BadRequestError),
        (404, None, NotFoundError),
        (409, "Conflict", BadRequestError),
        (501, None, ServerFailureError),
    ],
)
def test_a_lasting_refusal_is_not_tried_again(
    transport: Transport, status: int, code: str | None, kind: type[OCIGenAIError]
) -> None:
    refuse(transport, status, code=code)
    check_failed(transport.ask(COUNT), kind)
    assert read_statuses(transport) == [status]


def test_attempts_come_to_an_end(transport: Transport) -> None:
    refuse(transport, 503, times=None)
    error = check_failed(transport.ask(COUNT), ServerFailureError)
    assert read_statuses(transport) == [503, 503, 503]
    assert error.request_id == transport.service.journal.last.opc_request_id
    assert (error.status, error.code) == (503, "ServiceUnavailable")


def test_a_policy_of_one_attempt_tries_once(transport: Transport) -> None:
    refuse(transport, 503)
    check_failed(
        transport.ask(COUNT, client=transport.client(retry=RetryPolicy(attempts=1))),
        ServerFailureError,
    )
    assert read_statuses(transport) == [503]


# 429 and what it asks for. The base of these policies would show: it is longer than the waits.

SLOW = RetryPolicy(base=30, cap=30)


def test_retry_after_in_seconds_is_obeyed(transport: Transport) -> None:
    refuse(transport, 429, retry_after="0.1")
    answer = transport.ask(COUNT, client=transport.client(retry=SLOW))
    assert (answer.text, answer.attempts) == (COUNTED, 2)
    assert answer.notices[0].endswith("Trying again in 0.1 s.")


def test_retry_after_in_milliseconds_is_obeyed(transport: Transport) -> None:
    throttled = respond(429, retry_after_ms="100", retry_after="20")
    with Listener(throttled, respond(400)) as listener:
        client = transport.client(endpoint=listener.url, retry=SLOW)
        answer = transport.ask(COUNT, client=client)
    assert answer.notices[0].endswith("Trying again in 0.1 s.")
    assert len(listener.requests) == 2


def test_retry_after_as_a_date_is_obeyed(transport: Transport) -> None:
    second = datetime.now(UTC).replace(microsecond=0)
    refuse(transport, 429, retry_after=format_datetime(second + timedelta(seconds=1), usegmt=True))
    client = transport.client(retry=SLOW, clock=lambda: second + timedelta(seconds=0.9))
    answer = transport.ask(COUNT, client=client)
    assert (answer.text, answer.attempts) == (COUNTED, 2)
    assert answer.notices[0].endswith("Trying again in 0.1 s.")


def test_a_wait_of_500_seconds_fails_at_once_and_says_how_long(transport: Transport) -> None:
    refuse(transport, 429, retry_after=500)
    error = check_failed(transport.ask(COUNT), ThrottledError)
    assert "The service asks to wait 500 seconds." in error.remedy
    assert read_statuses(transport) == [429]


def test_429_without_a_header_backs_off(transport: Transport) -> None:
    refuse(transport, 429, times=2)
    answer = transport.ask(COUNT, client=transport.client(retry=RetryPolicy(base=0.04)))
    assert answer.attempts == 3
    waits = [float(notice.split()[-2]) for notice in answer.notices]
    assert waits == [0.0, 0.1], "0.04 s doubled, less up to a quarter, in tenths."


def test_a_wait_can_be_stopped(transport: Transport) -> None:
    refuse(transport, 429, retry_after=50)
    stream = transport.model().stream(COUNT)
    events = iter(stream)
    assert isinstance(next(events), Notice)
    stream.stop()
    assert list(events) == [Interrupted("stopped")]
    assert read_statuses(transport) == [429]


# Redirects


def test_a_redirect_is_refused_and_nothing_is_sent_on(transport: Transport) -> None:
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        elsewhere.settimeout(0)
        port = elsewhere.getsockname()[1]
        transport.service.fault("redirect", location=f"http://127.0.0.1:{port}/openai/v1")
        error = check_failed(transport.ask(COUNT), RedirectRefusedError)
        with pytest.raises(BlockingIOError):
            elsewhere.accept()
    assert error.status == 307
    assert "Nothing was sent on" in error.remedy
    assert read_statuses(transport) == [307]


@pytest.mark.parametrize("status", [301, 302, 303, 308])
def test_every_redirect_is_refused(transport: Transport, status: int) -> None:
    with Listener(respond(status, location=transport.service.url)) as listener:
        answer = transport.ask(COUNT, client=transport.client(endpoint=listener.url))
    check_failed(answer, RedirectRefusedError)
    assert len(transport.service.journal) == 0


# No response at all


def test_a_refused_connection_says_that_nothing_was_sent(transport: Transport) -> None:
    client = transport.client(endpoint=f"http://127.0.0.1:{find_free_port()}")
    answer = transport.ask(COUNT, client=client)
    error = check_failed(answer, ConnectionFailedError)
    assert "it refuses connections" in error.message
    assert "Nothing was sent" in error.remedy
    assert len(answer.notices) == QUICK.attempts - 1


def test_a_connection_that_breaks_before_the_response_is_tried_again(
    transport: Transport,
) -> None:
    with Listener(reset, reset, respond(400, b'{"code":"400","message":"Oh."}')) as listener:
        answer = transport.ask(COUNT, client=transport.client(endpoint=listener.url))
    assert check_failed(answer, BadRequestError).message == "Oh."
    assert len(answer.notices) == 2


def test_a_response_that_does_not_come_in_time_may_have_been_charged(
    transport: Transport,
) -> None:
    with Listener(wait_until_closed) as listener:
        client = transport.client(
            endpoint=listener.url, timeouts=Timeouts(read=0.1), retry=RetryPolicy(attempts=1)
        )
        error = check_failed(transport.ask(COUNT, client=client), RequestTimeoutError)
    assert "charged twice" in error.remedy


def test_a_web_page_with_an_error_status_is_one_short_line(transport: Transport) -> None:
    page = b"<html><head><style>p {}</style></head><body>Bad\x1b[2J\n gateway" + b"!" * 9999
    with Listener(respond(502, page), respond(502, page), respond(502, page)) as listener:
        answer = transport.ask(COUNT, client=transport.client(endpoint=listener.url))
    error = check_failed(answer, ServerFailureError)
    assert "Bad[2J gateway" in error.message
    assert len(error.message) <= 300
