"""Two texts line by line: what is in both, and what is in one of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal, TypeAlias

Mark: TypeAlias = Literal["same", "old", "new", "left out"]

_CONTEXT = 3  # lines that are kept around a difference
_LONG_LINE = 60  # characters, above which a line is compared sentence by sentence
_LARGEST = 4_000_000  # pairs of lines; comparing takes the square of the length
_SENTENCE = re.compile(r"(?<=[.!?;:\u3002\uff01\uff1f])\s+")


@dataclass(frozen=True, slots=True)
class DiffLine:
    """A line, or how many lines that are the same in both were "left out"."""

    mark: Mark
    text: str


def compare_lines(old: str, new: str) -> tuple[DiffLine, ...]:
    """The lines of both texts in order; long runs of the same are left out, and counted.

    A paragraph that is one long line is compared by its sentences. Very long texts that share
    little are one block against another.
    """
    before, after = _split(old), _split(new)
    lines: list[DiffLine] = []
    for mark, words in _compare(before, after):
        lines += (DiffLine(mark, text) for text in words)
    return tuple(_shorten(lines))


def _split(text: str) -> list[str]:
    lines: list[str] = []
    for line in text.splitlines():
        lines += _SENTENCE.split(line) if len(line) > _LONG_LINE else [line]
    return lines


def _compare(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[Mark, Sequence[str]]]:
    start = _count_same(old, new)
    end = _count_same(old[start:][::-1], new[start:][::-1])
    middle, other = old[start : len(old) - end], new[start : len(new) - end]
    yield "same", old[:start]
    if len(middle) * len(other) > _LARGEST:
        yield from (("old", middle), ("new", other))
    else:
        matcher = SequenceMatcher(None, middle, other, autojunk=False)
        for what, from_old, to_old, from_new, to_new in matcher.get_opcodes():
            if what == "equal":
                yield "same", middle[from_old:to_old]
            else:
                yield "old", middle[from_old:to_old]
                yield "new", other[from_new:to_new]
    yield "same", old[len(old) - end :]


def _count_same(one: Sequence[str], other: Sequence[str]) -> int:
    """How many of the first lines are the same."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def _shorten(lines: Sequence[DiffLine]) -> Iterator[DiffLine]:
    changed = [at for at, line in enumerate(lines) if line.mark != "same"]
    shown = {
        near for at in changed for near in range(at - _CONTEXT, at + _CONTEXT + 1)
    }  # fmt: skip
    left_out = 0
    for at, line in enumerate(lines):
        if at in shown or not changed:
            if left_out:
                yield DiffLine("left out", str(left_out))
            left_out = 0
            yield line
        else:
            left_out += 1
    if left_out:
        yield DiffLine("left out", str(left_out))
