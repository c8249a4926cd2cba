"""The numbers of a Responses stream's events: which came twice, and which never came."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


class SequenceNumbers:
    """Sequence numbers: which events came before, and how many never came.

    They count once they have advanced: a server may give every event the same.
    """

    def __init__(self) -> None:
        self.lost = 0
        self.repeated = 0
        self._first = 0
        self._next = 0

    def is_next(self, event: Mapping[str, Any]) -> bool:
        """Whether it is the one that is due, which then counts as taken."""
        if event.get("sequence_number") != self._next:
            return False
        self._next += 1
        return True

    def is_repeated(self, event: Mapping[str, Any]) -> bool:
        """Whether it came before; where not, it counts as taken."""
        number = event.get("sequence_number")
        if not isinstance(number, int):
            return False
        if number < self._next:
            return self._next > self._first + 1
        if self._next > self._first:
            self.lost += number - self._next
        else:
            self._first = number
        self._next = number + 1
        return False

    def notices(self, *, mended: bool) -> Iterator[str]:
        """What a person should know; `mended` is whether the text was restated whole."""
        if self.repeated:
            yield f"Events that came twice were dropped: {self.repeated}."
        if self.lost:
            so = (
                "The text was taken whole from where the service restates it."
                if mended
                else "The answer may lack some of its text."
            )
            yield f"Events that never came: {self.lost}. {so}"
