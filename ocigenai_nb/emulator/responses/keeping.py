"""``.../responses/{id}``: what is done with a response that is kept.

Rules: get it, whole or its events again after ``starting_after``; delete it; cancel it while it
works in the background; list the items of its input. What is not kept, or another tenancy's, is
not found. Source: OpenAI's reference and published error texts.

Known deviations: the list holds the items of the response's own request, not of the thread before
it; events can be had again of every response that is kept, not only of those made in the
background with a stream. Of one that is still at work they come at the pace of a new one, and its
cancelling does not end streams that are open; the last event of a cancelled response is named
``response.cancelled``, which was not observed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from ocigenai_nb.emulator.delivery import send_stream
from ocigenai_nb.emulator.exchange import EXCHANGE, Exchange
from ocigenai_nb.emulator.parameters import Rule, refuse
from ocigenai_nb.emulator.refusals import RefusedError, write_openai
from ocigenai_nb.emulator.responses.access import check_access
from ocigenai_nb.emulator.responses.events import SHAPE, EventWriter, begin, write_last
from ocigenai_nb.emulator.responses.pages import read_number, write_page
from ocigenai_nb.emulator.responses.store import StoredResponse

_FROM_ZERO: Final = Rule("an integer", low=0)


async def get_response(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with a response that is kept, or its events, as an ASGI application.

    Raises:
        RefusedError: If it is not kept, or not the caller's.
    """
    request = Request(scope)
    record = _find(request)
    if request.query_params.get("stream") != "true":
        await JSONResponse(_show(record, scope[EXCHANGE]))(scope, receive, send)
        return
    pads = request.query_params.get("include_obfuscation") == "true"
    writer = EventWriter(record.resource, pads=pads)
    events = [*writer.write()]
    last = write_last(record.resource, writer.sent)
    after = read_number(request, "starting_after", _FROM_ZERO, default=-1)
    if after >= writer.sent:
        last = last[1:]
    await send_stream(scope, receive, send, events[after + 1 :], shape=SHAPE, last=last)


async def delete_response(request: Request) -> Response:
    """Keep a response no longer.

    Raises:
        RefusedError: If it is not kept, or not the caller's.
    """
    record = _find(request)
    exchange: Exchange = request.scope[EXCHANGE]
    exchange.deployment.responses.delete(record.tenancy, record.id)
    return JSONResponse({"id": record.id, "object": "response", "deleted": True})


async def cancel_response(request: Request) -> Response:
    """End the work on a background response, if it still goes on.

    Raises:
        RefusedError: If it is not kept, not the caller's, or not made in the background.
    """
    record = _find(request)
    exchange: Exchange = request.scope[EXCHANGE]
    if not record.resource["background"]:
        refuse("Cannot cancel a synchronous response.", param=None, code=None)
    if _is_working(record, exchange):
        _take_back(record, exchange)
        cancelled = begin(record.resource, "cancelled")
        record = replace(record, resource=cancelled, done_at=exchange.deployment.now())
        exchange.deployment.responses.keep(record)
    return JSONResponse(record.resource)


async def list_input_items(request: Request) -> Response:
    """Return a page of the items of a response's input, the newest first unless told otherwise.

    Raises:
        RefusedError: If the response is not kept, or not the caller's.
    """
    return JSONResponse(write_page(request, _find(request).given))


def _take_back(record: StoredResponse, exchange: Exchange) -> None:
    """Take what a response was to add to its conversation out of it."""
    conversation = record.resource.get("conversation")
    if conversation is not None:
        dropped = {item["id"] for item in record.items}
        exchange.deployment.conversations.drop(record.tenancy, conversation["id"], dropped)


def _find(request: Request) -> StoredResponse:
    exchange: Exchange = request.scope[EXCHANGE]
    check_access(exchange)
    response_id = request.path_params["response_id"]
    deployment = exchange.deployment
    found = deployment.responses.find(exchange.caller.name, response_id, now=deployment.now())
    if found is None:
        message = f"Response with id '{response_id}' not found."
        raise RefusedError(write_openai(message, param=None, code=None, status=404))
    return found


def _show(record: StoredResponse, exchange: Exchange) -> Mapping[str, Any]:
    return begin(record.resource) if _is_working(record, exchange) else record.resource


def _is_working(record: StoredResponse, exchange: Exchange) -> bool:
    return record.resource["background"] and exchange.deployment.now() < record.done_at
