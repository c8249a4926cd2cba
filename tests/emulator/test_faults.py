"""Faults on demand: each does on the wire what its name says, as often as it was told to."""

from __future__ import annotations

import contextlib
import json
import socket
from typing import Any

import httpx
import pytest

from ocigenai_nb import emulator
from ocigenai_nb.emulator.fault_names import FaultName
from ocigenai_nb.emulator.service import Service
from tests.emulator.client import (
    CHAT,
    GPT,
    LLAMA,
    connect,
    connect_openai,
    join_text,
    post_raw,
    read_all,
    read_events,
    write_body,
)

STREAMED = write_body(prompt="count from 1 to 20", stream=True)
FIRST_THREE = ["", "1", " 2"]


def read_until_broken(service: Service) -> tuple[bytes, Exception | None]:
    """What arrives of a stream, and what it ends in."""
    received = b""
    with connect(service) as client, client.stream("POST", CHAT, json=STREAMED) as response:
        assert response.status_code == 200
        try:
            for piece in response.iter_raw():
                received += piece
        except httpx.HTTPError as error:
            return received, error
    return received, None


def read_contents(received: bytes) -> list[str]:
    """The content of each event that is whole."""
    events = received.split(b"\n\n")[:-1]
    chunks = [json.loads(event.removeprefix(b"data: ")) for event in events]
    return [chunk["choices"][0]["delta"]["content"] for chunk in chunks]


def test_a_cut_closes_the_connection_between_two_events(service: Service) -> None:
    service.fault("cut", after_events=3)
    received, error = read_until_broken(service)
    assert isinstance(error, httpx.RemoteProtocolError)
    assert read_contents(received) == FIRST_THREE
    entry = service.journal.last
    assert (entry.fault, entry.outcome, entry.events) == ("cut", "broken off", 3)


def test_an_early_end_of_file_is_well_formed_http_without_a_terminal_event(
    service: Service,
) -> None:
    service.fault("eof", after_events=3)
    received, error = read_until_broken(service)
    assert error is None
    assert read_contents(received) == FIRST_THREE
    assert b"[DONE]" not in received


def test_a_reset_is_a_reset_after_the_events_arrived(service: Service) -> None:
    service.fault("reset", after_events=3)
    with post_raw(service, STREAMED) as connection:
        received = b""
        with pytest.raises(ConnectionResetError):  # noqa: PT012 - which read fails is the kernel's
            while piece := connection.recv(65536):
                received += piece
    assert b'{"content":" 2"}' in received
    assert b'{"content":" 3"}' not in received


def test_a_half_line_ends_the_body_inside_a_line(service: Service) -> None:
    service.fault("half_line", after_events=3)
    received, error = read_until_broken(service)
    assert error is None
    assert read_contents(received) == FIRST_THREE
    assert received.split(b"\n\n")[-1].startswith(b"data: {")
    assert not received.endswith(b"\n")


def test_a_malformed_chunk_comes_between_good_ones(service: Service) -> None:
    service.fault("malformed", after_events=3)
    received, error = read_until_broken(service)
    assert error is None
    events = received.split(b"\n\n")
    with pytest.raises(json.JSONDecodeError):
        json.loads(events[3].removeprefix(b"data: "))
    assert b'{"content":" 3"}' in events[4]
    assert received.endswith(b"data: [DONE]\n\n")


def test_bad_utf8_comes_between_good_chunks(service: Service) -> None:
    service.fault("bad_utf8", after_events=3)
    received, error = read_until_broken(service)
    assert error is None
    with pytest.raises(UnicodeDecodeError):
        received.split(b"\n\n")[3].decode()
    assert received.endswith(b"data: [DONE]\n\n")


def test_html_of_a_gateway_ends_the_stream(service: Service) -> None:
    service.fault("html", after_events=3)
    received, error = read_until_broken(service)
    assert error is None
    head, _, page = received.partition(b"<html>")
    assert read_contents(head) == FIRST_THREE
    assert b"502 Bad Gateway" in page
    assert b"[DONE]" not in received


def test_an_error_event_ends_the_stream(service: Service) -> None:
    service.fault("error_event", after_events=3)
    received, error = read_until_broken(service)
    assert error is None
    last = received.split(b"\n\n")[-2]
    assert json.loads(last.removeprefix(b"data: "))["error"]["type"] == "server_error"
    assert b"[DONE]" not in received


def test_a_stall_lasts_until_the_client_leaves(service: Service) -> None:
    service.fault("stall", after_events=3)
    with post_raw(service, STREAMED) as connection:
        received = b""
        while b'{"content":" 2"}' not in received:
            received += connection.recv(65536)
        connection.settimeout(0.2)
        with pytest.raises(socket.timeout):
            connection.recv(65536)
    entry = service.journal.wait_for(lambda e: e.outcome == "client left")
    assert (entry.fault, entry.events) == ("stall", 3)


@pytest.mark.parametrize(("name", "said"), [("keep_alive", b": keep-alive"), ("slow_loris", b"x")])
def test_a_stream_may_stay_open_and_say_nothing_until_the_client_leaves(
    service: Service, name: FaultName, said: bytes
) -> None:
    service.fault(name, after_events=3)
    with connect(service) as client, client.stream("POST", CHAT, json=STREAMED) as response:
        received, after = b"", b""
        for piece in response.iter_raw():
            received += piece
            _, _, after = received.partition(b'{"content":" 2"}')
            if after.count(said) > 3:
                break
    assert b"data: {" not in after
    entry = service.journal.wait_for(lambda e: e.outcome == "client left")
    assert (entry.fault, entry.events) == (name, 3)


def test_a_huge_event_is_as_huge_as_told(service: Service) -> None:
    service.fault("huge_event", after_events=3, size=3_000_000)
    received, error = read_until_broken(service)
    assert error is None
    events = received.split(b"\n\n")
    assert len(events[3]) + 2 == 3_000_000
    assert json.loads(events[3].removeprefix(b"data: "))["choices"][0]["delta"]["content"]
    assert received.endswith(b"data: [DONE]\n\n")


def test_a_fault_past_the_end_strikes_before_the_terminal_event(service: Service) -> None:
    service.fault("eof", after_events=10_000)
    received, _ = read_until_broken(service)
    assert received.split(b"\n\n")[-2].count(b'"finish_reason":"stop"') == 1
    assert b"[DONE]" not in received


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (401, "NotAuthenticated"),
        (409, "IncorrectState"),
        (429, "429"),
        (500, "InternalServerError"),
        (503, "ServiceUnavailable"),
        (418, "418"),
    ],
)
def test_a_status_comes_with_its_usual_code(service: Service, status: int, code: str) -> None:
    service.fault("status", status=status)
    with connect(service) as client:
        answer = client.post(CHAT, json=STREAMED)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert "retry-after" not in answer.headers
    assert "opc-request-id" in answer.headers


def test_a_status_can_be_told_what_to_say(service: Service) -> None:
    service.fault("status", status=429, code="TooManyRequests", message="Slow", retry_after=2)
    with connect(service) as client:
        answer = client.post(CHAT, json=write_body())
    assert answer.json() == {"code": "TooManyRequests", "message": "Slow"}
    assert answer.headers["retry-after"] == "2"


def test_a_fault_strikes_as_often_as_told_and_the_oldest_first(service: Service) -> None:
    service.fault("status", status=503, times=2)
    service.fault("status", status=429)
    with connect(service) as client:
        statuses = [client.post(CHAT, json=write_body()).status_code for _ in range(4)]
    assert statuses == [503, 503, 429, 200]


def test_a_fault_is_over_at_the_end_of_its_block(service: Service) -> None:
    with connect(service) as client:
        with service.fault("status", status=500, times=None) as fault:
            assert [client.post(CHAT, json=write_body()).status_code for _ in range(3)] == [500] * 3
            assert fault.struck == 3
        assert client.post(CHAT, json=write_body()).status_code == 200


def test_a_fault_strikes_only_what_it_matches(service: Service) -> None:
    service.fault("status", status=500, model=GPT)
    service.fault("cut")
    service.fault("status", status=503, path="/20231130/")
    with connect(service) as client:
        assert client.post(CHAT, json=write_body(LLAMA)).status_code == 200
        assert client.post(CHAT, json=write_body(GPT)).status_code == 500
        older = "/20231130/actions/v1/chat/completions"
        assert client.post(older, json=write_body()).status_code == 503


def test_a_badly_signed_request_meets_no_fault(service: Service) -> None:
    service.fault("status", status=500)
    with connect(service, signed=False) as stranger, connect(service) as client:
        assert stranger.post(CHAT, json=write_body()).status_code == 401
        assert client.post(CHAT, json=write_body()).status_code == 500


def test_a_redirect_points_where_told(service: Service) -> None:
    service.fault("redirect", location="https://elsewhere.invalid/x")
    with connect(service) as client:
        answer = client.post(CHAT, json=write_body())
    assert (answer.status_code, answer.headers["location"]) == (307, "https://elsewhere.invalid/x")


def test_an_unknown_fault_names_the_known_ones(service: Service) -> None:
    unknown: Any = "earthquake"
    with pytest.raises(
        ValueError, match="no fault named 'earthquake': use one of bad_utf8, bytewise"
    ):
        service.fault(unknown)


@pytest.mark.parametrize("name", ["cut", "eof", "reset", "half_line", "html", "stall"])
def test_the_next_stream_after_a_fault_is_whole(service: Service, name: FaultName) -> None:
    service.fault(name, after_events=2)
    with post_raw(service, STREAMED) as connection:
        connection.recv(10)
    with connect(service) as client, client.stream("POST", CHAT, json=STREAMED) as response:
        assert join_text(read_events(response)) == " ".join(map(str, range(1, 21)))


def test_the_openai_sdk_retries_a_struck_request_and_signs_it_again(service: Service) -> None:
    service.fault("status", status=503, retry_after=0.01)
    with connect_openai(service) as client:
        client.chat.completions.create(model=LLAMA, messages=[{"role": "user", "content": "hi"}])
    assert [entry.status for entry in service.journal] == [503, 200]


def test_stopping_the_emulator_ends_a_stalled_stream() -> None:
    with emulator.start() as service:
        service.fault("stall", after_events=1)
        connection = post_raw(service, STREAMED)
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
    with connection, contextlib.suppress(ConnectionResetError):
        assert b"[DONE]" not in read_all(connection)


def test_what_is_armed_can_be_listed_until_it_has_struck(service: Service) -> None:
    once, always = service.fault("cut"), service.fault("status", times=None)
    assert list(service.armed) == [once, always]
    once.disarm()
    with connect(service) as client:
        client.post(CHAT, json=write_body())
    assert list(service.armed) == [always]
    assert always.struck == 1
