"""What every transport makes of a stream that breaks: the text is kept, and it says what broke."""

from __future__ import annotations

import gzip
import re
import socket
import threading
from contextlib import suppress
from typing import Final

import pytest

from ocigenai_nb.core.errors import (
    InStreamError,
    MalformedStreamError,
    OCIGenAIError,
    RequestTimeoutError,
    StreamCutError,
    StreamLimitError,
)
from ocigenai_nb.core.events import (
    Event,
    Failed,
    Finished,
    Interrupted,
    Notice,
    TextDelta,
)
from ocigenai_nb.emulator.faults import FaultName
from ocigenai_nb.transports.pool import Timeouts
from tests.transports.listener import (
    Answer,
    Listener,
    begin_stream,
    reset,
    respond,
    wait_until_closed,
)
from tests.transports.subject import COUNT, COUNTED, PATIENT, Transport, over, over_all_but

# Each with the reason of the interruption, the type of the error and a part of its sentence.
BREAKS: Final[dict[FaultName, tuple[str, type[OCIGenAIError], str]]] = {
    "cut": ("cut", StreamCutError, "The connection broke off within the answer"),
    "eof": ("cut", StreamCutError, "The stream ended before the answer did"),
    "half_line": ("cut", StreamCutError, "The stream ended before the answer did"),
    "html": ("cut", StreamCutError, "The stream ended before the answer did"),
    "malformed": ("malformed", MalformedStreamError, "something that does not belong there"),
    "bad_utf8": ("malformed", MalformedStreamError, "something that does not belong there"),
    "huge_event": ("too large", StreamLimitError, "larger than 8,388,608 bytes"),
}


def run(transport: Transport, *, timeouts: Timeouts = PATIENT) -> list[Event]:
    return list(transport.model(client=transport.client(timeouts=timeouts)).stream(COUNT))


def read_end(events: list[Event]) -> tuple[str, Event]:
    """The text that came, and the one terminal event."""
    ends = [event for event in events if isinstance(event, Finished | Failed | Interrupted)]
    assert ends == events[-1:]
    return "".join(event.text for event in events if isinstance(event, TextDelta)), ends[0]


def check_interrupted(end: Event, reason: str, kind: type[OCIGenAIError], sentence: str) -> None:
    assert isinstance(end, Interrupted)
    assert type(end.error) is kind
    assert end.reason == reason
    assert sentence in end.error.message


@pytest.mark.parametrize("name", BREAKS)
def test_a_stream_that_breaks_is_interrupted_and_its_text_is_kept(
    transport: Transport, name: FaultName
) -> None:
    transport.service.fault(name, after_events=transport.after(4), size=9 * 2**20)
    text, end = read_end(run(transport))
    assert text == "1 2 3 4"
    check_interrupted(end, *BREAKS[name])
    assert len(transport.service.journal) == 1, "Never sent again once an answer has begun."


@pytest.mark.parametrize("name", BREAKS)
def test_a_stream_that_breaks_before_its_first_token_is_interrupted(
    transport: Transport, name: FaultName
) -> None:
    transport.service.fault(name, size=9 * 2**20)
    text, end = read_end(run(transport))
    assert text == ""
    check_interrupted(end, *BREAKS[name])


def test_a_reset_connection_is_a_cut(transport: Transport) -> None:
    transport.service.fault("reset", after_events=transport.after(4))
    text, end = read_end(run(transport))
    assert "1 2 3 4".startswith(text), "A reset may overtake what was sent before it."
    check_interrupted(end, *BREAKS["cut"])


def test_what_was_read_before_a_reset_is_kept(transport: Transport) -> None:
    seen = threading.Event()

    def answer(connection: socket.socket) -> None:
        connection.sendall(write_stream(transport.wire.delta("Hi")))
        assert seen.wait(timeout=5)
        reset(connection)

    with Listener(answer) as server:
        events: list[Event] = []
        for event in transport.model(client=transport.client(endpoint=server.url)).stream(COUNT):
            events.append(event)
            if isinstance(event, TextDelta):
                seen.set()
    text, end = read_end(events)
    assert text == "Hi"
    check_interrupted(end, *BREAKS["cut"])


def test_a_half_line_at_the_end_is_dropped_and_reported(transport: Transport) -> None:
    transport.service.fault("half_line", after_events=transport.after(4))
    notices = [event.text for event in run(transport) if isinstance(event, Notice)]
    assert len(notices) == 1
    assert re.fullmatch(r"An incomplete event of \d+ bytes was dropped\.", notices[0])


def test_an_error_event_fails_the_turn_and_its_text_is_kept(transport: Transport) -> None:
    transport.service.fault("error_event", after_events=transport.after(4))
    text, end = read_end(run(transport))
    assert text == "1 2 3 4"
    assert isinstance(end, Failed)
    assert type(end.error) is InStreamError
    assert end.error.code == ("500" if transport.name.startswith("sdk") else "server_error")
    assert re.search("error while processing your request|Internal Server", end.error.message)


@pytest.mark.parametrize("timeouts", [Timeouts(read=0.3), Timeouts(total=0.5)])
def test_a_stream_that_stalls_is_given_up(transport: Transport, timeouts: Timeouts) -> None:
    transport.service.fault("stall", after_events=transport.after(4))
    text, end = read_end(run(transport, timeouts=timeouts))
    assert text == "1 2 3 4"
    check_interrupted(end, "timeout", RequestTimeoutError, "The answer stopped coming")
    transport.service.journal.wait_for(lambda entry: entry.outcome == "client left")


def test_an_answer_that_trickles_for_too_long_is_given_up(transport: Transport) -> None:
    """The time between two pieces never runs out, that of the whole answer does."""
    transport.service.pace = 5
    text, end = read_end(run(transport, timeouts=Timeouts(read=30, total=0.3)))
    assert COUNTED.startswith(text)
    assert text != COUNTED
    check_interrupted(end, "timeout", RequestTimeoutError, "The answer stopped coming")


def test_a_whole_answer_that_takes_too_long_is_given_up(transport: Transport) -> None:
    transport.service.pace = 1
    client = transport.client(timeouts=Timeouts(read=0.1))
    with pytest.raises(RequestTimeoutError, match="did not answer in time"):
        transport.model(client=client).complete_sync(COUNT)


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
    error = transport.ask(COUNT).error
    assert error is not None
    assert error.lines() == [
        "The connection broke off within the answer.",
        "Send it again; what came before is kept.",
    ]


def test_a_request_after_a_break_is_answered(transport: Transport) -> None:
    client = transport.client()
    for name in BREAKS:
        transport.service.fault(name, after_events=transport.after(4), size=9 * 2**20)
        assert transport.ask(COUNT, client=client).status == "interrupted"
        assert transport.ask(COUNT, client=client).text == COUNTED


# What the emulator does not do


def write_stream(*data: str) -> bytes:
    return begin_stream() + write_events(*data)


def write_events(*data: str) -> bytes:
    return "".join(f"data: {one}\n\n" for one in data).encode()


def write_gzip(body: bytes) -> bytes:
    return begin_stream().replace(b"\r\n\r\n", b"\r\ncontent-encoding: gzip\r\n\r\n") + body


def ask_listener(transport: Transport, answer: Answer) -> list[Event]:
    with Listener(answer) as server:
        client = transport.client(endpoint=server.url)
        return list(transport.model(client=client).stream(COUNT))


def test_one_byte_at_a_time_gives_the_same_text(transport: Transport) -> None:
    whole = write_stream(transport.wire.delta("Grüße 👋"), transport.wire.end, "[DONE]")

    def trickle(connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with suppress(ConnectionError):  # the client may leave once it has read the end
            for position in range(len(whole)):
                connection.sendall(whole[position : position + 1])

    text, end = read_end(ask_listener(transport, trickle))
    assert (text, end) == ("Grüße 👋", Finished("stop"))


def test_an_error_in_plain_words_inside_a_stream_interrupts_it(transport: Transport) -> None:
    text, end = read_end(
        ask_listener(transport, write_stream(transport.wire.delta("Hi"), "upstream unavailable"))
    )
    assert text == "Hi"
    assert isinstance(end, Interrupted)
    assert "upstream unavailable" in str(end.error)


def test_a_web_page_in_place_of_an_answer_is_no_answer(transport: Transport) -> None:
    page = b"<html><title>Sign in to the hotel network</title></html>"
    with Listener(respond(200, page, content_type="text/html")) as server:
        model = transport.model(client=transport.client(endpoint=server.url))
        with pytest.raises(MalformedStreamError, match="does not come from this service"):
            model.complete_sync(COUNT)


def test_a_compressed_stream_is_read(transport: Transport) -> None:
    text, _ = read_end(
        ask_listener(transport, write_gzip(gzip.compress(write_events(transport.wire.delta("Hi")))))
    )
    assert text == "Hi"


def test_a_small_answer_that_unpacks_to_a_huge_one_is_capped(transport: Transport) -> None:
    bomb = gzip.compress(b"data: " + bytes(32 * 2**20))
    text, end = read_end(ask_listener(transport, write_gzip(bomb)))
    assert text == ""
    check_interrupted(end, *BREAKS["huge_event"])


def test_a_broken_compression_is_a_cut(transport: Transport) -> None:
    _, end = read_end(ask_listener(transport, write_gzip(b"this is not gzip")))
    check_interrupted(end, *BREAKS["cut"])


def test_the_connection_is_closed_when_an_answer_is_given_up(transport: Transport) -> None:
    def answer(connection: socket.socket) -> None:
        connection.sendall(write_stream(transport.wire.delta("Hi"), "nonsense"))
        wait_until_closed(connection)

    _, end = read_end(ask_listener(transport, answer))
    assert isinstance(end, Interrupted)


def test_events_that_say_nothing_change_nothing(transport: Transport) -> None:
    noise = b': keep-alive\r\n\r\nevent: ping\rdata: {"type":"ping"}\r\rretry: 10\n\nid: 7\n\n'
    good = write_events(transport.wire.delta("Hi"), transport.wire.end)
    text, end = read_end(ask_listener(transport, begin_stream() + noise + good + noise))
    assert (text, end) == ("Hi", Finished("stop"))
