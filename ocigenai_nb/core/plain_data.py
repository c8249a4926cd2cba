"""Messages, answers, events and parameters as plain JSON data, and back: what a file may hold.

A value becomes an object of its fields; those that have their default are left out. An event or a
part of a message says which it is under "kind", as an error does. Reading refuses what does not
fit and names the place.

Text keeps halves of characters, as a stream may bring them; `write_json` escapes them. A number
that JSON does not have (NaN, infinity) is written as null inside the service's own objects.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

from .codecs import MisfitError, find_codec
from .errors import DataFormatError, OCIGenAIError
from .events import Event

T = TypeVar("T")

# Halves of a character can't be encoded; the others end a line for some readers of lines.
_ESCAPED = re.compile("[\ud800-\udfff\u2028\u2029\x85]")


def to_data(value: object) -> dict[str, Any]:
    """A message, an answer, parameters or another value of frozen fields, or an error, as data.

    Raises DataFormatError where a field holds what JSON can't.
    """
    hint = OCIGenAIError if isinstance(value, OCIGenAIError) else type(value)
    written: dict[str, Any] = _at("", find_codec(hint).write, value)
    return written


def from_data(kind: type[T], data: object, *, place: str = "") -> T:
    """The value of that kind that `to_data` wrote; `kind` may be OCIGenAIError for any error.

    `place` is where the data stands in its file, for the text of an error. Raises DataFormatError
    for data that does not fit.
    """
    value: T = _at(place, find_codec(kind).read, data)
    return value


def event_to_data(event: Event) -> dict[str, Any]:
    """An event as data, its own raw event included. Raises as `to_data`."""
    written: dict[str, Any] = _at("", find_codec(Event).write, event)
    return written


def event_from_data(data: object, *, place: str = "") -> Event:
    """The event that `event_to_data` wrote. Raises as `from_data`."""
    event: Event = _at(place, find_codec(Event).read, data)
    return event


def write_json(data: object, *, indent: int | None = None) -> str:
    """Data as JSON text that can be encoded and, without `indent`, is one line.

    Raises ValueError for what is not data.
    """
    tight = (",", ":") if indent is None else None
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, indent=indent, separators=tight)
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def parse_json(text: str | bytes, *, place: str = "") -> Any:
    """The data in JSON text. Raises DataFormatError where it is not JSON, or not UTF-8."""
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        why = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise DataFormatError(_sentence(place, f"this is not JSON: {why}")) from None


def _at(place: str, convert: Callable[[Any], Any], value: object) -> Any:
    try:
        return convert(value)
    except MisfitError as misfit:
        way = place + "".join(reversed(misfit.steps))
        raise DataFormatError(_sentence(way.removeprefix("."), misfit.why)) from None


def _sentence(place: str, why: str) -> str:
    return f"{place}: {why}." if place else f"{why[0].upper()}{why[1:]}."


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")
