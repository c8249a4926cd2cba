"""Values that fit a JSON schema, taken from the prompt where it has any of the kind.

Known deviations: ``pattern``, ``not``, ``if`` and uniqueness are not looked at. A value that would
be endless, or longer than a model's answer may be, ends too early to fit its schema.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from ocigenai_nb.emulator.brain import evidence
from ocigenai_nb.emulator.brain.arithmetic import find_expression
from ocigenai_nb.emulator.brain.listed_things import find_parts
from ocigenai_nb.emulator.brain.named_values import (
    find_formatted,
    find_mood,
    find_named,
    is_time,
)
from ocigenai_nb.emulator.json_schemas import find_flaw

_DEEPEST: Final = 6
_LONGEST: Final = 20_000
"""Values and characters that one schema is filled with at most."""
_FORMATS: Final[Mapping[str, str]] = {
    "date": "2026-01-31",
    "date-time": "2026-01-31T12:00:00Z",
    "time": "12:00:00Z",
    "email": "ada@example.com",
    "uri": "https://example.com",
    "uuid": "00000000-0000-4000-8000-000000000000",
}
_PLACE: Final = re.compile(r"city|town|place|location|country|destination|region", re.IGNORECASE)
_TEXT: Final = re.compile(r"answer|summary|text|description|reason|explanation|message|content")
_QUERY: Final = re.compile(r"query|question|prompt|input|search|^q$", re.IGNORECASE)
_PEOPLE: Final = re.compile(
    r"names|people|persons|participants|attendees|guests|members|authors", re.IGNORECASE
)
_TOTAL: Final = re.compile(r"answer|result|sum|total|value|product", re.IGNORECASE)
_RESULT: Final = re.compile(r" = (-?\d+(?:\.\d+)?)$")
_CAPITAL: Final = re.compile(r"^The capital of .{1,60} is (.{1,60})\.$")
_EXPRESSION: Final = re.compile(r"expression|formula|equation|calculation")
_DENIAL: Final = re.compile(r"\b(?:not|no|never|false|without|isn't|aren't)\b", re.IGNORECASE)


def fill_schema(
    schema: Mapping[str, Any],
    prompt: str,
    *,
    answer: str,
    only_required: bool = False,
    parts: Sequence[str] = (),
) -> Any:
    """Return a value that ``schema`` allows.

    Args:
        schema: A JSON schema; references may point into it.
        prompt: Where names, numbers and places are looked for.
        answer: Text for properties that ask for prose.
        only_required: Leave out optional properties.
        parts: Texts each of which makes one object of a list.
    """
    filler = _Filler(schema, prompt, answer=answer, only_required=only_required, parts=parts)
    return filler.fill(schema, "", 0)


def resolve(schema: Any, root: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``schema`` with what it refers to in ``root`` merged in."""
    return _Filler(root, "", answer="").resolve(schema)


class _Filler:
    """Fills one schema; each thing found in the prompt is used once, in order."""

    def __init__(
        self,
        root: Mapping[str, Any],
        prompt: str,
        *,
        answer: str,
        only_required: bool = False,
        parts: Sequence[str] = (),
    ) -> None:
        self._root = root
        self._left = _LONGEST
        self._found: dict[str, dict[str, Any]] = {}
        self._parts = parts
        self._prompt = prompt
        self._answer = answer
        self._only_required = only_required
        self._numbers = evidence.find_numbers(prompt)
        self._places = evidence.find_places(prompt)
        found = evidence.find_names(prompt)
        self._names = [n for n in found if n not in self._places and not is_time(n)]
        self._everybody = tuple(self._names)
        self._quotations = evidence.find_quotations(prompt)

    def fill(self, schema: Any, name: str, depth: int) -> Any:
        schema = self.resolve(schema, depth)
        self._left -= 1
        if depth > 2 * _DEEPEST or self._left < 0:  # no finite value fits
            return None
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self._choose(schema["enum"])
        kind = _read_type(schema)
        if kind == "object":
            return self._fill_object(schema, depth)
        if kind == "array":
            return self._fill_array(schema, name, depth)
        return self._fill_scalar(schema, kind, name)

    def _fill_scalar(self, schema: Mapping[str, Any], kind: str, name: str) -> Any:
        if kind == "null":
            return None
        if kind == "boolean":
            return not _DENIAL.search(self._prompt)
        if kind in ("integer", "number"):
            return self._fill_number(schema, kind, name)
        return self._fill_string(schema, name)

    def resolve(self, schema: Any, depth: int = 0, level: int = 0) -> dict[str, Any]:
        """Return ``schema`` with its reference, an alternative and all parts merged in."""
        merged = dict(schema) if isinstance(schema, dict) else {}
        for _ in range(_DEEPEST if level < _DEEPEST else 0):  # a part may be the whole again
            self._left -= 1
            if self._left < 0:
                break
            if "$ref" in merged:
                merged |= self._look_up(merged.pop("$ref"))
            elif "anyOf" in merged or "oneOf" in merged:
                options = merged.pop("anyOf", None) or merged.pop("oneOf", [{}])
                merged |= _choose_option(options, wants_null=depth > _DEEPEST)
            elif "allOf" in merged:
                for part in merged.pop("allOf"):
                    merged |= self.resolve(part, level=level + 1)
            else:
                break
        return merged

    def _look_up(self, reference: str) -> dict[str, Any]:
        if reference not in self._found:
            found: Any = self._root
            for step in reference.removeprefix("#").strip("/").split("/"):
                found = found.get(step, {}) if step and isinstance(found, dict) else found
            is_schema = isinstance(found, dict) and find_flaw(found) is None
            self._found[reference] = found if is_schema else {}
        return self._found[reference]

    def _choose(self, options: list[Any]) -> Any:
        words = self._prompt.lower()
        said = next((o for o in options if isinstance(o, str) and o.lower() in words), None)
        return said or find_mood(options, self._prompt) or options[0]

    def _fill_object(self, schema: Mapping[str, Any], depth: int) -> dict[str, Any]:
        properties = schema.get("properties", {})
        only_required = self._only_required or depth > _DEEPEST  # a schema may refer to itself
        required = schema.get("required", []) if only_required else properties
        mentioned = [name for name in properties if self._is_mentioned(properties[name])]
        wanted = [*required, *(name for name in mentioned if name not in required)]
        return {name: self.fill(properties.get(name, {}), name, depth + 1) for name in wanted}

    def _is_mentioned(self, schema: Any) -> bool:
        """Tell whether the prompt names one of the schema's few allowed words."""
        options = self.resolve(schema).get("enum", ())
        words = self._prompt.lower()
        return any(isinstance(option, str) and option.lower() in words for option in options)

    def _fill_array(self, schema: Mapping[str, Any], name: str, depth: int) -> list[Any]:
        items = self.resolve(schema.get("items", {}), depth)
        parts = self._parts or find_parts(items.get("properties") or {}, self._prompt)
        if parts and depth < _DEEPEST and _read_type(items) == "object":
            fillers = [_Filler(self._root, part, answer=part) for part in parts]
            return [filler.fill(items, name, depth + 1) for filler in fillers]
        least = max(1, min(schema.get("minItems", 1), self._left))
        if _PEOPLE.search(name) and _read_type(items) == "string":
            people = list(self._everybody[: schema.get("maxItems")])
            if len(people) >= least:
                return people
        count = 0 if depth > _DEEPEST else least
        return [self.fill(schema.get("items", {}), name, depth + 1) for _ in range(count)]

    def _fill_number(self, schema: Mapping[str, Any], kind: str, name: str) -> float:
        result = _RESULT.search(self._answer) if _TOTAL.search(name) else None
        if result and (kind == "number" or "." not in result[1]):
            self._numbers.insert(0, float(result[1]))
        low = schema.get("minimum", schema.get("exclusiveMinimum", float("-inf")))
        high = schema.get("maximum", schema.get("exclusiveMaximum", float("inf")))
        for position, number in enumerate(self._numbers):
            if low <= number <= high and (kind == "number" or number.is_integer()):
                del self._numbers[position]
                return int(number) if number.is_integer() else number
        usual = min(max(1, low), high)
        return int(usual) if kind == "integer" else usual

    def _fill_string(self, schema: Mapping[str, Any], name: str) -> str:
        form = schema.get("format", "")
        text = find_formatted(form, self._prompt) or _FORMATS.get(form) or self._find_string(name)
        text = text.ljust(min(schema.get("minLength", 0), max(0, self._left)), ".")
        self._left -= len(text)
        return text[: schema.get("maxLength", len(text))]

    def _find_string(self, name: str) -> str:
        expression = find_expression(self._prompt) if _EXPRESSION.search(name) else None
        if expression:
            return expression
        capital = _CAPITAL.search(self._answer) if "capital" in name.lower() else None
        named = capital[1] if capital else find_named(name, self._prompt)
        if named:
            return named
        if _PLACE.search(name) and (self._places or self._names):
            return (self._places or self._names).pop(0)
        if _TEXT.search(name):
            return self._answer
        for found in (self._quotations, self._names, self._places):
            if found:
                return found.pop(0)
        return self._prompt if _QUERY.search(name) else name or "text"


def _choose_option(options: list[Any], *, wants_null: bool) -> dict[str, Any]:
    """Return the first alternative that is null, or is not; the first one if there is none."""
    schemas = [option if isinstance(option, dict) else {} for option in options]
    fitting = (option for option in schemas if (option.get("type") == "null") == wants_null)
    return next(fitting, schemas[0])


def _read_type(schema: Mapping[str, Any]) -> str:
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((k for k in kind if k != "null"), "null")
    if kind is None:
        kind = "object" if "properties" in schema else "string"
    return str(kind)
