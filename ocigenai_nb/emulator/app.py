"""The emulated service as an ASGI application: authentication first, then the path."""

from __future__ import annotations

from typing import Final
from urllib.parse import unquote

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from ocigenai_nb.emulator import refusals
from ocigenai_nb.emulator.admin import is_admin, make_admin
from ocigenai_nb.emulator.authentication import DOORS, find_denial, find_door, identify
from ocigenai_nb.emulator.control import plane
from ocigenai_nb.emulator.deployment import Deployment
from ocigenai_nb.emulator.exchange import EXCHANGE, Exchange, read_request
from ocigenai_nb.emulator.files import uploads, vector_files, vector_stores
from ocigenai_nb.emulator.native import actions
from ocigenai_nb.emulator.native.endpoint import NATIVE_CHAT, answer_native
from ocigenai_nb.emulator.openai_chat import answer_chat
from ocigenai_nb.emulator.paths import OPENAI_BASES
from ocigenai_nb.emulator.refusals import Refusal, RefusedError
from ocigenai_nb.emulator.responses import conversations, keeping
from ocigenai_nb.emulator.responses.creation import create_response
from ocigenai_nb.emulator.responses.side_calls import compact_thread, count_input_tokens
from ocigenai_nb.emulator.streams import break_off
from ocigenai_nb.emulator.wire import Wire

_BODILESS: Final = (204, 205, 304)
"""Answers that HTTP gives no body; a fault may ask for one."""


def make_app(deployment: Deployment) -> ASGIApp:
    """Return the application that serves ``deployment``."""
    # Routes are looked through one by one: first those that are asked for most.
    routes = [Route(NATIVE_CHAT, _Endpoint(answer_native), methods=["POST"])]
    routes += [
        route
        for base in OPENAI_BASES
        for route in (
            Route(f"{base}/chat/completions", _Endpoint(answer_chat), methods=["POST"]),
            *_list_responses_routes(f"{base}/responses"),
            *conversations.list_routes(base),
            *uploads.list_routes(base),
            *vector_files.list_routes(base),
            Route(f"{base}/embeddings", _refuse_operation, methods=["POST"]),
        )
    ]
    routes += actions.ROUTES
    routes += plane.list_routes()
    routes += vector_stores.list_routes()
    routes += [door.route for door in DOORS]
    answered = (RefusedError, HTTPException, Exception)
    app = Starlette(routes=routes, exception_handlers=dict.fromkeys(answered, _answer_error))
    app.router.redirect_slashes = False
    return _Gate(app, deployment)


def _list_responses_routes(path: str) -> list[Route]:
    one = f"{path}/{{response_id}}"
    return [
        Route(path, _Endpoint(create_response), methods=["POST"]),
        Route(f"{path}/input_tokens", count_input_tokens, methods=["POST"]),
        Route(f"{path}/compact", compact_thread, methods=["POST"]),
        Route(one, keeping.delete_response, methods=["DELETE"]),
        Route(one, _Endpoint(keeping.get_response), methods=["GET"]),
        Route(f"{one}/cancel", keeping.cancel_response, methods=["POST"]),
        Route(f"{one}/input_items", keeping.list_input_items, methods=["GET"]),
    ]


class _Gate:
    """Lets only authentic requests through, and journals all."""

    def __init__(self, app: ASGIApp, deployment: Deployment) -> None:
        self._app = app
        self._deployment = deployment
        self._admin = make_admin(deployment) if deployment.admin else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._admin is not None and is_admin(scope["path"]):
            await self._admin(scope, receive, send)
            return
        exchange = Exchange(self._deployment, await read_request(scope, receive))
        scope[EXCHANGE] = exchange
        app = self._choose_answer(exchange)
        if exchange.fault is not None and exchange.fault.before_headers:
            await break_off(exchange, exchange.fault, Wire(scope, receive, send))
            return
        if exchange.named_region is not None:  # the routes know nothing of regions
            path = exchange.target.partition("?")[0]
            scope = {**scope, "path": unquote(path), "raw_path": path.encode("latin-1")}
        await app(scope, receive, exchange.stamp(send))

    def _choose_answer(self, exchange: Exchange) -> ASGIApp:
        if not exchange.authenticate(identify):
            return _write(exchange, refusals.NOT_AUTHENTICATED)
        try:
            refusal = exchange.meet_fault(named=find_door(exchange.request) is not None)
        except ValueError as error:
            return _write(exchange, refusals.write_oci(400, "InvalidParameter", str(error)))
        if refusal is not None:
            return _write(exchange, refusal)
        denial = find_denial(exchange)
        return self._app if denial is None else _write(exchange, denial)


class _Endpoint:
    """An ASGI application for a route: it needs the connection, not only the request."""

    def __init__(self, answer: ASGIApp) -> None:
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._answer(scope, receive, send)


async def _refuse_operation(_request: Request) -> Response:
    raise RefusedError(refusals.UNSUPPORTED_OPERATION)


async def _answer_error(request: Request, error: Exception) -> Response:
    exchange: Exchange = request.scope[EXCHANGE]
    if isinstance(error, RefusedError):
        exchange.refused = error.why
    return _write(exchange, _choose_refusal(error))


def _choose_refusal(error: Exception) -> Refusal:
    if isinstance(error, RefusedError):
        return error.refusal
    if not isinstance(error, HTTPException):
        return refusals.INTERNAL_ERROR
    return refusals.METHOD_NOT_ALLOWED if error.status_code == 405 else refusals.UNKNOWN_PATH


def _write(exchange: Exchange, refusal: Refusal) -> Response:
    exchange.answer = refusal.words
    if refusal.html is not None:
        return HTMLResponse(refusal.html, refusal.status, dict(refusal.headers))
    if refusal.status in _BODILESS:
        return Response(status_code=refusal.status, headers=dict(refusal.headers))
    return JSONResponse(refusal.body, refusal.status, dict(refusal.headers))
