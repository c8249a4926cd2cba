"""One retry policy for all transports.

Retried: no connection, no response in time (unless the service keeps the answer: it may have it),
409 IncorrectState, 429, and 5xx but 501; never once the stream has begun. `Retry-After` (seconds,
milliseconds or a date) is obeyed up to `max_wait`; a longer one fails at once and says how long.
Without it the wait doubles, with jitter, so that many notebooks do not come back at the same
moment.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from ocigenai_nb.core.errors import ConnectionFailedError, OCIGenAIError, ServiceError

_STATUSES = frozenset({429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how long; all times in seconds. `attempts=1` never retries."""

    attempts: int = 3
    base: float = 0.5
    cap: float = 8.0
    max_wait: float = 60.0

    def delay(
        self, error: OCIGenAIError, attempt: int, headers: Mapping[str, str], now: datetime
    ) -> float | None:
        """How long to wait before the next attempt; None where there should be none."""
        if attempt >= self.attempts or not _is_passing(error):
            return None
        asked = retry_after(headers, now)
        if asked is not None:
            return asked if asked <= self.max_wait else None
        return min(self.cap, self.base * 2.0 ** (attempt - 1)) * random.uniform(0.75, 1.0)  # noqa: S311 (jitter, no secret)


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """The wait in seconds that a response asks for; None where it asks for none."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        text = headers.get(name, "")
        try:
            return max(0.0, float(text) * unit)
        except ValueError:
            continue
    try:
        date = parsedate_to_datetime(headers.get("retry-after", ""))
    except ValueError:
        return None
    return max(0.0, (date.replace(tzinfo=date.tzinfo or UTC) - now).total_seconds())


def _is_passing(error: OCIGenAIError) -> bool:
    if isinstance(error, ConnectionFailedError):
        return True
    if not isinstance(error, ServiceError):
        return False
    return error.status in _STATUSES or (error.status == 409 and error.code == "IncorrectState")
