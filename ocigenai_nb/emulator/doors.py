"""A service beside the API: a path with its own way to tell who is calling."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ocigenai_nb.emulator.identity import Identity
from ocigenai_nb.emulator.signatures import WireRequest
from ocigenai_nb.emulator.tenancies import Tenancy


@dataclass(frozen=True, slots=True)
class Door:
    """One path of an identity service."""

    method: str
    pattern: str
    """The path; from a ``{`` on, any."""
    identify: Callable[[WireRequest, Identity, float], Tenancy]
    """Returns whose request it is at a moment, or raises ``RefusedSignatureError``."""
    answer: Callable[[Request], Awaitable[Response] | Response]

    @property
    def route(self) -> Route:
        """The path as the application routes it."""
        return Route(self.pattern, self.answer, methods=[self.method])

    def matches(self, target: str) -> bool:
        """Tell whether a request target is this path."""
        path, (start, brace, _) = target.partition("?")[0], self.pattern.partition("{")
        return path.startswith(start) if brace else path == start
