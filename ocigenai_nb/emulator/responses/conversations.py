"""``.../conversations`` and their items: threads that responses add to.

Rules: create (with up to 20 items), retrieve, update (the metadata), delete; items are added (up
to 20 at once), listed (the newest first unless told otherwise), retrieved and deleted. There is no
list of conversations: its path answers as one that the service doesn't have. A project is needed,
or the older conversation store. What is not kept, or another tenancy's, is not found.
Source: OpenAI's reference and published error texts; published observations of the live service.

Known deviations: a missing project answers with the words about the compartment, which were seen
where only it was missing; the words under Zero Data Retention, where no conversation is kept, and
for a conversation that a response in the background is at work on, were not observed. ``include``
has no effect.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final, NoReturn

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ocigenai_nb.emulator import refusals
from ocigenai_nb.emulator.exchange import EXCHANGE, Exchange
from ocigenai_nb.emulator.parameters import Rule, check, refuse, refuse_missing
from ocigenai_nb.emulator.refusals import RefusedError, write_openai
from ocigenai_nb.emulator.responses.access import check_access, names_place
from ocigenai_nb.emulator.responses.conversation_store import Conversation
from ocigenai_nb.emulator.responses.ids import make_id, name_item
from ocigenai_nb.emulator.responses.items import Taste, read_items
from ocigenai_nb.emulator.responses.metadata import check_metadata
from ocigenai_nb.emulator.responses.pages import write_list, write_page
from ocigenai_nb.emulator.responses.store import Item
from ocigenai_nb.emulator.responses.threads import resolve

_MOST_ITEMS: Final = 20
_LOCKED: Final = (
    "Another process is currently operating on this conversation. Please retry in a few seconds."
)


def list_routes(base: str) -> list[Route]:
    """Return the routes of conversations below ``base``."""
    path = f"{base}/conversations"
    one = f"{path}/{{conversation_id}}"
    item = f"{one}/items/{{item_id}}"
    return [
        Route(path, _create, methods=["POST"]),
        Route(path, _refuse_list, methods=["GET"]),
        Route(one, _retrieve, methods=["GET"]),
        Route(one, _update, methods=["POST"]),
        Route(one, _delete, methods=["DELETE"]),
        Route(f"{one}/items", _add_items, methods=["POST"]),
        Route(f"{one}/items", _list_items, methods=["GET"]),
        Route(item, _retrieve_item, methods=["GET"]),
        Route(item, _delete_item, methods=["DELETE"]),
    ]


def find_conversation(exchange: Exchange, conversation_id: str) -> Conversation:
    """Return a conversation of the caller's.

    Raises:
        RefusedError: If it is not kept, or not the caller's.
    """
    found = exchange.deployment.conversations.find(exchange.caller.name, conversation_id)
    if found is None:
        raise RefusedError(refusals.report_lost_conversation(conversation_id))
    return found


def open_conversation(exchange: Exchange, given: Any) -> Conversation:
    """Return the conversation that a new response goes on with, named by id or as an object.

    Raises:
        RefusedError: If it is not kept, not the caller's, or being worked on.
    """
    check(given, Rule("a string or an object"), param="conversation")
    conversation_id = given if isinstance(given, str) else given.get("id")
    if conversation_id is None:
        refuse_missing("conversation.id")
    check(conversation_id, Rule("a string"), param="conversation.id")
    found = find_conversation(exchange, conversation_id)
    if found.is_locked(exchange.deployment.now()):
        refuse(_LOCKED, param=None, code="conversation_locked")
    return found


async def _create(request: Request) -> Response:
    exchange = _enter(request)
    body = _read_body(exchange) if exchange.request.body else {}
    if exchange.caller.keeps_nothing:
        refuse(
            "Conversations cannot be used for this organization due to Zero Data Retention.",
            param=None,
            code="unsupported_parameter",
        )
    now = exchange.deployment.now()
    items = _read_new_items(exchange, body["items"]) if body.get("items") is not None else []
    conversation = Conversation(
        id=make_id("conv_"),
        tenancy=exchange.caller.name,
        created=now,
        metadata=_read_metadata(body),
        dated=tuple((now, item) for item in items),
    )
    exchange.deployment.conversations.keep(conversation)
    return JSONResponse(_write(conversation))


async def _refuse_list(_request: Request) -> Response:
    raise RefusedError(refusals.UNKNOWN_PATH)


async def _retrieve(request: Request) -> Response:
    _, conversation = _find(request)
    return JSONResponse(_write(conversation))


async def _update(request: Request) -> Response:
    exchange, conversation = _find(request)
    body = _read_body(exchange)
    if "metadata" not in body:
        refuse_missing("metadata")
    changed = replace(conversation, metadata=_read_metadata(body))
    exchange.deployment.conversations.keep(changed)
    return JSONResponse(_write(changed))


async def _delete(request: Request) -> Response:
    exchange, conversation = _find(request)
    exchange.deployment.conversations.delete(conversation.tenancy, conversation.id)
    deleted = {"id": conversation.id, "object": "conversation.deleted", "deleted": True}
    return JSONResponse(deleted)


async def _add_items(request: Request) -> Response:
    exchange, conversation = _find(request)
    now = exchange.deployment.now()
    if conversation.is_locked(now):
        refuse(_LOCKED, param=None, code="conversation_locked")
    body = _read_body(exchange)
    if body.get("items") is None:
        refuse_missing("items")
    items = _read_new_items(exchange, body["items"], known=conversation)
    exchange.deployment.conversations.extend(conversation.tenancy, conversation.id, items, time=now)
    return JSONResponse(write_list(items))


async def _list_items(request: Request) -> Response:
    exchange, conversation = _find(request)
    return JSONResponse(write_page(request, conversation.list_items(exchange.deployment.now())))


async def _retrieve_item(request: Request) -> Response:
    _, _, item = _find_item(request)
    return JSONResponse(item)


async def _delete_item(request: Request) -> Response:
    """Answer with the conversation, as OpenAI does, not with what was deleted."""
    exchange, conversation, item = _find_item(request)
    exchange.deployment.conversations.drop(conversation.tenancy, conversation.id, {item["id"]})
    return JSONResponse(_write(conversation))


def _enter(request: Request) -> Exchange:
    exchange: Exchange = request.scope[EXCHANGE]
    check_access(exchange)
    if not names_place(exchange):
        raise RefusedError(refusals.NO_COMPARTMENT)
    return exchange


def _find(request: Request) -> tuple[Exchange, Conversation]:
    exchange = _enter(request)
    return exchange, find_conversation(exchange, request.path_params["conversation_id"])


def _find_item(request: Request) -> tuple[Exchange, Conversation, Item]:
    exchange, conversation = _find(request)
    item_id = request.path_params["item_id"]
    for item in conversation.list_items(exchange.deployment.now()):
        if item["id"] == item_id:
            return exchange, conversation, item
    message = f"Item with id '{item_id}' not found in conversation '{conversation.id}'."
    raise RefusedError(write_openai(message, param=None, code=None, status=404))


def _read_body(exchange: Exchange) -> dict[str, Any]:
    if not isinstance(exchange.json, dict):
        raise RefusedError(refusals.BAD_FORMAT)
    return exchange.json


def _read_metadata(body: dict[str, Any]) -> dict[str, Any]:
    metadata: dict[str, Any] | None = body.get("metadata")
    if metadata is None:
        return {}
    check_metadata(metadata)
    return metadata


def _read_new_items(
    exchange: Exchange, given: Any, known: Conversation | None = None
) -> list[Item]:
    check(given, Rule("an array"), param="items")
    if len(given) > _MOST_ITEMS:
        refuse(
            f"Invalid 'items': array too long. Expected an array with maximum length "
            f"{_MOST_ITEMS}, but got an array with length {len(given)} instead.",
            param="items",
            code="array_above_max_length",
        )
    taste = Taste(family="", stream=False, strict=exchange.deployment.strict_input)
    read = read_items(given, taste, param="items")
    items: list[Item] = [name_item(resolve(item, exchange)) for item in read]
    taken = {item["id"] for _, item in known.dated} if known else set()
    for item in items:
        if item["id"] in taken:
            _refuse_duplicate(item)
        taken.add(item["id"])
    return items


def _refuse_duplicate(item: Item) -> NoReturn:
    refuse(
        f"Duplicate item found with id {item['id']}. Remove duplicate items from your input and "
        "try again.",
        param="items",
    )


def _write(conversation: Conversation) -> dict[str, Any]:
    return {
        "id": conversation.id,
        "object": "conversation",
        "created_at": int(conversation.created),
        "metadata": conversation.metadata,
    }
