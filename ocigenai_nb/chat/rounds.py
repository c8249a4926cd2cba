"""The rounds of one turn: ask, run the tools that were called for, ask again.

Who asks knows what travels and how a lost thread is made up for; here it is only decided whether
an answer is the last one.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeAlias

from ocigenai_nb.core.errors import ToolLimitError
from ocigenai_nb.core.events import Event, Finished, Interrupted, RoundFinished
from ocigenai_nb.core.rounds import Round
from ocigenai_nb.core.thread import Answer, AnswerFold

from .tools.runner import ToolRunner

Emit: TypeAlias = Callable[[Event], None]
Ask: TypeAlias = Callable[[tuple[Round, ...], Emit], Coroutine[Any, Any, None]]
Check: TypeAlias = Callable[[Answer, int], str]

MAX_ROUNDS = 10

_RUN = {"tool_calls", "stop"}  # some families say "stop" although they call; "length" is cut off


@dataclass(frozen=True, slots=True)
class Rounds:
    """How a turn goes on after an answer.

    `runner` runs what is called for, in `limit` rounds at most. `check` gets an answer that calls
    nothing, with the number of corrections so far, and returns what to tell the model where it
    does not fit; "" where it does.
    """

    runner: ToolRunner | None = None
    check: Check | None = None
    limit: int = MAX_ROUNDS

    async def run(self, ask: Ask, emit: Emit) -> None:
        """Ask until an answer is the last one, whose terminal event is the turn's."""
        if self.runner is None and self.check is None:
            await ask((), emit)
            return
        whole = AnswerFold()

        def pass_on(event: Event) -> None:
            whole.add(event)
            emit(event)

        while True:
            part = _Part(pass_on)
            await ask(whole.rounds, part.take)
            if part.end is None:
                return  # it failed, or broke off, and said so
            answer = part.fold.answer()
            calls = answer.tool_calls if part.end.reason in _RUN else ()
            if calls and self.runner is not None:
                if sum(bool(each.tool_calls) for each in whole.rounds) >= self.limit:
                    emit(Interrupted("tool limit", _too_many(self.limit)))
                    return
                pass_on(RoundFinished())
                await self.runner.run(calls, pass_on)
                continue
            corrections = sum(bool(each.correction) for each in whole.rounds)
            correction = self.check(answer, corrections) if self.check and not calls else ""
            if not correction:
                emit(part.end)
                return
            pass_on(RoundFinished(correction))


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
