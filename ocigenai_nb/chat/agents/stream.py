"""The events of an agent's run, as they come."""

from __future__ import annotations

from typing import Protocol

from ocigenai_nb.chat.rounds import Emit
from ocigenai_nb.chat.turn import Turn
from ocigenai_nb.chat.turn_stream import TurnStream
from ocigenai_nb.core.events import Continuation, Finished, Notice, TextDelta
from ocigenai_nb.core.messages import ToolCall
from ocigenai_nb.transports.loop import EventStream

from .result import AgentResult, make_result
from .state import AgentTurn

_TOLD_AGAIN = "The run had come to its end: this is its answer."


class TakeResult(Protocol):
    """What makes a run's result as it stands."""

    def __call__(self, *, shown: bool = False) -> AgentResult:
        """The result; `shown` is whether it streamed to a display."""


class AgentStream(TurnStream):
    """The events of one run, for `for` and `async for`; it is read once.

    The run comes to its end even if nobody reads, as long as somebody holds this. Leaving the loop
    early stops it.
    """

    def __init__(self, turn: Turn, events: EventStream, take_result: TakeResult) -> None:
        super().__init__(turn, events)
        self.events = events
        self.take_result = take_result

    @property
    def result(self) -> AgentResult:
        """What the run came to so far."""
        return self.take_result()

    def approve(self, call: ToolCall | str) -> None:
        """Let a tool call run that waits for it. Raises UsageError where it doesn't wait."""
        self.turn.approve(call)

    def deny(self, call: ToolCall | str, reason: str = "It was denied.") -> None:
        """Don't let it run; the model is told the `reason`. Raises as `approve` does."""
        self.turn.deny(call, reason)


def tell_again(turn: Turn, thread_id: str, told: AgentTurn) -> AgentStream:
    """The stream of a run that has ended: its answer, once more."""

    async def run(emit: Emit) -> None:
        answer = told.answer
        emit(Notice(_TOLD_AGAIN))
        if answer.text:
            emit(TextDelta(answer.text))
        if answer.response_id:
            emit(Continuation(answer.response_id))
        emit(Finished(answer.finish_reason or "stop", answer.model))

    def take_result(*, shown: bool = False) -> AgentResult:  # noqa: ARG001 (nothing streamed)
        return make_result(turn.reply, thread_id, told.stopped_by, None)

    return AgentStream(turn, EventStream(run), take_result)
