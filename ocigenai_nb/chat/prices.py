"""What an answer cost: an estimate from prices per million tokens and the service's own count.

The prices are list prices from `model_facts` (US dollars, mid 2026), or those that `set_price`
was told. What a tenancy really pays is its contract's business, so this is never a bill.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from ocigenai_nb.core.catalog import find_model
from ocigenai_nb.core.errors import UsageError
from ocigenai_nb.core.messages import Usage
from ocigenai_nb.core.options import strict_options
from ocigenai_nb.core.routing import family_of

_MILLION = 1_000_000
_SMALLEST = 0.000_001  # of the currency; below it six decimals show nothing
_CURRENCY = "USD"


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per million tokens. `cached` is None where cached input has no price of its own.

    `source` says where the price comes from.
    """

    input: float
    output: float
    cached: float | None
    source: str


@dataclass(frozen=True, slots=True, repr=False)
class Cost:
    """An estimate of what an answer cost: `amount` in `currency`, and `why` it is that much.

    Where the emulator answered nothing was charged (`emulated`), and the amount is what the
    answer would cost of the service.
    """

    amount: float
    currency: str
    why: str
    emulated: bool = False

    def __str__(self) -> str:
        what = "estimate; the emulator charges nothing" if self.emulated else "estimate"
        return f"{_show(self.amount)} {self.currency} ({what})"

    def __repr__(self) -> str:
        return f"Cost({self}: {self.why})"


_set: dict[str, Price] = {}


@strict_options
def set_price(
    model: str,
    *,
    input: float | None,  # noqa: A002 - the word that prices and usage have for it
    output: float | None,
    cached: float | None = None,
) -> None:
    """Set what `model` costs, in US dollars per million tokens, for this process.

    >>> og.set_price("openai.gpt-oss-120b", input=0.15, output=0.60)
    >>> og.connect().chat("openai.gpt-oss-120b").send("hi").cost.currency
    'USD'

    `cached` is the price of cached input tokens; without one they count in full. With None for
    both `input` and `output` the list price holds again. Raises UsageError for a price that is
    none, and UnknownModelError for a model that fits no family.
    """
    family_of(model)
    if input is None and output is None and cached is None:
        _set.pop(model.lower(), None)
        return
    if input is None or output is None:
        raise UsageError("A price has two sides: give both input= and output=, or None for both.")
    _check("input", input)
    _check("output", output)
    if cached is not None:
        _check("cached", cached)
    _set[model.lower()] = Price(input, output, cached, "the price set here")


def find_price(model: str) -> Price | None:
    """The price of `model`: the one that was set, else its list price, else None."""
    if model.lower() in _set:
        return _set[model.lower()]
    facts = find_model(model)
    if facts is None or facts["input_price"] is None or facts["output_price"] is None:
        return None
    return Price(facts["input_price"], facts["output_price"], None, "list price")


def estimate_cost(model: str, usage: Usage | None, *, emulated: bool = False) -> Cost | None:
    """What `usage` of `model` costs; None where the price or the usage isn't known."""
    price = find_price(model)
    if price is None or usage is None:
        return None
    cached = min(usage.cached or 0, usage.input) if price.cached is not None else 0
    amount = (
        (usage.input - cached) * price.input
        + cached * (price.cached or 0.0)
        + usage.output * price.output
    ) / _MILLION
    return Cost(amount, _CURRENCY, _explain(price, usage, cached), emulated)


def _explain(price: Price, usage: Usage, cached: int) -> str:
    parts = [f"{usage.input - cached:,} tokens in at {price.input:g}"]
    parts += [f"{cached:,} cached at {price.cached:g}"] if cached else []
    parts += [f"{usage.output:,} out at {price.output:g}"]
    full = usage.cached and price.cached is None
    note = f"; the {usage.cached:,} cached ones at full price" if full else ""
    return f"{price.source} per million: {' + '.join(parts)}{note}"


def _check(name: str, price: object) -> None:
    """Raise UsageError for what is no price."""
    number = isinstance(price, int | float) and not isinstance(price, bool)
    if not (number and 0 <= price < math.inf):  # type: ignore[operator]
        raise UsageError(
            f"{name}={price!r} is no price.",
            remedy="A price is a number of US dollars per million tokens, 0 or more.",
        )


def _show(amount: float) -> str:
    if 0 < amount < _SMALLEST:
        return f"less than {_SMALLEST:.6f}"
    return f"{amount:,.2f}" if amount >= 100 else f"{amount:.6f}"
