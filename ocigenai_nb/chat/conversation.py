"""A conversation: turns kept here, whatever the service keeps.

Nothing is lost: a turn that fails, breaks off or is stopped stays, with its prompt and whatever
came of the answer. A partial answer is part of what the model is shown next; a turn without any
answer is not, because roles have to alternate.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from ocigenai_nb.core.events import Event, Interrupted, ReasoningDelta, TextDelta, ToolCallDelta
from ocigenai_nb.core.messages import Image, Message
from ocigenai_nb.core.options import strict_options
from ocigenai_nb.core.parameters import Parameters
from ocigenai_nb.core.routing import Route
from ocigenai_nb.core.thread import AnswerFold, pair_surrogates
from ocigenai_nb.transports.base import as_messages, read_prompt
from ocigenai_nb.transports.loop import EventStream

from .reply import Reply, Timing
from .watching import Watch, default_watch

if TYPE_CHECKING:
    from .connection import Connection

_FIRST = (TextDelta, ReasoningDelta, ToolCallDelta)


class Turn:
    """One turn under way: its prompt, and what has come of the answer."""

    def __init__(
        self, prompt: Message, route: Route, *, origin: str = "", emulated: bool = False
    ) -> None:
        self.prompt = prompt
        self.route = route
        self._origin = origin
        self._emulated = emulated
        self._fold = AnswerFold()
        self._sent = time.perf_counter()
        self._first: float | None = None
        self._ended: float | None = None

    @property
    def text(self) -> str:
        """The text so far."""
        return pair_surrogates(self._fold.text)

    @property
    def done(self) -> bool:
        """Whether its terminal event has come."""
        return self._fold.done

    def take(self, event: Event) -> None:
        """Take one event, and the time where it matters."""
        self._fold.add(event)
        if self._first is None and isinstance(event, _FIRST):
            self._first = time.perf_counter() - self._sent
        if self._fold.done and self._ended is None:
            self._ended = time.perf_counter() - self._sent

    def reply(self) -> Reply:
        """The reply as it stands."""
        total = self._ended if self._ended is not None else time.perf_counter() - self._sent
        timing = Timing(self._first, total)
        answer = self._fold.answer()
        return Reply(self.prompt, answer, self.route, timing, self._origin, self._emulated)


class Conversation:
    """Turns with a model; `connection.chat(model)` makes one.

    `model`, `transport`, `system` and `parameters` may be set between turns, and hold from then on.
    """

    def __init__(
        self,
        connection: Connection,
        model: str,
        *,
        system: str | None = None,
        transport: str | None = None,
        parameters: Parameters = Parameters(),
    ) -> None:
        self.connection = connection
        self.model = model
        self.system = system
        self.transport = transport
        self.parameters = parameters
        self._turns: list[Turn] = []

    def __repr__(self) -> str:
        return f"Conversation({self.model!r}, {len(self._turns)} turns)"

    @property
    def replies(self) -> tuple[Reply, ...]:
        """Every reply so far, those that failed or broke off among them."""
        return tuple(turn.reply() for turn in self._turns)

    def messages(self, prompt: Message | None = None) -> tuple[Message, ...]:
        """What the model is shown: system prompt, answered turns, and `prompt`."""
        result = [Message.system(self.system)] if self.system else []
        for turn in self._turns:
            answer = turn.reply().answer
            if answer.text or answer.tool_calls:
                result += [turn.prompt, answer.message]
        return (*result, prompt) if prompt else tuple(result)

    @strict_options
    def send(
        self,
        prompt: str | Message,
        *,
        images: tuple[Image, ...] = (),
        parameters: Parameters = Parameters(),
        stream: bool = True,
        watch: Watch | None = None,
    ) -> Reply:
        """Send, wait, and return the reply; `watch` is called as the answer grows.

        In a notebook with the extension loaded the answer streams into the cell.

        Raises the typed error that the turn ended in; the turn, with what came, stays in
        `replies`. An interrupt (KeyboardInterrupt) closes the socket at once and does the same.
        """
        turn, events = self._begin(prompt, images, parameters, stream=stream)
        watch = watch or default_watch()
        try:
            for batch in events.batches():
                for event in batch:
                    turn.take(event)
                if watch is not None and not turn.done:
                    watch(turn)
        except KeyboardInterrupt:
            events.stop()
            turn.take(Interrupted("stopped"))
            raise
        finally:
            if watch is not None and turn.done:
                watch(turn)
        reply = replace(turn.reply(), shown=watch is not None)
        if reply.error is not None:
            raise reply.error
        return reply

    @strict_options
    def stream(
        self,
        prompt: str | Message,
        *,
        images: tuple[Image, ...] = (),
        parameters: Parameters = Parameters(),
    ) -> TurnStream:
        """Send and return the turn's events, for `for` and `async for`.

        What goes wrong is the last event. Leaving the loop early stops the turn.
        """
        return TurnStream(*self._begin(prompt, images, parameters, stream=True))

    def _begin(
        self,
        prompt: str | Message,
        images: tuple[Image, ...],
        parameters: Parameters,
        *,
        stream: bool,
    ) -> tuple[Turn, EventStream]:
        (said,) = as_messages(Message.user(prompt) if isinstance(prompt, str) else prompt)
        message = replace(said, parts=(*said.parts, *images))
        read_prompt(message)
        model = self.connection.model(
            self.model,
            transport=self.transport,
            store=False,  # the turns are kept here and travel whole, so nothing is to stay there
            parameters=parameters.over(self.parameters),
        )
        messages = self.messages(message)
        connection = self.connection
        turn = Turn(
            message,
            connection.route(self.model, transport=self.transport),
            origin=connection.announce(),
            emulated=connection.emulated,
        )
        self._turns.append(turn)
        return turn, model.stream(messages, whole=not stream)


class TurnStream:
    """The events of a conversation's turn; the turn keeps what passes."""

    def __init__(self, turn: Turn, events: EventStream) -> None:
        self._turn = turn
        self._events = events

    @property
    def reply(self) -> Reply:
        """The reply as it stands."""
        return self._turn.reply()

    def stop(self) -> None:
        """End the turn early: the stream ends with `Interrupted`."""
        self._events.stop()

    def __iter__(self) -> Iterator[Event]:
        try:
            for event in self._events:
                self._turn.take(event)
                yield event
        finally:
            self._turn.take(Interrupted("stopped"))

    async def __aiter__(self) -> AsyncIterator[Event]:
        try:
            async for event in self._events:
                self._turn.take(event)
                yield event
        finally:
            self._turn.take(Interrupted("stopped"))
