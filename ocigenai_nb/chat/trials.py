"""One prompt to several models at once: each try is a turn of its own, and none waits for another.

All run on the I/O thread, a few at a time, over the connection's one client: so where the service
throttles one of them, the others wait, too. What goes wrong with one stays with it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from ocigenai_nb.core.errors import TransportUnavailableError, UsageError
from ocigenai_nb.core.events import Event
from ocigenai_nb.core.messages import Message
from ocigenai_nb.core.parameters import Parameters
from ocigenai_nb.transports.loop import EventStream

from .attachments import read_message
from .comparison import Comparison
from .delivery import Delivery
from .retention import Place
from .turn import STOP_SECONDS, Asked, Turn

if TYPE_CHECKING:
    from .connection import Connection

AT_ONCE = 8
"""Requests that are under way at a time."""


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be compared: a prompt, the models, and how each is asked, `repeat` times.

    `timeout` is in seconds and counts for each try by itself. Raises UsageError for what can't be
    asked, before anything is sent.
    """

    prompt: Message
    models: tuple[str, ...]
    system: str | None
    parameters: Parameters
    repeat: int
    timeout: float | None

    @classmethod
    def of(
        cls,
        connection: Connection,
        prompt: str | Message,
        attach: Sequence[object],
        models: object,
        *,
        system: str | None,
        parameters: Parameters,
        repeat: int,
        timeout: float | None,
    ) -> Task:
        """The task, its names and numbers checked."""
        _check_numbers(repeat, timeout)
        names = _read_models(connection, models)
        return cls(read_message(prompt, attach), names, system, parameters, repeat, timeout)


class Trials:
    """Every try of a task, under way from here on; `comparison` is what has come so far."""

    def __init__(self, connection: Connection, task: Task, name: str) -> None:
        asked = [model for model in task.models for _ in range(task.repeat)]
        self._turns = [
            _make_turn(connection, task, model, number) for number, model in enumerate(asked, 1)
        ]
        self._turns[0].origin = connection.announce()
        connection.note_announced()
        gate = asyncio.Semaphore(AT_ONCE)
        self._streams = [
            EventStream(
                partial(_run, gate, _make_delivery(connection, task, turn)),
                tap=partial(_take, turn, connection, name),
            )
            for number in range(task.repeat)  # the first try of each model goes first
            for turn in self._turns[number :: task.repeat]
        ]

    @property
    def comparison(self) -> Comparison:
        """The replies as they stand."""
        return Comparison(tuple(turn.reply for turn in self._turns))

    def wait(self) -> None:
        """Wait until all have ended. An interrupt stops them all, and goes on up."""
        try:
            for stream in self._streams:
                for _ in stream.batches():
                    pass
        finally:
            for stream in reversed(self._streams):  # those first that have not begun
                stream.stop()
            for turn in self._turns:
                turn.wait(STOP_SECONDS)


async def _run(gate: asyncio.Semaphore, delivery: Delivery, emit: Callable[[Event], None]) -> None:
    async with gate:
        await delivery.run(emit)


def _take(turn: Turn, connection: Connection, name: str, event: Event) -> None:
    turn.take_down(event, connection.journal, name)


def _make_turn(connection: Connection, task: Task, model: str, number: int) -> Turn:
    route, place = connection.route(model), Place.of(connection)
    asked = Asked(model=route.model, system=task.system, parameters=task.parameters)
    return Turn(number, None, task.prompt, asked, route, place, emulated=connection.emulated)


def _make_delivery(connection: Connection, task: Task, turn: Turn) -> Delivery:
    return Delivery(connection, turn, lambda: iter(()), set(), timeout=task.timeout)


def _check_numbers(repeat: object, timeout: float | None) -> None:
    if isinstance(repeat, bool) or not isinstance(repeat, int) or repeat < 1:
        raise UsageError(f"repeat={repeat!r} is no number of tries.", remedy="Give 1 or more.")
    if timeout is not None and not timeout > 0:
        raise UsageError(f"timeout={timeout!r} is no time.", remedy="Give seconds, above 0.")


def _read_models(connection: Connection, models: object) -> tuple[str, ...]:
    """The names of the models, each one that can be asked. Raises UsageError and its kinds."""
    names = () if isinstance(models, str) or not isinstance(models, Iterable) else tuple(models)
    if not names or not all(isinstance(name, str) for name in names):
        raise UsageError(
            f"models={models!r} is no list of model ids.",
            remedy='Name them in a list: ["meta.llama-3.3-70b-instruct", "openai.gpt-oss-120b"].',
        )
    found: set[str] = set()
    for name in names:
        called = connection.route(name).model.lower()  # which an OCID's is, too
        if called in found:
            raise UsageError(
                f"The model {name} is named twice; name it once.",
                remedy="To ask each several times: repeat=3.",
            )
        found.add(called)
        try:
            connection.model(name)
        except TransportUnavailableError as error:
            raise TransportUnavailableError(
                error.message, remedy="Leave it out, or ask it with chat(…, transport='responses')."
            ) from None
    return names
