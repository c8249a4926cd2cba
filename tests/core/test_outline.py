"""A tree as lines: what stands alone goes straight below, what branches is indented."""

from __future__ import annotations

from ocigenai_nb.core.outline import Line, arrange, fold

#  1 ─ 2 ─ 3        (2 and 4 stand side by side, as do 5 and 6 below 4)
#   └─ 4 ─ 5
#       └─ 6 ─ 7
BRANCHED = {1: None, 2: 1, 3: 2, 4: 1, 5: 4, 6: 4, 7: 6}


def drawn(lines: tuple[Line, ...]) -> list[tuple[int, int]]:
    return [(line.number, line.level) for line in lines]


def test_turns_one_after_the_other_are_not_indented() -> None:
    assert drawn(arrange({1: None, 2: 1, 3: 2})) == [(1, 0), (2, 0), (3, 0)]


def test_what_follows_a_branch_is_indented_and_branches_keep_together() -> None:
    expected = [(1, 0), (2, 0), (3, 1), (4, 0), (5, 1), (6, 1), (7, 2)]
    assert drawn(arrange(BRANCHED)) == expected


def test_a_branch_says_how_many_lines_it_takes_and_its_place() -> None:
    lines = {line.number: line for line in arrange(BRANCHED)}
    assert {number: line.size for number, line in lines.items()} == {
        1: 1,
        2: 2,
        3: 1,
        4: 4,
        5: 1,
        6: 2,
        7: 1,
    }
    assert (lines[4].place, lines[4].places) == (2, 2)


def test_a_folded_branch_is_one_line() -> None:
    lines = arrange(BRANCHED)
    assert [line.number for line in fold(lines, {4})] == [1, 2, 3, 4]
    assert [line.number for line in fold(lines, {6, 2})] == [1, 2, 4, 5, 6]


def test_what_lost_its_parent_stands_at_the_beginning() -> None:
    assert drawn(arrange({5: 4, 6: 5})) == [(5, 0), (6, 0)]


def test_a_tree_may_be_deeper_than_calls_may_be() -> None:
    deep = {number: number - 1 or None for number in range(1, 20_001)}
    assert len(arrange(deep)) == 20_000
    branched = deep | {20_000 + number: number for number in range(1, 20_000)}
    assert max(line.level for line in arrange(branched)) > 10_000
