"""When a run ends, besides the model's own answer: conditions that combine with `|` and `&`.

They are looked at between two rounds, once all tools of a round have returned, and where the model
answers: so nothing is left half done, and a round may take longer than the condition says.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field

from ocigenai_nb.core.errors import UsageError
from ocigenai_nb.core.messages import Message
from ocigenai_nb.core.rounds import Round


@dataclass(frozen=True, slots=True)
class Progress:
    """A run as far as it came: what a condition looks at.

    `text` is the model's last text, `tokens` what all requests cost together, those of hooks
    included, and `seconds` how long the run has been under way in this process.
    """

    prompt: Message
    rounds: tuple[Round, ...] = ()
    text: str = ""
    tokens: int = 0
    seconds: float = 0.0

    @property
    def called(self) -> frozenset[str]:
        """The names of the tools that were called."""
        return frozenset(call.name for each in self.rounds for call in each.tool_calls)


class Condition(ABC):
    """When a run ends. `a | b` is met where one of them is, `a & b` where both are."""

    @abstractmethod
    def find_met(self, progress: Progress) -> str:
        """What of it is met, in words that name it; "" where it is not."""

    def __or__(self, other: Condition) -> Condition:
        return _Any((self, other))

    def __and__(self, other: Condition) -> Condition:
        return _All((self, other))


@dataclass(frozen=True, slots=True)
class MaxRounds(Condition):
    """The model was asked `most` times: rounds of tools and corrections count alike."""

    most: int

    def __post_init__(self) -> None:
        _check("most", self.most)

    def find_met(self, progress: Progress) -> str:
        """See `Condition`."""
        return repr(self) if len(progress.rounds) >= self.most else ""


@dataclass(frozen=True, slots=True)
class MaxTokens(Condition):
    """The run cost `most` tokens, in and out, as far as the service counted them."""

    most: int

    def __post_init__(self) -> None:
        _check("most", self.most)

    def find_met(self, progress: Progress) -> str:
        """See `Condition`."""
        return repr(self) if progress.tokens >= self.most else ""


@dataclass(frozen=True, slots=True)
class MaxSeconds(Condition):
    """The run took `most` seconds. It ends between two rounds: nothing is cut off."""

    most: float

    def __post_init__(self) -> None:
        _check("most", self.most)

    def find_met(self, progress: Progress) -> str:
        """See `Condition`."""
        return repr(self) if progress.seconds >= self.most else ""


@dataclass(frozen=True, slots=True)
class ToolCalled(Condition):
    """The tool of that name was called, and has returned."""

    name: str

    def find_met(self, progress: Progress) -> str:
        """See `Condition`."""
        return repr(self) if self.name in progress.called else ""


@dataclass(frozen=True, slots=True)
class TextMatches(Condition):
    """The regular expression occurs in the model's last text. Raises UsageError for a bad one."""

    pattern: str

    def __post_init__(self) -> None:
        try:
            re.compile(self.pattern)
        except re.error as error:
            raise UsageError(f"{self.pattern!r} is no regular expression: {error}.") from None

    def find_met(self, progress: Progress) -> str:
        """See `Condition`."""
        return repr(self) if re.search(self.pattern, progress.text) else ""


@dataclass(frozen=True, slots=True)
class When(Condition):
    """What a function says of the `Progress`. `name` is what the result calls it.

    The function runs on the I/O thread, so it has to be quick.
    """

    predicate: Callable[[Progress], bool] = field(repr=False)
    name: str = ""

    def find_met(self, progress: Progress) -> str:
        """See `Condition`."""
        name = self.name or getattr(self.predicate, "__name__", "predicate")
        return f"When({name})" if self.predicate(progress) else ""


@dataclass(frozen=True, slots=True)
class _Any(Condition):
    parts: tuple[Condition, ...]

    def find_met(self, progress: Progress) -> str:
        return next(filter(None, (part.find_met(progress) for part in self.parts)), "")


@dataclass(frozen=True, slots=True)
class _All(Condition):
    parts: tuple[Condition, ...]

    def find_met(self, progress: Progress) -> str:
        met = [part.find_met(progress) for part in self.parts]
        return " & ".join(met) if all(met) else ""


def _check(name: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
        raise UsageError(f"{name} has to be more than 0, not {value!r}.")
