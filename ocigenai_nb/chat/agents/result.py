"""What a run of an agent came to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from ocigenai_nb.chat.reply import Reply
from ocigenai_nb.core.errors import AnswerFormatError
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
    run. It is empty where the service keeps nothing. Where the run ended with calls of which the
    service has no results, the service refuses to go on from there: then it is that of before the
    run, or empty, and only `thread_id` goes on with what the tools returned. `thread_id` continues
    it everywhere, as long as the agent's checkpointer has it. `stopped_by` is the termination
    condition that was met, or the answer's finish reason, such as "stop". `usage` counts what
    hooks and summaries asked, too. `reply` is the run as the journal has it, with timing and wire.
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

        Raises AnswerFormatError where it does not fit, which says where, was cut off, or did not
        come because a condition ended the run; and UsageError where the agent has none.
        """
        try:
            return self.reply.parsed
        except AnswerFormatError as error:
            if self.stopped_by in {"", self.reply.finish_reason}:
                raise
            raise AnswerFormatError(
                f"{self.stopped_by} ended the run before there was an answer of that type: "
                f"{error.message}",
                remedy="Run on in the thread, or let the condition come later.",
            ) from None


def make_result(
    reply: Reply,
    thread_id: str,
    stopped_by: str,
    beside: Usage | None,
    *,
    before: str | None = None,
) -> AgentResult:
    """The result of a run; `beside` is what was asked beside it, `before` what it went on from."""
    rounds = reply.rounds
    last = reply if reply.response_id or not rounds else rounds[-1]
    response_id = before if last.tool_calls else last.response_id
    return AgentResult(
        message=reply.text or next((each.text for each in reversed(rounds) if each.text), ""),
        thread_id=thread_id,
        stopped_by=stopped_by,
        provider_state={PREVIOUS: response_id} if response_id else {},
        usage=add_usage([reply.usage, beside]),
        reply=reply,
    )
