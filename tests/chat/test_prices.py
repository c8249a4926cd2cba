"""What an answer cost, as an estimate."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import pytest

import ocigenai_nb as og
from ocigenai_nb.chat import prices
from ocigenai_nb.core.errors import UnknownModelError, UnknownOptionError, UsageError
from ocigenai_nb.core.messages import Usage
from ocigenai_nb.model_facts import MODELS
from tests.chat.replies import ask_of, make_reply
from tests.transports.subject import LLAMA

UNPRICED = "openai.gpt-4.1"


@pytest.fixture(autouse=True)
def list_prices() -> Iterator[None]:
    """Every test begins and ends with the list prices."""
    yield
    prices._set.clear()


def test_the_estimate_is_tokens_at_the_list_price_of_a_million() -> None:
    cost = make_reply("Because.").cost
    assert cost is not None
    price = MODELS[LLAMA]["input_price"]
    assert price is not None
    assert cost.amount == pytest.approx((1234 + 100) * price / 1_000_000)
    assert cost.currency == "USD"
    assert not cost.emulated


def test_it_says_that_it_is_an_estimate_and_how_it_was_made() -> None:
    cost = make_reply().cost
    assert str(cost) == "0.000960 USD (estimate)"
    assert repr(cost) == (
        "Cost(0.000960 USD (estimate): list price per million: 1,234 tokens in at 0.72 + 100 out "
        "at 0.72; the 34 cached ones at full price)"
    )


def test_what_the_emulator_answered_cost_nothing_and_the_estimate_says_so() -> None:
    emulated = replace(make_reply(), emulated=True).cost
    charged = make_reply().cost
    assert emulated is not None
    assert charged is not None
    assert emulated.amount == charged.amount
    assert str(emulated) == "0.000960 USD (estimate; the emulator charges nothing)"


def test_without_a_price_or_a_count_there_is_no_estimate() -> None:
    assert ask_of(UNPRICED, make_reply()).cost is None
    assert make_reply(usage=None).cost is None


def test_a_price_that_was_set_goes_before_the_list_price_until_it_is_taken_back() -> None:
    og.set_price(LLAMA.upper(), input=2, output=10.0)
    cost = make_reply().cost
    assert cost is not None
    assert cost.amount == pytest.approx((1234 * 2 + 100 * 10) / 1_000_000)
    assert cost.why.startswith("the price set here per million: ")
    og.set_price(LLAMA, input=None, output=None)
    assert str(make_reply().cost) == "0.000960 USD (estimate)"


def test_a_model_without_a_list_price_can_be_given_one() -> None:
    og.set_price(UNPRICED, input=0, output=0)
    assert str(ask_of(UNPRICED, make_reply()).cost) == "0.000000 USD (estimate)"


def test_cached_tokens_have_a_price_of_their_own_once_it_is_set() -> None:
    og.set_price(LLAMA, input=1.0, output=1.0, cached=0.5)
    cost = make_reply().cost
    assert cost is not None
    assert cost.amount == pytest.approx((1200 + 17 + 100) / 1_000_000)
    assert "1,200 tokens in at 1 + 34 cached at 0.5 + 100 out at 1" in cost.why


def test_more_cached_tokens_than_there_are_count_as_all() -> None:
    og.set_price(LLAMA, input=1.0, output=1.0, cached=0.0)
    cost = make_reply(usage=Usage(input=10, output=0, total=10, cached=99)).cost
    assert cost is not None
    assert cost.amount == 0


def test_an_amount_too_small_to_show_is_not_shown_as_nothing() -> None:
    cost = make_reply(usage=Usage(input=1, output=0, total=1)).cost
    assert str(cost) == "less than 0.000001 USD (estimate)"


@pytest.mark.parametrize("price", [-1, math.nan, math.inf, True, "1"])
def test_what_is_no_price_is_refused(price: object) -> None:
    with pytest.raises(UsageError, match="is no price"):
        og.set_price(LLAMA, input=price, output=1)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="is no price"):
        og.set_price(LLAMA, input=1, output=1, cached=price)  # type: ignore[arg-type]
    assert str(make_reply().cost) == "0.000960 USD (estimate)"


def test_half_a_price_is_refused() -> None:
    for wrong in ({"input": 1, "output": None}, {"input": None, "output": 1}):
        with pytest.raises(UsageError, match="two sides"):
            og.set_price(LLAMA, **wrong)


def test_a_misspelt_model_or_option_is_refused_with_a_suggestion() -> None:
    with pytest.raises(UnknownModelError):
        og.set_price("lama", input=1, output=1)
    with pytest.raises(UnknownOptionError, match="Did you mean 'output'"):
        og.set_price(LLAMA, input=1, ouput=1)  # type: ignore[call-arg]
