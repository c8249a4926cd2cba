"""The conversations that the service keeps, until they are deleted."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ocigenai_nb.emulator.responses.store import Item


@dataclass(frozen=True, slots=True)
class Conversation:
    """One conversation and its items, the oldest first."""

    id: str
    tenancy: str
    created: float
    metadata: Mapping[str, Any] = field(default_factory=dict)
    dated: tuple[tuple[float, Item], ...] = ()
    """Each item with the time from which on it is there: that of a response in the background
    when its work is done."""

    def list_items(self, now: float) -> list[Item]:
        """Return the items that are there."""
        return [item for time, item in self.dated if time <= now]

    def is_locked(self, now: float) -> bool:
        """Tell whether a response in the background is still at work on it."""
        return any(time > now for time, _ in self.dated)


@dataclass(slots=True)
class ConversationStore:
    """What is kept; safe to use from any thread."""

    _kept: dict[tuple[str, str], Conversation] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def keep(self, conversation: Conversation) -> None:
        """Keep ``conversation``, in place of what was kept under its id."""
        with self._lock:
            self._kept[conversation.tenancy, conversation.id] = conversation

    def find(self, tenancy: str, conversation_id: str) -> Conversation | None:
        """Return a conversation of ``tenancy``, if it is kept."""
        with self._lock:
            return self._kept.get((tenancy, conversation_id))

    def find_item(self, tenancy: str, item_id: str, *, now: float) -> Item | None:
        """Return an item of any conversation of ``tenancy``."""
        with self._lock:
            kept = [known for known in self._kept.values() if known.tenancy == tenancy]
        items = (item for conversation in kept for item in conversation.list_items(now))
        return next((item for item in items if item["id"] == item_id), None)

    def extend(
        self, tenancy: str, conversation_id: str, items: Iterable[Item], *, time: float
    ) -> None:
        """Add ``items``, which are there from ``time`` on; nothing if it was deleted meanwhile."""
        with self._lock:
            known = self._kept.get((tenancy, conversation_id))
            if known is not None:
                dated = (*known.dated, *((time, item) for item in items))
                self._kept[tenancy, conversation_id] = replace(known, dated=dated)

    def drop(self, tenancy: str, conversation_id: str, item_ids: Collection[str]) -> None:
        """Take items out of a conversation, if they are in it."""
        with self._lock:
            known = self._kept.get((tenancy, conversation_id))
            if known is not None:
                dated = tuple(pair for pair in known.dated if pair[1]["id"] not in item_ids)
                self._kept[tenancy, conversation_id] = replace(known, dated=dated)

    def delete(self, tenancy: str, conversation_id: str) -> None:
        """Keep it no longer."""
        with self._lock:
            self._kept.pop((tenancy, conversation_id), None)

    def clear(self) -> None:
        """Keep nothing of all there was."""
        with self._lock:
            self._kept.clear()
