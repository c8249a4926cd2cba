"""What a run of an agent came to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from ocigenai_nb.chat.reply import Reply
from ocigenai_nb.core.messages import Usage
from ocigenai_nb.core.rounds import Round, add_usage
from ocigenai_nb.core.thread import Answer

ProviderState: TypeAlias = Mapping[str, str]

PREVIOUS = "previous_response_id"
"""The one key of a provider state."""


@dataclass(frozen=True, slots=True)
class AgentResult:
    """What a run came to: `message` is the answer's text, and so is `str(result)`.

    Where a condition ended the run before an answer, it is what the model said last.
    `provider_state` continues the thread where the service keeps the history; pass it to the next
    run. It is empty where the service keeps nothing. `thread_id` continues it everywhere, as long
    as the agent's checkpointer has it. `stopped_by` is the termination condition that was met, or
    the answer's finish reason, such as "stop". `usage` counts what hooks and summaries asked, too.
    `reply` is the run as the journal has it, with timing and wire.
    """

    message: str
    thread_id: str
    stopped_by: str
    provider_state: ProviderState = field(default_factory=dict)
    usage: Usage | None = None
    reply: Reply = field(repr=False, kw_only=True)

    def __str__(self) -> str:
        return self.message

    def _repr_markdown_(self) -> str | None:
        return self.reply._repr_markdown_()

    @property
    def answer(self) -> Answer:
        """The answer, with all that came with it."""
        return self.reply.answer

    @property
    def rounds(self) -> tuple[Round, ...]:
        """The parts of the answer before the last: tool calls with their results, corrections."""
        return self.reply.rounds

    @property
    def parsed(self) -> Any:
        """The answer as the type of the agent's `output_schema`.

        Raises AnswerFormatError where it does not fit, which says where, or was cut off; and
        UsageError where the agent has none.
        """
        return self.reply.parsed


def make_result(reply: Reply, thread_id: str, stopped_by: str, beside: Usage | None) -> AgentResult:
    """The result of a run; `beside` is what was asked beside it."""
    rounds = reply.rounds
    response_id = reply.response_id or (rounds[-1].response_id if rounds else None)
    return AgentResult(
        message=reply.text or next((each.text for each in reversed(rounds) if each.text), ""),
        thread_id=thread_id,
        stopped_by=stopped_by,
        provider_state={PREVIOUS: response_id} if response_id else {},
        usage=add_usage([reply.usage, beside]),
        reply=reply,
    )
