"""JSON schemas as families accept them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .errors import UsageError

MAX_DEPTH = 32
_DEFINITIONS = ("$defs", "definitions")


def inline_refs(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema with each local `$ref` written out and `$defs` gone.

    Raises UsageError for a `$ref` that is not local or does not exist, and for a schema that
    refers to itself: written out, it would have no end.
    """
    own = {key: value for key, value in schema.items() if key not in _DEFINITIONS}
    result: dict[str, Any] = _inline(own, schema, 0)
    return result


def _inline(node: Any, root: Mapping[str, Any], depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise UsageError(
            "The schema refers to itself, or is nested too deep, and this model takes no $ref.",
            remedy="Give a schema without recursion, or a model that accepts $ref.",
        )
    if isinstance(node, list):
        return [_inline(item, root, depth + 1) for item in node]
    if not isinstance(node, Mapping):
        return node
    reference = node.get("$ref")
    if isinstance(reference, str):
        # Keys beside $ref (a description, a default) belong to this use, so they win.
        beside = {key: value for key, value in node.items() if key != "$ref"}
        return _inline({**_resolve(reference, root), **beside}, root, depth + 1)
    return {key: _inline(value, root, depth + 1) for key, value in node.items()}


def _resolve(reference: str, root: Mapping[str, Any]) -> Mapping[str, Any]:
    node: Any = root
    for step in reference.removeprefix("#/").split("/"):
        name = step.replace("~1", "/").replace("~0", "~")
        node = node.get(name) if isinstance(node, Mapping) else None
    if not reference.startswith("#/") or not isinstance(node, Mapping):
        raise UsageError(f"The schema's reference {reference!r} leads nowhere in the schema.")
    return node
