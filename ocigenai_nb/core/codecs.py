"""How values of frozen fields become plain JSON data and come back, type by type.

The fields' own types are the rules: an object has the fields of its class and no others, a list
holds values of one type, one of several classes says under "kind" which. Classes are looked up in
tables made from those types; nothing is imported or run because a file names it.
"""

from __future__ import annotations

import inspect
import math
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from functools import cache
from typing import Any, Literal, NoReturn, Union, get_args, get_origin, get_type_hints

from . import errors
from .errors import OCIGenAIError, UsageError

_MAX_DEPTH = 100  # levels inside a service's own object; the deepest ones seen have about ten
_SHOWN = 40  # characters of a refused value
_NO_DEFAULT = object()
_ERRORS: Mapping[str, type[OCIGenAIError]] = {
    name: kind
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, OCIGenAIError)
}


class MisfitError(Exception):
    """What does not fit, and the way to it, collected from the inside out."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why
        self.steps: list[str] = []


@dataclass(frozen=True, slots=True)
class Codec:
    """How a value of one type becomes data, and data the value. Both raise MisfitError."""

    write: Callable[[Any], Any]
    read: Callable[[Any], Any]


def find_codec(hint: Any) -> Codec:
    """How values of a type are written and read, the type being written as fields write theirs.

    `OCIGenAIError` stands for every error. Raises TypeError for a type that has no form as data.
    """
    return _make_codec(hint)


@cache
def _make_codec(hint: Any) -> Codec:
    origin, args = get_origin(hint), get_args(hint)
    if origin in {Union, types.UnionType}:
        return _union(args)
    if origin is Literal:
        return _same(lambda value: value if value in args else _refuse(value, _either(args)))
    if origin in {tuple, Sequence}:
        return _list(find_codec(args[0]), tuple if origin is tuple else list)
    if origin is Mapping:
        return Codec(
            lambda value: _plain(value, Mapping, "an object", writing=True),
            lambda data: _plain(data, dict, "an object", writing=False),
        )
    if hint in _SIMPLE:
        return _SIMPLE[hint]
    if is_dataclass(hint) and isinstance(hint, type):
        return _record(hint)
    raise TypeError(f"{hint!r} has no form as data.")


def _same(check: Callable[[Any], Any]) -> Codec:
    return Codec(check, check)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else _refuse(value, "text")


def _whole(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return _refuse(value, "a whole number")


def _number(value: Any) -> float:
    if isinstance(value, float) and math.isfinite(value):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return _refuse(value, "a number")


def _flag(value: Any) -> bool:
    return value if isinstance(value, bool) else _refuse(value, "true or false")


def _list(item: Codec, make: Callable[[list[Any]], Any]) -> Codec:
    def convert(value: Any, fits: Any, one: Callable[[Any], Any]) -> list[Any]:
        if not isinstance(value, fits):
            _refuse(value, "a list")
        index = 0
        result = []
        try:
            for index, part in enumerate(value):  # noqa: B007 (it is the place of a misfit)
                result.append(one(part))
        except MisfitError as misfit:
            misfit.steps.append(f"[{index}]")
            raise
        return result

    return Codec(
        lambda value: convert(value, list | tuple, item.write),
        lambda data: make(convert(data, list, item.read)),
    )


def _union(kinds: tuple[Any, ...]) -> Codec:
    rest = tuple(kind for kind in kinds if kind is not type(None))
    codec = find_codec(rest[0]) if len(rest) == 1 else _tagged(rest)
    if len(rest) == len(kinds):
        return codec
    return Codec(
        lambda value: None if value is None else codec.write(value),
        lambda data: None if data is None else codec.read(data),
    )


def _tagged(kinds: tuple[type, ...]) -> Codec:
    """One of several values, told apart by "kind": the name of its class."""
    by_name = {kind.__name__: find_codec(kind) for kind in kinds}

    def write(value: Any) -> dict[str, Any]:
        name = type(value).__name__
        if type(value) not in kinds:
            _refuse(value, _either(by_name))
        return {"kind": name, **by_name[name].write(value)}

    def read(data: Any) -> Any:
        given = dict(_object(data))
        name = given.pop("kind", None)
        with_name = by_name.get(name) if isinstance(name, str) else None
        if with_name is None:
            raise _inside(".kind", f"{_show(name)} is not {_either(by_name)}")
        return with_name.read(given)

    return Codec(write, read)


def _record(kind: type) -> Codec:
    """A dataclass: an object of its fields."""
    hints = get_type_hints(kind)
    members = [(f.name, _default(f), find_codec(hints[f.name])) for f in fields(kind)]
    known = {name for name, _, _ in members}

    def write(value: Any) -> dict[str, Any]:
        data = {}
        for name, default, codec in members:
            if (member := getattr(value, name)) != default:
                data[name] = _step(f".{name}", codec.write, member)
        return data

    def read(data: Any) -> Any:
        given = _object(data)
        if unknown := [key for key in given if key not in known]:
            raise MisfitError(f"the key {_show(unknown[0])} is unknown")
        values = {}
        for name, default, codec in members:
            if name in given:
                values[name] = _step(f".{name}", codec.read, given[name])
            elif default is _NO_DEFAULT:
                raise _inside(f".{name}", "this is missing")
        try:
            return kind(**values)
        except UsageError as error:
            raise MisfitError(error.message.rstrip(".")) from None

    return Codec(write, read)


def _default(member: Field[Any]) -> Any:
    if member.default_factory is not MISSING:
        return member.default_factory()
    return _NO_DEFAULT if member.default is MISSING else member.default


def _step(step: str, convert: Callable[[Any], Any], value: Any) -> Any:
    try:
        return convert(value)
    except MisfitError as misfit:
        misfit.steps.append(step)
        raise


@dataclass(frozen=True, slots=True)
class _ErrorFacts:
    message: str
    remedy: str = ""
    status: int | None = None
    code: str | None = None
    request_id: str | None = None


def _write_error(error: Any) -> dict[str, Any]:
    """An error as data; one of a class made elsewhere goes as the nearest one of ours."""
    if not isinstance(error, OCIGenAIError):
        _refuse(error, "an error of this package")
    name = next(k.__name__ for k in inspect.getmro(type(error)) if _ERRORS.get(k.__name__) is k)
    facts = _ErrorFacts(error.message, error.remedy, error.status, error.code, error.request_id)
    return {"kind": name, **find_codec(_ErrorFacts).write(facts)}


def _read_error(data: Any) -> OCIGenAIError:
    """An error of the class that is named; the root where a later version has more of them."""
    given = dict(_object(data))
    name = _step(".kind", _text, given.pop("kind", None))
    facts: _ErrorFacts = find_codec(_ErrorFacts).read(given)
    return _ERRORS.get(name, OCIGenAIError)(
        facts.message,
        remedy=facts.remedy,
        status=facts.status,
        code=facts.code,
        request_id=facts.request_id,
    )


_SIMPLE: Mapping[Any, Codec] = {
    str: _same(_text),
    int: _same(_whole),
    float: _same(_number),
    bool: _same(_flag),
    OCIGenAIError: Codec(_write_error, _read_error),
}


def _plain(value: Any, fits: Any, what: str, *, writing: bool) -> Any:
    return _copy(value if isinstance(value, fits) else _refuse(value, what), 0, writing=writing)


def _copy(value: Any, depth: int, *, writing: bool) -> Any:
    """JSON data of any shape, copied. Writing takes tuples and mappings of every kind, too."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if depth > _MAX_DEPTH:
        raise MisfitError(f"it is nested more than {_MAX_DEPTH} levels deep")
    if isinstance(value, float):
        if math.isfinite(value):
            return value
        return None if writing else _refuse(value, "a number that JSON has")
    if isinstance(value, Mapping if writing else dict):
        return {
            _step(".(key)", _text, key): _copy(item, depth + 1, writing=writing)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple if writing else list):
        return [_copy(item, depth + 1, writing=writing) for item in value]
    return _refuse(value, "JSON data")


def _object(data: Any) -> dict[Any, Any]:
    return data if isinstance(data, dict) else _refuse(data, "an object")


def _refuse(value: Any, wanted: str) -> NoReturn:
    raise MisfitError(f"{_show(value)} is not {wanted}")


def _inside(step: str, why: str) -> MisfitError:
    misfit = MisfitError(why)
    misfit.steps.append(step)
    return misfit


def _show(value: Any) -> str:
    if isinstance(value, str):
        return repr(value if len(value) <= _SHOWN else f"{value[:_SHOWN]}…")
    if value is None or isinstance(value, bool | int | float):
        return str(value)[:_SHOWN]
    return {"dict": "an object", "list": "a list"}.get(type(value).__name__, type(value).__name__)


def _either(names: Sequence[str] | Mapping[str, Any]) -> str:
    return f"one of {', '.join(names)}"
