"""What an agent knows of a thread: its runs, one after the other, and a summary of the oldest.

Frozen values that are plain data on disk (`core.plain_data`), so that a run may go on in another
process than the one that began it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ocigenai_nb.core.history import Past
from ocigenai_nb.core.messages import Message, ToolCall
from ocigenai_nb.core.rounds import Round, ToolResult
from ocigenai_nb.core.routing import TransportName
from ocigenai_nb.core.thread import Answer

_LOST = (
    "It is not known what became of this call of {name}: the program was ended while it ran. It "
    "was not run again. Find out before you call it once more."
)
_NOT_RUN = "{name} was not run: the run was ended before."


@dataclass(frozen=True, slots=True)
class AgentTurn:
    """One run of a thread: its prompt and the answer as far as it came.

    `begun` are the calls that run, or ran when the process was ended. `continuation` is the id
    from which the service can go on after this turn; None where it can't. `stopped_by` says what
    ended it, "" while it is under way. `sent_at` is in UTC, as ISO text.
    """

    prompt: Message
    answer: Answer
    model: str
    transport: TransportName
    begun: tuple[ToolCall, ...] = ()
    continuation: str | None = None
    stopped_by: str = ""
    sent_at: str = ""

    @property
    def past(self) -> Past:
        """The turn as part of the history of another."""
        return Past(self.prompt, self.answer, self.model, self.transport)

    @property
    def whole(self) -> bool:
        """Whether it came to an answer, and is not to be resumed."""
        return self.answer.status == "finished"

    @property
    def response_id(self) -> str | None:
        """The id of the last response that belongs to it; None where the service gave none."""
        rounds = self.answer.rounds
        return self.answer.response_id or (rounds[-1].response_id if rounds else None)

    def lost(self) -> tuple[ToolResult, ...]:
        """What the model is told of the calls that had begun and did not come to their end."""
        pending = {call.id for call in _pending(self.answer.rounds)}
        return tuple(
            ToolResult(call, _LOST.format(name=call.name), "lost")
            for call in self.begun
            if call.id in pending
        )

    def closed(self) -> AgentTurn:
        """The turn, if it is left as it is: every call of its last round is accounted for."""
        rounds = self.answer.rounds
        if self.whole or not _pending(rounds):
            return self
        last = rounds[-1]
        for result in self.lost():
            last = last.with_result(result)
        for call in last.unanswered:
            last = last.with_result(ToolResult(call, _NOT_RUN.format(name=call.name), "denied"))
        answer = replace(self.answer, rounds=(*rounds[:-1], last))
        return replace(self, answer=answer, begun=())


@dataclass(frozen=True, slots=True)
class Summary:
    """What is told instead of the first `turns` turns of a thread."""

    text: str
    turns: int


@dataclass(frozen=True, slots=True)
class AgentThread:
    """All that is kept of a thread, the oldest turn first."""

    turns: tuple[AgentTurn, ...] = ()
    summary: Summary | None = None

    @property
    def response_ids(self) -> frozenset[str]:
        """The ids that the provider state of the last run may name: its own, or the one before.

        So it is where the service can't go on from its own.
        """
        found: set[str] = set()
        for turn in reversed(self.turns):
            found |= {turn.response_id} if turn.response_id else set()
            if turn.continuation:
                break
        return frozenset(found)


def _pending(rounds: tuple[Round, ...]) -> tuple[ToolCall, ...]:
    return rounds[-1].unanswered if rounds else ()
