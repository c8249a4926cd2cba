"""What a turn of the event loop writes on a connection goes out in one system call."""

from __future__ import annotations

import asyncio
from typing import Any


class GatheringTransport(asyncio.Transport):
    """Holds what is written until the turn ends; a system call costs more than making an event.

    It stands before the server's own transport, and does what uvicorn asks of one.
    """

    def __init__(self, inner: asyncio.Transport) -> None:
        super().__init__()
        self._inner = inner
        self._loop = asyncio.get_running_loop()
        self._held: list[bytes] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Write ``data`` once the turn ends."""
        if not data:
            return
        if not self._held:
            self._loop.call_soon(self._let_go)
        self._held.append(bytes(data))

    def close(self) -> None:
        """Close the connection after what was written."""
        self._let_go()
        self._inner.close()

    def abort(self) -> None:
        """Close the connection at once."""
        self._held.clear()
        self._inner.abort()

    def is_closing(self) -> bool:
        """Tell whether the connection is closed, or about to be."""
        return self._inner.is_closing()

    def get_write_buffer_size(self) -> int:
        """Return how many bytes have not gone out yet."""
        return sum(map(len, self._held)) + self._inner.get_write_buffer_size()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Return what is known of the connection."""
        return self._inner.get_extra_info(name, default)

    def pause_reading(self) -> None:
        """Take no more from the client for now."""
        self._inner.pause_reading()

    def resume_reading(self) -> None:
        """Take more from the client again."""
        self._inner.resume_reading()

    def _let_go(self) -> None:
        held, self._held = self._held, []
        if held and not self._inner.is_closing():  # asyncio would log a write to one that left
            self._inner.write(b"".join(held))
