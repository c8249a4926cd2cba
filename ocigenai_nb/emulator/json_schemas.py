"""Whether a JSON schema is one, as far as the emulator's brain looks at it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

_SCHEMAS: Final = ("properties", "$defs", "definitions")
_LISTS: Final = ("anyOf", "oneOf", "allOf")
_NUMBERS: Final = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
_COUNTS: Final = ("minItems", "minLength", "maxLength")
_TEXTS: Final = ("$ref", "format")


def find_flaw(schema: object) -> str | None:
    """Return what is wrong with ``schema``, in a JSON schema validator's words, or ``None``."""
    return next(_list_flaws(schema), None)


def _list_flaws(schema: object) -> Iterator[str]:
    if isinstance(schema, bool):  # everything, or nothing
        return
    if not isinstance(schema, dict):
        yield _say(schema, "'object', 'boolean'")
        return
    yield from _list_flat_flaws(schema)
    for part in _list_parts(schema):
        yield from _list_flaws(part)


def _list_flat_flaws(schema: dict[str, Any]) -> Iterator[str]:
    kinds = schema.get("type", "object")
    for kind in kinds if isinstance(kinds, list) else [kinds]:
        if not isinstance(kind, str):
            yield _say(kind, "'string'")
    for names, types, words in (
        (_SCHEMAS, dict, "'object'"),
        ((*_LISTS, "enum", "required"), list, "'array'"),
        (_NUMBERS, (int, float), "'number'"),
        (_COUNTS, int, "'integer'"),
        (_TEXTS, str, "'string'"),
    ):
        for name in names:
            if name in schema and not isinstance(schema[name], types):
                yield _say(schema[name], words)
    for name in (*_LISTS, "enum"):
        if schema.get(name) == []:
            yield "[] should be non-empty"
    for name in _read_list(schema.get("required")):
        if not isinstance(name, str):
            yield _say(name, "'string'")


def _list_parts(schema: dict[str, Any]) -> Iterator[object]:
    for name in _SCHEMAS:
        found = schema.get(name)
        yield from found.values() if isinstance(found, dict) else ()
    for name in _LISTS:
        yield from _read_list(schema.get(name))
    if "items" in schema:
        yield schema["items"]


def _read_list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _say(value: object, types: str) -> str:
    return f"{json.dumps(value)} is not of type {types}"
