"""Questions to a run's model beside the run: those of its hooks, and summaries.

They are not part of the thread, nothing of them is kept by the service, and what they cost is
added up.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
from dataclasses import dataclass, field
from typing import Any

from ocigenai_nb.chat.rounds import Emit, Rounds
from ocigenai_nb.chat.structured import Shape, read_shape
from ocigenai_nb.core.events import Event
from ocigenai_nb.core.messages import Message, Usage
from ocigenai_nb.core.rounds import Round, add_usage
from ocigenai_nb.core.thread import Answer, AnswerFold
from ocigenai_nb.transports.loop import io_thread
from ocigenai_nb.transports.model import Model


@dataclass(slots=True)
class Asides:
    """Asks `model`; `usage` is what it cost so far, None where nothing was counted."""

    model: Model
    usage: Usage | None = None
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
        answer = await _ask(model, _write(prompt, system, shape), shape)
        self.usage = add_usage([self.usage, answer.usage])
        if answer.error is not None:
            raise answer.error
        return answer.text if shape is None else shape.read(answer.text, cut=_cut(answer))


async def _ask(model: Model, messages: tuple[Message, ...], shape: Shape | None) -> Answer:
    fold = AnswerFold()
    by_schema = shape is not None and shape.how == "schema"
    form = shape.format if shape is not None and by_schema else None

    async def ask(rounds: tuple[Round, ...], emit: Emit) -> None:
        said = (*messages, *(message for each in rounds for message in each.messages))
        await model.exchange(said, response_format=form).run(emit)

    def take(event: Event) -> None:
        fold.add(event)

    await Rounds(check=shape.check if shape else None).run(ask, take)
    return fold.answer()


def _write(prompt: str, system: str, shape: Shape | None) -> tuple[Message, ...]:
    words = f"{prompt}\n\n{shape.words}" if shape and shape.how == "prompt" else prompt
    said = Message.user(words)
    return (Message.system(system), said) if system else (said,)


def _cut(answer: Answer) -> str:
    return "length" if answer.finish_reason == "length" else ""
