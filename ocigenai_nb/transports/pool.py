"""The connections of one identity: a signing HTTP client, and the `openai` SDK over it."""

from __future__ import annotations

import asyncio
import json
import os
import weakref
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from .auth import OCIAuth
from .sdk_settings import forget_environment, http_settings, sdk_settings
from .settings import Identity

if TYPE_CHECKING:
    import openai

_ACCEPT = "application/json, text/event-stream"
_MAX_ERROR_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds: to connect, between two pieces of an answer, between two events, for the whole.

    An answer may trickle, or be kept alive with comments, and never bring an event: that is what
    `event` ends. A model may think for minutes before its first one.
    """

    connect: float = 10.0
    read: float = 120.0
    event: float = 300.0
    total: float = 600.0


class Response(Protocol):
    """What is read of a response, whichever door it came through."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Its headers; names in any case find them."""

    def iter_bytes(self) -> AsyncIterator[bytes]:
        """Its body, decompressed, as it arrives."""


@dataclass(frozen=True, slots=True)
class _Posted:
    headers: Mapping[str, str]
    iter_bytes: Callable[[], AsyncIterator[bytes]]
    http_response: Any  # as the SDK's own responses name it


class StatusError(Exception):
    """A response with an error status, its body read as far as an error message goes."""

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        super().__init__(status)
        self.status, self.headers, self.body = status, headers, body


class Pool:
    """Made once for an identity and kept warm; lives on the I/O thread."""

    def __init__(
        self, identity: Identity, timeouts: Timeouts, clock: Callable[[], datetime]
    ) -> None:
        self._identity = identity
        self._timeouts = timeouts
        self._clock = clock
        self._process = os.getpid()
        self._http: Any = None
        self._sdk: openai.AsyncOpenAI | None = None

    def sdk(self) -> openai.AsyncOpenAI:
        """The signed `openai` client, made when first needed."""
        http = self._client()
        if self._sdk is None:
            self._sdk = self._make_sdk(http)
        return self._sdk

    def post(self, path: str, body: Mapping[str, Any]) -> AbstractAsyncContextManager[Response]:
        """POST a JSON body beside the SDK, to a path that it does not know.

        Raises StatusError for an error status.
        """
        url = self._identity.settings.endpoint.value + path
        content = json.dumps(body, separators=(",", ":")).encode()
        headers = {"content-type": "application/json", "accept": _ACCEPT}
        return self._send("POST", url, headers, content)

    def get(self, url: str) -> AbstractAsyncContextManager[Response]:
        """GET a whole URL beside the SDK. Raises StatusError for an error status."""
        return self._send("GET", url, {"accept": "application/json"})

    @asynccontextmanager
    async def _send(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None = None
    ) -> AsyncGenerator[Response, None]:
        sending = self._client().stream(method, url, content=content, headers=headers)
        async with sending as response:
            if response.status_code >= 300:
                error = await _read_capped(response.aiter_bytes())
                raise StatusError(response.status_code, response.headers, error)
            yield _Posted(response.headers, response.aiter_bytes, response)

    async def aclose(self) -> None:
        """Close the connections."""
        if self._http is not None:
            await self._http.aclose()

    def _client(self) -> Any:
        """The signing client, of `httpx` or `httpx2` as the SDK is built on."""
        import openai

        if self._process != os.getpid():
            # In a forked child: its parent's sockets and event loop are not its own.
            self._process, self._http, self._sdk = os.getpid(), None, None
        if self._http is None:
            self._http = openai.DefaultAsyncHttpxClient(
                auth=OCIAuth(self._identity.credentials, clock=self._clock),
                **http_settings(
                    self._identity, read=self._timeouts.read, connect=self._timeouts.connect
                ),
            )
            loop = asyncio.get_running_loop()
            weakref.finalize(self, _close, self._http, loop, self._process).atexit = False
        return self._http

    def _make_sdk(self, http: Any) -> openai.AsyncOpenAI:
        import openai

        settings = sdk_settings(self._identity, http)
        client = openai.AsyncOpenAI(**settings)
        forget_environment(client, settings)
        return client


async def _read_capped(pieces: AsyncIterator[bytes]) -> bytes:
    body = b""
    async for piece in pieces:
        body += piece
        if len(body) > _MAX_ERROR_BYTES:
            break
    return body[:_MAX_ERROR_BYTES]


def _close(http: Any, loop: asyncio.AbstractEventLoop, process: int) -> None:
    """Close the connections of a pool that is not used any more, but not a parent process's."""
    if os.getpid() == process and not loop.is_closed():
        asyncio.run_coroutine_threadsafe(http.aclose(), loop)
