"""What is kept of responses: threads, items, sealed reasoning, background work, expiry."""

from __future__ import annotations

from typing import Any

import openai
import pytest

from ocigenai_nb.emulator.service import Service
from tests.emulator.client import GEMINI, GPT, GPT_5, GPT_OSS, GROK_REASONING, connect
from tests.emulator.responses_client import (
    CHICAGO,
    GPT_5_PRO,
    RESPONSES,
    WEATHER,
    ask,
    connect_http,
    connect_sdk,
    create,
    find_text,
    read_error,
    read_events,
    say,
    stream,
)

SEALED = ["reasoning.encrypted_content"]
ZDR_WORDS = "Previous response cannot be used for this organization due to Zero Data Retention."


def say_lost(response_id: str) -> tuple[int, str, str, str]:
    return (
        400,
        f"Previous response with id '{response_id}' not found.",
        "previous_response_id",
        "previous_response_not_found",
    )


def test_a_thread_goes_on_with_the_new_turn_alone(service: Service) -> None:
    for model in (GPT, GPT_OSS, GEMINI, GPT_5_PRO):
        first = ask(service, model=model, input="My name is Ada.")
        second = ask(service, model=model, input="count to 2", previous_response_id=first["id"])
        third = ask(
            service, model=model, input="What is my name?", previous_response_id=second["id"]
        )
        assert "Ada" in find_text(third)
        assert third["previous_response_id"] == second["id"]
        assert third["usage"]["input_tokens"] > first["usage"]["input_tokens"]


def test_a_thread_can_fork(service: Service) -> None:
    root = ask(service, model=GPT, input="My name is Ada.")["id"]
    ask(service, model=GPT, input="My name is Grace.", previous_response_id=root)
    other = ask(service, model=GPT, input="What is my name?", previous_response_id=root)
    assert "Ada" in find_text(other)


def test_instructions_are_not_carried_over(service: Service) -> None:
    prompt = "explain photosynthesis"
    brief = ask(service, model=GPT, input=prompt, instructions="Be concise.")
    forgotten = ask(service, model=GPT, input=prompt, previous_response_id=brief["id"])
    repeated = ask(
        service,
        model=GPT,
        input=prompt,
        previous_response_id=brief["id"],
        instructions="Be concise.",
    )
    assert len(find_text(forgotten)) > len(find_text(brief)) == len(find_text(repeated))
    assert forgotten["instructions"] is None


def test_system_messages_of_the_input_are_carried_over(service: Service) -> None:
    prompt = "explain photosynthesis"
    first = ask(service, model=GPT, input=[say("system", "Be concise."), say("user", prompt)])
    second = ask(service, model=GPT, input=prompt, previous_response_id=first["id"])
    assert find_text(first) == find_text(second)


def test_a_call_is_answered_in_its_thread(service: Service) -> None:
    called = ask(service, model=GPT_OSS, input="weather in Chicago?", tools=[WEATHER])
    call = called["output"][-1]
    result = {"type": "function_call_output", "call_id": call["call_id"], "output": "clear"}
    answered = ask(
        service,
        model=GPT_OSS,
        input=[result],
        tools=[WEATHER],
        previous_response_id=called["id"],
    )
    assert find_text(answered) == "According to get_weather: clear."
    hasty = create(service, model=GPT_OSS, input="and now?", previous_response_id=called["id"])
    assert read_error(hasty)[1] == f"No tool output found for function call {call['call_id']}."


def test_a_streamed_response_is_kept_too(service: Service) -> None:
    created, *_, last = stream(service, model=GPT, input="My name is Ada.")
    with connect_sdk(service) as client:
        kept = client.responses.retrieve(created["response"]["id"])
    assert kept.output_text == find_text(last["response"])


def test_get_items_and_delete(service: Service) -> None:
    with connect_sdk(service) as client:
        thread: Any = [
            say("user", "My name is Ada."),
            say("assistant", "Hello!"),
            say("user", "hi"),
        ]
        made = client.responses.create(model=GPT, input=thread)
        assert client.responses.retrieve(made.id) == made
        newest_first = [item.id for item in client.responses.input_items.list(made.id, limit=2)]
        page = client.responses.input_items.list(made.id, limit=2, order="asc")
        assert [item.type for item in page.data] == ["message", "message"]
        assert page.has_more
        in_order = [item.id for item in page.data]
        assert newest_first == [*newest_first[:1], *in_order[::-1]]
        client.responses.delete(made.id)
        with pytest.raises(openai.NotFoundError, match=f"Response with id '{made.id}' not found"):
            client.responses.retrieve(made.id)


def test_a_deletion_says_so(service: Service) -> None:
    made = ask(service, model=GPT, input="hi")
    with connect_http(service) as client:
        gone = client.delete(f"{RESPONSES}/{made['id']}")
        again = client.delete(f"{RESPONSES}/{made['id']}")
    assert gone.json() == {"id": made["id"], "object": "response", "deleted": True}
    assert read_error(again)[0] == 404


def test_what_followed_a_deleted_response_goes_on(service: Service) -> None:
    first = ask(service, model=GPT, input="My name is Ada.")
    second = ask(service, model=GPT, input="hi", previous_response_id=first["id"])
    with connect_http(service) as client:
        client.delete(f"{RESPONSES}/{first['id']}")
    third = ask(service, model=GPT, input="What is my name?", previous_response_id=second["id"])
    assert "Ada" in find_text(third)
    lost = create(service, model=GPT, input="hi", previous_response_id=first["id"])
    assert read_error(lost) == say_lost(first["id"])


def test_what_is_not_stored_cannot_be_continued(service: Service) -> None:
    made = ask(service, model=GPT, input="hi", store=False)
    assert made["store"] is False
    lost = create(service, model=GPT, input="hi", previous_response_id=made["id"])
    assert read_error(lost) == say_lost(made["id"])


def test_responses_expire_by_the_services_clock(service: Service) -> None:
    made = ask(service, model=GPT, input="hi")
    service.clock_offset = 280  # within what a signature's date may be off
    service.responses_ttl = 290
    assert ask(service, model=GPT, input="hi", previous_response_id=made["id"])
    service.responses_ttl = 270
    lost = create(service, model=GPT, input="hi", previous_response_id=made["id"])
    assert read_error(lost) == say_lost(made["id"])


def test_responses_can_be_forgotten_at_once(service: Service) -> None:
    made = ask(service, model=GPT, input="hi")
    service.forget_responses()
    lost = create(service, model=GPT, input="hi", previous_response_id=made["id"])
    assert read_error(lost) == say_lost(made["id"])


def test_another_tenancys_responses_are_not_there(service: Service) -> None:
    made = ask(service, model=GPT_OSS, input="hi")
    lost = create(service, "TYPICAL", model=GPT_OSS, input="hi", previous_response_id=made["id"])
    assert read_error(lost) == say_lost(made["id"])
    with connect_http(service, "TYPICAL") as client:
        assert client.get(f"{RESPONSES}/{made['id']}").status_code == 404


def test_a_session_continues_what_the_api_key_began(service: Service) -> None:
    made = ask(service, model=GPT, input="My name is Ada.")
    later = ask(
        service, "SESSION", model=GPT, input="What is my name?", previous_response_id=made["id"]
    )
    assert "Ada" in find_text(later)


@pytest.mark.parametrize("extra", [{"previous_response_id": "resp_1"}, {"store": True}])
def test_zero_data_retention_refuses_what_counts_on_keeping(
    service: Service, extra: dict[str, Any]
) -> None:
    answer = create(service, "ZDR", model=GPT, input="hi", **extra)
    assert read_error(answer) == (400, ZDR_WORDS, next(iter(extra)), "unsupported_parameter")


def test_zero_data_retention_keeps_nothing(service: Service) -> None:
    for extra in ({}, {"store": False}):
        made = ask(service, "ZDR", model=GPT, input="hi", **extra)
        assert made["store"] is False
        with connect_http(service, "ZDR") as client:
            assert client.get(f"{RESPONSES}/{made['id']}").status_code == 404


@pytest.mark.parametrize("model", [GPT_5, GROK_REASONING])
def test_sealed_reasoning_goes_out_and_comes_back(service: Service, model: str) -> None:
    plain = ask(service, model=model, input="hi", store=False)
    assert "encrypted_content" not in plain["output"][0]
    for profile in ("DEFAULT", "ZDR"):
        made = ask(service, profile, model=model, input="hi", store=False, include=SEALED)
        thought, message = made["output"]
        assert thought["encrypted_content"].startswith("gAAA")
        back = {name: thought[name] for name in ("type", "summary", "encrypted_content")}
        said = say("assistant", message["content"][0]["text"])
        thread = [say("user", "hi"), back, said, say("user", "count to 2")]
        assert find_text(ask(service, profile, model=model, input=thread, store=False)) == "1 2"


def test_a_broken_or_foreign_seal_is_refused(service: Service) -> None:
    made = ask(service, model=GPT_5, input="hi", include=SEALED)
    sealed = made["output"][0]["encrypted_content"]
    tampered = sealed[:40] + ("A" if sealed[40] != "A" else "B") + sealed[41:]
    for profile, content in (("DEFAULT", tampered), ("DEFAULT", "né"), ("ZDR", sealed)):
        thought: dict[str, Any] = {"type": "reasoning", "summary": [], "encrypted_content": content}
        answer = create(service, profile, model=GPT_5, input=[thought, say("user", "hi")])
        status, message, param, code = read_error(answer)
        assert (status, param, code) == (400, None, "invalid_encrypted_content")
        assert message.endswith(
            f"{content[-4:]} could not be verified. "
            "Reason: Encrypted content could not be decrypted or parsed."
        )


@pytest.mark.parametrize("model", [GPT, GEMINI, GPT_OSS])
def test_not_every_family_seals(service: Service, model: str) -> None:
    answer = create(service, model=model, input="hi", include=SEALED)
    assert read_error(answer)[1] == "Encrypted content is not supported with this model."


def test_reasoning_and_references_must_be_kept_here(service: Service) -> None:
    kept = ask(service, model=GPT_5, input="My name is Ada.")
    lost = ask(service, model=GPT_5, input="hi", store=False)
    reference = {"type": "item_reference", "id": kept["output"][0]["id"]}
    thread = [say("user", "hi"), kept["output"][0], reference, say("user", "count to 2")]
    assert find_text(ask(service, model=GPT_5, input=thread)) == "1 2"
    for item in (lost["output"][0], {"type": "item_reference", "id": lost["output"][0]["id"]}):
        status, message, *_ = read_error(create(service, model=GPT_5, input=[item]))
        assert status == 404
        assert message.startswith(f"Item with id '{lost['output'][0]['id']}' not found.")


def test_items_of_another_tenancy_or_a_time_gone_by_are_not_there(service: Service) -> None:
    made = ask(service, model=GPT_OSS, input="hi")
    reference = {"type": "item_reference", "id": made["output"][0]["id"]}
    thread = [reference, say("user", "hi")]
    assert create(service, "TYPICAL", model=GPT_OSS, input=thread).status_code == 404
    assert create(service, model=GPT_OSS, input=thread).status_code == 200
    service.clock_offset, service.responses_ttl = 200, 100
    assert create(service, model=GPT_OSS, input=thread).status_code == 404


def test_background_work_is_queued_then_done(service: Service) -> None:
    service.pace = 1
    with connect_sdk(service) as client:
        made = client.responses.create(model=GPT, input="count from 1 to 40", background=True)
        working = client.responses.retrieve(made.id)
        service.clock_offset = 60
        done = client.responses.retrieve(made.id)
        late = client.responses.cancel(made.id)
    assert [made.status, working.status, done.status, late.status] == [
        "queued",
        "in_progress",
        "completed",
        "completed",
    ]
    assert (working.output, done.output_text) == ([], " ".join(map(str, range(1, 41))))


def test_background_work_can_be_cancelled(service: Service) -> None:
    service.pace = 1
    with connect_sdk(service) as client:
        made = client.responses.create(model=GPT, input="count from 1 to 40", background=True)
        cancelled = client.responses.cancel(made.id)
        service.clock_offset = 60
        later = client.responses.retrieve(made.id)
    assert [cancelled.status, later.status, later.output] == ["cancelled", "cancelled", []]


@pytest.mark.parametrize(("profile", "extra"), [("DEFAULT", {"store": False}), ("ZDR", {})])
def test_background_work_must_be_kept(
    service: Service, profile: str, extra: dict[str, Any]
) -> None:
    answer = create(service, profile, model=GPT, input="hi", background=True, **extra)
    assert read_error(answer)[2] == "background"


def test_only_background_work_can_be_cancelled(service: Service) -> None:
    made = ask(service, model=GPT, input="hi")
    with connect_http(service) as client:
        answer = client.post(f"{RESPONSES}/{made['id']}/cancel", json={})
    assert read_error(answer)[:2] == (400, "Cannot cancel a synchronous response.")


def test_the_events_of_a_kept_response_can_be_had_again(service: Service) -> None:
    events = stream(service, model=GPT, input="count from 1 to 9")
    path = f"{RESPONSES}/{events[0]['response']['id']}"
    with connect_http(service) as client:
        again = client.get(path, params={"stream": "true"})
        rest = client.get(path, params={"stream": "true", "starting_after": 5})
        wrong = client.get(path, params={"stream": "true", "starting_after": "x"})
    assert read_events(again.content) == events
    assert read_events(rest.content) == events[6:]
    assert read_error(wrong)[0] == 400


def test_a_reset_forgets_what_was_kept(service: Service) -> None:
    made = ask(service, model=GPT, input="hi")
    service.responses_ttl, service.strict_input = 1.0, True
    service.reset()
    with connect_http(service) as client:
        assert client.get(f"{RESPONSES}/{made['id']}").status_code == 404
    assert (service.responses_ttl, service.strict_input) == (30 * 24 * 3600.0, False)


def test_what_is_kept_needs_a_compartment_too(service: Service) -> None:
    made = ask(service, model=GPT, input="hi")
    with connect(service) as client:
        del client.headers["CompartmentId"]
        answer = client.get(f"{RESPONSES}/{made['id']}")
        named = client.get(
            f"{RESPONSES}/{made['id']}", headers={"opc-compartment-id": service.compartment_id}
        )
    assert answer.json()["message"] == "Compartment ID must be provided."
    assert named.status_code == 200


def test_a_call_with_the_id_it_was_given_can_be_sent_back(service: Service) -> None:
    made = ask(service, model=GPT, input="weather in Chicago?", tools=[WEATHER])
    call = made["output"][-1]
    assert call["arguments"] == CHICAGO
    result = {"type": "function_call_output", "call_id": call["call_id"], "output": "clear"}
    thread = [say("user", "weather in Chicago?"), call, result]
    assert "clear" in find_text(ask(service, model=GPT, input=thread, tools=[WEATHER]))
