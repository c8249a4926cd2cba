"""The web server: uvicorn on a loopback socket, in a thread of this process."""

from __future__ import annotations

import asyncio
import socket
import threading
from pathlib import Path
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from ocigenai_nb.emulator.gathering import GatheringTransport
from ocigenai_nb.emulator.wire import TRANSPORT

HOST = "127.0.0.1"
"""The only address ever listened on."""

_LAST_PORT = 65535
_LOOK_SECONDS = 0.5
_LAST_WORDS_SECONDS = 2.0
_KEEP_ALIVE_SECONDS = 75


class ServerThread:
    """Serves an application until it is stopped."""

    def __init__(
        self, app: ASGIApp, listener: socket.socket, *, certificate: Path | None = None
    ) -> None:
        """Take a listening socket; with a certificate and its key in a PEM file, speak TLS."""
        self._server = _Server(_configure(app, certificate))
        self._thread = threading.Thread(
            target=self._server.run,
            kwargs={"sockets": [listener]},
            name="ocigenai-emulator",
            daemon=True,
        )

    def start(self) -> None:
        """Start serving; returns once connections are accepted."""
        self._thread.start()
        while not self._server.accepting.wait(_LOOK_SECONDS):
            if not self._thread.is_alive():
                raise RuntimeError("The emulator's server did not start: see its log.")

    def stop(self) -> None:
        """Close every connection and end the thread."""
        self._server.stop()
        self._thread.join()


def open_listener(port: int, host: str = HOST) -> socket.socket:
    """Return a socket bound to ``port`` of a loopback address; 0 takes a free one.

    Raises:
        OSError: If the port is taken.
        ValueError: If it is none.
    """
    if not 0 <= port <= _LAST_PORT:
        raise ValueError(f"{port} is no port: use one from 1 to {_LAST_PORT}, or 0 for a free one.")
    return socket.create_server((host, port))


class _Server(uvicorn.Server):
    """Says when it accepts connections, and stops without waiting for open answers."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.accepting = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self._loop = asyncio.get_running_loop()
        self.accepting.set()

    async def main_loop(self) -> None:
        # Instead of looking ten times a second whether to exit and what the date is.
        await self._stopping.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for bound in sockets or ():
            bound.close()
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        if self.server_state.tasks:
            await asyncio.wait(self.server_state.tasks, timeout=_LAST_WORDS_SECONDS)

    def stop(self) -> None:
        """End the server; callable from any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._stopping.set)


class _Protocol(H11Protocol):
    """Hands the transport over to the application, which faults need to get at."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        inner = self.app

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            scope[TRANSPORT] = self.transport
            await inner(scope, receive, send)

        self.app = app

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        # asyncio leaves this out for a listener that it did not make itself. Without it, each
        # answer on a connection that is kept waits 40 ms for the client's delayed ACK.
        bare: socket.socket = transport.get_extra_info("socket")
        bare.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().connection_made(GatheringTransport(transport))


def _configure(app: ASGIApp, certificate: Path | None) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        loop="asyncio",
        ssl_certfile=certificate,
        http=_Protocol,
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        proxy_headers=False,
        server_header=False,
        date_header=False,  # the emulator's clock writes it
    )
