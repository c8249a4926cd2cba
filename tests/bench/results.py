"""Samples taken in turn, and the table they end in."""

from __future__ import annotations

import gc
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sample:
    """The median of several values, and how far they spread."""

    median: float
    low: float
    high: float

    def format(self, unit: str, *, digits: int = 1) -> str:
        """Median and spread as text."""
        low, high = f"{self.low:.{digits}f}", f"{self.high:.{digits}f}"
        return f"{self.median:.{digits}f} {unit} ({low} to {high})"


@dataclass(frozen=True, slots=True)
class Result:
    """One row: what was measured, against what, their ratio, and the goal."""

    name: str
    measured: str
    against: str
    ratio: float | None
    goal: str
    met: bool


def sample(values: Sequence[float]) -> Sample:
    """The sample that `values` amount to."""
    return Sample(statistics.median(values), min(values), max(values))


def interleave(rounds: int, measures: Mapping[str, Callable[[], float]]) -> dict[str, Sample]:
    """Take each measure in turn, round after round, so that noise meets all of them alike."""
    values: dict[str, list[float]] = {name: [] for name in measures}
    for _ in range(rounds):
        for name, measure in measures.items():
            gc.collect()
            values[name].append(measure())
    return {name: sample(taken) for name, taken in values.items()}


def format_table(results: Sequence[Result]) -> str:
    """The results as plain text."""
    head = ("", "measured (spread)", "against (spread)", "ratio", "goal", "met")
    rows = [head, *(_cells(result) for result in results)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    return "\n".join([lines[0], "-" * max(map(len, lines)), *lines[1:]])


def _cells(result: Result) -> tuple[str, ...]:
    ratio = "" if result.ratio is None else f"{result.ratio:.2f}"
    met = "yes" if result.met else "NO"
    return result.name, result.measured, result.against, ratio, result.goal, met
