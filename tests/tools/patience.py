"""Time limits where the limit itself is tested: no fact may depend on how busy the machine is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def with_enough(seconds: float, run: Callable[[float], T], holds: Callable[[T], bool]) -> T:
    """What `run` returns with so many seconds, or with ten or a hundred times as many.

    The first that `holds`, which has to be what a quick enough machine brings about; else the last.
    """
    found = run(seconds)
    for factor in (10, 100):
        if holds(found):
            break
        found = run(seconds * factor)
    return found


def holds_once(look: Callable[[], bool], times: int = 20) -> bool:
    """Whether it holds in one of so many tries: what is never so is not so in any."""
    return any(look() for _ in range(times))
