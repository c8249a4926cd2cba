"""Facts about calls that refuse a misspelt keyword."""

from __future__ import annotations

import asyncio
import inspect
from typing import Any

import pytest

from ocigenai_nb.core.errors import UnknownOptionError, UsageError
from ocigenai_nb.core.options import strict_options
from ocigenai_nb.core.parameters import Parameters


@strict_options
def ask(prompt: str, /, *, temperature: float = 1.0, max_tokens: int = 10) -> tuple[Any, ...]:
    """Ask."""
    return prompt, temperature, max_tokens


@strict_options
def plan(*, parameters: Parameters = Parameters()) -> Parameters:
    return parameters


class Asker:
    @strict_options
    def __init__(self, model: str, *, region: str = "") -> None:
        self.made_of = (model, region)

    @strict_options
    async def ask(self, *, seed: int) -> int:
        return seed


def test_a_call_with_known_names_goes_through() -> None:
    assert ask("hi", temperature=0, max_tokens=5) == ("hi", 0, 5)
    assert Asker("m", region="r").made_of == Asker(model="m", region="r").made_of == ("m", "r")
    assert asyncio.run(Asker("m").ask(seed=3)) == 3


def test_a_misspelt_keyword_is_named_with_the_right_one_and_all_there_are() -> None:
    misspelt: Any = {"temprature": 0}
    with pytest.raises(UnknownOptionError) as caught:
        ask("hi", **misspelt)
    assert str(caught.value).splitlines() == [
        "ask() takes no 'temprature'. Did you mean 'temperature'?",
        "It takes: temperature, max_tokens.",
    ]


def test_it_is_a_type_error_and_a_usage_error() -> None:
    misspelt: Any = {"x": 0}
    for kind in (TypeError, UsageError):
        with pytest.raises(kind):
            ask("hi", **misspelt)


def test_a_class_is_named_without_its_init_and_self_is_no_option() -> None:
    misspelt: Any = {"model_id": "m"}
    with pytest.raises(UnknownOptionError) as caught:
        Asker(**misspelt)
    assert caught.value.message == "Asker() takes no 'model_id'. Did you mean 'model'?"
    assert caught.value.remedy == "It takes: model, region."


def test_a_coroutine_refuses_when_it_is_called_not_when_it_is_awaited() -> None:
    misspelt: Any = {"sead": 1}
    with pytest.raises(UnknownOptionError, match="Did you mean 'seed'"):
        _ = Asker("m").ask(**misspelt)


def test_a_missing_argument_is_pythons_own_error() -> None:
    nothing: Any = ()
    with pytest.raises(TypeError, match="missing 1 required positional argument") as caught:
        ask(*nothing)
    assert not isinstance(caught.value, UsageError)


def test_name_docstring_and_signature_stay() -> None:
    assert (ask.__name__, ask.__doc__) == ("ask", "Ask.")
    assert list(inspect.signature(ask).parameters) == ["prompt", "temperature", "max_tokens"]


def test_a_wish_given_in_the_wrong_place_is_sent_to_the_right_one() -> None:
    misplaced: Any = {"max_tokens": 3}
    with pytest.raises(
        UnknownOptionError, match=r"Give parameters=Parameters\(max_tokens=\.\.\.\)"
    ):
        plan(**misplaced)


def test_a_misspelt_wish_is_named_with_the_right_one() -> None:
    misspelt: Any = {"temprature": 0}
    with pytest.raises(
        UnknownOptionError, match=r"^Parameters\(\) takes no 'temprature'"
    ) as caught:
        Parameters(**misspelt)
    assert "Did you mean 'temperature'?" in caught.value.message
