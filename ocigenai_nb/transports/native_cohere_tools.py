"""Tools in Cohere's first format: each parameter with a Python type, a description, and no more.

Source: Cohere's page "Parameter types in tool use" (v1): the table of JSON types and Python types,
and the advice to put allowed values and defaults into the description. The other limits of a JSON
schema go there, too. What has no Python type, such as an object with fields of its own, raises.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ocigenai_nb.core.errors import UsageError
from ocigenai_nb.core.messages import Tool
from ocigenai_nb.core.schemas import inline_refs

_TYPES = {
    "string": "str",
    "integer": "int",
    "number": "float",
    "boolean": "bool",
    "array": "List",
    "object": "Dict",
}
_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)

# Keywords that the type, the description or the definition itself already say.
_SAID = {"type", "items", "additionalProperties", "title", "description", "$schema", "$id"}
_SAID_BY_TOOL = _SAID - {"items"} | {"properties", "required"}
_OF_ITEM = {"items": "Of each item", "additionalProperties": "Of each value"}

# Keywords that shape the value: in a description they would be a wish and no more.
_SHAPES = {
    "$ref", "allOf", "anyOf", "contains", "dependentRequired", "dependentSchemas", "else", "if",
    "not", "oneOf", "patternProperties", "prefixItems", "properties", "propertyNames", "required",
    "then", "unevaluatedItems", "unevaluatedProperties",
}  # fmt: skip


def write_tool(models: Any, tool: Tool) -> Any:
    """The SDK's `CohereTool`. Raises UsageError for what this format can't say."""
    if not _NAME.fullmatch(tool.name):
        raise UsageError(
            f"{tool.name!r} can't be a tool's name on this model.",
            remedy="Use letters, digits and underscores, and no digit first.",
        )
    schema = inline_refs(tool.parameters)
    _check(schema, tool.name)
    required = schema.get("required") or []
    definitions = {
        name: _define(models, value, f"{tool.name}.{name}", required=name in required)
        for name, value in (schema.get("properties") or {}).items()
    }
    about = " ".join(text for text in (tool.description, schema.get("description")) if text)
    return models.CohereTool(
        name=tool.name, description=about or tool.name, parameter_definitions=definitions or None
    )


def _check(schema: Mapping[str, Any], tool: str) -> None:
    beyond = sorted(schema.keys() - _SAID_BY_TOOL)
    if isinstance(schema.get("additionalProperties"), Mapping):
        beyond.append("additionalProperties")
    if schema.get("type", "object") != "object" or beyond:
        what = ", ".join(beyond) or f"type {schema.get('type')}"
        raise _unsayable(f"the parameters of {tool} ({what})")


def _define(models: Any, value: Any, where: str, *, required: bool) -> Any:
    schema = _narrow(value, where)
    return models.CohereParameterDefinition(
        type=_type(schema, where),
        description=" ".join(_describe(schema, where)) or None,
        is_required=required,
    )


def _narrow(schema: Any, where: str) -> Mapping[str, Any]:
    """The schema without the null that an optional value may be: it can be left out instead."""
    if not isinstance(schema, Mapping):
        raise _unsayable(where)
    for word in ("anyOf", "oneOf"):
        if word in schema:
            options = [item for item in schema[word] if item.get("type") != "null"]
            beside = {key: value for key, value in schema.items() if key != word}
            if len(options) != 1:
                raise _unsayable(f"{where} ({word})")
            return _narrow({**options[0], **beside}, where)
    kind = schema.get("type")
    if isinstance(kind, list):
        kinds = [item for item in kind if item != "null"]
        return {**schema, "type": kinds[0] if len(kinds) == 1 else kind}
    return schema


def _type(schema: Mapping[str, Any], where: str) -> str:
    kind = schema.get("type")
    name = _TYPES.get(kind) if isinstance(kind, str) else None
    shapes = sorted(_SHAPES & schema.keys())
    if name is None or shapes:
        raise _unsayable(f"{where} ({', '.join(shapes) or f'type {kind}'})")
    items, values = schema.get("items"), schema.get("additionalProperties")
    if name == "List" and isinstance(items, Mapping) and items:
        return f"List[{_type(_narrow(items, f'{where}[]'), f'{where}[]')}]"
    if name == "Dict" and isinstance(values, Mapping) and values:
        return f"Dict[str, {_type(_narrow(values, f'{where}[]'), f'{where}[]')}]"
    return name


def _describe(schema: Mapping[str, Any], where: str) -> Iterator[str]:
    if text := schema.get("description"):
        yield str(text)
    for word, value in schema.items():
        if word == "enum":
            yield f"Possible enum values: {', '.join(map(_show, value))}."
        elif word in _OF_ITEM and isinstance(value, Mapping):
            inner = " ".join(_describe(_narrow(value, where), where))
            if inner:
                yield f"{_OF_ITEM[word]}: {inner}"
        elif word not in _SAID:
            yield f"{word}: {_show(value)}."


def _show(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _unsayable(what: str) -> UsageError:
    return UsageError(
        f"Cohere's first format has no Python type for {what}.",
        remedy="Use plain values, lists and dictionaries of them, or another model.",
    )
