"""Facts about schemas written out."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocigenai_nb.core.errors import UsageError
from ocigenai_nb.core.schemas import MAX_DEPTH, inline_refs

CITY = {"type": "object", "properties": {"name": {"type": "string"}}}


@pytest.mark.parametrize("place", ["$defs", "definitions"])
def test_a_reference_is_written_out_and_the_definitions_are_gone(place: str) -> None:
    schema = {
        "type": "object",
        "properties": {"city": {"$ref": f"#/{place}/City"}},
        place: {"City": CITY},
    }
    assert inline_refs(schema) == {"type": "object", "properties": {"city": CITY}}


def test_a_schema_without_references_stays_as_it_is() -> None:
    schema = {"type": "object", "properties": {"n": {"type": ["integer", "null"], "minimum": 0}}}
    assert inline_refs(schema) == schema


def test_references_in_lists_and_in_what_they_refer_to_are_written_out() -> None:
    schema = {
        "anyOf": [{"$ref": "#/$defs/List"}, {"type": "null"}],
        "$defs": {"City": CITY, "List": {"type": "array", "items": {"$ref": "#/$defs/City"}}},
    }
    assert inline_refs(schema) == {"anyOf": [{"type": "array", "items": CITY}, {"type": "null"}]}


def test_a_schema_that_is_a_reference_itself_is_written_out() -> None:
    assert inline_refs({"$ref": "#/$defs/City", "$defs": {"City": CITY}}) == CITY


def test_keys_beside_a_reference_belong_to_this_use_and_win() -> None:
    schema = {
        "properties": {"city": {"description": "Where.", "$ref": "#/$defs/City", "type": "x"}},
        "$defs": {"City": CITY},
    }
    assert inline_refs(schema)["properties"]["city"] == CITY | {
        "description": "Where.",
        "type": "x",
    }


def test_a_property_may_be_called_like_a_keyword() -> None:
    schema = {
        "properties": {
            "$ref": {"type": "string"},
            "definitions": {"type": "string"},
            "$defs": {"type": "string"},
        }
    }
    assert inline_refs(schema) == schema


def test_escapes_in_a_reference_are_read() -> None:
    schema = {"items": {"$ref": "#/$defs/a~1b~0c"}, "$defs": {"a/b~c": CITY}}
    assert inline_refs(schema) == {"items": CITY}


@pytest.mark.parametrize(
    "reference",
    [
        "https://example.com/schema.json",
        "other.json#/City",
        "City",
        "#/$defs/Town",
        "#/$defs/City/type",
        "#/$defs/City/type/x",
        "#City",
        "",
    ],
)
def test_a_reference_that_leads_nowhere_is_refused_and_named(reference: str) -> None:
    with pytest.raises(UsageError, match="leads nowhere in the schema") as caught:
        inline_refs({"items": {"$ref": reference}, "$defs": {"City": CITY}})
    assert repr(reference) in caught.value.message


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#/$defs/A", "$defs": {"A": {"$ref": "#/$defs/A"}}},
        {"$ref": "#/$defs/A", "$defs": {"A": {"$ref": "#/$defs/B"}, "B": {"$ref": "#/$defs/A"}}},
        {
            "$ref": "#/$defs/Tree",
            "$defs": {"Tree": {"properties": {"left": {"$ref": "#/$defs/Tree"}}}},
        },
        {"properties": {"again": {"$ref": "#/properties/again"}}},
    ],
    ids=["itself", "two", "tree", "property"],
)
def test_a_schema_that_refers_to_itself_is_refused(schema: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="refers to itself") as caught:
        inline_refs(schema)
    assert caught.value.remedy


def test_a_schema_nested_too_deep_is_refused() -> None:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(MAX_DEPTH - 1):
        schema = {"items": schema}
    assert inline_refs(schema) == schema
    with pytest.raises(UsageError, match="nested too deep"):
        inline_refs({"items": schema})


def nest(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    keys = st.sampled_from(["a", "items", "properties", "anyOf"])
    return st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3)


LEAVES = st.sampled_from([1, "x", None, {"$ref": "#/$defs/City"}, {"$ref": "#/$defs/List"}])
SCHEMAS = st.dictionaries(st.sampled_from("ab"), st.recursive(LEAVES, nest, max_leaves=8))
DEFINITIONS = {"City": CITY, "List": {"items": {"$ref": "#/$defs/City"}}}


@given(SCHEMAS)
def test_no_reference_is_left_and_the_schema_given_is_untouched(schema: dict[str, Any]) -> None:
    given_schema = schema | {"$defs": DEFINITIONS}
    before = copy.deepcopy(given_schema)
    assert "$ref" not in repr(inline_refs(given_schema))
    assert given_schema == before
