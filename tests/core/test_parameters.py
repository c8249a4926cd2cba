"""Facts about the wishes for a request."""

from __future__ import annotations

from typing import Any

import pytest

from ocigenai_nb.core.errors import UsageError
from ocigenai_nb.core.parameters import Parameters

FULL: dict[str, Any] = {
    "max_tokens": 100,
    "temperature": 0.5,
    "top_p": 0.9,
    "seed": 7,
    "stop": ("END",),
    "frequency_penalty": 0.1,
    "presence_penalty": -0.1,
    "reasoning_effort": "low",
}


def make(name: str, value: Any) -> Parameters:
    return Parameters(**{name: value})


def test_only_wishes_that_were_made_are_given() -> None:
    assert Parameters().given() == {}
    assert Parameters(temperature=0, seed=0).given() == {"temperature": 0, "seed": 0}
    assert Parameters(**FULL).given() == FULL


def test_wishes_go_over_defaults_one_by_one() -> None:
    defaults = Parameters(**FULL)
    assert Parameters().over(defaults) == defaults
    assert Parameters(temperature=0).over(defaults).given() == FULL | {"temperature": 0}


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [
        ("temperature", 0, 2),
        ("top_p", 0, 1),
        ("frequency_penalty", -2, 2),
        ("presence_penalty", -2, 2),
    ],
)
def test_a_number_out_of_range_is_refused_and_the_range_is_named(
    name: str, least: int, most: int
) -> None:
    for value in (least, most):
        assert make(name, value).given() == {name: value}
    for outside in (least - 0.1, most + 0.1, float("inf"), float("nan")):
        with pytest.raises(UsageError, match=f"^{name} is .* between {least} and {most}"):
            make(name, outside)


@pytest.mark.parametrize("name", ["temperature", "top_p", "frequency_penalty", "presence_penalty"])
@pytest.mark.parametrize("value", ["1", True, [], 1j])
def test_what_is_no_number_is_refused(name: str, value: object) -> None:
    with pytest.raises(UsageError, match=f"^{name} is a number, not "):
        make(name, value)


@pytest.mark.parametrize("name", ["max_tokens", "seed"])
@pytest.mark.parametrize("value", [1.5, 1.0, "1", True])
def test_max_tokens_and_seed_are_whole_numbers(name: str, value: object) -> None:
    with pytest.raises(UsageError, match=f"^{name} is a whole number, not "):
        make(name, value)


@pytest.mark.parametrize("value", [0, -1])
def test_an_answer_has_at_least_one_token(value: int) -> None:
    with pytest.raises(UsageError, match=f"^max_tokens is {value}; it has to be 1 or more"):
        Parameters(max_tokens=value)


def test_a_seed_may_be_any_whole_number() -> None:
    assert Parameters(seed=-(10**30)).seed == -(10**30)


def test_one_stop_text_is_not_taken_for_its_letters() -> None:
    assert Parameters(stop="END").stop == ("END",)
    assert Parameters(stop=["a", "b"]).stop == ("a", "b")


@pytest.mark.parametrize("value", [5, [1], {"a"}, b"END"])
def test_stops_that_are_no_texts_are_refused(value: Any) -> None:
    with pytest.raises(UsageError, match=r"^stop is a text or a list of texts, not "):
        Parameters(stop=value)


def test_parameters_can_be_keys_even_with_stops() -> None:
    assert {Parameters(stop=["a"]), Parameters(stop=("a",))} == {Parameters(stop="a")}


def test_the_repr_shows_the_wishes_that_were_made() -> None:
    assert repr(Parameters(temperature=0.2, stop="x")) == "Parameters(temperature=0.2, stop=('x',))"
    assert repr(Parameters()) == "Parameters()"
