"""The rounds of one turn: ask, run the tools that were called for, ask again.

Who asks knows what travels and how a lost thread is made up for; here it is only decided whether
an answer is the last one.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeAlias

from ocigenai_nb.core.errors import ToolLimitError, UsageError
from ocigenai_nb.core.events import (
    Event,
    Finished,
    Interrupted,
    RoundFinished,
    Terminal,
    TextReplaced,
    ToolFinished,
)
from ocigenai_nb.core.rounds import Round, ToolResult
from ocigenai_nb.core.thread import Answer, AnswerFold

from .tools.runner import ToolRunner

Emit: TypeAlias = Callable[[Event], None]
Ask: TypeAlias = Callable[[tuple[Round, ...], Emit], Coroutine[Any, Any, None]]
Check: TypeAlias = Callable[[Answer, int], str]

MAX_ROUNDS = 10

_RUN = {"tool_calls", "stop"}  # some families say "stop" although they call; "length" is cut off


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of an answer: it stands, unless one of these says otherwise.

    `text` stands instead of its text. With a `correction` the model is asked again; where the
    answer calls tools, none of them runs and each is answered with it. `final` lets nothing else
    correct it.
    """

    text: str | None = None
    correction: str = ""
    final: bool = False


class Guide(Protocol):
    """Who has a say in how a turn goes on: the run of an agent."""

    async def weigh(self, answer: Answer, rounds: tuple[Round, ...]) -> Verdict:
        """What becomes of an answer that came after `rounds`."""

    def end(self, rounds: tuple[Round, ...]) -> Terminal | None:
        """What ends the turn after these rounds; None where it goes on."""


@dataclass(frozen=True, slots=True)
class Rounds:
    """How a turn goes on after an answer.

    `runner` runs what is called for, in `limit` rounds at most. `check` gets an answer that calls
    nothing, with the number of its corrections so far, and returns what to tell the model where it
    does not fit; "" where it does. The `guide` is asked before it, and between two rounds.
    """

    runner: ToolRunner | None = None
    check: Check | None = None
    limit: int = MAX_ROUNDS
    guide: Guide | None = None

    def __post_init__(self) -> None:
        check_limit(self.limit)

    async def run(self, ask: Ask, emit: Emit, *, before: tuple[Round, ...] = ()) -> None:
        """Ask until an answer is the last one, whose terminal event is the turn's.

        `before` are rounds of the turn that are there already, the last one perhaps without all of
        its results: then the tools that have none run first. Raises what hooks raise.
        """
        if self.runner is None and self.check is None and self.guide is None:
            await ask((), emit)
            return
        course = _Course(before, emit)
        if before and self.runner is not None:
            await self.runner.run(before[-1].unanswered, course.take)
        while True:
            if course.rounds and self.guide and (end := self.guide.end(course.rounds)):
                emit(end)
                return
            part = _Part(course.take)
            await ask(course.rounds, part.take)
            if part.end is None:
                return  # it failed, or broke off, and said so
            end = await self._go_on(part.fold.answer(), part.end, course)
            if end is not None:
                emit(end)
                return

    async def _go_on(self, answer: Answer, end: Finished, course: _Course) -> Terminal | None:
        """Begin the next round, and run its tools; or what ends the turn."""
        verdict = await self.guide.weigh(answer, course.rounds) if self.guide else Verdict()
        if verdict.text is not None:
            course.take(TextReplaced(verdict.text))
            answer = replace(answer, text=verdict.text)
        calls = answer.tool_calls if end.reason in _RUN else ()
        if calls and self.runner is not None:
            if sum(bool(each.tool_calls) for each in course.rounds) >= self.limit:
                return Interrupted("tool limit", _too_many(self.limit))
            course.take(RoundFinished())
            if verdict.correction:
                for call in calls:
                    course.take(ToolFinished(ToolResult(call, verdict.correction, "denied")))
            else:
                await self.runner.run(calls, course.take)
            return None
        correction = "" if answer.tool_calls else verdict.correction
        if not correction and self.check and not calls and not verdict.final:
            correction = self.check(answer, course.checked)
            course.checked += bool(correction)
        if not correction:
            return end
        course.take(RoundFinished(correction))
        return None


def check_limit(rounds: int) -> int:
    """The number of rounds, if it is one. Raises UsageError for what isn't."""
    if type(rounds) is not int or rounds < 0:
        raise UsageError(f"max_rounds is a whole number from 0 on, not {rounds!r}.")
    return rounds


class _Course:
    """The rounds so far, and how often the check had one put right."""

    def __init__(self, before: tuple[Round, ...], emit: Emit) -> None:
        self._fold = AnswerFold()
        self._fold.rounds = before
        self._emit = emit
        self.checked = 0

    @property
    def rounds(self) -> tuple[Round, ...]:
        """The rounds that have ended."""
        return self._fold.rounds

    def take(self, event: Event) -> None:
        """Count an event in, and pass it on."""
        self._fold.add(event)
        self._emit(event)


class _Part:
    """One exchange's events, passed on but for a `Finished`, which may not be the turn's."""

    def __init__(self, emit: Emit) -> None:
        self.fold = AnswerFold()
        self.end: Finished | None = None
        self._emit = emit

    def take(self, event: Event) -> None:
        self.fold.add(event)
        if type(event) is Finished:
            self.end = event
        else:
            self._emit(event)


def _too_many(limit: int) -> ToolLimitError:
    return ToolLimitError(
        f"The model called tools in {limit} rounds without coming to an answer.",
        remedy="Ask for less at once, or raise max_rounds; what the tools returned is kept.",
    )
