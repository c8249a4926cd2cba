"""The one signed client: connection pool, key, retries and errors for all transports.

The `openai` SDK sends, with its own retries and redirects off; we sign, retry, refuse redirects
(a redirected prompt would travel to another address) and turn what goes wrong into our errors.
zstd is never offered: the service frames each event on its own, which httpx can't decode
(encode/httpx#3697).
"""

from __future__ import annotations

import asyncio
import importlib
import os
import ssl
import weakref
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from ocigenai_nb.core.endpoints import OPENAI_PATH
from ocigenai_nb.core.errors import (
    ConnectionFailedError,
    NotAuthenticatedError,
    OCIGenAIError,
    RequestTimeoutError,
    StreamLimitError,
)
from ocigenai_nb.core.events import Event, Notice
from ocigenai_nb.core.service_errors import RequestFacts, service_error
from ocigenai_nb.core.signing import SigningKey

from .auth import OCIAuth, utc_now
from .retry import RetryPolicy, retry_after
from .settings import Identity

if TYPE_CHECKING:
    import openai


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds: to connect, between two pieces of an answer, and for the whole of it."""

    connect: float = 10.0
    read: float = 120.0
    total: float = 600.0


@dataclass(frozen=True, slots=True)
class Opened:
    """A response with a good status, its body still to be read."""

    response: Any
    request_id: str | None
    attempts: int


Send = Callable[[], AbstractAsyncContextManager[Any]]
Emit = Callable[[Event], None]


class SignedClient:
    """Sends signed requests for one identity. Made once and kept warm; lives on the I/O thread."""

    def __init__(
        self,
        identity: Identity,
        *,
        retry: RetryPolicy = RetryPolicy(),
        timeouts: Timeouts = Timeouts(),
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self.identity = identity
        self.retry = retry
        self.timeouts = timeouts
        self._clock = clock
        self._process = os.getpid()
        self._sdk: openai.AsyncOpenAI | None = None
        self._renewing = asyncio.Lock()

    def sdk(self) -> openai.AsyncOpenAI:
        """The signed `openai` client, made when first needed."""
        if self._process != os.getpid():
            # In a forked child: its parent's sockets and event loop are not its own.
            self._process, self._sdk, self._renewing = os.getpid(), None, asyncio.Lock()
        if self._sdk is None:
            self._sdk = self._make_sdk()
        return self._sdk

    async def warm(self) -> None:
        """Do ahead of time what the first request would wait for. Nothing is sent."""
        self.identity.credentials.signing_key()
        _ = self.sdk().chat.completions.with_streaming_response
        # The SDK describes the machine in its headers, once; the pool's backend loads late.
        await asyncio.to_thread(self.sdk().platform_headers)
        await asyncio.to_thread(importlib.import_module, "anyio._backends._asyncio")

    def _make_sdk(self) -> openai.AsyncOpenAI:
        import openai

        settings = self.identity.settings
        endpoint, compartment = settings.endpoint.value, settings.compartment.value
        headers = {"opc-compartment-id": compartment, "CompartmentId": compartment}
        timeout = openai.Timeout(self.timeouts.read, connect=self.timeouts.connect)
        http = openai.DefaultAsyncHttpxClient(
            auth=OCIAuth(self.identity.credentials, clock=self._clock),
            follow_redirects=False,
            timeout=timeout,
            headers={"accept-encoding": "gzip, deflate"},
            # Plain http goes to loopback only, which no proxy of the environment can reach.
            trust_env=not endpoint.startswith("http://"),
        )
        client = openai.AsyncOpenAI(
            api_key="signed-by-oci",
            base_url=endpoint + OPENAI_PATH,
            http_client=http,
            max_retries=0,
            timeout=timeout,
        )
        # The SDK takes these from OPENAI_* variables, which belong to another account.
        client.organization = None
        client.project = self.identity.project
        client._custom_headers = headers  # noqa: SLF001 (given openly, they join the variable's)
        loop = asyncio.get_running_loop()
        weakref.finalize(self, _close, client, loop, self._process).atexit = False
        return client

    @asynccontextmanager
    async def open(self, send: Send, model: str, emit: Emit) -> AsyncGenerator[Opened, None]:
        """Attempt until a response is good, and close it in the end.

        Each wait and each renewal is told to `emit`. Raises the typed error of the last attempt.
        """
        attempt, renewed = 0, False
        while True:
            attempt += 1
            key = self.identity.credentials.signing_key()  # its errors come out as they are
            facts = self._facts(model)
            async with AsyncExitStack() as stack:
                try:
                    response = await stack.enter_async_context(send())
                except Exception as error:  # noqa: BLE001 (raised again unless it is translated)
                    failure, headers = self._translate(error, facts)
                else:
                    request_id = response.headers.get("opc-request-id")
                    yield Opened(response, request_id, attempt)
                    return
            if isinstance(failure, NotAuthenticatedError) and not renewed:
                renewed = True
                if await self._renew(key):
                    emit(Notice("The token was renewed after a 401, and the request sent again."))
                    continue
            delay = self.retry.delay(failure, attempt, headers, self._clock())
            if delay is None:
                raise _with_wait(failure, headers, self._clock())
            emit(Notice(f"{failure.message} Trying again in {delay:.1f} s."))
            await asyncio.sleep(delay)

    async def _renew(self, refused: SigningKey) -> bool:
        """Renew once for everybody whose request was refused; whether there is another key."""
        credentials = self.identity.credentials
        async with self._renewing:
            return credentials.signing_key().key_id != refused.key_id or credentials.renew()

    def _facts(self, model: str) -> RequestFacts:
        settings = self.identity.settings
        return RequestFacts(model, settings.region.value, settings.auth.value, self._clock())

    def _translate(
        self, error: Exception, facts: RequestFacts
    ) -> tuple[OCIGenAIError, dict[str, str]]:
        """The typed error of what the SDK raised, and the response's headers if there are any.

        What is neither a response nor a connection's failure is raised again as it is.
        """
        import openai

        if isinstance(error, openai.APIStatusError):
            response = error.response
            headers = {name.lower(): value for name, value in response.headers.items()}
            return service_error(response.status_code, headers, response.content, facts), headers
        if isinstance(error, openai.APIConnectionError):
            return connection_error(error, self.identity.settings.endpoint.value), {}
        raise error

    async def aclose(self) -> None:
        """Close the connections."""
        if self._sdk is not None:
            await self._sdk.close()


def _close(sdk: openai.AsyncOpenAI, loop: asyncio.AbstractEventLoop, process: int) -> None:
    """Close the connections of a client that is not used any more, but not a parent process's."""
    if os.getpid() == process and not loop.is_closed():
        asyncio.run_coroutine_threadsafe(sdk.close(), loop)


@cache
def read_errors() -> tuple[type[Exception], ...]:
    """What reading a body may raise: caps, deadlines, and what `httpx` or `httpx2` raise."""
    import openai

    base: Any = openai.DefaultAsyncHttpxClient.__base__
    module: Any = importlib.import_module(base.__module__.partition(".")[0])
    return (
        module.HTTPError,
        module.StreamError,
        openai.APIConnectionError,
        TimeoutError,
        StreamLimitError,
    )


def connection_error(error: BaseException, endpoint: str) -> ConnectionFailedError:
    """The typed error of a connection that failed, from the chain of causes."""
    chain = _causes(error)
    names = {type(cause).__name__ for cause in chain}
    if names & {"APITimeoutError", "ConnectTimeout", "ReadTimeout", "WriteTimeout", "PoolTimeout"}:
        return RequestTimeoutError(
            f"{endpoint} did not answer in time.",
            remedy="Send it again; if it was being answered, it may be charged twice.",
        )
    why, remedy = _why(chain)
    return ConnectionFailedError(f"No connection to {endpoint}: {why}.", remedy=remedy)


def _why(chain: list[BaseException]) -> tuple[str, str]:
    text = " ".join(str(cause) for cause in chain).lower()
    if any(isinstance(cause, ssl.SSLError) for cause in chain) or "certificate" in text:
        return "its TLS certificate is not trusted", (
            "Behind a proxy that re-signs traffic, point SSL_CERT_FILE to its CA bundle."
        )
    if "name or service" in text or "nodename" in text or "getaddrinfo" in text:
        return "its name can't be resolved", "Check the region, the endpoint and the network."
    if any(isinstance(cause, ConnectionRefusedError) for cause in chain) or "refused" in text:
        return "it refuses connections", "Nothing was sent. Check the endpoint."
    if "attempts failed" in text:
        return "it refuses connections", "Nothing was sent. Check the endpoint."
    return "the connection broke off", "Send it again."


def _causes(error: BaseException) -> list[BaseException]:
    chain: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in chain:
        chain.append(cause)
        cause = cause.__cause__ or cause.__context__
    return chain


def _with_wait(error: OCIGenAIError, headers: dict[str, str], now: datetime) -> OCIGenAIError:
    asked = retry_after(headers, now)
    if asked is not None:
        error.remedy = f"The service asks to wait {asked:.0f} seconds. {error.remedy}".rstrip()
    return error
