"""One auth callable over the credentials, for the `httpx` and `httpx2` clients of openai 2 and 3.

Both call it with the request whose bytes are final. What an earlier attempt signed is taken off
first, so that each attempt carries a date of its own.
"""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar

from .credentials import Credentials

_STALE = ("authorization", "date", "x-date", "x-content-sha256")


class SignableRequest(Protocol):
    """What a request of either client has."""

    method: str
    url: Any

    @property
    def headers(self) -> MutableMapping[str, str]:
        """Its headers, of any case."""

    @property
    def content(self) -> bytes:
        """Its body."""


R = TypeVar("R", bound=SignableRequest)


def utc_now() -> datetime:
    """The present moment in UTC."""
    return datetime.now(UTC)


class OCIAuth:
    """Signs every request that passes. `clock` gives the moment that it is dated with."""

    def __init__(
        self, credentials: Credentials, *, clock: Callable[[], datetime] = utc_now
    ) -> None:
        self._credentials = credentials
        self._clock = clock

    def __call__(self, request: R) -> R:
        """Set the signed headers on `request`."""
        headers = request.headers
        for name in _STALE:
            headers.pop(name, None)
        signed = self._credentials.authorize(
            request.method, str(request.url), headers, request.content, self._clock()
        )
        headers.update(signed)
        return request
