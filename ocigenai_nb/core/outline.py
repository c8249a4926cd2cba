"""A tree as the lines of a list: what stands alone goes straight below, what branches is indented.

A conversation of ten thousand turns has hardly any branches, so indenting each answer under its
prompt would show nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """One item of the tree. `level` counts the branches around it, from 0.

    It is the `place`-th of `places` items that stand side by side. Where there are several, it
    begins a branch of `size` lines, itself among them; else `size` is 1.
    """

    number: int
    level: int
    place: int
    places: int
    size: int


def arrange(parents: Mapping[int, int | None]) -> tuple[Line, ...]:
    """The lines of a tree, given as each item's parent, oldest first.

    What has a parent that isn't there stands at the beginning.
    """
    below: dict[int | None, list[int]] = {}
    for number, parent in parents.items():
        below.setdefault(parent if parent in parents else None, []).append(number)
    items: list[tuple[int, int, int, int]] = []
    ends: dict[int, int] = {}
    begun: list[int] = []  # the branches that the next line may be in
    # A stack, because a conversation may be deeper than Python lets functions call themselves.
    stack = _side_by_side(below.get(None, []), 0)
    while stack:
        number, level, _, places = item = stack.pop()
        while begun and items[begun[-1]][1] >= level:
            ends[begun.pop()] = len(items)
        if places > 1:
            begun.append(len(items))
        items.append(item)
        stack += _side_by_side(below.get(number, []), level + (places > 1))
    ends |= dict.fromkeys(begun, len(items))
    return tuple(Line(*item, ends.get(at, at + 1) - at) for at, item in enumerate(items))


def fold(lines: Sequence[Line], folded: Collection[int]) -> Iterator[Line]:
    """The lines that are seen where the branches that begin with these items are folded."""
    at = 0
    while at < len(lines):
        line = lines[at]
        yield line
        at += line.size if line.number in folded else 1


def _side_by_side(numbers: Sequence[int], level: int) -> list[tuple[int, int, int, int]]:
    """Items as the stack wants them, the last one first."""
    count = len(numbers)
    places = enumerate(numbers, 1)
    return [(number, level, place, count) for place, number in places][::-1]
