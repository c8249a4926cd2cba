"""The connection below an answer: sending events one by one, noticing that the client left."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Sequence

from starlette.types import Receive, Scope, Send

TRANSPORT = "ocigenai_nb.transport"
"""Key of the ASGI scope under which the server hands over the connection's transport."""


class Wire:
    """One streamed answer on its way to the client: an HTTP chunk for each ``send``."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._transport: asyncio.Transport = scope[TRANSPORT]
        self._send = send
        self._gone = asyncio.ensure_future(_wait_until_gone(receive))

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
        if self._transport.is_closing():
            return  # asyncio would log every further write
        await self._send({"type": "http.response.body", "body": data, "more_body": True})

    async def end(self, data: bytes = b"") -> None:
        """Send ``data`` and the end of the body, as HTTP has it."""
        await self._send({"type": "http.response.body", "body": data, "more_body": False})

    async def wait(self, seconds: float | None) -> None:
        """Wait so long (``None``: for ever), or until the client leaves."""
        await asyncio.wait((self._gone,), timeout=seconds)

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


async def _wait_until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
