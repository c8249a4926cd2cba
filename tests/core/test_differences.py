"""Facts about the sentence that says what differs."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocigenai_nb.core.differences import describe_differences

LONG = "a" * 100
data = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("given", "kept", "text"),
    [
        ({"temperature": 0.2}, {"temperature": 0.7}, "temperature is 0.2, the cassette has 0.7"),
        ({}, {"seed": 1}, "seed is not sent, the cassette has 1"),
        ({"seed": 1}, {}, "seed is 1, the cassette has none"),
        ({"a": True}, {"a": None}, "a is True, the cassette has None"),
        ({"a": "x"}, {"a": None}, "a is 'x', the cassette has None"),
        ({"a": {"b": ["x", "y"]}}, {"a": {"b": ["x", "z"]}}, "a.b[1] differs: 'y' / 'z'"),
        ({"a": [1]}, {"a": [1, 2, 3]}, "a has 1 item, the cassette has 3 items"),
        ({"a": [1, 2]}, {"a": {"b": 1}}, "a is 2 items, the cassette has an object of 1 item"),
        (
            {"a": f"{LONG}one{LONG}"},
            {"a": f"{LONG}two{LONG}"},
            f"a differs: '…{'a' * 20}one{'a' * 17}…' / '…{'a' * 20}two{'a' * 17}…'",
        ),
        (
            {"a": 1, "b": 1, "c": 1, "d": 1},
            {"a": 2, "b": 1, "c": 2, "d": 2, "e": 2},
            "; ".join([*(f"{name} is 1, the cassette has 2" for name in "acd"), "and more"]),
        ),
    ],
)
def test_a_difference_is_named_by_its_place(
    given: dict[str, Any], kept: dict[str, Any], text: str
) -> None:
    assert describe_differences(given, kept, kept_by="the cassette") == text


@given(data, data)
def test_only_what_differs_is_described(one: Any, other: Any) -> None:
    assert describe_differences({"a": one}, {"a": one}, kept_by="it") == ""
    found = describe_differences({"a": one}, {"a": other}, kept_by="it")
    assert bool(found) == (one != other)
    assert len(found) < 1_000
