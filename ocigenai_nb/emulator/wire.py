"""The connection below an answer: sending events one by one, noticing that the client left."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Sequence

from starlette.types import Receive, Scope, Send

TRANSPORT = "ocigenai_nb.transport"
"""Key of the ASGI scope under which the server hands over the connection's transport."""

_MOST_UNSENT = 64 * 1024
"""Bytes that may wait for a client that reads too slowly."""


class Wire:
    """One streamed answer on its way to the client: an HTTP chunk for each ``send``."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._transport: asyncio.Transport = scope[TRANSPORT]
        self._send = send
        self._loop = asyncio.get_running_loop()
        self._gone = self._loop.create_task(_wait_until_gone(receive))
        self._gone.add_done_callback(self._wake)
        self._waiter: asyncio.Future[None] | None = None
        # A HEAD has no body, and HTTP/1.0 no chunks: there uvicorn knows what to do.
        self._is_chunked = scope["http_version"] == "1.1" and scope["method"] != "HEAD"

    @property
    def gone(self) -> bool:
        """Whether the connection is closed."""
        return self._gone.done()

    @property
    def parting(self) -> asyncio.Future[None]:
        """What is done once the connection is closed."""
        return self._gone

    async def start(self, status: int, headers: Sequence[tuple[bytes, bytes]]) -> None:
        """Send the head of the answer."""
        await self._send(
            {"type": "http.response.start", "status": status, "headers": list(headers)}
        )

    async def send(self, data: bytes) -> None:
        """Send ``data`` as one chunk; nothing where the client has left already."""
        if not data or self._transport.is_closing():
            return
        if self._is_chunked and self._transport.get_write_buffer_size() < _MOST_UNSENT:
            # Past uvicorn, whose way for an event costs more than all else that makes it.
            self._transport.write(b"%x\r\n%b\r\n" % (len(data), data))
        else:  # it waits for a client that reads too slowly
            await self._send({"type": "http.response.body", "body": data, "more_body": True})

    async def end(self, data: bytes = b"") -> None:
        """Send ``data`` and the end of the body, as HTTP has it."""
        await self._send({"type": "http.response.body", "body": data, "more_body": False})

    async def wait(self, seconds: float | None) -> None:
        """Wait so long (``None``: for ever), or until the client leaves."""
        if self._gone.done():
            return
        # Not asyncio.wait(): with thousands of streams, it is what takes the time.
        self._waiter = self._loop.create_future()
        timer = None if seconds is None else self._loop.call_later(seconds, self._wake)
        try:
            await self._waiter
        finally:
            if timer is not None:
                timer.cancel()

    async def close(self) -> None:
        """Close the connection after what was sent, leaving the body without its end."""
        self._transport.close()
        await self.wait(None)

    async def reset(self) -> None:
        """Let the client meet a connection reset after what was sent."""
        # Looked at again and again: no one is told when a transport's buffer runs empty.
        while self._transport.get_write_buffer_size() and not self.gone:  # noqa: ASYNC110
            await asyncio.sleep(0.001)
        bare: socket.socket = self._transport.get_extra_info("socket")
        bare.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()
        await self.wait(None)

    def release(self) -> None:
        """Stop watching the connection."""
        self._gone.cancel()

    def _wake(self, _gone: object = None) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


async def _wait_until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
