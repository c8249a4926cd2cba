"""Facts about the sentence that helps with a name that was almost right."""

from __future__ import annotations

import pytest

from ocigenai_nb.core.suggestions import suggest


def test_the_nearest_name_is_suggested() -> None:
    assert suggest("temprature", ["temperature", "top_p"]) == " Did you mean 'temperature'?"


@pytest.mark.parametrize("name", ["", "zzz", "?"])
def test_nothing_is_suggested_where_nothing_is_near(name: str) -> None:
    assert suggest(name, ["temperature", "top_p"]) == ""
    assert suggest(name, []) == ""


def test_case_makes_no_difference_and_the_name_is_shown_as_it_is_known() -> None:
    assert suggest("work", ["WORK"]) == " Did you mean 'WORK'?"
    assert suggest("WORK", ["work"]) == " Did you mean 'work'?"


def test_at_most_three_are_suggested_the_nearest_first() -> None:
    assert suggest("name1", ["name2", "name1x", "name3", "name4"]) == (
        " Did you mean 'name1x' or 'name4' or 'name3'?"
    )


def test_what_is_far_beside_the_nearest_is_left_out() -> None:
    known = ["gpt-oss-20b", "gpt-4o", "gpt-oss-120b"]
    assert suggest("gpt-os-20b", known) == " Did you mean 'gpt-oss-20b' or 'gpt-oss-120b'?"


def test_another_name_may_be_shown_and_is_shown_once() -> None:
    full = {"llama": "meta.llama", "meta.llama": "meta.llama"}
    assert suggest("llama", full, show=full.__getitem__) == " Did you mean 'meta.llama'?"
