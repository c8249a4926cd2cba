"""What is done after an attempt failed: sign anew, leave a wish out, wait, or give up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

from ocigenai_nb.core.errors import (
    BadRequestError,
    ConnectionFailedError,
    NotAuthenticatedError,
    OCIGenAIError,
    ThrottledError,
)
from ocigenai_nb.core.events import Event, Notice
from ocigenai_nb.core.refused_wishes import Remedy, apply_remedy, find_remedy
from ocigenai_nb.core.stream_errors import outcome_unknown

from .credentials import Credentials
from .limiter import Limiter
from .retry import RetryPolicy, retry_after

Emit = Callable[[Event], None]

_THROTTLED = "The service throttles this client."
_DOUBLE = " The service may have answered, and charged for it, all the same."


@dataclass(frozen=True, slots=True)
class Send:
    """One request, as often as it has to be attempted.

    `attempt` makes an attempt: entered, it is the response. `body` is what it sends, read anew
    each time, so that a wish that is refused can be taken out. `kept` is whether the service keeps
    the answer: then it is not sent twice where the first may have arrived. `reread` asks for an
    answer that it keeps, by its id. `endpoint` is the root that it goes to, where that is not the
    data plane's.
    """

    attempt: Callable[[], AbstractAsyncContextManager[Any]]
    body: dict[str, Any] = field(default_factory=dict)
    kept: bool = False
    reread: Callable[[str], Send] | None = None
    endpoint: str | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """A failed attempt: its error, and what came of the response. `headers` are in lower case.

    `arrived` is whether the service may have had the request, where no response came.
    """

    error: OCIGenAIError
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    arrived: bool = False


# The wishes that a service was found to refuse, by model: they are not tried again.
Refused: TypeAlias = dict[str, dict[str, Remedy]]


class Recovery:
    """Gets one request ready for its next attempt. Each wait and each change is told to `emit`."""

    def __init__(
        self, send: Send, model: str, emit: Emit, *, policy: RetryPolicy, limiter: Limiter
    ) -> None:
        self._send = send
        self._model = model
        self._emit = emit
        self._policy = policy
        self._limiter = limiter
        self._failures = 0
        self._renewed = False
        self._changed: set[str] = set()
        self._why = _THROTTLED

    def leave_out(self, refused: Refused) -> None:
        """Take out what is known to be refused."""
        for remedy in refused.get(self._model, {}).values():
            if apply_remedy(self._send.body, remedy):
                self._notice(f"{_change(remedy)}: the service refused it before.")

    async def admit(self) -> None:
        """Wait for the client's other requests, where the service throttles them."""
        await self._limiter.admit(self._count_down)
        self._why = _THROTTLED

    async def recover(
        self, failure: Failure, credentials: Credentials, generation: int, now: datetime
    ) -> Remedy | None:
        """Get ready; returns what was changed of the request for good, if anything.

        Raises the attempt's error where there is nothing more to try. `generation` is that of the
        key that was used.
        """
        error = failure.error
        if isinstance(error, NotAuthenticatedError) and not self._renewed:
            self._renewed = True
            if await credentials.renew(generation):
                self._notice("The token was renewed after a 401, and the request sent again.")
                return None
        if isinstance(error, BadRequestError) and (remedy := self._change(failure.body)):
            return remedy if remedy.lasting else None
        await self._wait(failure, now)
        return None

    def _change(self, refusal: bytes) -> Remedy | None:
        """Leave out, or rename, the wish that a refusal names; each of them once."""
        remedy = find_remedy(self._send.body, refusal)
        if remedy is None or remedy.name in self._changed:
            return None
        self._changed |= {remedy.name, remedy.to or remedy.name}
        apply_remedy(self._send.body, remedy)
        self._notice(f"{_change(remedy)}: the service refused it, and was asked again.")
        return remedy

    async def _wait(self, failure: Failure, now: datetime) -> None:
        error = failure.error
        if failure.arrived and self._send.kept:
            raise outcome_unknown(error) from error
        self._failures += 1
        delay = self._policy.delay(error, self._failures, failure.headers, now)
        if delay is None:
            raise _with_wait(failure, now)
        self._why = error.message + (_DOUBLE if failure.arrived else "")
        if isinstance(error, ThrottledError):
            self._limiter.hold(delay)  # `admit` waits
        else:
            await self._limiter.wait(delay, self._count_down)

    def _count_down(self, seconds: float) -> None:
        what = "Trying again" if self._failures else "Sending"
        self._notice(f"{self._why} {what} in {seconds:.1f} s.".lstrip())
        self._why = ""

    def _notice(self, text: str) -> None:
        self._emit(Notice(text))


def _change(remedy: Remedy) -> str:
    if remedy.to is None:
        return f"{remedy.name} is not sent"
    return f"{remedy.name} is sent as {remedy.to}"


def _with_wait(failure: Failure, now: datetime) -> OCIGenAIError:
    error, asked = failure.error, retry_after(failure.headers, now)
    if asked is not None:
        error.remedy = f"The service asks to wait {asked:.0f} seconds. {error.remedy}".rstrip()
    elif failure.arrived and isinstance(error, ConnectionFailedError):
        error.remedy = f"{error.remedy}{_DOUBLE}".lstrip()
    return error
