"""The turns of a conversation: a tree that is walked, switched between and watched.

A turn stays where it was put; another try, another wording, stands beside it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal, TypeAlias

from ocigenai_nb.core.errors import UsageError
from ocigenai_nb.core.options import strict_options
from ocigenai_nb.core.thread import Answer
from ocigenai_nb.core.tree import Tree

from .reply import Raw, Reply, Timing
from .turn import Turn

TurnName: TypeAlias = Turn | int | str
"""A turn itself, its number, or its response id."""


@dataclass(frozen=True, slots=True)
class Change:
    """Something that happened to a conversation.

    A turn "began", "ended" or was "dropped", or the "head" moved to it (None: to the beginning).
    """

    what: Literal["began", "ended", "dropped", "head"]
    turn: Turn | None


class TurnTree:
    """Turns by number, each after another one.

    >>> chat = og.connect().chat()
    >>> _ = chat.send("My name is Ada."), chat.send("Thank you."), chat.fork(1)
    >>> print(chat.send("What is my name?"))
    Your name is Ada.
    >>> chat.switch(2).number, len(chat.turns)
    (2, 3)

    A turn is named by itself, its number or its response id; UsageError tells of one that is
    not there.
    """

    def __init__(self) -> None:
        self._tree: Tree[Turn] = Tree()
        self._lock = threading.RLock()
        self._observers: list[Callable[[Change], None]] = []

    @property
    def turns(self) -> tuple[Turn, ...]:
        """Every turn on every branch, oldest first."""
        return tuple(self._tree)

    @property
    def head(self) -> Turn | None:
        """The turn after which the next one goes; None at the beginning."""
        return None if self._tree.head is None else self._tree[self._tree.head]

    @property
    def path(self) -> tuple[Turn, ...]:
        """The turns of the branch that is on, from the beginning to the head."""
        return tuple(self._tree[number] for number in self._tree.path())

    @property
    def replies(self) -> tuple[Reply, ...]:
        """The replies of the branch that is on, those that failed or broke off among them."""
        return tuple(turn.reply for turn in self.path)

    @property
    def next_number(self) -> int:
        """The number that the next turn gets."""
        return self._tree.next_number

    def parent_of(self, name: TurnName) -> Turn | None:
        """The turn before a turn; None where it is at the beginning."""
        parent = self.turn(name).parent
        return None if parent is None else self._tree[parent]

    def up(self, turn: Turn | None) -> Iterator[Turn]:
        """A turn and those before it, the last one first."""
        return (self._tree[each] for each in self._tree.up(turn.number if turn else None))

    def turn(self, name: TurnName) -> Turn:
        """The turn of that number or response id. Raises UsageError where there is none."""
        number = name.number if isinstance(name, Turn) else name
        if isinstance(number, str):
            found = [turn for turn in self._tree if turn.reply.response_id == number]
            if found:
                return found[-1]
        elif number in self._tree:
            return self._tree[number]
        raise UsageError(
            f"This conversation has no turn {number!r}.", remedy=f"Its turns: {self._numbers()}."
        )

    def branches(self, turn: TurnName) -> tuple[Turn, ...]:
        """A turn and those that stand beside it: other tries at the same place, oldest first."""
        return tuple(self._tree[each] for each in self._tree.siblings(self.turn(turn).number))

    def children(self, turn: TurnName | None) -> tuple[Turn, ...]:
        """The turns that follow a turn, oldest first; None is the beginning."""
        number = None if turn is None else self.turn(turn).number
        return tuple(self._tree[each] for each in self._tree.children(number))

    @strict_options
    def edit_answer(self, turn: TurnName, text: str) -> Turn:
        """Put other words into the model's mouth; nothing is sent.

        The edited turn stands beside the old one, and the conversation goes on from it.
        """
        old = self.turn(turn)
        if not text.strip():
            raise UsageError("An answer can't be empty.", remedy="Write what it should say.")
        reply = Reply(
            prompt=old.prompt,
            answer=Answer(
                text=text, status="finished", finish_reason="edited", model=old.reply.answer.model
            ),
            route=old.route,
            timing=Timing(None, 0.0),
            raw=Raw({}),
            sent_at=datetime.now(UTC),
        )
        with self._lock:
            asked = replace(old.asked, edited=True)
            made = Turn.made(self.next_number, old.parent, asked, old.place, reply)
            self._tree.add(made, under=old.parent)
        self._tell(Change("ended", made))
        return made

    def fork(self, turn: TurnName | None) -> Turn | None:
        """Go back to a turn, so that the next one starts a branch there; None: to the beginning."""
        with self._lock:
            self._tree.head = None if turn is None else self.turn(turn).number
        self._tell(Change("head", self.head))
        return self.head

    def switch(self, turn: TurnName) -> Turn:
        """Go to the branch that a turn is on, to its end; returns the turn there."""
        with self._lock:
            end = self._tree[self._tree.switch(self.turn(turn).number)]
        self._tell(Change("head", end))
        return end

    def drop(self, turn: TurnName) -> tuple[Turn, ...]:
        """Take a turn out, with all that follows it; returns them. The service is not asked.

        Raises UsageError while one of them is under way.
        """
        with self._lock:
            first = self.turn(turn)
            dropped = tuple(self._tree[each] for each in self._tree.below(first.number))
            if not all(each.done for each in dropped):
                raise UsageError("A turn is under way.", remedy="Stop it first, or wait for it.")
            self._tree.drop(first.number)
        for each in dropped:
            self._tell(Change("dropped", each))
        return dropped

    def observe(self, callback: Callable[[Change], None]) -> Callable[[], None]:
        """Call back at every change, from the thread where it happens; returns what ends that."""
        self._observers.append(callback)
        return lambda: self._observers.remove(callback)

    def _tell(self, change: Change) -> None:
        for callback in tuple(self._observers):
            callback(change)

    def _numbers(self) -> str:
        count = len(self._tree)
        return f"{count}, numbered from 1" if count else "none yet"
