"""A value and where it came from, because nothing here is guessed silently."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

EMULATOR = "the built-in emulator"
"""The source of an endpoint that nobody but this process answers."""


@dataclass(frozen=True, slots=True)
class Sourced(Generic[T]):
    """A `value` with its `source` in words, e.g. `"OCI_REGION"` or `"profile DEFAULT"`."""

    value: T
    source: str

    def __str__(self) -> str:
        return f"{self.value} (from {self.source})"


def first(*candidates: tuple[T | None, str]) -> Sourced[T] | None:
    """The first candidate that has a value; empty strings count as unset."""
    for value, source in candidates:
        if value is not None and value != "":
            return Sourced(value, source)
    return None
