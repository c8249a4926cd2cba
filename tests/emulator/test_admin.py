"""Faults, journal and reset for programs in any language: by header, and at /emulator."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator

import httpx
import openai
import pytest

from ocigenai_nb import emulator
from ocigenai_nb.emulator.service import Service
from tests.emulator.client import CHAT, LLAMA, connect, connect_openai, write_body

HEADER = "x-ocigenai-fault"
STREAMED = write_body(prompt="count from 1 to 20", stream=True)


@pytest.fixture
def desk(service: Service) -> Iterator[httpx.Client]:
    """A client without any key."""
    with httpx.Client(base_url=f"{service.url}/emulator", trust_env=False) as client:
        yield client


def test_a_header_strikes_its_own_request_and_no_other(service: Service) -> None:
    with connect(service) as client:
        struck = client.post(CHAT, json=write_body(), headers={HEADER: "status; status=503"})
        again = client.post(CHAT, json=write_body(), headers={HEADER: "status; status=503"})
        assert [struck.status_code, again.status_code] == [503, 503]
        assert client.post(CHAT, json=write_body()).status_code == 200
    assert [entry.fault for entry in service.journal] == ["status", "status", None]


def test_the_openai_sdk_with_a_header_gets_its_answer_after_so_many_strikes(
    service: Service,
) -> None:
    order = "status; status=503; times=2; retry_after=0.01"
    with connect_openai(service) as client:
        client.chat.completions.create(
            model=LLAMA,
            messages=[{"role": "user", "content": "hi"}],
            extra_headers={HEADER: order},
        )
        assert [entry.status for entry in service.journal] == [503, 503, 200]
        with pytest.raises(openai.InternalServerError):
            client.with_options(max_retries=0).chat.completions.create(
                model=LLAMA,
                messages=[{"role": "user", "content": "hi"}],
                extra_headers={HEADER: f"{order}; id=another"},
            )


def test_a_header_says_after_which_event_a_stream_breaks(service: Service) -> None:
    headers = {HEADER: "eof; after_events=3"}
    with connect(service) as client:
        received = client.post(CHAT, json=STREAMED, headers=headers).content
    assert received.count(b"data: ") == 3
    assert b"[DONE]" not in received


def test_before_the_headers_needs_no_value(service: Service) -> None:
    with connect(service) as client, pytest.raises(httpx.RemoteProtocolError):
        client.post(CHAT, json=write_body(), headers={HEADER: "cut; before_headers"})
    entry = service.journal.wait_for(lambda e: e.outcome == "broken off")
    assert (entry.status, entry.fault) == (0, "cut")


@pytest.mark.parametrize(
    ("order", "words"),
    [
        ("", "There is no fault named ''"),
        ("earthquake", "There is no fault named 'earthquake': use one of"),
        ("cut; when=now", "A fault has no setting 'when': use one of after_events"),
        ("cut; after_events=three", "A fault's after_events can't be 'three'."),
        ("cut; after_events=-1", "after 0 events or more"),
        ("cut; times=0", "A fault strikes 1 time or more"),
        ("eof; before_headers", "Before the headers, a fault is one of cut, reset, stall."),
        ("cut; before_headers=maybe", "A fault's before_headers can't be 'maybe'."),
        ("status; status=99", "from 200 to 599"),
        ("huge_event; size=99999999999", "An event has at most"),
    ],
)
def test_an_order_that_is_none_is_refused_in_a_sentence(
    service: Service, order: str, words: str
) -> None:
    with connect(service) as client:
        answer = client.post(CHAT, json=write_body(), headers={HEADER: order})
    assert (answer.status_code, answer.json()["code"]) == (400, "InvalidParameter")
    assert words in answer.json()["message"]


def test_an_unsigned_request_orders_nothing(service: Service) -> None:
    with connect(service, signed=False) as client:
        answer = client.post(CHAT, json=write_body(), headers={HEADER: "status; status=503"})
    assert answer.status_code == 401


def test_a_fault_is_armed_listed_and_disarmed_over_http(
    service: Service, desk: httpx.Client
) -> None:
    made = desk.post("/faults", json={"name": "status", "status": 503, "times": None})
    assert made.status_code == 201
    number = made.json()["number"]
    with connect(service) as client:
        assert [client.post(CHAT, json=write_body()).status_code for _ in range(2)] == [503, 503]
        (armed,) = desk.get("/faults").json()["faults"]
        assert (armed["number"], armed["name"], armed["struck"]) == (number, "status", 2)
        assert desk.delete(f"/faults/{number}").status_code == 204
        assert desk.delete(f"/faults/{number}").status_code == 404
        assert client.post(CHAT, json=write_body()).status_code == 200
    service.fault("cut")
    assert desk.delete("/faults").status_code == 204
    assert service.armed == ()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"[]", "A fault is an object with a name"),
        (b"{", "A fault is an object with a name"),
        (b'{"name": "cut", "after_events": "3"}', "A fault's after_events can't be '3'."),
        (b'{"name": "cut", "after_events": true}', "can't be True"),
        (b'{"name": "cut", "colour": 1}', "A fault has no setting 'colour'"),
        (b'{"name": "status", "message": 5}', "A fault's message can't be 5."),
        (b"\xff", "A fault is an object with a name"),
        (b'{"name": "redirect", "location": "/\\r\\nset-cookie: a"}', "of a header can't be"),
    ],
)
def test_json_that_is_no_fault_is_refused_in_a_sentence(
    desk: httpx.Client, body: bytes, words: str
) -> None:
    answer = desk.post("/faults", content=body)
    assert answer.status_code == 400
    assert words in answer.json()["message"]


def test_the_journal_is_read_and_forgotten_over_http(service: Service, desk: httpx.Client) -> None:
    with connect(service) as client:
        client.post(CHAT, json=write_body())
        client.post(CHAT, json=write_body(model="no.such"))
    entries = desk.get("/journal").json()["entries"]
    assert [entry["status"] for entry in entries] == [200, 404]
    assert entries[0]["body"] == write_body()
    assert "authorization" not in entries[0]["headers"]
    (refused,) = desk.get("/journal", params={"refused": "true"}).json()["entries"]
    assert refused["model"] == "no.such"
    assert desk.delete("/journal").status_code == 204
    assert len(service.journal) == 0


def test_reset_makes_it_as_it_was_at_the_start(service: Service, desk: httpx.Client) -> None:
    service.fault("cut")
    service.clock_offset = 1000
    assert desk.post("/reset").status_code == 204
    assert (service.armed, service.clock_offset, len(service.journal)) == ((), 0.0, 0)


def test_it_says_where_everything_is(service: Service) -> None:
    said = httpx.get(f"{service.url}/emulator", trust_env=False).json()
    assert said == json.loads(json.dumps(service.describe()))
    assert said["url"] == service.url


@pytest.mark.parametrize("headers", [{"origin": "https://a.test"}, {"host": "rebound.test:80"}])
def test_a_page_in_a_browser_is_kept_out(desk: httpx.Client, headers: dict[str, str]) -> None:
    for method, path in (("GET", "/journal"), ("POST", "/reset"), ("POST", "/faults")):
        answer = desk.request(method, path, headers=headers)
        assert answer.json()["message"] == "Path doesn't map to a registered service!"


def test_what_is_not_there_is_answered_as_the_service_does(desk: httpx.Client) -> None:
    for method, path in (("GET", "/else"), ("PUT", "/faults"), ("GET", "/faults/x")):
        assert desk.request(method, path).status_code == 404


def test_without_admin_there_is_nothing_of_it() -> None:
    with emulator.start(admin=False) as service, connect(service) as client:
        assert client.get("/emulator/journal").status_code == 404
        headers = {HEADER: "status; status=503"}
        assert client.post(CHAT, json=write_body(), headers=headers).status_code == 200


def test_a_program_in_another_process_arms_what_python_lists(
    service: Service, desk: httpx.Client
) -> None:
    script = (
        "import sys, urllib.request as r\n"
        'b = b\'{"name": "cut", "after_events": 2}\'\n'
        "r.urlopen(r.Request(sys.argv[1] + '/emulator/faults', b)).read()\n"
    )
    subprocess.run([sys.executable, "-c", script, service.url], check=True)
    (fault,) = service.armed
    assert (fault.name, fault.after_events, fault.times) == ("cut", 2, 1)
