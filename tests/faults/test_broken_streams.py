"""Rows 1 to 6, 9, 10, 29, 30 and 35: a stream that breaks keeps its text, and says what broke."""

from __future__ import annotations

import gzip
import importlib
import json
import re
import socket
import threading
from typing import Any, Final

import openai
import pytest

from ocigenai_nb.core.errors import (
    InStreamError,
    MalformedStreamError,
    OCIGenAIError,
    OutcomeUnknownError,
    StreamCutError,
    StreamLimitError,
)
from ocigenai_nb.core.events import Event, Failed, Finished, Interrupted, TextDelta
from ocigenai_nb.core.parameters import Parameters
from ocigenai_nb.emulator.fault_names import FaultName
from tests.faults.streams import (
    STORED,
    ask_listener,
    check_interrupted,
    read_end,
    read_notices,
    run,
    write_events,
    write_gzip,
    write_stream,
)
from tests.transports.listener import Listener, begin_stream, reset, respond
from tests.transports.subject import COUNT, COUNTED, Transport, over, over_all_but

Break = tuple[str, type[OCIGenAIError], str]

CUT: Final[Break] = ("cut", StreamCutError, "The connection broke off within the answer")
ENDED: Final[Break] = ("cut", StreamCutError, "The stream ended before the answer did")
ALIEN: Final[Break] = ("malformed", MalformedStreamError, "something that does not belong there")
HUGE: Final[Break] = ("too large", StreamLimitError, "larger than 8,388,608 bytes")


def check_break(transport: Transport, name: FaultName, how: Break, **options: Any) -> list[Event]:
    """The fault strikes after four pieces of text, and before the first event; both in turn."""
    reason, kind, sentence = how
    transport.service.fault(name, after_events=transport.after(4), **options)
    events = run(transport)
    text, end = read_end(events)
    assert text == "1 2 3 4"
    check_interrupted(end, reason, kind, sentence)
    assert len(transport.service.journal) == 1, "Never sent again once an answer has begun."
    transport.service.fault(name, **options)
    text, end = read_end(run(transport))
    assert text == ""
    unknown = transport.name == STORED  # no id came, and it may be stored all the same
    check_interrupted(end, reason, OutcomeUnknownError if unknown else kind, sentence)
    assert len(transport.service.journal) == 2
    return events


def test_row_01_an_end_without_a_terminal_event_is_interrupted(transport: Transport) -> None:
    check_break(transport, "eof", ENDED)


def test_row_01_a_connection_closed_within_an_answer_is_interrupted(transport: Transport) -> None:
    check_break(transport, "cut", CUT)


def test_row_02_a_reset_is_one_error_whatever_the_client_underneath(transport: Transport) -> None:
    transport.service.fault("reset", after_events=transport.after(4))
    text, end = read_end(run(transport))
    assert "1 2 3 4".startswith(text), "A reset may overtake what was sent before it."
    check_interrupted(end, *CUT)


def test_row_02_what_was_read_before_a_reset_is_kept(transport: Transport) -> None:
    seen = threading.Event()
    begun = [json.dumps({"type": "response.created", "response": {"id": "resp_1"}})]
    lead = begun if transport.name == STORED else []

    def answer(connection: socket.socket) -> None:
        connection.sendall(write_stream(*lead, transport.wire.delta("Hi")))
        assert seen.wait(timeout=60)
        reset(connection)

    with Listener(answer) as server:
        events: list[Event] = []
        for event in transport.model(client=transport.client(endpoint=server.url)).stream(COUNT):
            events.append(event)
            if isinstance(event, TextDelta):
                seen.set()
    text, end = read_end(events)
    assert text == "Hi"
    check_interrupted(end, *CUT)


def test_row_03_a_half_line_is_dropped_and_told(transport: Transport) -> None:
    (notice,) = read_notices(check_break(transport, "half_line", ENDED))
    assert re.fullmatch(r"An incomplete event of \d+ bytes was dropped\.", notice)


def test_row_04_a_malformed_chunk_interrupts_with_a_typed_error(transport: Transport) -> None:
    check_break(transport, "malformed", ALIEN)


def test_row_04_an_error_in_plain_words_interrupts_and_is_shown(transport: Transport) -> None:
    answer = write_stream(transport.wire.delta("Hi"), "upstream unavailable")
    text, end = read_end(ask_listener(transport, answer))
    assert text == "Hi"
    assert isinstance(end, Interrupted)
    assert "upstream unavailable" in str(end.error)


def test_row_05_invalid_utf8_interrupts_as_a_malformed_chunk_does(transport: Transport) -> None:
    check_break(transport, "bad_utf8", ALIEN)


def test_row_06_a_gateways_page_inside_a_stream_is_no_text(transport: Transport) -> None:
    events = check_break(transport, "html", ENDED)
    assert "502" not in str(events[-1])


def test_row_06_a_gateways_page_as_an_event_is_shown_short_and_without_markup(
    transport: Transport,
) -> None:
    page = f"<html><body>502 Bad Gateway\x1b[2J {'secret ' * 99}</body></html>"
    answer = write_stream(transport.wire.delta("Hi"), page)
    text, end = read_end(ask_listener(transport, answer))
    assert text == "Hi"
    assert isinstance(end, Interrupted)
    assert end.error is not None
    assert "502 Bad Gateway[2J secret" in end.error.message
    assert "<html>" not in end.error.message
    assert len(end.error.message) < 300


def test_row_06_a_page_in_place_of_a_whole_answer_is_no_answer(transport: Transport) -> None:
    page = b"<html><title>Sign in to the hotel network</title></html>"
    with Listener(respond(200, page, content_type="text/html")) as server:
        model = transport.model(client=transport.client(endpoint=server.url))
        with pytest.raises(MalformedStreamError, match="does not come from this service"):
            model.complete_sync(COUNT)


def test_row_09_an_event_of_64_mib_stops_at_the_cap(transport: Transport) -> None:
    check_break(transport, "huge_event", HUGE, size=64 * 2**20)


def test_row_10_a_small_answer_that_unpacks_to_a_huge_one_is_capped(transport: Transport) -> None:
    bomb = write_gzip(gzip.compress(write_events(transport.wire.delta("a" * 9 * 2**20))))
    text, end = read_end(ask_listener(transport, bomb))
    assert text == ""
    assert isinstance(end, Interrupted)
    assert (end.reason, HUGE[2] in str(end.error)) == ("too large", True)


def test_row_10_zstd_is_never_offered(
    transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the `zstandard` package is installed, the client would."""
    base: Any = openai.DefaultAsyncHttpxClient.__base__
    module = importlib.import_module(f"{base.__module__.partition('.')[0]}._client")
    monkeypatch.setattr(module, "ACCEPT_ENCODING", "gzip, deflate, br, zstd")
    transport.ask(COUNT)
    assert transport.service.journal.last.headers["accept-encoding"] == "gzip, deflate"


def test_row_10_zstd_that_comes_all_the_same_interrupts(transport: Transport) -> None:
    """Each event in a frame of its own, as the service does it; the frames are real ones."""
    frame = b"\x28\xb5\x2f\xfd\x20\x05\x29\x00\x00hello"
    head = begin_stream().replace(b"\r\n\r\n", b"\r\ncontent-encoding: zstd\r\n\r\n")
    text, end = read_end(ask_listener(transport, head + frame + frame))
    assert text == ""
    assert isinstance(end, Interrupted)
    assert isinstance(end.error, OCIGenAIError)


def test_row_29_an_error_event_fails_the_turn_and_its_text_is_kept(transport: Transport) -> None:
    transport.service.fault("error_event", after_events=transport.after(4))
    text, end = read_end(run(transport))
    assert text == "1 2 3 4"
    assert isinstance(end, Failed)
    assert type(end.error) is InStreamError
    assert end.error.code == ("500" if transport.name.startswith("sdk") else "server_error")
    assert re.search("error while processing your request|Internal Server", end.error.message)


# The states of its own are the Responses API's.
@over("responses", "responses-unstored")
def test_row_30_a_failed_response_is_failed_and_says_why(transport: Transport) -> None:
    transport.service.fault("response_failed", after_events=transport.after(4))
    answer = transport.ask(COUNT)
    assert (answer.text, answer.status, answer.finish_reason) == ("1 2 3 4", "failed", "error")
    assert answer.error is not None
    assert answer.error.code == "server_error"


def test_row_30_an_answer_that_its_cap_cuts_is_finished_for_another_reason(
    transport: Transport,
) -> None:
    answer = transport.ask(COUNT, parameters=Parameters(max_tokens=16))
    assert (answer.status, answer.finish_reason, answer.error) == ("finished", "length", None)
    assert COUNTED.startswith(answer.text)
    assert answer.text != COUNTED


@over_all_but("responses", "responses-unstored")
def test_row_35_an_early_done_ends_a_chat_for_a_reason_that_is_not_known(
    transport: Transport,
) -> None:
    answer = write_stream(transport.wire.delta("Hi"), "[DONE]")
    reason = "stop" if transport.name == "sdk-cohere" else "unknown"  # it gives none there
    assert read_end(ask_listener(transport, answer)) == ("Hi", Finished(reason))


@over("responses", "responses-unstored")
def test_row_35_an_early_done_is_a_cut_where_a_terminal_event_has_to_come(
    transport: Transport,
) -> None:
    created = {"type": "response.created", "response": {"id": "resp_1"}}
    answer = write_stream(json.dumps(created), transport.wire.delta("Hi"), "[DONE]")
    text, end = read_end(ask_listener(transport, answer))
    assert text == "Hi"
    check_interrupted(end, *ENDED)
