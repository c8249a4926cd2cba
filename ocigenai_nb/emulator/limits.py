"""Service limits: so many requests or tokens in so many seconds, by the service's clock.

Rules: over a limit, a request is answered with 429 ``Service request limit is exceeded, request is
throttled for tenant:...`` and no ``Retry-After``. Source: published observations of the live
service, whose throttling is dynamic and not documented.

Known deviations: here it is never by chance. A window begins with the first request it counts and
ends ``seconds`` later; refused requests count for nothing. Requests count that name a model.
Tokens count once an answer is made, so that the request which goes over a limit is still answered;
they are those of chat and Responses, and of an answer that is streamed from a backend only those
of the prompt.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit of a tenancy.

    Raises:
        ValueError: If it limits nothing, or what it says is no positive number.
    """

    requests: int | None = None
    """How many requests are answered in a window; ``None``: any number."""
    tokens: int | None = None
    """How many tokens, read and written, may be used up before requests are refused."""
    seconds: float = 60.0
    """How long a window is."""
    models: str = "*"
    """Which models it counts together, such as ``meta.*``."""

    def __post_init__(self) -> None:
        given = [number for number in (self.requests, self.tokens) if number is not None]
        if not given:
            raise ValueError("A limit says how many requests or how many tokens: give one of them.")
        if any(number < 0 for number in given) or not self.seconds > 0:
            raise ValueError(
                "A limit's requests and tokens are 0 or more, its seconds more than 0."
            )


@dataclass(slots=True)
class _Window:
    began: float
    requests: int = 0
    tokens: int = 0


class Meter:
    """What every tenancy has used of its limits; safe to use from any thread."""

    def __init__(self) -> None:
        self._windows: dict[tuple[str, int], _Window] = {}
        self._lock = threading.Lock()

    def admit(self, tenancy: str, limits: Sequence[Limit], *, model: str, now: float) -> bool:
        """Count a request for ``model``, unless it is over a limit; tell whether it was counted."""
        with self._lock:
            open_windows = list(self._find(tenancy, limits, model, now))
            if any(_is_full(limit, window) for limit, window in open_windows):
                return False
            for _, window in open_windows:
                window.requests += 1
        return True

    def spend(
        self, tenancy: str, limits: Sequence[Limit], *, model: str, tokens: int, now: float
    ) -> None:
        """Count the tokens of an answer of ``model``."""
        with self._lock:
            for _, window in self._find(tenancy, limits, model, now):
                window.tokens += tokens

    def clear(self) -> None:
        """Forget what was used."""
        with self._lock:
            self._windows.clear()

    def _find(
        self, tenancy: str, limits: Sequence[Limit], model: str, now: float
    ) -> Iterator[tuple[Limit, _Window]]:
        for number, limit in enumerate(limits):
            if not fnmatchcase(model, limit.models):
                continue
            window = self._windows.get((tenancy, number))
            if window is None or not window.began <= now < window.began + limit.seconds:
                window = self._windows[tenancy, number] = _Window(now)
            yield limit, window


def _is_full(limit: Limit, window: _Window) -> bool:
    over = limit.requests is not None and window.requests >= limit.requests
    return over or (limit.tokens is not None and window.tokens >= limit.tokens)
