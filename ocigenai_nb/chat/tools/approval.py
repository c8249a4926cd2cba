"""Who says whether a tool call runs, where its tool wants to be asked for."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeAlias

from ocigenai_nb.core.errors import UsageError
from ocigenai_nb.core.messages import ToolCall
from ocigenai_nb.core.plain_text import safe_plain

from .guard import guard
from .results import tell_error

Approve: TypeAlias = Callable[[ToolCall], bool | Awaitable[bool]]

NOBODY = "Nobody is there to approve it."
_SHOWN = 500  # characters of the arguments


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a call runs, and where it doesn't, why."""

    approved: bool
    reason: str = ""


class Desk:
    """The calls of one turn that wait for somebody's decision. Decide from any thread.

    `allowed` are names of tools that need none any more.
    """

    def __init__(self) -> None:
        self.allowed: frozenset[str] = frozenset()
        self._waiting: list[tuple[ToolCall, asyncio.Future[Decision]]] = []

    @property
    def waiting(self) -> tuple[ToolCall, ...]:
        """The calls that wait, in the order in which they came."""
        return tuple(call for call, _ in list(self._waiting))

    def decide(self, call: ToolCall | str, *, approved: bool, reason: str = "") -> None:
        """Let a call run, or not; an id names the first call that waits with it.

        Raises UsageError where no such call waits.
        """
        found = self._find(call)
        with suppress(ValueError):  # somebody else has just decided
            self._waiting.remove(found)
        future = found[1]
        future.get_loop().call_soon_threadsafe(_settle, future, Decision(approved, reason))

    def allow(self, name: str) -> None:
        """Let every call of that tool run, those that wait included."""
        self.allowed |= {name}
        for call in self.waiting:
            if call.name == name:
                with suppress(UsageError):  # somebody else has just decided
                    self.decide(call, approved=True)

    async def ask(self, call: ToolCall) -> Decision:
        """Wait for the decision on a call. On the I/O thread."""
        future: asyncio.Future[Decision] = asyncio.get_running_loop().create_future()
        waiting = call, future
        self._waiting.append(waiting)
        try:
            return await future
        finally:
            with suppress(ValueError):  # it is decided
                self._waiting.remove(waiting)

    def _find(self, call: ToolCall | str) -> tuple[ToolCall, asyncio.Future[Decision]]:
        name = call if isinstance(call, str) else call.id
        same = [each for each in list(self._waiting) if each[0].id == name]
        own = [each for each in same if each[0] is call]  # ids may repeat
        for each in own or same:
            return each
        raise UsageError(f"No call {name!r} waits for approval.")


def judge(approve: Approve, call: ToolCall) -> Decision | Awaitable[Decision]:
    """What `approve` says of a call. Only True lets it run; what else it does denies it."""
    return guard(
        lambda: approve(call),
        _read_decision,
        lambda error: Decision(approved=False, reason=f"approve raised {tell_error(error)}"),
    )


def _read_decision(said: Any) -> Decision:
    if isinstance(said, bool):
        return Decision(said, "It was denied.")
    kind = type(said).__name__
    return Decision(
        approved=False, reason=f"approve has to return True or False, and returned {kind}."
    )


def ask_person(call: ToolCall) -> Decision:
    """Ask in the terminal, or below the cell; "no" where there is nobody."""
    print(f"The model wants to call {describe_call(call)}")  # noqa: T201 (it asks a person)
    try:
        answer = input("Run it? [y/N] ")
    except (EOFError, OSError, NotImplementedError):  # no terminal; a kernel without input
        return Decision(approved=False, reason=NOBODY)
    return Decision(answer.strip().lower() in {"y", "yes"}, "The person said no.")


def describe_call(call: ToolCall, longest: int = _SHOWN) -> str:
    """A call in one line of `longest` characters, as it would be written in Python."""
    try:
        arguments = json.loads(call.arguments or "{}")
        words = ", ".join(f"{key}={value!r}" for key, value in arguments.items())
    except (ValueError, AttributeError, RecursionError):
        words = call.arguments
    line = safe_plain(f"{call.name}({words})").replace("\n", " ")
    return line if len(line) <= longest else f"{line[:longest]}…"


def _settle(future: asyncio.Future[Decision], decision: Decision) -> None:
    if not future.done():
        future.set_result(decision)
