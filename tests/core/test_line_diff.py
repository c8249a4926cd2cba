"""Two texts line by line."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from ocigenai_nb.core.line_diff import DiffLine, compare_lines


def test_what_was_changed_stands_between_what_is_the_same() -> None:
    assert compare_lines("a\nb\nc", "a\nB\nc") == (
        DiffLine("same", "a"),
        DiffLine("old", "b"),
        DiffLine("new", "B"),
        DiffLine("same", "c"),
    )


def test_long_runs_of_the_same_are_counted_and_left_out() -> None:
    same = "\n".join(map(str, range(20)))
    assert compare_lines(f"{same}\nx", f"{same}\ny") == (
        DiffLine("left out", "17"),
        *(DiffLine("same", str(number)) for number in (17, 18, 19)),
        DiffLine("old", "x"),
        DiffLine("new", "y"),
    )


def test_a_paragraph_is_compared_by_its_sentences() -> None:
    begin = "The sky is blue because the air scatters short waves more than the long ones."
    lines = compare_lines(f"{begin} It is so by day.", f"{begin} It is so at noon.")
    assert [line.mark for line in lines] == ["same", "old", "new"]


def test_equal_texts_are_shown_whole() -> None:
    assert {line.mark for line in compare_lines("a\n" * 50, "a\n" * 50)} == {"same"}


def test_huge_texts_that_share_nothing_cost_little() -> None:
    began = time.process_time()
    lines = compare_lines("a\n" * 30_000, "b\n" * 30_000)
    assert time.process_time() - began < 2
    assert [line.mark for line in lines].count("new") == 30_000


@given(st.lists(st.sampled_from("abc")), st.lists(st.sampled_from("abc")))
def test_both_texts_can_be_read_back(old: list[str], new: list[str]) -> None:
    lines = compare_lines("\n".join(old), "\n".join(new))
    left_out = sum(int(line.text) for line in lines if line.mark == "left out")
    for mark, text in (("old", old), ("new", new)):
        shown = [line.text for line in lines if line.mark in {"same", mark}]
        assert len(shown) + left_out == len(text)
        if not left_out:
            assert shown == text
