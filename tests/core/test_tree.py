"""The tree of turns: where an item goes, what stands beside it, which branch is on."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies

from ocigenai_nb.core.tree import Tree


def grow(*parents: int | None) -> Tree[str]:
    """A tree with an item under each of these, numbered from 1."""
    tree: Tree[str] = Tree()
    for parent in parents:
        tree.add(f"under {parent}", under=parent)
    return tree


def test_an_item_goes_under_its_parent_and_the_head_onto_it() -> None:
    tree = grow(None, 1, 1)
    assert (tree.head, tree.parent(3), tree.children(1), tree.siblings(2)) == (3, 1, (2, 3), (2, 3))
    assert list(tree) == ["under None", "under 1", "under 1"]


def test_a_parent_that_is_not_there_is_refused() -> None:
    tree = grow(None)
    with pytest.raises(KeyError):
        tree.add("x", under=7)
    assert (len(tree), tree.head) == (1, 1)


def test_the_path_runs_from_the_root_to_the_head() -> None:
    tree = grow(None, 1, 1, 3)
    assert tree.path() == [1, 3, 4]
    tree.head = 2
    assert tree.path() == [1, 2]


def test_a_switch_ends_on_the_branch_that_was_used_last() -> None:
    tree = grow(None, 1, 1, None)
    assert tree.switch(1) == 3
    assert tree.switch(2) == 2
    assert tree.switch(4) == 4
    assert tree.switch(1) == 2


def test_what_is_dropped_takes_what_is_below_with_it() -> None:
    tree = grow(None, 1, 2, 2, 1)
    tree.head = 4
    assert tree.drop(2) == [2, 3, 4]
    assert (tree.head, tree.children(1), len(tree)) == (1, (5,), 2)
    assert tree.switch(1) == 5
    assert tree.next_number == 6, "Numbers are not given twice."


def test_a_head_elsewhere_stays_where_it_is() -> None:
    tree = grow(None, 1, 1)
    tree.drop(2)
    assert tree.head == 3


@given(strategies.lists(strategies.integers(0, 30), max_size=30))
def test_every_item_is_below_exactly_one_root_item(places: list[int]) -> None:
    tree: Tree[int] = Tree()
    for place in places:
        parent = place % (len(tree) + 1) or None
        tree.add(place, under=parent)
    below = [number for root in tree.children(None) for number in tree.below(root)]
    assert sorted(below) == list(range(1, len(places) + 1))
    assert all(list(tree.up(number))[-1] in tree.children(None) for number in below)
