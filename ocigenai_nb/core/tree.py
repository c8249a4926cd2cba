"""A tree of numbered items: what was said, and what was said instead.

An item stays where it was put; another try is a sibling. Adding one and moving the head take
constant time, however long the conversation is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Tree(Generic[T]):
    """Items by number, each under its parent; None is the root, above the first ones.

    `head` is where the next item goes unless another place is named.
    """

    def __init__(self) -> None:
        self.head: int | None = None
        self._items: dict[int, T] = {}
        self._parents: dict[int, int | None] = {}
        self._children: dict[int | None, list[int]] = {}
        self._chosen: dict[int | None, int] = {}
        self._last = 0

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[T]:
        """The items, oldest first."""
        return iter(self._items.values())

    def __contains__(self, number: object) -> bool:
        return number in self._items

    def __getitem__(self, number: int) -> T:
        return self._items[number]

    @property
    def next_number(self) -> int:
        """The number that the next item gets."""
        return self._last + 1

    def add(self, item: T, *, under: int | None, number: int | None = None) -> int:
        """Put an item under another one, and the head on it; returns its number.

        A `number` is for items that are read back: it has to be higher than all before.
        Raises KeyError for a parent that is not here.
        """
        if under is not None and under not in self._items:
            raise KeyError(under)
        self._last = self.next_number if number is None else number
        self._items[self._last] = item
        self._parents[self._last] = under
        self._children.setdefault(under, []).append(self._last)
        self._chosen[under] = self._last
        self.head = self._last
        return self._last

    def parent(self, number: int) -> int | None:
        """What an item stands under."""
        return self._parents[number]

    def children(self, number: int | None) -> tuple[int, ...]:
        """What stands under an item, oldest first."""
        return tuple(self._children.get(number, ()))

    def siblings(self, number: int) -> tuple[int, ...]:
        """An item and all that stand beside it, oldest first."""
        return self.children(self._parents[number])

    def up(self, number: int | None) -> Iterator[int]:
        """An item, and what it stands under, up to the root."""
        while number is not None:
            yield number
            number = self._parents[number]

    def path(self) -> list[int]:
        """From the root to the head."""
        return [*self.up(self.head)][::-1]

    def below(self, number: int) -> list[int]:
        """An item and everything under it, each after its parent."""
        found = [number]
        for each in found:
            found += self._children.get(each, ())
        return found

    def switch(self, number: int) -> int:
        """Put the head at the end of the branch that an item is in; returns where that is.

        Below the item it is the branch that was used last.
        """
        for each in self.up(number):
            self._chosen[self._parents[each]] = each
        while (below := self._chosen.get(number)) is not None:
            number = below
        self.head = number
        return number

    def drop(self, number: int) -> list[int]:
        """Take an item out, and everything under it; the head moves above it where it was there."""
        dropped = self.below(number)
        above = self._parents[number]
        if self.head in set(dropped):
            self.head = above
        left = self._children[above]
        left.remove(number)
        self._chosen.pop(above, None)
        if left:
            self._chosen[above] = left[-1]
        for each in dropped:
            del self._items[each], self._parents[each]
            self._children.pop(each, None)
            self._chosen.pop(each, None)
        return dropped
