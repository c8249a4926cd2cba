"""Streamed answers: server-sent events at a steady pace, cut short by faults or a closed door."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Final

from ocigenai_nb.emulator.faults import Fault
from ocigenai_nb.emulator.journal import Outcome
from ocigenai_nb.emulator.wire import Wire

HEADERS: Final = (
    (b"content-type", b"text/event-stream"),  # bare: the oci SDK compares the whole value
    (b"cache-control", b"no-cache"),
)
DONE: Final = b"data: [DONE]\n\n"

_BREATH: Final = 32
"""Events sent between two looks at the other connections, when flat out."""

_BAD_GATEWAY: Final = (
    b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n"
    b"<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n"
)
_FAILURE: Final = {
    "error": {
        "message": "The server had an error while processing your request.",
        "type": "server_error",
        "param": None,
        "code": "server_error",
    }
}


class EventStream:
    """Sends events over a wire and tells ``settle`` how it ended."""

    def __init__(
        self,
        wire: Wire,
        *,
        settle: Callable[[Outcome, int], None],
        pace: float | None,
        fault: Fault | None,
    ) -> None:
        self._wire = wire
        self._settle = settle
        self._pace = pace
        self._fault = fault
        self._sent = 0

    async def run(self, events: Iterable[bytes]) -> None:
        """Send ``events`` and ``[DONE]``, unless the fault or the client ends it before."""
        await self._wire.start(200, HEADERS)
        if not await self._send_all(events):
            return
        # Settled before the last bytes: who has read the end finds it in the journal.
        self._settle("complete", self._sent + 1)
        await self._wire.end(DONE)

    async def _send_all(self, events: Iterable[bytes]) -> bool:
        fault, wire = self._fault, self._wire
        strike_at = fault.after_events if fault else -1
        began = asyncio.get_running_loop().time()
        for event in events:
            if fault and self._sent == strike_at and not await self._strike(fault):
                return False
            if not await self._keep_pace(began):
                return False
            await wire.send(event)
            self._sent += 1
        if fault and strike_at >= self._sent:
            return await self._strike(fault)
        return True

    async def _keep_pace(self, began: float) -> bool:
        """Wait until the next event is due; tell whether the client is still there."""
        if self._pace:
            due = began + self._sent / self._pace
            delay = due - asyncio.get_running_loop().time()
            if delay > 0:
                await self._wire.wait(delay)
        elif self._sent % _BREATH == _BREATH - 1:
            await asyncio.sleep(0)
        if self._wire.gone:
            self._settle("client left", self._sent)
            return False
        return True

    async def _strike(self, fault: Fault) -> bool:
        """Do what ``fault`` does; tell whether the answer goes on."""
        if fault.name == "stall":
            await self._wire.wait(None)
            self._settle("client left", self._sent)
            return False
        if fault.name in _PASSING:
            await self._wire.send(_PASSING[fault.name](fault))
            return True
        self._settle("broken off", self._sent)
        await _ENDINGS[fault.name](self._wire)
        return False


async def _send_half_line(wire: Wire) -> None:
    await wire.send(b'data: {"id":"chatcmpl-4f1e","object":"chat.comp')
    await wire.end()


async def _send_html(wire: Wire) -> None:
    await wire.end(_BAD_GATEWAY)


async def _send_error_event(wire: Wire) -> None:
    await wire.end(b"data: " + json.dumps(_FAILURE).encode() + b"\n\n")


def _write_malformed(_fault: Fault) -> bytes:
    return b'data: {"id":"chatcmpl-4f1e","choices":[{"index":0,"delta":{"content":\n\n'


def _write_bad_utf8(_fault: Fault) -> bytes:
    return b'data: {"choices":[{"index":0,"delta":{"content":"\xff\xfe\xfa"}}]}\n\n'


def _write_huge_event(fault: Fault) -> bytes:
    head, tail = b'data: {"choices":[{"index":0,"delta":{"content":"', b'"}}]}\n\n'
    return head + b"a" * max(0, fault.size - len(head) - len(tail)) + tail


_ENDINGS: Final[Mapping[str, Callable[[Wire], Awaitable[None]]]] = {
    "cut": Wire.close,
    "eof": Wire.end,
    "reset": Wire.reset,
    "half_line": _send_half_line,
    "html": _send_html,
    "error_event": _send_error_event,
}
_PASSING: Final[Mapping[str, Callable[[Fault], bytes]]] = {
    "malformed": _write_malformed,
    "bad_utf8": _write_bad_utf8,
    "huge_event": _write_huge_event,
}
