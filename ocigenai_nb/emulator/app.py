"""The emulated service as an ASGI application: authentication first, then the path."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from ocigenai_nb.emulator import refusals
from ocigenai_nb.emulator.deployment import Deployment
from ocigenai_nb.emulator.exchange import EXCHANGE, Exchange, read_request
from ocigenai_nb.emulator.openai_chat import answer_chat
from ocigenai_nb.emulator.refusals import Refusal, RefusedError

_OPENAI_BASES = ("/openai/v1", "/20231130/actions/v1", "/20231130/openai/v1")


def make_app(deployment: Deployment) -> ASGIApp:
    """Return the application that serves ``deployment``."""
    routes = [
        route
        for base in _OPENAI_BASES
        for route in (
            Route(f"{base}/chat/completions", _Endpoint(), methods=["POST"]),
            Route(f"{base}/embeddings", _refuse_operation, methods=["POST"]),
        )
    ]
    app = Starlette(
        routes=routes,
        exception_handlers={
            RefusedError: _answer_refused,
            HTTPException: _answer_unrouted,
            Exception: _answer_failure,
        },
    )
    app.router.redirect_slashes = False
    return _Gate(app, deployment)


class _Gate:
    """Lets only authentic requests through, and journals all."""

    def __init__(self, app: ASGIApp, deployment: Deployment) -> None:
        self._app = app
        self._deployment = deployment

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = Exchange(self._deployment, await read_request(scope, receive))
        scope[EXCHANGE] = exchange
        app = self._choose_answer(exchange)
        await app(scope, receive, exchange.stamp(send))

    def _choose_answer(self, exchange: Exchange) -> ASGIApp:
        if not exchange.authenticate():
            return _write(refusals.NOT_AUTHENTICATED)
        exchange.meet_fault()
        if exchange.fault is not None and exchange.fault.refusal is not None:
            return _write(exchange.fault.refusal)
        return self._app


class _Endpoint:
    """Chat completions as an ASGI application: it needs the connection, not only the request."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await answer_chat(scope, receive, send)


async def _refuse_operation(_request: Request) -> Response:
    raise RefusedError(refusals.UNSUPPORTED_OPERATION)


async def _answer_refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RefusedError)  # noqa: S101 - for the type checker
    return _write(error.refusal)


async def _answer_unrouted(_request: Request, error: Exception) -> Response:
    known_path = isinstance(error, HTTPException) and error.status_code == 405
    return _write(refusals.METHOD_NOT_ALLOWED if known_path else refusals.UNKNOWN_PATH)


async def _answer_failure(_request: Request, _error: Exception) -> Response:
    return _write(refusals.INTERNAL_ERROR)


def _write(refusal: Refusal) -> Response:
    return JSONResponse(refusal.body, refusal.status, dict(refusal.headers))
