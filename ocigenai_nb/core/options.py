"""Public calls that refuse a misspelt keyword and suggest the right one."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from .errors import UnknownOptionError, UsageError
from .suggestions import suggest

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")


def strict_options(function: Callable[P, R]) -> Callable[P, R]:
    """Wrap `function` so that an unknown keyword raises UnknownOptionError, with a suggestion.

    Python's own TypeError names the wrong keyword and leaves the person to find the right one.
    """
    takes = [
        parameter.name
        for parameter in inspect.signature(function).parameters.values()
        if parameter.kind in {parameter.KEYWORD_ONLY, parameter.POSITIONAL_OR_KEYWORD}
        and parameter.name != "self"
    ]

    @wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        for name in kwargs:
            if name not in takes:
                call = function.__qualname__.removesuffix(".__init__")
                raise UnknownOptionError(
                    f"{call}() takes no {name!r}.{_hint(name, takes)}",
                    remedy=f"It takes: {', '.join(takes)}.",
                )
        return function(*args, **kwargs)

    return checked


def _hint(name: str, takes: list[str]) -> str:
    from .parameters import Parameters  # which is strict itself

    if "parameters" in takes and name in inspect.signature(Parameters).parameters:
        return f" Give parameters=Parameters({name}=...)."
    return suggest(name, takes)


def either(name: str, value: T | None, alias: str, other: T | None) -> T | None:
    """The value of an option that has two names. Raises UsageError where they differ."""
    if value is not None and other is not None and value != other:
        raise UsageError(f"{name}= and {alias}= are the same option: give one of them.")
    return value if value is not None else other
