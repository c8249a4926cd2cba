"""What tests assert of the journal: what was refused, what was to be, what alone came."""

from __future__ import annotations

import pytest

from ocigenai_nb.emulator.service import Service
from tests.emulator.client import CHAT, GPT_OSS, LLAMA, connect, write_body

RESPONSES = "/openai/v1/responses"


def send(service: Service, *models: str, path: str = CHAT) -> None:
    with connect(service) as client:
        for model in models:
            client.post(path, json=write_body(model))


def test_what_was_refused_can_be_had_alone(service: Service) -> None:
    send(service, LLAMA, "no.such", "no.such-either")
    assert [entry.model for entry in service.journal.refused] == ["no.such", "no.such-either"]


def test_a_refusal_is_unexpected_until_it_is_said(service: Service) -> None:
    send(service, LLAMA, "no.such")
    assert [entry.model for entry in service.journal.unexpected] == ["no.such"]
    service.journal.expect("POST */chat/completions 404")
    assert service.journal.unexpected == ()
    assert len(service.journal.refused) == 1


def test_it_can_be_said_for_one_model_so_many_times_and_for_one_status(service: Service) -> None:
    service.journal.expect("POST */chat/completions 404", model="no.such", times=1)
    service.journal.expect("POST */chat/completions 400")
    send(service, "no.such", "no.such", "no.other")
    assert [entry.model for entry in service.journal.unexpected] == ["no.such", "no.other"]
    assert len(service.journal.unexpected) == 2, "asking changes nothing"


def test_what_a_fault_did_is_expected(service: Service) -> None:
    service.fault("status", status=503)
    send(service, LLAMA)
    assert [entry.status for entry in service.journal.refused] == [503]
    assert service.journal.unexpected == ()


def test_a_fault_of_the_stream_does_not_hide_a_refusal(service: Service) -> None:
    service.fault("cut", after_events=1)
    with connect(service) as client:
        client.post(CHAT, json=write_body("no.such", stream=True))
    [entry] = service.journal.unexpected
    assert (entry.status, entry.fault) == (404, "cut")


def test_what_was_expected_is_forgotten_with_the_entries(service: Service) -> None:
    service.journal.expect("POST */chat/completions")
    service.journal.clear()
    send(service, "no.such")
    assert len(service.journal.unexpected) == 1


def test_only_what_is_named_may_have_come(service: Service) -> None:
    send(service, LLAMA, "no.such")
    service.journal.assert_only("POST */chat/completions 200", "POST */chat/completions 404")
    service.journal.assert_only(f"POST {CHAT}")
    with pytest.raises(AssertionError, match=rf"besides: \['POST {CHAT} 404'\]"):
        service.journal.assert_only("POST */chat/completions 200")
    with pytest.raises(AssertionError, match=r"Never came: \['POST \*/responses'\]"):
        service.journal.assert_only("POST */chat/completions", "POST */responses")


def test_the_query_of_a_path_does_not_matter(service: Service) -> None:
    send(service, GPT_OSS, path=f"{CHAT}?a=b")
    service.journal.assert_only(f"POST {CHAT} 200")


def test_nothing_may_have_come(service: Service) -> None:
    service.journal.assert_only()
    send(service, LLAMA)
    with pytest.raises(AssertionError, match="POST /openai/v1/chat/completions 200"):
        service.journal.assert_only()


@pytest.mark.parametrize("call", ["", "POST", "post */chat", "POST /x 200 404", "POST  /x"])
def test_a_call_of_another_form_is_refused(service: Service, call: str) -> None:
    with pytest.raises(ValueError, match="is no call: write it like 'POST"):
        service.journal.expect(call)
