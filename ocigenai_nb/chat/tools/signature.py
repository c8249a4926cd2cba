"""What a function takes, as a pydantic model of its parameters."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import is_dataclass
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

from ocigenai_nb.core.errors import UsageError

from .results import tell_error

if TYPE_CHECKING:
    from pydantic import BaseModel


def find_name(function: Callable[..., Any]) -> str:
    """What a function is called; an object that is one, by its class."""
    target = _unwrap(function)
    return str(getattr(target, "__name__", type(target).__name__))


def find_doc(function: Callable[..., Any]) -> str:
    """The docstring of a function, or of an object that is one."""
    target = _unwrap(function)
    if inspect.isroutine(target) or hasattr(target, "__wrapped__"):
        return inspect.getdoc(target) or ""
    own = inspect.getdoc(type(target).__call__)
    written = "" if is_dataclass(target) else inspect.getdoc(target)  # a dataclass writes its own
    return own or written or ""


def model_arguments(
    function: Callable[..., Any], name: str, told: Mapping[str, str]
) -> type[BaseModel]:
    """The parameters as a pydantic model, described as `told`.

    Raises UsageError for what can't be described to a model.
    """
    from pydantic import ConfigDict, create_model

    fields: dict[str, Any] = {}
    hints = _hints(function, name)
    for parameter in _list_parameters(function, name):
        _check_parameter(parameter, name, hints)
        about = told.get(parameter.name, "")
        # Under another name, because pydantic keeps some to itself.
        fields[f"argument_{len(fields)}"] = _make_field(parameter, hints[parameter.name], about)
    config = ConfigDict(extra="forbid", allow_inf_nan=False)
    try:
        return create_model(name, __config__=config, **fields)
    except Exception as error:  # noqa: BLE001 (pydantic's, or of a type's own code)
        raise not_described(name, error) from None


def not_described(name: str, error: Exception) -> UsageError:
    """The error where pydantic can't describe a parameter's type."""
    why = tell_error(error).split("\n")[0].partition(": ")[2]
    return UsageError(
        f"{name} can't be described to a model: {why}",
        remedy="Give it parameters that JSON can hold: text, numbers, lists, pydantic models.",
    )


def _make_field(parameter: inspect.Parameter, hint: Any, about: str) -> tuple[Any, Any]:
    from pydantic import Field
    from pydantic.fields import FieldInfo

    given = parameter.default
    alias = parameter.name
    if isinstance(given, FieldInfo):
        hint = Annotated[hint, given]
        if given.default_factory is not None:
            own = Field(default_factory=given.default_factory, alias=alias)
        else:
            own = Field(... if given.is_required() else given.default, alias=alias)
    else:
        own = Field(... if given is parameter.empty else given, alias=alias)
    described = any(
        getattr(each, "description", None) for each in getattr(hint, "__metadata__", ())
    )
    if about and not described:
        hint = Annotated[hint, Field(description=about)]
    return hint, own


def _unwrap(function: Callable[..., Any]) -> Callable[..., Any]:
    while isinstance(function, functools.partial):
        function = function.func
    return function


def _list_parameters(function: Callable[..., Any], name: str) -> list[inspect.Parameter]:
    """The parameters that are still to be given."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except ValueError:
        raise UsageError(
            f"{name} doesn't say what it takes.",
            remedy="Call it from a function of your own, with annotations.",
        ) from None
    # What a partial has already is the person's, and may be a secret.
    given = function.keywords if isinstance(function, functools.partial) else {}
    return [each for each in parameters if each.name not in given]


def _hints(function: Callable[..., Any], name: str) -> dict[str, Any]:
    target = _unwrap(function)
    if isinstance(target, type):
        raise UsageError(
            f"{name} is a class: a tool has to be a function.",
            remedy=f"Write a function that returns one. For an answer of it: schema={name}.",
        )
    if not inspect.isroutine(target):
        target = type(target).__call__
    try:
        return get_type_hints(target, include_extras=True)
    except (NameError, TypeError) as error:
        raise UsageError(f"The annotations of {name} can't be read: {error}") from None


def _check_parameter(parameter: inspect.Parameter, name: str, hints: Mapping[str, Any]) -> None:
    if parameter.kind in {parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD}:
        raise UsageError(
            f"{name} takes any number of arguments ({parameter}), which no model can be told.",
            remedy="Name its parameters one by one.",
        )
    if parameter.kind is parameter.POSITIONAL_ONLY:
        raise UsageError(f"{name} takes {parameter.name} by position only: take the / out.")
    if parameter.name not in hints:
        raise UsageError(
            f"The parameter {parameter.name} of {name} has no type.",
            remedy=f"Annotate it, for example {parameter.name}: str.",
        )
