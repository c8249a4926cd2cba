"""Threads that the service keeps: what travels, and what happens where it lost or keeps none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import pytest

from ocigenai_nb import Connection, Conversation, connect
from ocigenai_nb.chat import retention
from ocigenai_nb.core.errors import NotFoundError, OutcomeUnknownError, StreamCutError
from ocigenai_nb.emulator.service import Service
from ocigenai_nb.transports.loop import io_thread
from tests.transports.subject import COUNT, GPT, GPT_5, LLAMA

ADA: Final = "My name is Ada."
WHO: Final = "What is my name?"


@pytest.fixture
def held(connection: Connection) -> Conversation:
    """A conversation whose thread the service keeps."""
    return connection.chat(GPT, transport="responses")


@pytest.fixture
def zdr(service: Service) -> Iterator[Connection]:
    """A tenancy under Zero Data Retention, of which nothing is known yet."""
    retention._keep_nothing.clear()
    made = connect("ZDR", config_file=service.config_file)
    yield made
    io_thread().run(made._client.aclose())


def read_body(service: Service) -> Any:
    return service.journal.last.body


def count_input(service: Service) -> int:
    return len(read_body(service)["input"])


def test_only_the_new_turn_travels(held: Conversation, service: Service) -> None:
    first = held.send(ADA)
    assert held.send(WHO).text == "Your name is Ada."
    body = read_body(service)
    assert body["previous_response_id"] == first.response_id
    assert count_input(service) == 1


def test_instructions_travel_every_time(held: Conversation, service: Service) -> None:
    held.system = "You are concise."
    held.send(ADA)
    held.send(WHO)
    assert read_body(service)["instructions"] == "You are concise."


def test_a_branch_forks_the_thread(held: Conversation, service: Service) -> None:
    root = held.send(ADA)
    held.send("My name is Grace.")
    held.fork(1)
    assert held.send(WHO).text == "Your name is Ada."
    assert read_body(service)["previous_response_id"] == root.response_id
    held.regenerate()
    assert read_body(service)["previous_response_id"] == root.response_id


def test_a_turn_is_found_by_its_response_id(held: Conversation) -> None:
    name = held.send(ADA).response_id
    held.send(WHO)
    assert name is not None
    assert held.fork(name) is held.turn(1)


def test_row_37_a_lost_thread_is_replayed_and_the_person_told(
    held: Conversation, service: Service
) -> None:
    held.send(ADA)
    service.forget_responses()
    reply = held.send(WHO)
    assert reply.text == "Your name is Ada."
    assert [notice for notice in reply.answer.notices if "no longer has this thread" in notice]
    assert (count_input(service), "previous_response_id" in read_body(service)) == (3, False)
    held.send(WHO)
    assert read_body(service)["previous_response_id"] == reply.response_id


def test_row_37_an_expired_thread_is_replayed(held: Conversation, service: Service) -> None:
    held.send(ADA)
    service.responses_ttl = 0
    assert held.send(WHO).text == "Your name is Ada."
    assert count_input(service) == 3


def test_row_40_a_thread_that_was_deleted_elsewhere_is_replayed(
    held: Conversation, connection: Connection, service: Service
) -> None:
    elsewhere: Any = connection.model(GPT, transport="responses")
    elsewhere.delete_sync(held.send(ADA).response_id)
    reply = held.send(WHO)
    assert reply.text == "Your name is Ada."
    assert [notice for notice in reply.answer.notices if "no longer has this thread" in notice]
    assert count_input(service) == 3


def test_a_thread_that_is_known_to_be_lost_is_not_asked_for_again(
    held: Conversation, service: Service
) -> None:
    held.send(ADA)
    service.forget_responses()
    held.send(WHO)
    requests = len(service.journal)
    held.regenerate()
    assert len(service.journal) == requests + 1


def test_row_38_zero_retention_is_discovered_told_and_remembered(
    zdr: Connection, service: Service
) -> None:
    chat = zdr.chat(GPT, transport="responses")
    first = chat.send(ADA)
    assert [notice for notice in first.answer.notices if "Zero Data Retention" in notice]
    assert read_body(service)["store"] is False
    requests = len(service.journal)
    second = chat.send(WHO)
    assert (second.text, second.answer.notices) == ("Your name is Ada.", ())
    other = zdr.chat(GPT, transport="responses")
    assert other.send(ADA).answer.notices == ()
    assert len(service.journal) == requests + 2
    assert not chat.turn(1).asked.stored


def test_what_is_remembered_of_one_tenancy_says_nothing_of_another(
    zdr: Connection, held: Conversation, service: Service
) -> None:
    zdr.chat(GPT, transport="responses").send(ADA)
    held.send(ADA)
    assert "store" not in read_body(service)


def test_row_39_reasoning_travels_sealed_and_without_an_id_where_nothing_is_kept(
    zdr: Connection, service: Service
) -> None:
    chat = zdr.chat(GPT_5, transport="responses")
    chat.send(ADA)
    assert chat.send(WHO).text == "Your name is Ada."
    [sealed] = [item for item in read_body(service)["input"] if item["type"] == "reasoning"]
    assert sealed["encrypted_content"]
    assert "id" not in sealed


def test_a_conversation_that_shall_store_nothing_does_not(
    connection: Connection, service: Service
) -> None:
    chat = connection.chat(GPT, transport="responses", store=False)
    chat.send(ADA)
    assert chat.send(WHO).text == "Your name is Ada."
    assert read_body(service)["store"] is False
    assert chat.replies[0].response_id is None


def test_a_partial_answer_is_sent_along_since_the_service_lacks_it(
    held: Conversation, service: Service
) -> None:
    service.fault("cut", after_events=8)
    with pytest.raises(StreamCutError):
        held.send(COUNT)
    held.send("Go on.")
    assert "previous_response_id" not in read_body(service)
    assert count_input(service) == 3


def test_an_edited_answer_is_sent_along_since_the_service_has_another(
    held: Conversation, service: Service
) -> None:
    held.send(ADA)
    held.edit_answer(1, "Who?")
    held.send(WHO)
    assert "previous_response_id" not in read_body(service)
    assert read_body(service)["input"][1]["content"][0]["text"] == "Who?"


def test_another_model_gets_the_whole_history(held: Conversation, service: Service) -> None:
    held.send(ADA)
    held.model = GPT_5
    assert held.send(WHO).text == "Your name is Ada."
    assert "previous_response_id" not in read_body(service)


def test_a_conversation_may_leave_the_service_and_come_back(
    held: Conversation, service: Service
) -> None:
    held.send(ADA)
    held.model, held.transport = LLAMA, None
    assert held.send(WHO).text == "Your name is Ada."
    held.model, held.transport = GPT, "responses"
    assert held.send(WHO).text == "Your name is Ada."
    assert "previous_response_id" not in read_body(service)


def test_row_41_a_cut_before_the_id_leaves_it_unknown_and_is_not_resent_unasked(
    held: Conversation, service: Service
) -> None:
    service.fault("cut", after_events=0)
    with pytest.raises(OutcomeUnknownError):
        held.send(ADA)
    assert held.turn(1).unknown
    assert len(service.journal) == 1
    with pytest.raises(OutcomeUnknownError, match="not known"):
        held.regenerate()
    assert len(service.journal) == 1
    assert held.regenerate(resend=True).text == "Nice to meet you, Ada."


def test_a_cut_after_the_id_is_not_unknown(held: Conversation, service: Service) -> None:
    service.fault("cut", after_events=8)
    with pytest.raises(StreamCutError):
        held.send(COUNT)
    assert held.turn(1).reply.response_id
    assert not held.turn(1).unknown
    held.regenerate()


def test_row_41_a_stop_before_the_id_leaves_it_unknown(
    held: Conversation, service: Service
) -> None:
    with service.fault("stall", after_events=0) as stalled:
        stream = held.stream(ADA)
        service.journal.wait_for(lambda _: stalled.struck == 1)
        stream.stop()
        assert stream.turn.wait(60).finish_reason == "stopped"
    assert stream.turn.unknown


def test_what_is_not_stored_is_never_unknown(chat: Conversation, service: Service) -> None:
    service.fault("cut", after_events=0)
    with pytest.raises(StreamCutError):
        chat.send(ADA)
    assert not chat.turn(1).unknown


# Looking and deleting


def test_what_the_service_holds_is_shown_beside_what_is_held_here(
    held: Conversation, service: Service
) -> None:
    held.send(ADA)
    held.send(WHO)
    held.edit_answer(2, "Your name is Eve.")
    held.store = False
    held.send("Say exactly: hi")
    assert [row.there for row in held.look_up_stored()] == ["the same", "not stored", "not stored"]
    service.forget_responses()
    assert [row.there for row in held.look_up_stored()] == ["gone", "not stored", "not stored"]
    assert "turn 1: gone" in repr(held.look_up_stored())
    assert "| 1 | gone |" in held.look_up_stored()._repr_markdown_()


def test_what_was_deleted_there_may_stay_here(held: Conversation, service: Service) -> None:
    names = [held.send(prompt).response_id for prompt in (ADA, WHO)]
    assert list(held.delete_stored()) == names
    model: Any = held.connection.model(GPT, transport="responses")
    for name in names:
        with pytest.raises(NotFoundError):
            model.retrieve_sync(name)
    assert held.send(WHO).text == "Your name is Ada."
    assert (count_input(service), held.replies[-1].answer.notices) == (5, ())


def test_what_was_deleted_there_may_go_here_too(held: Conversation) -> None:
    held.send(ADA)
    held.send(WHO)
    assert len(held.delete_stored(2, drop=True)) == 1
    assert [turn.number for turn in held.turns] == [1]
    held.delete_stored(drop=True)
    assert held.turns == ()
