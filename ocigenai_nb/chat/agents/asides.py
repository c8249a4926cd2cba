"""Questions to a run's model beside the run: those of its hooks, and summaries.

They are not part of the thread, nothing of them is kept by the service, and what they cost is
added up.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
from dataclasses import dataclass, field
from typing import Any

from ocigenai_nb.chat.journal import find_journal
from ocigenai_nb.chat.retention import Place
from ocigenai_nb.chat.rounds import Emit, Rounds
from ocigenai_nb.chat.structured import Shape, read_shape
from ocigenai_nb.chat.turn import Asked, Turn
from ocigenai_nb.core.events import Interrupted
from ocigenai_nb.core.messages import Message, Usage
from ocigenai_nb.core.rounds import Round, add_usage
from ocigenai_nb.core.sourced import EMULATOR
from ocigenai_nb.core.thread import Answer
from ocigenai_nb.transports.loop import io_thread
from ocigenai_nb.transports.model import Model


@dataclass(slots=True)
class Asides:
    """Asks `model`; `usage` is what it cost so far, None where nothing was counted.

    The session's journal has each question under `name`; `place` is where it goes.
    """

    model: Model
    place: Place
    name: str
    usage: Usage | None = None
    _count: int = 0
    _waiting: set[concurrent.futures.Future[Any]] = field(default_factory=set)

    def ask_and_wait(self, prompt: str, system: str, schema: Any) -> Any:
        """Ask from a thread of a hook, and wait. Raises the error that the question ended in."""
        asked = self.ask(prompt, system=system, schema=schema)
        future = asyncio.run_coroutine_threadsafe(asked, io_thread().loop)
        self._waiting.add(future)
        try:
            return future.result()
        finally:
            self._waiting.discard(future)

    def stop(self) -> None:
        """End the questions that hooks wait for."""
        for future in list(self._waiting):
            future.cancel()

    async def ask(self, prompt: str, *, system: str = "", schema: Any = None) -> Any:
        """Ask, on the I/O thread: the answer's text, or a value of the type `schema`.

        Raises the typed error that the question ended in.
        """
        model = self.model.unstored()
        shape = None if schema is None else read_shape(schema, model.model)
        self._count += 1
        turn = self._make_turn(model, prompt, system, shape)
        try:
            await _ask(model, turn, shape)
        finally:
            if not turn.closed:
                turn.take(Interrupted("stopped"))
            journal = find_journal(model.client)
            journal.record(turn.reply, conversation=self.name, turn=self._count, parent=None)
            answer = turn.reply.answer
            self.usage = add_usage([self.usage, answer.usage])
        if answer.error is not None:
            raise answer.error
        return answer.text if shape is None else shape.read(answer.text, cut=_cut(answer))

    def _make_turn(self, model: Model, prompt: str, system: str, shape: Shape | None) -> Turn:
        asked = Asked(model.model, model.transport, system or None)
        emulated = model.client.identity.settings.endpoint.source == EMULATOR
        said = Message.user(prompt)
        turn = Turn(self._count, None, said, asked, model.route, self.place, emulated=emulated)
        turn.shape = shape
        return turn


async def _ask(model: Model, turn: Turn, shape: Shape | None) -> None:
    form = shape.format if shape is not None and shape.how == "schema" else None
    words = f"\n\n{shape.words}" if shape is not None and shape.how == "prompt" else ""
    prompt = Message.user(f"{turn.prompt.text}{words}")
    system = turn.asked.system

    async def ask(rounds: tuple[Round, ...], emit: Emit) -> None:
        said = [Message.system(system)] if system else []
        said += [prompt, *(message for each in rounds for message in each.messages)]
        exchange = model.exchange(said, response_format=form)
        turn.begin(exchange.plan.body, stored=False)
        await exchange.run(emit)

    await Rounds(check=shape.check if shape else None).run(ask, turn.take)


def _cut(answer: Answer) -> str:
    return "length" if answer.finish_reason == "length" else ""
