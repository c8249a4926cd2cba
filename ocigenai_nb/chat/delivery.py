"""How a turn is sent: what travels, and what happens where the service lost or keeps no thread.

Where the service keeps the thread, only the new turn travels. If it turns out not to have it, or
to keep nothing at all, the history here is whole: it is sent, and the person told.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ocigenai_nb.core.errors import (
    OCIGenAIError,
    OCIResponsesStateLostError,
    RequestTimeoutError,
    UsageError,
    ZeroRetentionError,
)
from ocigenai_nb.core.events import Event, Failed, Interrupted, Notice
from ocigenai_nb.core.history import History, answered, translate
from ocigenai_nb.core.messages import Message, Text
from ocigenai_nb.core.rounds import Round
from ocigenai_nb.transports.model import Exchange

from .retention import keeps, remember_keeping_nothing
from .rounds import Rounds
from .tools.function import FunctionTool
from .turn import Turn

if TYPE_CHECKING:
    from .connection import Connection

# Tools and `approve` run in copies of the context of the turn that calls them.
_within: ContextVar[tuple[Turn, ...]] = ContextVar("ocigenai_nb_turns", default=())

_ATTEMPTS = 3  # the thread is lost, then nothing turns out to be kept at all, then all of it goes


@dataclass(slots=True)
class Delivery:
    """One turn on its way. `lost` are the ids that the service lost.

    `before` walks the turns before it, the last one first: no further than it has to, so that a
    turn of a thread that the service keeps costs the same however long the thread is.
    `words` follow the prompt on the wire, and nowhere else. `after` is the turn that has to come
    to its end first: there is one writer. `timeout` is in seconds, from when it may be sent to its
    end.
    """

    connection: Connection
    turn: Turn
    before: Callable[[], Iterator[Turn]]
    lost: set[str]
    after: Turn | None = None
    stream: bool = True
    timeout: float | None = None
    tools: tuple[FunctionTool, ...] = ()
    words: str = ""
    rounds: Rounds = field(default_factory=Rounds)
    _ready: tuple[Exchange, bool] | None = field(default=None, init=False)

    def prepare(self) -> None:
        """Write the request, so that a wish that can't be granted is refused at once.

        Not where the turn before is still under way: its answer belongs to the request.
        """
        if self.after is None:
            self._ready = self.write()

    async def run(self, emit: Callable[[Event], None]) -> None:
        """Send the turn, a second time with the whole history where the thread is lost."""
        _within.set((*_within.get(), self.turn))
        if self.after is not None:
            await self.after.ended()
        try:
            async with asyncio.timeout(self.timeout):
                await self._send(emit)
        except TimeoutError:
            error = RequestTimeoutError(
                f"The answer was not complete after {self.timeout:g} seconds.",
                remedy="Give it more time; what came is kept.",
            )
            emit(Interrupted("timeout", error))
        except OCIGenAIError as error:  # a request that had to wait for its turn can't be written
            emit(Failed(error))

    async def _send(self, emit: Callable[[Event], None]) -> None:
        for text in self.said_on_switching():
            emit(Notice(text))
        await self.rounds.run(self._ask, emit)

    async def _ask(self, rounds: tuple[Round, ...], emit: Callable[[Event], None]) -> None:
        """One request after those `rounds`, made anew where the thread is lost."""
        lost: OCIResponsesStateLostError | None = None
        for _ in range(_ATTEMPTS):
            exchange, stored = self._ready or self.write(rounds)
            self._ready = None
            self.turn.begin(exchange.plan.body, stored=stored)
            lost = await attempt(exchange, emit)
            if lost is None:
                return
            emit(Notice(self._give_up_thread(lost, rounds)))
        if lost is not None:
            emit(Failed(lost))

    def write(self, rounds: tuple[Round, ...] = ()) -> tuple[Exchange, bool]:
        """The request as things stand, and whether the service may store its response."""
        asked, turn = self.turn.asked, self.turn
        stored = asked.stored and keeps(turn.place)
        model = self.connection.model(
            asked.model,
            transport=asked.transport,
            store=stored if turn.route.transport == "responses" else None,
            parameters=asked.parameters,
        )
        continuation = self._continuation(rounds) if stored else None
        said = rounds[-1].replies if rounds else (self._prompt(),)
        messages = (*self._instructions(), *said) if continuation else self.messages(rounds)
        exchange = model.exchange(
            messages,
            tools=tuple(each.definition for each in self.tools),
            continuation=continuation,
            response_format=asked.response_format,
            whole=not self.stream,
        )
        return exchange, stored

    def messages(self, rounds: tuple[Round, ...] = ()) -> tuple[Message, ...]:
        """What the model is shown: instructions, the answered turns, the prompt and its rounds."""
        before = (*self._instructions(), *self._history().messages, self._prompt())
        return (*before, *(message for each in rounds for message in each.messages))

    def said_on_switching(self) -> tuple[str, ...]:
        """What the history loses, said once: by the first turn with another model or transport."""
        last = self._last()
        before = (last.asked.model, last.route.transport) if last else None
        now = (self.turn.asked.model, self.turn.route.transport)
        return () if before in {None, now} else self._history().notices

    def _prompt(self) -> Message:
        prompt = self.turn.prompt
        if not self.words:
            return prompt
        return replace(prompt, parts=(*prompt.parts, Text(f"\n\n{self.words}")))

    def _instructions(self) -> tuple[Message, ...]:
        return (Message.system(self.turn.asked.system),) if self.turn.asked.system else ()

    def _history(self) -> History:
        past = [turn.past for turn in self.before()][::-1]
        asked = self.turn.asked
        return translate(past, asked.model, self.turn.route.transport, tools=bool(self.tools))

    def _last(self) -> Turn | None:
        """The last turn that the model is shown."""
        return next((turn for turn in self.before() if answered(turn.reply.answer)), None)

    def _continuation(self, rounds: tuple[Round, ...]) -> str | None:
        """The id of the last answer, where the service can go on from it.

        Not with another model, and not from a partial answer: the service has a thread without it.
        """
        if rounds:
            thread = rounds[-1].response_id
            return None if thread in self.lost else thread
        last = self._last()
        if (
            last is None
            or last.place != self.turn.place
            or last.asked.model != self.turn.asked.model
        ):
            return None
        thread = last.thread
        return None if thread in self.lost else thread

    def _give_up_thread(self, error: OCIResponsesStateLostError, rounds: tuple[Round, ...]) -> str:
        if isinstance(error, ZeroRetentionError):
            remember_keeping_nothing(self.turn.place)
            return (
                "This tenancy keeps no responses (Zero Data Retention): the whole history was sent "
                "instead, and will be from now on."
            )
        if (continuation := self._continuation(rounds)) is not None:
            self.lost.add(continuation)
        return "The service no longer has this thread, so the whole history was sent anew."


def refuse_own_turn(turns: Iterable[Turn]) -> None:
    """Raise UsageError where one of these is under way and waits for what runs here now."""
    waiting = [turn for turn in _within.get() if not turn.done]
    if waiting and any(turn is each for turn in turns for each in waiting):
        raise UsageError(
            "A tool, or who approves it, can't send in the conversation that waits for it.",
            remedy="Return what the model shall know, or ask in a conversation of its own.",
        )


async def attempt(
    exchange: Exchange, emit: Callable[[Event], None]
) -> OCIResponsesStateLostError | None:
    """Run one exchange; a lost thread is returned, where it would have ended the turn."""
    lost: list[OCIResponsesStateLostError] = []

    def pass_on(event: Event) -> None:
        if isinstance(event, Failed) and isinstance(event.error, OCIResponsesStateLostError):
            lost.append(event.error)
        else:
            emit(event)

    await exchange.run(pass_on)
    return lost[0] if lost else None
