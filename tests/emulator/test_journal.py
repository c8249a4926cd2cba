"""The journal tells tests what came in, and nothing that is secret."""

from __future__ import annotations

import dataclasses
import threading

import pytest

from ocigenai_nb.emulator import Entry, Journal
from ocigenai_nb.emulator.service import Service
from tests.emulator.client import CHAT, LLAMA, connect, read_profile, write_body


def make_entry(path: str = "/") -> Entry:
    return Entry(number=0, method="GET", path=path, status=200, opc_request_id="A/B/C")


def test_an_entry_tells_what_came_in_and_what_was_answered(service: Service) -> None:
    body = write_body(stream=True)
    with connect(service) as client:
        answer = client.post(CHAT + "?x=1", json=body, headers={"x-note": "n"})
    entry = service.journal.last
    assert (entry.method, entry.path, entry.status) == ("POST", CHAT + "?x=1", 200)
    assert (entry.tenancy, entry.key_id_kind, entry.model) == ("default", "api_key", LLAMA)
    assert (entry.refused, entry.fault) == (None, None)
    assert entry.opc_request_id == answer.headers["opc-request-id"]
    assert entry.body == body
    assert entry.headers["x-note"] == "n"
    assert entry.headers["compartmentid"] == read_profile(service, "DEFAULT")["tenancy"]
    assert entry.outcome == "complete"
    assert entry.events == answer.content.count(b"\n\n")


def test_an_entry_tells_what_an_error_answer_said(service: Service) -> None:
    with connect(service) as client:
        answers = [
            client.post(CHAT, json=write_body(temperature="hot")),  # in OpenAI's envelope
            client.post(CHAT, json=write_body(model="no.such-model")),  # in OCI's
            client.post(CHAT, json=write_body()),
        ]
    said = [entry.answer for entry in service.journal]
    assert answers[0].json()["error"]["message"] == said[0]
    assert said[1:] == ["404: Entity with key no.such-model not found", None]


def test_no_signature_token_or_key_id_is_kept(service: Service) -> None:
    for profile in service.profiles:
        with connect(service, profile) as client:
            client.post(CHAT, json=write_body(), headers={"cookie": "c", "opc-obo-token": "o"})
    entries = list(service.journal)
    kept = repr([dataclasses.asdict(entry) for entry in entries])
    assert len(entries) == len(service.profiles)
    assert "authorization" not in kept
    assert "ST$" not in kept
    assert "Signature" not in kept
    assert not {"cookie", "opc-obo-token"} & set(entries[0].headers)


def test_what_was_asked_stays_out_of_the_repr(service: Service) -> None:
    with connect(service) as client:
        client.post(CHAT, json=write_body(prompt="a private thing"))
    assert "private" not in repr(service.journal.last)
    assert "private" not in repr(service.journal)


def test_entries_are_frozen_and_numbered_across_a_clear() -> None:
    journal = Journal()
    first = journal.add(make_entry())
    journal.clear()
    second = journal.add(make_entry())
    assert (first.number, second.number, len(journal), list(journal)) == (1, 2, 1, [second])
    with pytest.raises(dataclasses.FrozenInstanceError):
        first.status = 500  # type: ignore[misc]


def test_an_empty_journal_says_so() -> None:
    with pytest.raises(LookupError, match="No request has reached the emulator yet"):
        _ = Journal().last


def test_waiting_wakes_up_when_the_entry_arrives() -> None:
    journal = Journal()
    adder = threading.Timer(0.05, lambda: journal.add(make_entry("/late")))
    adder.start()
    assert journal.wait_for(lambda entry: entry.path == "/late").number == 1
    adder.join()


def test_waiting_in_vain_times_out() -> None:
    with pytest.raises(TimeoutError, match=r"No such request reached the emulator within 0\.01 s"):
        Journal().wait_for(lambda entry: entry.status == 1, timeout=0.01)


def test_settling_changes_only_the_entry_meant() -> None:
    journal = Journal()
    first, second = journal.add(make_entry("/1")), journal.add(make_entry("/2"))
    journal.settle(first, outcome="client left", events=3)
    assert [(e.outcome, e.events) for e in journal] == [("client left", 3), ("complete", 0)]
    assert list(journal)[1] == second


def test_the_oldest_entries_go_where_the_bodies_are_too_much_together() -> None:
    journal = Journal()
    for _ in range(5):
        journal.add(make_entry(), size=40_000_000)
    assert [entry.number for entry in journal] == [4, 5]
    journal.add(make_entry(), size=400_000_000)
    assert [entry.number for entry in journal] == [6]
    journal.clear()
    for _ in range(3):
        journal.add(make_entry(), size=40_000_000)
    assert [entry.number for entry in journal] == [8, 9]


def test_an_answer_is_put_down_at_its_own_entry_or_nowhere() -> None:
    journal = Journal()
    gone = journal.add(make_entry("/gone"))
    journal.clear()
    journal.add(make_entry("/before"))
    middle = journal.add(make_entry("/middle"))
    journal.add(make_entry("/after"))
    for entry in (gone, middle):
        journal.settle(entry, outcome="client left", events=3)
    assert [(e.path, e.events) for e in journal] == [("/before", 0), ("/middle", 3), ("/after", 0)]
