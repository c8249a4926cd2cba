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

from ocigenai_nb.core.service_errors import RequestFacts, clock_difference, service_error

from .auth import utc_now
from .cassette import refuse_while_replaying
from .credentials import Unpicklable
from .failures import connection_error, may_have_arrived, read_errors
from .limiter import Limiter
from .pool import Pool, StatusError, Timeouts
from .recovery import Emit, Failure, Recovery, Refused, Send
from .retry import RetryPolicy
from .settings import Identity

if TYPE_CHECKING:
    import openai


@dataclass(frozen=True, slots=True)
class Opened:
    """A response with a good status, its body still to be read."""

    response: Any
    request_id: str | None
    attempts: int


class SignedClient(Unpicklable):
    """Sends signed requests for one identity. Made once and kept warm; lives on the I/O thread.

    `ahead` is how many seconds this machine's clock was ahead of the service's (behind: negative)
    at the last response; None where none has told.
    """

    def __init__(
        self,
        identity: Identity,
        *,
        retry: RetryPolicy = RetryPolicy(),
        timeouts: Timeouts = Timeouts(),
        clock: Callable[[], datetime] = utc_now,
        limiter: Limiter | None = None,
    ) -> None:
        self.identity = identity
        self.retry = retry
        self.timeouts = timeouts
        self.ahead: float | None = None
        self._clock = clock
        self._limiter = limiter or Limiter()
        self._refused: Refused = {}
        self._pool = Pool(identity, timeouts, clock)

    def sdk(self) -> openai.AsyncOpenAI:
        """The signed `openai` client."""
        return self._pool.sdk()

    def post(self, path: str, body: Mapping[str, Any]) -> AbstractAsyncContextManager[Any]:
        """One attempt at a POST beside the SDK, for `open`."""
        return self._pool.post(path, body)

    def get(self, url: str) -> AbstractAsyncContextManager[Any]:
        """One attempt at a GET of a whole URL beside the SDK, for `open`."""
        return self._pool.get(url)

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

        Each wait, renewal and change is told to `emit`. Raises the typed error of the last attempt.
        """
        refuse_while_replaying()
        recovery = Recovery(send, model, emit, policy=self.retry, limiter=self._limiter)
        recovery.leave_out(self._refused)
        credentials, attempt = self.identity.credentials, 0
        while True:
            attempt += 1
            await recovery.admit()
            await credentials.ready()  # its errors come out as they are
            generation, facts = credentials.generation, self._facts(model)
            async with AsyncExitStack() as stack:
                try:
                    response = await stack.enter_async_context(send.attempt())
                except Exception as error:  # noqa: BLE001 (raised again unless it is translated)
                    failure = self._translate(error, facts, send.endpoint)
                else:
                    self._compare_clocks(response.headers)
                    request_id = response.headers.get("opc-request-id")
                    yield Opened(response, request_id, attempt)
                    return
            changed = await recovery.recover(failure, credentials, generation, self._clock())
            if changed is not None:
                self._refused.setdefault(model, {})[changed.name] = changed

    def _facts(self, model: str) -> RequestFacts:
        settings = self.identity.settings
        return RequestFacts(
            model,
            settings.region.value,
            settings.auth.value,
            self._clock(),
            self.identity.project,
            settings.compartment.value,
        )

    def _translate(self, error: Exception, facts: RequestFacts, endpoint: str | None) -> Failure:
        """The typed error of what the pool raised, with the response if there is one.

        What is neither a response nor a connection's failure is raised again as it is.
        """
        import openai

        if isinstance(error, openai.APIStatusError):
            answer = error.response
            error = StatusError(answer.status_code, answer.headers, answer.content)
        if isinstance(error, StatusError):
            headers = {name.lower(): value for name, value in error.headers.items()}
            self._compare_clocks(headers)
            typed = service_error(error.status, headers, error.body, facts)
            return Failure(typed, headers, error.body)
        if isinstance(error, read_errors()):
            broken = connection_error(error, endpoint or self.identity.settings.endpoint.value)
            return Failure(broken, arrived=may_have_arrived(error))
        raise error

    def _compare_clocks(self, headers: Mapping[str, str]) -> None:
        self.ahead = clock_difference(headers.get("date"), self._clock())

    async def aclose(self) -> None:
        """Close the connections."""
        await self._pool.aclose()
