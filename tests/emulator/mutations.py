"""Broken variants of a good request: what a careless or hostile client may send."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterator
from typing import Any

_MISFITS: tuple[Any, ...] = (
    None, True, -1, 1e308, 10**30, "", "x", [], {}, [1], [None], [[]], {"a": 1}, [{}], "\ud800",
)  # fmt: skip


def mutate(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield `body` with one of its values put out of place, for each value twice."""
    misfits = itertools.cycle(_MISFITS)
    for path in list_paths(body):
        for _ in range(2):
            broken = copy.deepcopy(body)
            place: Any = broken
            for step in path[:-1]:
                place = place[step]
            place[path[-1]] = next(misfits)
            yield broken


def list_paths(value: Any) -> Iterator[tuple[Any, ...]]:
    """Yield the way to each value inside `value`."""
    entries: Any = ()
    if isinstance(value, dict):
        entries = value.items()
    elif isinstance(value, list):
        entries = enumerate(value)
    for step, inner in entries:
        yield (step,)
        for rest in list_paths(inner):
            yield (step, *rest)
