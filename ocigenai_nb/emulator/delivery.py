"""The last step of an endpoint: its answer goes out, whole or streamed, at the service's pace."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from ocigenai_nb.emulator.backend.pulling import pull
from ocigenai_nb.emulator.exchange import EXCHANGE, Exchange
from ocigenai_nb.emulator.streams import EventShape, EventStream
from ocigenai_nb.emulator.wire import Wire


async def send_stream(
    scope: Scope,
    receive: Receive,
    send: Send,
    events: Iterable[bytes],
    *,
    shape: EventShape,
    last: Iterable[bytes],
) -> None:
    """Send ``events``, then ``last``: those with which an answer is whole."""
    exchange: Exchange = scope[EXCHANGE]
    wire = Wire(scope, receive, send)
    stream = EventStream(
        wire,
        settle=exchange.settle,
        pace=exchange.deployment.pace,
        fault=exchange.fault,
        shape=shape,
    )
    try:
        live = exchange.live
        await stream.run(events if live is None else pull(events, live, gone=wire.parting), last)
    finally:
        exchange.leave_backend()
        wire.release()


async def send_whole(
    scope: Scope, receive: Receive, send: Send, body: Mapping[str, Any], *, tokens: int
) -> None:
    """Send ``body`` as JSON, after as long as its tokens take, if the client waits for it."""
    exchange: Exchange = scope[EXCHANGE]
    wire = Wire(scope, receive, send)
    try:
        if exchange.deployment.pace:
            await wire.wait(tokens / exchange.deployment.pace)
        if wire.gone:
            exchange.record_abandoned()
        else:
            await JSONResponse(body)(scope, receive, send)
    finally:
        wire.release()
