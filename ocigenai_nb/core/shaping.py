"""A family's rules applied to a body that is about to be sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .catalog import Rule
from .schemas import inline_refs


def apply_rules(body: dict[str, Any], rules: Iterable[Rule]) -> Iterator[str]:
    """Change `body` as the rules say; yields a sentence for each wish that is not sent."""
    for rule in rules:
        value = body.get(rule.parameter)
        if value is None:
            continue
        if rule.action == "rename":
            body[rule.to] = body.pop(rule.parameter)
        elif rule.action == "inline_refs":
            body[rule.parameter] = _inline(value)
        elif rule.action == "omit" or not value:
            del body[rule.parameter]
            if rule.action == "omit":
                yield f"{rule.parameter} is not sent: {rule.reason}."


def _inline(value: Any) -> Any:
    if isinstance(value, list):
        return [_inline(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    return {
        key: inline_refs(item) if key in {"parameters", "schema"} else _inline(item)
        for key, item in value.items()
    }
