"""Rows 12, 13, 26 and 41: no answer came. What is known of the request, and is it sent again?"""

from __future__ import annotations

import socket
from typing import Any

import pytest

from ocigenai_nb.core.errors import (
    BadRequestError,
    ConnectionFailedError,
    OutcomeUnknownError,
    RedirectRefusedError,
    RequestTimeoutError,
)
from ocigenai_nb.core.thread import Answer
from ocigenai_nb.transports.pool import Timeouts
from ocigenai_nb.transports.retry import RetryPolicy
from tests.faults.streams import STORED
from tests.tools.patience import with_enough
from tests.transports.listener import (
    Listener,
    begin_stream,
    closed_port,
    reset,
    respond,
    wait_until_closed,
)
from tests.transports.subject import COUNT, PATIENT, QUICK, Transport, over, over_all_but

IMPATIENT = Timeouts(read=0.1)
REFUSAL = respond(400, b'{"code":"400","message":"Oh."}')
DOUBLE = "The service may have answered, and charged for it, all the same."
UNKNOWN = "It is not known whether the service has the request."


def ask(
    transport: Transport, listener: Listener, timeouts: Timeouts = IMPATIENT, **options: Any
) -> Answer:
    client = transport.client(endpoint=listener.url, timeouts=timeouts, **options)
    return transport.ask(COUNT, client=client)


def hang_up(connection: socket.socket) -> None:
    """Close the connection without a word; it is a clean end, not a reset."""
    connection.shutdown(socket.SHUT_RDWR)


# Row 12: refused, not resolved


def test_row_12_a_refused_connection_is_tried_a_few_times_and_nothing_was_sent(
    transport: Transport,
) -> None:
    with closed_port() as port:
        client = transport.client(endpoint=f"http://127.0.0.1:{port}")
        answer = transport.ask(COUNT, client=client)
    assert type(answer.error) is ConnectionFailedError
    assert "it refuses connections" in answer.error.message
    assert "Nothing was sent" in answer.error.remedy
    assert len(answer.notices) == QUICK.attempts - 1
    assert DOUBLE not in str(answer.notices)


def test_row_12_a_name_that_does_not_resolve_is_tried_a_few_times_and_nothing_was_sent(
    transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    def resolve(host: object, *_: object, **__: object) -> None:
        asked.append(host)
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    name = "inference.generativeai.us-chicago-1.oci.oraclecloud.com"
    answer = transport.ask(COUNT, client=transport.client(endpoint=f"https://{name}"))
    assert type(answer.error) is ConnectionFailedError
    assert "its name can't be resolved" in answer.error.message
    assert "Nothing was sent" in answer.error.remedy
    assert len(asked) == QUICK.attempts


def test_row_12_a_connection_that_takes_too_long_sent_nothing(transport: Transport) -> None:
    """Its queue is full, so the handshake is never answered."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        address = full.getsockname()
        queued = [socket.socket() for _ in range(3)]
        for waiting in queued:
            waiting.settimeout(0)
            waiting.connect_ex(address)
        client = transport.client(
            endpoint=f"http://127.0.0.1:{address[1]}",
            timeouts=Timeouts(connect=0.1),
            retry=RetryPolicy(attempts=1),
        )
        error = transport.ask(COUNT, client=client).error
        for waiting in queued:
            waiting.close()
    assert type(error) is RequestTimeoutError
    assert "could not be reached in time" in error.message
    assert "Nothing was sent" in error.remedy


# Row 13: sent, and no answer. Where the service keeps answers, row 41 holds instead.


@over_all_but(STORED)
def test_row_13_no_answer_in_time_is_tried_again_with_a_warning(transport: Transport) -> None:
    def ask_within(seconds: float) -> Answer:
        with Listener(wait_until_closed, REFUSAL) as listener:
            return ask(transport, listener, Timeouts(read=seconds))

    answer = with_enough(0.1, ask_within, lambda found: len(found.notices) == 1)
    assert type(answer.error) is BadRequestError
    (notice,) = answer.notices
    assert f"did not answer in time. {DOUBLE} Trying again in" in notice


@over_all_but(STORED)
@pytest.mark.parametrize("leave", [reset, hang_up])
def test_row_13_a_connection_cut_before_the_answer_is_tried_again_with_a_warning(
    transport: Transport, leave: Any
) -> None:
    with Listener(leave, leave, REFUSAL) as listener:
        answer = ask(transport, listener, PATIENT, retry=QUICK)
    assert type(answer.error) is BadRequestError
    assert [DOUBLE in notice for notice in answer.notices] == [True, True]


@over_all_but(STORED)
def test_row_13_the_last_attempt_warns_too(transport: Transport) -> None:
    with Listener(wait_until_closed) as listener:
        error = ask(transport, listener, retry=RetryPolicy(attempts=1)).error
    assert type(error) is RequestTimeoutError
    assert error.remedy == f"Send it again. {DOUBLE}"


@over_all_but(STORED)
def test_row_13_a_whole_answer_that_does_not_come_in_time_is_given_up(transport: Transport) -> None:
    transport.service.pace = 1
    with pytest.raises(RequestTimeoutError, match="did not answer in time"):
        transport.model(client=transport.client(timeouts=IMPATIENT)).complete_sync(COUNT)


# Row 26: another address


def test_row_26_a_307_to_another_host_is_refused_and_nothing_is_sent_on(
    transport: Transport,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        elsewhere.settimeout(0)
        port = elsewhere.getsockname()[1]
        transport.service.fault("redirect", location=f"http://127.0.0.1:{port}/openai/v1")
        error = transport.ask(COUNT).error
        with pytest.raises(BlockingIOError):
            elsewhere.accept()
    assert type(error) is RedirectRefusedError
    assert error.status == 307
    assert "Nothing was sent on" in error.remedy
    assert len(transport.service.journal) == 1


# Row 41: the service may keep an answer that nobody has the id of. Elsewhere it keeps none.


@over(STORED)
@pytest.mark.parametrize("leave", [reset, hang_up, wait_until_closed])
def test_row_41_a_create_without_an_answer_is_not_sent_again(
    transport: Transport, leave: Any
) -> None:
    with Listener(leave) as listener:
        answer = ask(transport, listener)
    assert type(answer.error) is OutcomeUnknownError
    assert answer.error.message.endswith(UNKNOWN)
    assert "charged" in answer.error.remedy
    assert (answer.status, answer.response_id, answer.notices) == ("failed", None, ())
    assert len(listener.requests) == 1


@over(STORED)
@pytest.mark.parametrize("leave", [reset, hang_up, wait_until_closed])
def test_row_41_a_create_cut_before_any_id_is_unknown_and_not_sent_again(
    transport: Transport, leave: Any
) -> None:
    def begin(connection: socket.socket) -> None:
        connection.sendall(begin_stream() + b": hello\n\n")
        leave(connection)

    def ask_within(seconds: float) -> Answer:
        with Listener(begin) as listener:
            answer = ask(transport, listener, Timeouts(read=seconds))
        assert len(listener.requests) == 1
        return answer

    answer = with_enough(0.1, ask_within, lambda found: found.status == "interrupted")
    assert type(answer.error) is OutcomeUnknownError
    assert answer.error.message.endswith(UNKNOWN)
    assert (answer.status, answer.response_id) == ("interrupted", None)


@over(STORED)
def test_row_41_what_the_service_keeps_without_having_told_its_id_is_unknown(
    transport: Transport,
) -> None:
    transport.service.fault("no_id")
    answer = transport.ask(COUNT)
    assert type(answer.error) is OutcomeUnknownError
    assert len(transport.service.journal) == 1


@over(STORED)
def test_row_41_a_whole_answer_that_does_not_come_is_unknown_too(transport: Transport) -> None:
    transport.service.pace = 1
    with pytest.raises(OutcomeUnknownError, match=r"did not answer in time\. It is not known"):
        transport.model(client=transport.client(timeouts=IMPATIENT)).complete_sync(COUNT)
    transport.service.journal.wait_for(lambda entry: entry.outcome == "client left")
    assert len(transport.service.journal) == 1


@over(STORED)
def test_row_41_a_create_that_was_never_sent_is_tried_again(transport: Transport) -> None:
    with closed_port() as port:
        client = transport.client(endpoint=f"http://127.0.0.1:{port}")
        answer = transport.ask(COUNT, client=client)
    assert type(answer.error) is ConnectionFailedError
    assert len(answer.notices) == QUICK.attempts - 1


@over(STORED)
def test_row_41_once_the_id_came_the_answer_is_known(transport: Transport) -> None:
    transport.service.fault("cut", after_events=transport.after(4))
    answer = transport.ask(COUNT)
    assert answer.response_id is not None
    assert type(answer.error) is not OutcomeUnknownError
