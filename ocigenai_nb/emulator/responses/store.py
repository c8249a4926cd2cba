"""The responses that the service keeps, until they are deleted or their time is over.

Known deviation: a response is kept whole from the moment its answer begins, whatever becomes of
the connection: what the live service keeps of a stream whose client left is not known. Only the
newest 20,000 are kept.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

KEPT_SECONDS: Final = 30 * 24 * 3600.0
"""For how long a response is kept, unless it is set: 30 days, as Oracle's and OpenAI's docs say."""

_MOST_KEPT: Final = 20_000

Item = Mapping[str, Any]
"""One item of a thread, in the wire's shape, with its id."""


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """One response, its input, and the thread it belongs to."""

    tenancy: str
    created: float
    resource: Mapping[str, Any]
    """The response as it is once its work is done."""
    given: Sequence[Item]
    """The input of its request."""
    before: Sequence[Item] = ()
    """The thread before that input."""
    done_at: float = 0.0
    """When the work of a background response is done, by the service's clock."""

    @property
    def id(self) -> str:
        """The id under which it is kept."""
        return str(self.resource["id"])

    @property
    def thread(self) -> list[Item]:
        """Everything that was said, this response included."""
        return [*self.before, *self.items]

    @property
    def items(self) -> list[Item]:
        """What was said with its request and in its answer."""
        return [*self.given, *self.resource["output"]]


@dataclass(slots=True)
class ResponseStore:
    """What is kept; safe to use from any thread."""

    ttl: float = KEPT_SECONDS
    """Seconds for which a response is kept."""
    _kept: dict[tuple[str, str], StoredResponse] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def keep(self, response: StoredResponse) -> None:
        """Keep ``response``, in place of what was kept under its id."""
        with self._lock:
            self._kept[response.tenancy, response.id] = response
            if len(self._kept) > _MOST_KEPT:
                del self._kept[next(iter(self._kept))]

    def find(self, tenancy: str, response_id: str, *, now: float) -> StoredResponse | None:
        """Return a response of ``tenancy``, if it is still kept."""
        with self._lock:
            found = self._kept.get((tenancy, response_id))
            if found is not None and now - found.created > self.ttl:
                del self._kept[tenancy, response_id]
                return None
            return found

    def find_item(self, tenancy: str, item_id: str, *, now: float) -> Item | None:
        """Return an item of a response of ``tenancy`` that is still kept."""
        with self._lock:
            kept = [known for known in self._kept.values() if known.tenancy == tenancy]
        for response in kept:
            for item in response.items:
                if item["id"] == item_id and now - response.created <= self.ttl:
                    return item
        return None

    def delete(self, tenancy: str, response_id: str) -> None:
        """Keep it no longer; what followed it stays."""
        with self._lock:
            self._kept.pop((tenancy, response_id), None)

    def clear(self) -> None:
        """Keep nothing of all there was."""
        with self._lock:
            self._kept.clear()
