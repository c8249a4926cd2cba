"""An agent: a model with a system prompt, run once for each prompt.

A thin loop so far: one turn, streamed for real on every transport. Tools, memory, hooks and
checkpoints are not there yet.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

from ocigenai_nb.core.events import Event
from ocigenai_nb.core.messages import Message
from ocigenai_nb.core.options import strict_options
from ocigenai_nb.core.thread import Answer, AnswerFold
from ocigenai_nb.transports.factory import get_model
from ocigenai_nb.transports.model import Model

ProviderState = Mapping[str, str]
_PREVIOUS = "previous_response_id"


@dataclass(frozen=True, slots=True)
class AgentResult:
    """What a run came to: `message` is the answer's text.

    `provider_state` is what continues the thread where the service keeps the history; pass it to
    the next run. It is empty where the service keeps nothing.
    """

    message: str
    answer: Answer = field(repr=False)
    provider_state: ProviderState = field(default_factory=dict)

    def __str__(self) -> str:
        return self.message


class Agent:
    """A model, given as an object or as a string like `"oci:openai.gpt-5.5"`, with instructions.

    >>> agent = og.Agent("oci:openai.gpt-5.5", system_prompt="You are concise.")
    >>> agent.run_sync("What is 17 * 23?").message
    '17 * 23 = 391'

    Raises what `get_model` raises for a string.
    """

    @strict_options
    def __init__(self, model: Model | str, *, system_prompt: str | None = None) -> None:
        self.model = get_model(model) if isinstance(model, str) else model
        self.system_prompt = system_prompt

    def __repr__(self) -> str:
        return f"Agent({self.model!r})"

    @strict_options
    async def run(
        self, prompt: str | Message, *, provider_state: ProviderState | None = None
    ) -> AsyncIterator[Event]:
        """The events of one run, as they come. What goes wrong is the last event."""
        continuation = (provider_state or {}).get(_PREVIOUS)
        async for event in self.model.stream(self._messages(prompt), continuation=continuation):
            yield event

    @strict_options
    def run_sync(
        self, prompt: str | Message, *, provider_state: ProviderState | None = None
    ) -> AgentResult:
        """One run to its end; an interrupt ends it at once.

        Raises the typed error that it ended in.
        """
        fold = AnswerFold()
        continuation = (provider_state or {}).get(_PREVIOUS)
        for event in self.model.stream(self._messages(prompt), continuation=continuation):
            fold.add(event)
        answer = fold.answer()
        if answer.error is not None:
            raise answer.error
        state = {_PREVIOUS: answer.response_id} if answer.response_id else {}
        return AgentResult(answer.text, answer, state)

    def _messages(self, prompt: str | Message) -> tuple[Message, ...]:
        said = Message.user(prompt) if isinstance(prompt, str) else prompt
        return (Message.system(self.system_prompt), said) if self.system_prompt else (said,)
