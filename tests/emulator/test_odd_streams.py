"""Faults of the wire's finer grain: before the head, inside a character, odd but good streams."""

from __future__ import annotations

import json
import zlib
from typing import Any

import httpx
import pytest

from ocigenai_nb.emulator.fault_names import FaultName
from ocigenai_nb.emulator.service import Service
from tests.emulator.client import CHAT, GPT_OSS, connect, connect_openai, post_raw, write_body

STREAMED = write_body(prompt="count from 1 to 9", stream=True)
RESPONSES = "/openai/v1/responses"
ODD: tuple[FaultName, ...] = ("bytewise", "crlf", "cr", "comments")


def receive(service: Service, **settings: Any) -> bytes:
    with connect(service) as client:
        return client.post(CHAT, json=STREAMED, **settings).content


@pytest.mark.parametrize("name", ["cut", "reset"])
@pytest.mark.parametrize("body", [STREAMED, write_body()])
def test_a_connection_ends_before_the_head_of_an_answer(
    service: Service, name: FaultName, body: dict[str, Any]
) -> None:
    service.fault(name, before_headers=True)
    with connect(service) as client:
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
            client.post(CHAT, json=body)
        entry = service.journal.wait_for(lambda e: e.outcome == "broken off")
        assert (entry.status, entry.fault, entry.events) == (0, name, 0)
        assert client.post(CHAT, json=write_body()).status_code == 200


def test_nothing_at_all_may_come_until_the_client_leaves(service: Service) -> None:
    service.fault("stall", before_headers=True)
    with connect(service) as client, pytest.raises(httpx.ReadTimeout):
        client.post(CHAT, json=write_body(), timeout=0.2)
    entry = service.journal.wait_for(lambda e: e.outcome == "client left")
    assert (entry.status, entry.fault) == (0, "stall")


def test_other_faults_have_no_place_before_the_headers(service: Service) -> None:
    with pytest.raises(ValueError, match="a fault is one of cut, reset, stall"):
        service.fault("eof", before_headers=True)


def test_a_half_character_ends_the_body(service: Service) -> None:
    service.fault("half_character", after_events=3)
    received = receive(service)
    with pytest.raises(UnicodeDecodeError, match="unexpected end of data"):
        received.decode()
    assert received.count(b"\n\n") == 3


def test_done_may_come_before_its_time(service: Service) -> None:
    service.fault("early_done", after_events=3)
    events = receive(service).split(b"\n\n")
    assert (len(events), events[3]) == (5, b"data: [DONE]")


def test_an_event_of_an_unknown_type_comes_between_good_ones(service: Service) -> None:
    service.fault("unknown_event", after_events=3)
    with connect_openai(service) as client:
        stream = client.responses.create(
            model=GPT_OSS, input="count from 1 to 9", stream=True, extra_headers=place(service)
        )
        kinds: list[str] = [event.type for event in stream]
    assert kinds[3] == "emulator.unknown"
    assert kinds[-1] == "response.completed"


def place(service: Service) -> dict[str, str]:
    return {"OpenAI-Project": service.project_id}


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("after", [0, 3])
def test_an_odd_stream_says_the_same_to_the_openai_sdk(
    service: Service, name: FaultName, after: int
) -> None:
    said: Any = [{"role": "user", "content": "repeat after me: naïve café, 10 €"}]
    texts = []
    with connect_openai(service) as client:
        for odd in (False, True):
            if odd:
                service.fault(name, after_events=after)
            stream = client.chat.completions.create(model=GPT_OSS, messages=said, stream=True)
            texts.append("".join(c.choices[0].delta.content or "" for c in stream if c.choices))
    assert texts[0] == texts[1]
    assert "€" in texts[1]
    assert service.journal.last.outcome == "complete"


def test_bytes_come_one_at_a_time_each_in_a_chunk_of_its_own(service: Service) -> None:
    service.fault("bytewise", after_events=1)
    with connect(service) as client, client.stream("POST", CHAT, json=STREAMED) as response:
        first, *others = response.iter_raw()
    assert len(others) < 400 or len(first) > 1
    with post_raw(service, STREAMED) as connection:
        assert b"\r\n1\r\n" not in connection.recv(65536), "only the stream it struck"


@pytest.mark.parametrize(("name", "ending"), [("crlf", b"\r\n\r\n"), ("cr", b"\r\r")])
def test_lines_may_end_otherwise(service: Service, name: FaultName, ending: bytes) -> None:
    service.fault(name)
    received = receive(service)
    assert received.endswith(b"[DONE]" + ending)
    assert b"\n\n" not in received


def test_a_bomb_is_small_on_the_wire_and_huge_in_memory(service: Service) -> None:
    service.fault("gzip_bomb", after_events=2, size=5_000_000)
    with connect(service) as client, client.stream("POST", CHAT, json=STREAMED) as response:
        assert response.headers["content-encoding"] == "gzip"
        raw = b"".join(response.iter_raw())
    assert len(raw) < 20_000
    plain = zlib.decompress(raw, wbits=16 + zlib.MAX_WBITS)
    events = plain.split(b"\n\n")
    assert len(events[2]) + 2 == 5_000_000
    assert json.loads(events[3].removeprefix(b"data: "))
    assert plain.endswith(b"data: [DONE]\n\n")


def test_the_wait_may_be_told_in_milliseconds(service: Service) -> None:
    service.fault("status", retry_after_ms=20)
    with connect_openai(service) as client:
        client.chat.completions.create(model=GPT_OSS, messages=[{"role": "user", "content": "x"}])
    assert [entry.status for entry in service.journal] == [429, 200]
