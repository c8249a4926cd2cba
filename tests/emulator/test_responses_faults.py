"""Faults of the Responses API: in its own shape, and those that only it has."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any

import httpx
import openai
import pydantic
import pytest
from openai.types.responses import Response, ResponseStreamEvent

from ocigenai_nb.emulator.fault_names import FaultName
from ocigenai_nb.emulator.service import Service
from tests.emulator.client import CHAT, GPT, connect, write_body
from tests.emulator.responses_client import (
    RESPONSES,
    ask,
    connect_http,
    connect_sdk,
    find_text,
    read_event,
    stream,
)

STREAMED = {"model": GPT, "input": "count from 1 to 20", "stream": True}
TYPED: pydantic.TypeAdapter[Any] = pydantic.TypeAdapter(ResponseStreamEvent)
FIRST = [
    "response.created",
    "response.in_progress",
    "response.output_item.added",
    "response.content_part.added",
    "response.output_text.delta",
]


@contextlib.contextmanager
def open_stream(service: Service) -> Iterator[httpx.Response]:
    """A streamed answer that has begun."""
    with connect_http(service) as client, client.stream("POST", RESPONSES, json=STREAMED) as begun:
        assert begun.status_code == 200
        yield begun


def read_until_broken(service: Service) -> tuple[bytes, Exception | None]:
    """What arrives of a stream, and what it ends in."""
    received = b""
    with open_stream(service) as response:
        try:
            for piece in response.iter_raw():
                received += piece
        except httpx.HTTPError as error:
            return received, error
    return received, None


def list_kinds(received: bytes) -> list[str]:
    """The types of the events that are whole."""
    return [read_event(event)["type"] for event in received.split(b"\n\n")[:-1]]


@pytest.mark.parametrize(
    ("fault", "numbers"),
    [("lost_event", [0, 1, 2, 3, 4, 6, 7]), ("doubled_event", [0, 1, 2, 3, 4, 5, 5, 6])],
)
def test_one_event_never_comes_or_comes_twice(
    service: Service, fault: FaultName, numbers: list[int]
) -> None:
    service.fault(fault, after_events=5)
    received, error = read_until_broken(service)
    assert error is None
    events = [read_event(event) for event in received.split(b"\n\n")[:-2]]  # [DONE] has no number
    assert [event["sequence_number"] for event in events][: len(numbers)] == numbers
    assert events[-1]["type"] == "response.completed"
    with connect(service) as client:
        service.fault(fault)
        assert client.post(CHAT, json=write_body()).status_code == 200, "It strikes responses only."


@pytest.mark.parametrize("fault", ["cut", "reset", "eof"])
def test_a_broken_stream_has_the_id_but_no_end(service: Service, fault: FaultName) -> None:
    service.fault(fault, after_events=5)
    received, error = read_until_broken(service)
    assert (error is None) is (fault == "eof")
    assert list_kinds(received) == FIRST
    assert service.journal.wait_for(lambda entry: entry.outcome == "broken off").events == 5


@pytest.mark.parametrize("fault", ["cut", "eof"])
def test_what_was_cut_is_kept_and_can_be_had(service: Service, fault: FaultName) -> None:
    service.fault(fault, after_events=1)
    received, _ = read_until_broken(service)
    response_id = read_event(received.split(b"\n\n")[0])["response"]["id"]
    with connect_sdk(service) as client:
        assert client.responses.retrieve(response_id).output_text.endswith("19 20")


def test_a_fault_past_the_end_strikes_before_the_terminal_event(service: Service) -> None:
    service.fault("eof", after_events=10_000)
    received, _ = read_until_broken(service)
    assert list_kinds(received)[-1] == "response.output_item.done"


def test_no_id_means_a_head_and_nothing_more_though_it_is_kept(service: Service) -> None:
    service.fault("no_id", after_events=7)
    received, error = read_until_broken(service)
    assert (received, type(error)) == (b"", httpx.RemoteProtocolError)
    assert len(service._deployment.responses._kept) == 1
    entry = service.journal.last
    assert (entry.fault, entry.status, entry.outcome, entry.events) == (
        "no_id",
        200,
        "broken off",
        0,
    )


def test_no_id_leaves_whole_responses_alone(service: Service) -> None:
    service.fault("no_id")
    assert ask(service, model=GPT, input="hi")["status"] == "completed"


@pytest.mark.parametrize("after", [0, 6, 10_000])
def test_a_response_can_fail_after_some_events(service: Service, after: int) -> None:
    service.fault("response_failed", after_events=after)
    events = stream(service, model=GPT, input="count from 1 to 20")
    last = events[-1]
    assert last["type"] == "response.failed"
    assert last["sequence_number"] == len(events) - 1 == min(after, 2 + 2 + 20 + 3)
    assert last["response"]["status"] == "failed"
    assert last["response"]["error"]["code"] == "server_error"
    assert (last["response"]["output"], last["response"]["usage"]) == ([], None)
    TYPED.validate_python(last)
    with connect_sdk(service) as client:
        assert client.responses.retrieve(last["response"]["id"]).status == "failed"
    assert service.journal.wait_for(lambda entry: entry.fault == "response_failed").status == 200


def test_a_whole_response_that_failed_is_no_http_error(service: Service) -> None:
    service.fault("response_failed")
    failed = ask(service, model=GPT, input="hi")
    pydantic.TypeAdapter(Response).validate_python(failed)
    assert (failed["status"], failed["output"]) == ("failed", [])
    assert ask(service, model=GPT, input="hi")["status"] == "completed"


def test_responses_faults_strike_new_responses_only(service: Service) -> None:
    kept = ask(service, model=GPT, input="hi")
    service.fault("response_failed")
    with connect_http(service) as client:
        assert client.get(f"{RESPONSES}/{kept['id']}").json()["status"] == "completed"
        assert client.post(CHAT, json=write_body(GPT)).status_code == 200
        made = client.post(RESPONSES, json={"model": GPT, "input": "hi"})
    assert made.json()["status"] == "failed"


def test_an_error_event_has_openais_shape(service: Service) -> None:
    service.fault("error_event", after_events=5)
    received, error = read_until_broken(service)
    assert error is None
    assert list_kinds(received) == [*FIRST, "error"]
    event = read_event(received.split(b"\n\n")[-2])
    assert TYPED.validate_python(event).type == "error"
    assert event["sequence_number"] == 5
    assert event["code"] == "server_error"


def test_the_sdk_yields_the_error_event(service: Service) -> None:
    service.fault("error_event", after_events=5)
    with connect_sdk(service) as client:
        events = [e.type for e in client.responses.create(model=GPT, input="hi", stream=True)]
    assert events[-1] == "error"


def test_a_half_line_is_the_formats_own(service: Service) -> None:
    service.fault("half_line", after_events=5)
    received, _ = read_until_broken(service)
    half = received.split(b"\n\n")[-1]
    assert half.startswith(b"event: response.output_text.delta\ndata: {")
    with pytest.raises(json.JSONDecodeError):
        read_event(half)


@pytest.mark.parametrize("fault", ["malformed", "bad_utf8"])
def test_what_cannot_be_read_comes_between_good_events(service: Service, fault: FaultName) -> None:
    service.fault(fault, after_events=5)
    received, _ = read_until_broken(service)
    *events, done, _ = received.split(b"\n\n")
    bad = events.pop(5)
    with pytest.raises((json.JSONDecodeError, UnicodeDecodeError)):
        read_event(bad)
    assert [read_event(event)["sequence_number"] for event in events] == list(range(len(events)))
    assert (read_event(events[-1])["type"], done) == ("response.completed", b"data: [DONE]")


def test_a_huge_event_is_a_good_one_of_that_size(service: Service) -> None:
    service.fault("huge_event", after_events=5, size=200_000)
    received, _ = read_until_broken(service)
    huge = received.split(b"\n\n")[5]
    assert len(huge) + 2 == 200_000
    event = read_event(huge)
    assert TYPED.validate_python(event).type == "response.output_text.delta"
    assert event["sequence_number"] == 5


def test_html_of_a_gateway_ends_the_stream(service: Service) -> None:
    service.fault("html", after_events=5)
    received, _ = read_until_broken(service)
    assert b"502 Bad Gateway" in received.split(b"\n\n")[5]


def test_a_stall_lasts_until_the_client_leaves(service: Service) -> None:
    service.fault("stall", after_events=5)
    with open_stream(service) as response:
        received = b""
        for piece in response.iter_raw():
            received += piece
            if b"output_text.delta" in received:
                break
    entry = service.journal.wait_for(lambda entry: entry.outcome == "client left")
    assert (entry.fault, entry.events) == ("stall", 5)


def test_a_status_strikes_every_request_on_its_path(service: Service) -> None:
    kept = ask(service, model=GPT, input="hi")["id"]
    service.fault("status", status=503, path=RESPONSES, times=2)
    with connect_sdk(service) as client:
        with pytest.raises(openai.InternalServerError):
            client.responses.create(model=GPT, input="hi")
        with pytest.raises(openai.InternalServerError):
            client.responses.retrieve(kept)
        assert client.responses.retrieve(kept).id == kept
    with connect(service) as client_:
        assert client_.post(CHAT, json=write_body(GPT)).status_code == 200


def test_the_next_response_after_a_fault_is_whole(service: Service) -> None:
    faults: tuple[FaultName, ...] = ("cut", "no_id", "response_failed", "half_line")
    for fault in faults:
        service.fault(fault, after_events=2)
        read_until_broken(service)
        last = stream(service, model=GPT, input="count to 3")[-1]
        assert find_text(last["response"]) == "1 2 3"
