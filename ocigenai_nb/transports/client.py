"""The one signed client: retries, renewals and errors for all transports.

The pool sends and signs; here a request is attempted until a response is good, and what goes
wrong becomes one of our errors. Redirects are refused: a redirected prompt would travel to
another address.
"""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ocigenai_nb.core.errors import NotAuthenticatedError, OCIGenAIError
from ocigenai_nb.core.events import Event, Notice
from ocigenai_nb.core.service_errors import RequestFacts, service_error

from .auth import utc_now
from .failures import connection_error, read_errors
from .pool import Pool, StatusError, Timeouts
from .retry import RetryPolicy, retry_after
from .settings import Identity

if TYPE_CHECKING:
    import openai


@dataclass(frozen=True, slots=True)
class Opened:
    """A response with a good status, its body still to be read."""

    response: Any
    request_id: str | None
    attempts: int


# Makes one attempt; entered, it is the response, or raises what `_translate` knows.
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
        self._pool = Pool(identity, timeouts, clock)

    def sdk(self) -> openai.AsyncOpenAI:
        """The signed `openai` client."""
        return self._pool.sdk()

    def post(self, path: str, body: Mapping[str, Any]) -> AbstractAsyncContextManager[Any]:
        """One attempt at a POST beside the SDK, for `open`."""
        return self._pool.post(path, body)

    async def warm(self) -> None:
        """Do ahead of time what the first request would wait for. Nothing is sent."""
        await self.identity.credentials.ready()
        _ = self.sdk().chat.completions.with_streaming_response
        # The SDK describes the machine in its headers, once; the pool's backend loads late.
        await asyncio.to_thread(self.sdk().platform_headers)
        await asyncio.to_thread(importlib.import_module, "anyio._backends._asyncio")
        await asyncio.to_thread(importlib.import_module, "oci.generative_ai_inference")

    @asynccontextmanager
    async def open(self, send: Send, model: str, emit: Emit) -> AsyncGenerator[Opened, None]:
        """Attempt until a response is good, and close it in the end.

        Each wait and each renewal is told to `emit`. Raises the typed error of the last attempt.
        """
        attempt, renewed = 0, False
        while True:
            attempt += 1
            await self.identity.credentials.ready()  # its errors come out as they are
            generation = self.identity.credentials.generation
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
                if await self.identity.credentials.renew(generation):
                    emit(Notice("The token was renewed after a 401, and the request sent again."))
                    continue
            delay = self.retry.delay(failure, attempt, headers, self._clock())
            if delay is None:
                raise _with_wait(failure, headers, self._clock())
            emit(Notice(f"{failure.message} Trying again in {delay:.1f} s."))
            await asyncio.sleep(delay)

    def _facts(self, model: str) -> RequestFacts:
        settings = self.identity.settings
        return RequestFacts(
            model,
            settings.region.value,
            settings.auth.value,
            self._clock(),
            self.identity.project,
        )

    def _translate(
        self, error: Exception, facts: RequestFacts
    ) -> tuple[OCIGenAIError, dict[str, str]]:
        """The typed error of what the pool raised, and the response's headers if there are any.

        What is neither a response nor a connection's failure is raised again as it is.
        """
        import openai

        if isinstance(error, openai.APIStatusError):
            answer = error.response
            error = StatusError(answer.status_code, answer.headers, answer.content)
        if isinstance(error, StatusError):
            headers = {name.lower(): value for name, value in error.headers.items()}
            return service_error(error.status, headers, error.body, facts), headers
        if isinstance(error, read_errors()):
            return connection_error(error, self.identity.settings.endpoint.value), {}
        raise error

    async def aclose(self) -> None:
        """Close the connections."""
        await self._pool.aclose()


def _with_wait(error: OCIGenAIError, headers: dict[str, str], now: datetime) -> OCIGenAIError:
    asked = retry_after(headers, now)
    if asked is not None:
        error.remedy = f"The service asks to wait {asked:.0f} seconds. {error.remedy}".rstrip()
    return error
