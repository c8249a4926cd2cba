"""Responses that the service stores: reading, canceling and deleting them."""

from __future__ import annotations

import asyncio

import pytest

from ocigenai_nb.core.errors import NotFoundError, StreamCutError, UsageError
from ocigenai_nb.transports.responses import OCIResponsesModel
from tests.core.response_events import message, whole
from tests.transports.listener import Listener, respond
from tests.transports.response_bodies import Ask, give, head, refuse


def test_a_stored_response_is_retrieved_cancelled_and_deleted(model: Ask) -> None:
    stored = whole("completed", message("Hello"))
    deleted = respond(200, b'{"id": "resp_1", "object": "response", "deleted": true}')
    answers = (give(stored), give(stored), deleted, respond(200, b""))
    with Listener(*answers) as listener:
        asked = model(listener.url)
        assert asked.retrieve_sync("resp_1") == stored
        assert asked.cancel_sync("resp_1") == stored
        asked.delete_sync("resp_1")
        asked.delete_sync("resp_1")
    lines = [head(listener, number).partition("\r\n")[0] for number in range(4)]
    assert lines == [
        "get /openai/v1/responses/resp_1 http/1.1",
        "post /openai/v1/responses/resp_1/cancel http/1.1",
        "delete /openai/v1/responses/resp_1 http/1.1",
        "delete /openai/v1/responses/resp_1 http/1.1",
    ]
    assert all("authorization: signature " in head(listener, number) for number in range(4))


def test_the_input_items_of_all_pages_are_listed(model: Ask) -> None:
    items = [{**message("Hi."), "id": f"msg_{number}", "role": "user"} for number in range(3)]
    pages = [
        {"object": "list", "data": items[:2], "has_more": True, "last_id": "msg_1"},
        {"object": "list", "data": items[2:], "has_more": False, "last_id": "msg_2"},
    ]
    with Listener(*(give(page) for page in pages)) as listener:
        assert model(listener.url).input_items_sync("resp_1") == items
    assert "get /openai/v1/responses/resp_1/input_items?" in head(listener, 0)
    assert "after=msg_1" in head(listener, 1)
    assert "order=asc" in head(listener, 1)


def test_listing_ends_although_the_service_says_there_is_more(model: Ask) -> None:
    page = {"object": "list", "data": [], "has_more": True, "last_id": "msg_1"}
    with Listener(give(page), give(page)) as listener:
        assert model(listener.url).input_items_sync("resp_1") == []


def test_what_is_stored_is_reached_from_any_event_loop(model: Ask) -> None:
    stored = whole("completed", message("Hello"))
    page = {"object": "list", "data": [stored], "has_more": False}

    async def use(asked: OCIResponsesModel) -> None:
        assert await asked.retrieve("resp_1") == stored
        assert await asked.cancel("resp_1") == stored
        assert await asked.input_items("resp_1") == [stored]
        await asked.delete("resp_1")

    with Listener(give(stored), give(stored), give(page), respond(200)) as listener:
        asyncio.run(use(model(listener.url)))


def test_a_response_that_is_not_there_is_not_found(model: Ask) -> None:
    with Listener(refuse(404, "Response with id 'resp_9' not found.")) as listener:
        asked = model(listener.url)
        with pytest.raises(NotFoundError, match="resp_9") as caught:
            asked.retrieve_sync("resp_9")
    assert "expired" in caught.value.remedy


def test_a_passing_refusal_of_what_is_stored_is_tried_again(model: Ask) -> None:
    stored = whole("completed")
    with Listener(respond(503), give(stored)) as listener:
        assert model(listener.url).retrieve_sync("resp_1") == stored


def test_a_stored_response_that_breaks_off_is_a_typed_error(model: Ask) -> None:
    cut = give(whole("completed"))[:-10]
    with Listener(cut) as listener, pytest.raises(StreamCutError):
        model(listener.url).retrieve_sync("resp_1")


def test_an_empty_id_is_refused_and_nothing_is_sent(model: Ask) -> None:
    asked = model("http://127.0.0.1:9")
    for use in (asked.retrieve_sync, asked.cancel_sync, asked.delete_sync, asked.input_items_sync):
        with pytest.raises(UsageError, match="no response id"):
            use("")


def test_an_id_never_leads_to_another_path(model: Ask) -> None:
    with Listener(give(whole("completed"))) as listener:
        model(listener.url).retrieve_sync("a/../../files?x=1")
    assert head(listener).startswith("get /openai/v1/responses/a%2f")
