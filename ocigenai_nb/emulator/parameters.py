"""Checks of single request parameters, in OpenAI's words.

Source: OpenAI's published error texts (``invalid_type``, ``integer_below_min_value``, ...).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from ocigenai_nb.emulator.json_schemas import find_flaw
from ocigenai_nb.emulator.refusals import RefusedError, write_openai

_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "an integer": (int,),
    "a decimal": (int, float),
    "a boolean": (bool,),
    "a string": (str,),
    "an array": (list,),
    "an object": (dict,),
    "a string or an array": (str, list),
    "a string or an object": (str, dict),
}
_NAMES: Final[Mapping[type, str]] = {
    bool: "a boolean",
    int: "an integer",
    float: "a decimal",
    str: "a string",
    list: "an array",
    dict: "an object",
}


@dataclass(frozen=True, slots=True)
class Rule:
    """What a parameter may be."""

    kind: str
    """One of the names of types that OpenAI's errors use, such as "a decimal"."""
    low: float | None = None
    high: float | None = None


def refuse(message: str, *, param: str | None, code: str | None = "invalid_value") -> NoReturn:
    """Refuse the request with ``message`` about ``param``."""
    raise RefusedError(write_openai(message, param=param, code=code))


def refuse_missing(param: str) -> NoReturn:
    """Refuse the request because ``param`` is not there."""
    refuse(
        f"Missing required parameter: '{param}'.", param=param, code="missing_required_parameter"
    )


def refuse_choice(value: object, allowed: tuple[str, ...], *, param: str) -> NoReturn:
    """Refuse ``value`` because it is none of ``allowed``."""
    listed = ", ".join(f"'{word}'" for word in allowed)
    refuse(f"Invalid value: '{value}'. Supported values are: {listed}.", param=param)


def check_schema(schema: Any, *, of: str, param: str) -> None:
    """Refuse ``schema``, that ``of`` something, unless it is a JSON schema."""
    flaw = find_flaw(schema)
    if flaw is not None:
        refuse(f"Invalid schema for {of}: {flaw}.", param=param, code="invalid_function_parameters")


def check(value: Any, rule: Rule, *, param: str) -> None:
    """Refuse ``value`` unless ``rule`` allows it."""
    is_stray_boolean = isinstance(value, bool) and bool not in _TYPES[rule.kind]
    if is_stray_boolean or not isinstance(value, _TYPES[rule.kind]):
        refuse(
            f"Invalid type for '{param}': expected {rule.kind}, but got {_name(value)} instead.",
            param=param,
            code="invalid_type",
        )
    if isinstance(value, int | float):
        _check_range(value, rule, param)


def check_length(text: str, *, shortest: int = 0, longest: int, param: str) -> None:
    """Refuse ``text`` that has fewer or more characters than it may have."""
    if len(text) < shortest:
        refuse(
            f"Invalid '{param}': empty string. Expected a string with minimum length {shortest}, "
            "but got an empty string instead.",
            param=param,
            code="empty_string",
        )
    if len(text) > longest:
        refuse(
            f"Invalid '{param}': string too long. Expected a string with maximum length "
            f"{longest}, but got a string with length {len(text)} instead.",
            param=param,
            code="string_above_max_length",
        )


def check_some(values: list[Any], *, param: str) -> None:
    """Refuse ``values`` if there are none."""
    if not values:
        refuse(
            f"Invalid '{param}': empty array. Expected an array with minimum length 1, "
            "but got an empty array instead.",
            param=param,
            code="empty_array",
        )


def _check_range(value: float, rule: Rule, param: str) -> None:
    if rule.low is not None and value < rule.low:
        _refuse_range(rule, "below minimum", f">= {rule.low:g}", value, param)
    if rule.high is not None and value > rule.high:
        _refuse_range(rule, "above maximum", f"<= {rule.high:g}", value, param)


def _refuse_range(rule: Rule, how: str, limit: str, value: float, param: str) -> NoReturn:
    kind = rule.kind.split()[-1]
    side, word = how.split()
    refuse(
        f"Invalid '{param}': {kind} {how} value. "
        f"Expected a value {limit}, but got {value} instead.",
        param=param,
        code=f"{kind}_{side}_{word[:3]}_value",
    )


def _name(value: object) -> str:
    return "null" if value is None else _NAMES[type(value)]
