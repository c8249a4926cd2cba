"""A loopback server that plays streams as the native API was recorded: chunked, bare content type.

It takes any number of connections at once, checks no signature, and keeps what it was asked.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Final, Self

HEAD: Final = (
    "HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncache-control: no-cache\r\n{length}\r\n\r\n"
)
STREAM: Final = "text/event-stream"


@dataclass
class Asked:
    """One request as it came."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: dict[str, Any]


@dataclass
class Player:
    """Answers each request with `events`, the data of server-sent events, or with `whole`.

    With `hold_after`, each answer stands still after so many events until `go_on` is called;
    `held` counts those that did, and `gone` is set when a client leaves before the end of one.
    """

    events: Sequence[bytes] = ()
    whole: Mapping[str, Any] | None = None
    hold_after: int | None = None
    asked: list[Asked] = field(default_factory=list)
    held: int = 0
    _release: asyncio.Event = field(default_factory=asyncio.Event)
    gone: threading.Event = field(default_factory=threading.Event)
    url: str = ""

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        serving = asyncio.start_server(self._answer, "127.0.0.1", 0)
        self._server = asyncio.run_coroutine_threadsafe(serving, self._loop).result(60)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(60)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(60)
        self._loop.close()

    def go_on(self) -> None:
        """Let every answer that stands still go on."""
        self._loop.call_soon_threadsafe(self._release.set)

    async def _stop(self) -> None:
        self._server.close()
        answering = asyncio.all_tasks() - {asyncio.current_task()}
        for task in answering:
            task.cancel()
        await asyncio.gather(*answering, return_exceptions=True)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (asked := await _read(reader)) is not None:
                self.asked.append(asked)
                if self.whole is not None:
                    await self._tell(writer)
                elif not await self._play(reader, writer):
                    break
        except ConnectionError:
            self.gone.set()
        except asyncio.CancelledError:
            pass  # the test is over; Python 3.11 would report it as an error
        finally:
            writer.close()

    async def _tell(self, writer: asyncio.StreamWriter) -> None:
        body = json.dumps(self.whole).encode()
        head = HEAD.format(kind="application/json", length=f"content-length: {len(body)}")
        writer.write(head.encode() + body)
        await writer.drain()

    async def _play(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        writer.write(HEAD.format(kind=STREAM, length="transfer-encoding: chunked").encode())
        for number, data in enumerate(self.events):
            if number == self.hold_after:
                self.held += 1
                if await self._is_left(reader):
                    self.gone.set()
                    return False
            sent = b"data: %s\n\n" % data
            writer.write(b"%x\r\n%s\r\n" % (len(sent), sent))
            await writer.drain()
        writer.write(b"0\r\n\r\n")
        await writer.drain()
        return True

    async def _is_left(self, reader: asyncio.StreamReader) -> bool:
        """Stand still until released (False), or until the client is gone (True)."""
        left = asyncio.create_task(reader.read(1))
        released = asyncio.create_task(self._release.wait())
        done, _ = await asyncio.wait({left, released}, return_when=asyncio.FIRST_COMPLETED)
        waiting = {left, released} - done
        for task in waiting:
            task.cancel()
        await asyncio.wait(waiting or done)
        return left in done


async def _read(reader: asyncio.StreamReader) -> Asked | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    first, *lines = head.rstrip().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (x.partition(":") for x in lines)}
    method, path, _ = first.split(" ")
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Asked(method, path, headers, json.loads(body))
