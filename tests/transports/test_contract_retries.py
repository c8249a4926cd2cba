"""What every transport tries again and what it never does; each fault's own is in tests/faults."""

from __future__ import annotations

from typing import Any

import pytest

from ocigenai_nb.core.errors import (
    BadRequestError,
    NotFoundError,
    OCIGenAIError,
    RedirectRefusedError,
    ServerFailureError,
)
from ocigenai_nb.core.thread import Answer
from ocigenai_nb.transports.retry import RetryPolicy
from tests.transports.listener import (
    Listener,
    respond,
)
from tests.transports.subject import COUNT, COUNTED, Transport


def refuse(transport: Transport, status: int, **options: Any) -> None:
    transport.service.fault("status", status=status, **options)


def read_statuses(transport: Transport) -> list[int]:
    return [entry.status for entry in transport.service.journal]


def check_failed(answer: Answer, kind: type[OCIGenAIError]) -> OCIGenAIError:
    assert type(answer.error) is kind
    assert (answer.status, answer.text) == ("failed", "")
    return answer.error


def test_complete_tries_again_as_a_stream_does(transport: Transport) -> None:
    refuse(transport, 503)
    answer = transport.model().complete_sync(COUNT)
    assert (answer.text, answer.attempts) == (COUNTED, 2)


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_passing_refusal_is_tried_again(transport: Transport, status: int) -> None:
    refuse(transport, status)
    assert transport.ask(COUNT).attempts == 2


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


@pytest.mark.parametrize("status", [301, 302, 303, 308])
def test_every_redirect_is_refused(transport: Transport, status: int) -> None:
    with Listener(respond(status, location=transport.service.url)) as listener:
        answer = transport.ask(COUNT, client=transport.client(endpoint=listener.url))
    check_failed(answer, RedirectRefusedError)
    assert len(transport.service.journal) == 0


def test_a_web_page_with_an_error_status_is_one_short_line(transport: Transport) -> None:
    page = b"<html><head><style>p {}</style></head><body>Bad\x1b[2J\n gateway" + b"!" * 9999
    with Listener(respond(502, page), respond(502, page), respond(502, page)) as listener:
        answer = transport.ask(COUNT, client=transport.client(endpoint=listener.url))
    error = check_failed(answer, ServerFailureError)
    assert "Bad[2J gateway" in error.message
    assert len(error.message) <= 300
