"""Who watches an answer grow.

A watch is called with the turn as it stands: after each batch of events, when nothing came for a
while, so that a display can catch up, and at the turn's end. A notebook sets the default, so that
answers stream into the cell that asks. Light to import: the extension does so while loading.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from .turn import Turn

Watch: TypeAlias = Callable[["Turn"], None]

_default: list[Callable[[], Watch]] = []


def set_default_watch(make: Callable[[], Watch] | None) -> None:
    """Let `make` watch every turn that names no watch of its own; None ends that."""
    _default[:] = [make] if make else []


def default_watch() -> Watch | None:
    """A watch for one turn; None where nothing is set."""
    return _default[0]() if _default else None
