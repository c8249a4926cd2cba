"""Whether a JSON schema is one."""

from __future__ import annotations

from typing import Any

import pytest

from ocigenai_nb.emulator.json_schemas import find_flaw


@pytest.mark.parametrize(
    "schema",
    [
        {},
        True,
        {"type": ["string", "null"], "enum": ["a", None], "format": "date", "maxLength": 3},
        {"type": "array", "items": {"anyOf": [{"type": "integer", "minimum": 0}, False]}},
        {
            "type": "object",
            "properties": {"required": {"$ref": "#/$defs/x"}},
            "required": ["required"],
            "$defs": {"x": {"const": {}, "oneOf": [{"minItems": 1}]}},
        },
    ],
)
def test_what_is_a_schema_has_no_flaw(schema: Any) -> None:
    assert find_flaw(schema) is None


@pytest.mark.parametrize(
    ("schema", "flaw"),
    [
        (3, "3 is not of type 'object', 'boolean'"),
        ({"type": 3}, "3 is not of type 'string'"),
        ({"type": ["string", None]}, "null is not of type 'string'"),
        ({"properties": []}, "[] is not of type 'object'"),
        ({"properties": {"a": "x"}}, "\"x\" is not of type 'object', 'boolean'"),
        ({"required": "a"}, "\"a\" is not of type 'array'"),
        ({"required": [1]}, "1 is not of type 'string'"),
        ({"enum": []}, "[] should be non-empty"),
        ({"anyOf": []}, "[] should be non-empty"),
        ({"allOf": [{"minimum": "1"}]}, "\"1\" is not of type 'number'"),
        ({"items": {"minLength": 1.5}}, "1.5 is not of type 'integer'"),
        ({"$defs": {"x": {"$ref": 1}}}, "1 is not of type 'string'"),
    ],
)
def test_a_flaw_is_found_wherever_it_is(schema: Any, flaw: str) -> None:
    assert find_flaw(schema) == flaw
