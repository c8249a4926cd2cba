"""Conversations and their items, as the `openai` SDK speaks them."""

from __future__ import annotations

from typing import Any

import openai
import pytest

from ocigenai_nb.emulator.service import Service
from tests.emulator.client import GEMINI, GPT, GPT_OSS
from tests.emulator.responses_client import (
    CHICAGO,
    WEATHER,
    ask,
    connect_http,
    connect_sdk,
    create,
    find_project,
    find_text,
    read_error,
    say,
    stream,
)

CONVERSATIONS = "/openai/v1/conversations"
LOCKED = (
    "Another process is currently operating on this conversation. Please retry in a few seconds."
)


def start(service: Service, **body: Any) -> str:
    with connect_sdk(service) as client:
        return client.conversations.create(**body).id


def list_items(service: Service, conversation_id: str) -> list[Any]:
    with connect_sdk(service) as client:
        return list(client.conversations.items.list(conversation_id, order="asc"))


def refuse(
    service: Service, path: str, *, method: str = "POST", profile: str = "DEFAULT", **sent: Any
) -> tuple[int, str, str | None, str | None]:
    with connect_http(service, profile) as client:
        return read_error(client.request(method, f"{CONVERSATIONS}{path}", **sent))


def test_a_conversation_is_made_changed_and_deleted(service: Service) -> None:
    with connect_sdk(service) as client:
        made = client.conversations.create(metadata={"topic": "sky"})
        assert made.id.startswith("conv_")
        assert (made.object, made.metadata) == ("conversation", {"topic": "sky"})
        assert abs(made.created_at - service.now()) < 60
        assert client.conversations.retrieve(made.id) == made
        changed = client.conversations.update(made.id, metadata={"topic": "sea"})
        assert changed.metadata == {"topic": "sea"}
        assert client.conversations.retrieve(made.id) == changed
        deleted = client.conversations.delete(made.id)
        assert deleted.model_dump() == {
            "id": made.id,
            "object": "conversation.deleted",
            "deleted": True,
        }
        with pytest.raises(openai.NotFoundError, match=f"'{made.id}' not found"):
            client.conversations.retrieve(made.id)


def test_a_conversation_needs_no_body(service: Service) -> None:
    with connect_http(service) as client:
        answer = client.post(CONVERSATIONS)
    assert (answer.status_code, answer.json()["metadata"]) == (200, {})


def test_items_are_added_listed_retrieved_and_deleted(service: Service) -> None:
    with connect_sdk(service) as client:
        first: Any = [say("user", "one")]
        conversation = client.conversations.create(items=first)
        items = client.conversations.items
        more: Any = [say("assistant", "two"), say("user", "three")]
        added = items.create(conversation.id, items=more)
        assert (added.object, added.has_more) == ("list", False)
        assert [added.first_id, added.last_id] == [item.id for item in added.data]
        newest = items.list(conversation.id, limit=2)
        assert [item.id for item in newest.data] == [added.last_id, added.first_id]
        assert newest.has_more
        everything: list[Any] = list(items.list(conversation.id, limit=1, order="asc"))
        assert [item.content[0].text for item in everything] == ["one", "two", "three"]
        middle: Any = items.retrieve(added.first_id, conversation_id=conversation.id)
        assert (middle.role, middle.status) == ("assistant", "completed")
        assert items.delete(added.first_id, conversation_id=conversation.id).id == conversation.id
        assert len(list(items.list(conversation.id))) == 2
        with pytest.raises(openai.NotFoundError, match="not found in conversation"):
            items.retrieve(added.first_id, conversation_id=conversation.id)


@pytest.mark.parametrize("model", [GPT, GPT_OSS, GEMINI])
def test_responses_go_on_with_a_conversation_and_add_to_it(service: Service, model: str) -> None:
    conversation = start(service)
    first = ask(service, model=model, input="My name is Ada.", conversation=conversation)
    second = ask(service, model=model, input="What is my name?", conversation={"id": conversation})
    assert first["conversation"] == second["conversation"] == {"id": conversation}
    assert second["previous_response_id"] is None
    assert "Ada" in find_text(second)
    items = list_items(service, conversation)
    outputs = [item["id"] for made in (first, second) for item in made["output"]]
    assert [item.id for item in items if getattr(item, "role", "") != "user"] == outputs
    users = [item for item in items if getattr(item, "role", "") == "user"]
    assert [item.content[0].text for item in users] == ["My name is Ada.", "What is my name?"]


def test_a_streamed_response_adds_to_it_too(service: Service) -> None:
    conversation = start(service)
    events = stream(service, model=GPT, input="My name is Ada.", conversation=conversation)
    assert events[0]["response"]["conversation"] == {"id": conversation}
    assert len(list_items(service, conversation)) == 2


def test_items_that_were_deleted_are_not_said_any_more(service: Service) -> None:
    conversation = start(service)
    with connect_sdk(service) as client:
        client.responses.create(model=GPT, input="My name is Ada.", conversation=conversation)
        for item in list(client.conversations.items.list(conversation)):
            client.conversations.items.delete(str(item.id), conversation_id=conversation)
    again = ask(service, model=GPT, input="What is my name?", conversation=conversation)
    assert "Ada" not in find_text(again)


def test_a_tools_result_finds_its_call_in_the_conversation(service: Service) -> None:
    conversation = start(service)
    asked = ask(
        service,
        model=GPT,
        input="What is the weather in Chicago?",
        tools=[WEATHER],
        conversation=conversation,
    )
    (call,) = asked["output"]
    assert call["arguments"] == CHICAGO
    output = {"type": "function_call_output", "call_id": call["call_id"], "output": "3 degrees"}
    told = ask(service, model=GPT, input=[output], tools=[WEATHER], conversation=conversation)
    assert "3 degrees" in find_text(told)
    kinds = [item.type for item in list_items(service, conversation)]
    assert kinds == ["message", "function_call", "function_call_output", "message"]


def test_an_item_of_a_conversation_can_be_referred_to(service: Service) -> None:
    conversation = start(service, items=[say("user", "My name is Ada.")])
    (item,) = list_items(service, conversation)
    reference = {"type": "item_reference", "id": item.id}
    told = ask(service, model=GPT, input=[reference, say("user", "What is my name?")])
    assert "Ada" in find_text(told)


def test_a_conversation_outlives_the_responses(service: Service) -> None:
    conversation = start(service)
    ask(service, model=GPT, input="My name is Ada.", conversation=conversation)
    service.forget_responses()
    again = ask(service, model=GPT, input="What is my name?", conversation=conversation)
    assert "Ada" in find_text(again)


def test_a_response_that_is_not_stored_adds_to_it_all_the_same(service: Service) -> None:
    conversation = start(service)
    ask(service, model=GPT, input="My name is Ada.", conversation=conversation, store=False)
    assert len(list_items(service, conversation)) == 2


def test_a_failed_response_adds_nothing(service: Service) -> None:
    conversation = start(service)
    with service.fault("response_failed"):
        ask(service, model=GPT, input="hi", conversation=conversation)
    assert list_items(service, conversation) == []


def test_background_work_adds_when_it_is_done_and_locks_until_then(service: Service) -> None:
    conversation = start(service)
    service.pace = 1
    ask(service, model=GPT, input="count to 40", conversation=conversation, background=True)
    assert list_items(service, conversation) == []
    locked = create(service, model=GPT, input="hi", conversation=conversation)
    assert read_error(locked) == (400, LOCKED, None, "conversation_locked")
    added = refuse(service, f"/{conversation}/items", json={"items": [say("user", "hi")]})
    assert added[1] == LOCKED
    service.clock_offset = 200
    assert len(list_items(service, conversation)) == 2


def test_background_work_that_is_cancelled_adds_nothing(service: Service) -> None:
    conversation = start(service)
    service.pace = 1
    with connect_sdk(service) as client:
        made = client.responses.create(
            model=GPT, input="count to 40", conversation=conversation, background=True
        )
        client.responses.cancel(made.id)
        service.clock_offset = 200
        assert list_items(service, conversation) == []
        service.pace = None
        client.responses.create(model=GPT, input="hi", conversation=conversation)
    assert len(list_items(service, conversation)) == 2


def test_there_is_no_list_of_conversations(service: Service) -> None:
    with connect_http(service) as client:
        answer = client.get(CONVERSATIONS)
    assert (answer.status_code, answer.json()) == (
        404,
        {"code": "404", "message": "Path doesn't map to a registered service!"},
    )


def test_what_is_not_kept_is_not_found(service: Service) -> None:
    gone = (404, "Conversation with id 'conv_gone' not found.", None, None)
    assert refuse(service, "/conv_gone", method="GET") == gone
    assert refuse(service, "/conv_gone", json={"metadata": {}}) == gone
    assert refuse(service, "/conv_gone", method="DELETE") == gone
    assert refuse(service, "/conv_gone/items", method="GET") == gone
    assert read_error(create(service, model=GPT, input="hi", conversation="conv_gone")) == gone


def test_another_tenancys_conversation_is_not_there(service: Service) -> None:
    conversation = start(service)
    assert refuse(service, f"/{conversation}", method="GET", profile="TYPICAL")[0] == 404


def test_a_conversation_needs_a_project(service: Service) -> None:
    """Without one the service misleads: it speaks of the compartment."""
    with connect_http(service, project="") as client:
        answer = client.post(CONVERSATIONS, json={})
        assert (answer.status_code, answer.json()["message"]) == (
            400,
            "Compartment ID must be provided.",
        )
    with connect_http(service, project=find_project(service, "TYPICAL")) as client:
        assert client.post(CONVERSATIONS, json={}).status_code == 404


def test_zero_data_retention_keeps_no_conversation(service: Service) -> None:
    status, words, _, _ = refuse(service, "", profile="ZDR", json={})
    assert (status, words) == (
        400,
        "Conversations cannot be used for this organization due to Zero Data Retention.",
    )


def test_a_thread_has_one_past(service: Service) -> None:
    conversation = start(service)
    previous = ask(service, model=GPT, input="hi")["id"]
    answer = create(
        service, model=GPT, input="hi", conversation=conversation, previous_response_id=previous
    )
    assert read_error(answer)[3] == "mutually_exclusive_parameters"


@pytest.mark.parametrize(
    ("body", "param", "code"),
    [
        ({"metadata": {str(n): "" for n in range(17)}}, "metadata", "object_above_max_properties"),
        ({"metadata": {"a": 1}}, "metadata.a", "invalid_type"),
        ({"metadata": {"a": "x" * 513}}, "metadata.a", "string_above_max_length"),
        ({"metadata": []}, "metadata", "invalid_type"),
        ({"items": [say("user", "hi")] * 21}, "items", "array_above_max_length"),
        ({"items": "hi"}, "items", "invalid_type"),
        ({"items": [{"type": "message"}]}, "items[0].role", "missing_required_parameter"),
        ({"items": [{**say("user", "hi"), "id": "msg_1"}] * 2}, "items", "invalid_value"),
    ],
)
def test_a_wrong_body_is_refused_in_openais_words(
    service: Service, body: dict[str, Any], param: str, code: str
) -> None:
    assert refuse(service, "", json=body)[2:] == (param, code)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"limit": "0"}, "integer_below_min_value"),
        ({"limit": "101"}, "integer_above_max_value"),
        ({"limit": "²"}, "invalid_type"),
        ({"limit": "9" * 5000}, "invalid_type"),
        ({"order": "up"}, "invalid_value"),
    ],
)
def test_a_wrong_page_is_refused(service: Service, query: dict[str, str], code: str) -> None:
    conversation = start(service)
    refused = refuse(service, f"/{conversation}/items", method="GET", params=query)
    assert (refused[0], refused[3]) == (400, code)


def test_an_update_needs_metadata_and_items_need_a_list(service: Service) -> None:
    conversation = start(service)
    assert refuse(service, f"/{conversation}", json={})[2] == "metadata"
    assert refuse(service, f"/{conversation}/items", json={})[2] == "items"


@pytest.mark.parametrize("given", [1, {}, {"id": 1}, []])
def test_a_conversation_is_named_by_its_id(service: Service, given: object) -> None:
    status, _, param, _ = read_error(create(service, model=GPT, input="hi", conversation=given))
    assert (status, (param or "").partition(".")[0]) == (400, "conversation")


def test_every_base_serves_conversations(service: Service) -> None:
    with connect_http(service) as client:
        for base in ("/openai/v1", "/20231130/actions/v1", "/20231130/openai/v1"):
            assert client.post(f"{base}/conversations", json={}).status_code == 200
