"""Faults in native streams: what they imitate has the format's own shape."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from ocigenai_nb.emulator.fault_names import FaultName
from ocigenai_nb.emulator.service import Service
from tests.emulator.client import GPT, LLAMA, connect
from tests.emulator.native_client import (
    COMMAND_R,
    NATIVE,
    VISION,
    post_native,
    write_cohere,
    write_cohere_v2,
    write_envelope,
    write_generic,
)

PROMPT = "count from 1 to 20"
FORMATS = {
    "GENERIC": (LLAMA, write_generic(PROMPT, isStream=True), b'"text":" 2"'),
    "COHERE": (COMMAND_R, write_cohere(PROMPT, isStream=True), b'"text":" 3"'),
    "COHEREV2": (VISION, write_cohere_v2(PROMPT, isStream=True), b'"text":" 3"'),
}
"""Model, request and what the third event holds."""
ENDS = {"GENERIC": b"data: [DONE]\n\n", "COHERE": b"}\n\n", "COHEREV2": b"}\n\n"}


@pytest.fixture(params=FORMATS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def read_until_broken(service: Service, name: str) -> tuple[bytes, Exception | None]:
    """What arrives of a stream, and what it ends in."""
    model, request, _ = FORMATS[name]
    envelope = write_envelope(service, request, model)
    received = b""
    with connect(service) as client, client.stream("POST", NATIVE, json=envelope) as response:
        assert response.status_code == 200
        try:
            for piece in response.iter_raw():
                received += piece
        except httpx.HTTPError as error:
            return received, error
    return received, None


def split(received: bytes) -> list[bytes]:
    return received.split(b"\n\n")


def read(event: bytes) -> Any:
    return json.loads(event.removeprefix(b"data: "))


@pytest.mark.parametrize("fault", ["cut", "reset"])
def test_a_broken_connection_leaves_whole_events(
    service: Service, name: str, fault: FaultName
) -> None:
    service.fault(fault, after_events=3)
    received, error = read_until_broken(service, name)
    assert isinstance(error, httpx.RemoteProtocolError | httpx.ReadError)
    assert FORMATS[name][2] in split(received)[2]
    assert split(received)[3:] == [b""]
    entry = service.journal.wait_for(lambda entry: entry.outcome == "broken off")
    assert (entry.fault, entry.events, entry.model) == (fault, 3, FORMATS[name][0])


@pytest.mark.parametrize("after", [3, 10_000])
def test_an_early_end_of_file_leaves_out_the_terminal_event(
    service: Service, name: str, after: int
) -> None:
    service.fault("eof", after_events=after)
    received, error = read_until_broken(service, name)
    assert error is None
    assert b"[DONE]" not in received
    assert b"chatHistory" not in received
    if name == "COHEREV2":
        assert b"finishReason" not in received
    assert received.endswith(b"\n\n")


def test_a_half_line_is_the_formats_own(service: Service, name: str) -> None:
    service.fault("half_line", after_events=3)
    received, _ = read_until_broken(service, name)
    half = split(received)[-1]
    assert half.startswith(b"data: {")
    assert split(received)[2].startswith(half[: half.index(b"text")])
    with pytest.raises(json.JSONDecodeError):
        read(half)


def test_a_malformed_event_comes_between_good_ones(service: Service, name: str) -> None:
    service.fault("malformed", after_events=3)
    received, error = read_until_broken(service, name)
    assert error is None
    with pytest.raises(json.JSONDecodeError):
        read(split(received)[3])
    assert read(split(received)[4])["pad"]
    assert received.endswith(ENDS[name])


def test_bad_utf8_comes_between_good_events(service: Service, name: str) -> None:
    service.fault("bad_utf8", after_events=3)
    received, _ = read_until_broken(service, name)
    with pytest.raises(UnicodeDecodeError):
        split(received)[3].decode()
    text = split(received)[3].replace(b"\xff\xfe\xfa", b"")
    assert read(text).keys() == read(split(received)[2]).keys()


def test_a_huge_event_is_a_good_one_of_that_size(service: Service, name: str) -> None:
    service.fault("huge_event", after_events=3, size=200_000)
    received, _ = read_until_broken(service, name)
    huge = split(received)[3]
    assert len(huge) + 2 == 200_000
    assert read(huge).keys() == read(split(received)[2]).keys()


def test_an_error_event_is_ocis_envelope_and_the_last(service: Service, name: str) -> None:
    service.fault("error_event", after_events=3)
    received, error = read_until_broken(service, name)
    assert error is None
    assert read(split(received)[-2]) == {"code": "500", "message": "Internal Server Error"}


def test_html_of_a_gateway_ends_the_stream(service: Service, name: str) -> None:
    service.fault("html", after_events=3)
    received, _ = read_until_broken(service, name)
    assert b"502 Bad Gateway" in split(received)[3]


def test_a_stall_lasts_until_the_client_leaves(service: Service, name: str) -> None:
    service.fault("stall", after_events=3)
    model, request, third = FORMATS[name]
    envelope = write_envelope(service, request, model)
    with connect(service) as client, client.stream("POST", NATIVE, json=envelope) as response:
        received = b""
        for piece in response.iter_raw():
            received += piece
            if third in received:
                break
    entry = service.journal.wait_for(lambda entry: entry.outcome == "client left")
    assert (entry.fault, entry.events) == ("stall", 3)


def test_faults_know_the_native_model_and_leave_whole_answers_alone(service: Service) -> None:
    service.fault("status", status=503, model=GPT)
    service.fault("cut", model=LLAMA)

    def ask(model: str) -> int:
        envelope = write_envelope(service, write_generic(), model)
        return post_native(service, envelope).status_code

    assert [ask(LLAMA), ask(GPT), ask(GPT)] == [200, 503, 200]


def test_the_faults_of_responses_leave_native_chat_alone(service: Service, name: str) -> None:
    service.fault("response_failed", times=None)
    service.fault("no_id", times=None)
    received, error = read_until_broken(service, name)
    assert error is None
    assert received.endswith(ENDS[name])
