"""What a stream that breaks leaves behind; what breaks it is in tests/faults."""

from __future__ import annotations

import gzip
import socket
from typing import Final

from ocigenai_nb.core.events import Interrupted
from ocigenai_nb.emulator.fault_names import FaultName
from tests.faults.streams import (
    ask_listener,
    read_end,
    write_events,
    write_gzip,
    write_stream,
)
from tests.transports.listener import wait_until_closed
from tests.transports.subject import COUNT, COUNTED, Transport, over, over_all_but

BREAKS: Final[tuple[FaultName, ...]] = (
    "cut",
    "eof",
    "half_line",
    "html",
    "malformed",
    "bad_utf8",
    "huge_event",
)


@over("v1", "sdk")
def test_an_answer_that_broke_only_after_its_end_is_whole(transport: Transport) -> None:
    """The finish reason and the usage came; only the [DONE] is missing."""
    transport.service.fault("eof", after_events=23)
    answer = transport.ask(COUNT)
    assert (answer.text, answer.status, answer.finish_reason) == (COUNTED, "finished", "stop")
    assert answer.usage is not None


@over_all_but("v1", "sdk")
def test_where_the_last_event_is_the_end_an_answer_without_it_is_cut(transport: Transport) -> None:
    transport.service.fault("eof", after_events=1000)
    answer = transport.ask(COUNT)
    assert (answer.text, answer.status, answer.finish_reason) == (COUNTED, "interrupted", "cut")


def test_the_errors_of_a_break_say_what_to_do(transport: Transport) -> None:
    transport.service.fault("cut", after_events=transport.after(4))
    answer = transport.ask(COUNT)
    assert answer.error is not None
    assert answer.error.lines() == [
        "The connection broke off within the answer.",
        f"opc-request-id {answer.request_id}",
        "Send it again; what came before is kept.",
    ]


def test_a_request_after_a_break_is_answered(transport: Transport) -> None:
    client = transport.client()
    for name in BREAKS:
        transport.service.fault(name, after_events=transport.after(4), size=9 * 2**20)
        assert transport.ask(COUNT, client=client).status == "interrupted"
        assert transport.ask(COUNT, client=client).text == COUNTED


# What the emulator does not do


def test_a_compressed_stream_is_read(transport: Transport) -> None:
    text, _ = read_end(
        ask_listener(transport, write_gzip(gzip.compress(write_events(transport.wire.delta("Hi")))))
    )
    assert text == "Hi"


def test_a_broken_compression_is_a_cut(transport: Transport) -> None:
    _, end = read_end(ask_listener(transport, write_gzip(b"this is not gzip")))
    assert isinstance(end, Interrupted)
    assert (end.reason, "The connection broke off" in str(end.error)) == ("cut", True)


def test_the_connection_is_closed_when_an_answer_is_given_up(transport: Transport) -> None:
    def answer(connection: socket.socket) -> None:
        connection.sendall(write_stream(transport.wire.delta("Hi"), "nonsense"))
        wait_until_closed(connection)

    _, end = read_end(ask_listener(transport, answer))
    assert isinstance(end, Interrupted)
