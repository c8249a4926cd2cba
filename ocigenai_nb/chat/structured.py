"""Answers of a type: asked for by the family's own schemas, or in words, and checked here.

Where a family takes JSON schemas the request carries one. Elsewhere the prompt says it, and an
answer that does not fit goes back to the model with what is wrong with it, twice at most. Nothing
is asked for as arguments of a made-up tool: these two ways reach every family, and a tool would
compete with the person's own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args, get_origin

from ocigenai_nb.core.catalog import find_model
from ocigenai_nb.core.errors import AnswerFormatError, UsageError
from ocigenai_nb.core.messages import ResponseFormat
from ocigenai_nb.core.routing import family_of
from ocigenai_nb.core.thread import Answer

from .json_answers import find_json

if TYPE_CHECKING:
    import pandas as pd
    from pydantic import TypeAdapter

How: TypeAlias = Literal["schema", "prompt"]

CORRECTIONS = 2
_ITEMS, _VALUE = "items", "value"
_LISTS = {"array": _ITEMS}

# Families whose models take JSON schemas where nothing more is known of one. Sources: OpenAI's and
# xAI's guides on structured outputs, Google's on its OpenAI-compatible API (2026).
_WITH_SCHEMAS = frozenset({"openai-chat", "openai-reasoning", "grok", "grok-reasoning", "gemini"})


@dataclass(frozen=True)
class Shape:
    """A type that an answer shall have, and its JSON schema.

    `how` it is asked for is by the request's own "schema", or in the words of the "prompt".
    `wrapped` is the name of the object's one field where the type itself is no object, such as a
    list: no family takes these as they are.
    """

    kind: Any
    name: str
    schema: Mapping[str, Any] = field(repr=False)
    adapter: TypeAdapter[Any] = field(repr=False, compare=False)
    wrapped: str = ""
    how: How = "schema"

    @cached_property
    def format(self) -> ResponseFormat:
        """What a request carries where the family takes schemas."""
        return ResponseFormat(self.schema, self.name)

    @cached_property
    def words(self) -> str:
        """What a prompt says where the family takes none."""
        schema = json.dumps(self.schema, ensure_ascii=False)
        return (
            "Answer with one JSON object and nothing else: no explanation, no code fence. It has "
            f"to fit this JSON schema:\n{schema}"
        )

    def read(self, text: str, *, cut: str = "") -> Any:
        """The value that an answer's text is. `cut` is why the answer isn't whole.

        Raises AnswerFormatError, which says what does not fit.
        """
        from pydantic import ValidationError

        from .tools.function import tell_misfits

        value = self._unwrap(find_json(text, cut=cut))
        if self._exact:  # in JSON pydantic reads every fraction as a float
            with suppress(ValidationError):
                return self.adapter.validate_python(self._unwrap(find_json(text, exact=True)))
        try:
            return self.adapter.validate_json(json.dumps(value))
        except ValidationError as error:
            raise AnswerFormatError(
                f"The answer does not fit {self.name}: {tell_misfits(error)}",
                remedy="Ask again, or with another model; what came is in reply.text.",
            ) from None

    def frame(self, value: Any) -> pd.DataFrame:
        """A value of this type as a DataFrame: a row for each item of a list, else one.

        Dates, Decimals and the like are in its cells as they are in the value.
        """
        import pandas as pd

        dumped = self.adapter.dump_python(value, by_alias=True)
        rows = list(dumped) if isinstance(dumped, list | tuple) else [dumped]
        if not rows and self._columns:
            return pd.DataFrame(columns=self._columns)
        objects = rows and all(isinstance(row, dict) for row in rows)
        return pd.DataFrame(rows if objects else {_VALUE: rows})

    @cached_property
    def _columns(self) -> list[str]:
        """The fields of a list's items; empty where these are no objects."""
        if self.wrapped != _ITEMS:
            return []
        own = _resolve({**self.schema["properties"][_ITEMS], "$defs": self.schema.get("$defs", {})})
        item = {**own.get("items", {}), "$defs": self.schema.get("$defs", {})}
        return list(_resolve(item).get("properties", {}))

    @cached_property
    def _exact(self) -> bool:
        """Whether there are Decimals in the type."""
        return "'type': 'decimal'" in repr(self.adapter.core_schema)

    def _unwrap(self, value: Any) -> Any:
        if self.wrapped and isinstance(value, dict) and value.keys() == {self.wrapped}:
            return value[self.wrapped]
        return value

    def check(self, answer: Answer, corrections: int) -> str:
        """What to tell the model of an answer that does not fit; "" where it does, or is final."""
        if corrections >= CORRECTIONS or answer.finish_reason != "stop":
            return ""
        try:
            self.read(answer.text)
        except AnswerFormatError as error:
            return f"{error.message}\n\n{self.words}"
        return ""


def read_shape(kind: Any, model: str) -> Shape:
    """The shape of a type: a pydantic model, a dataclass, a TypedDict, or a list of any.

    Before Python 3.12, pydantic takes TypedDict from `typing_extensions` only.

    How it is asked for is what suits `model`.

    Raises UsageError for what has no JSON schema.
    """
    from pydantic import TypeAdapter
    from pydantic.errors import PydanticUserError

    from .tools.function import make_schema

    try:
        adapter: TypeAdapter[Any] = TypeAdapter(kind)
        schema = make_schema(adapter.json_schema)
    except (PydanticUserError, TypeError, NameError) as error:
        raise UsageError(
            f"{kind!r} can't be the type of an answer: {str(error).partition(chr(10))[0]}",
            remedy="Give a pydantic model, a dataclass, a TypedDict, or a list of one.",
        ) from None
    name = _name(kind)
    if _resolve(schema).get("type") == "object":
        return Shape(kind, name, schema, adapter, how=choose(model))
    wrapped = _LISTS.get(_resolve(schema).get("type", ""), _VALUE)
    return Shape(kind, name, _wrap(schema, wrapped), adapter, wrapped, choose(model))


def choose(model: str) -> How:
    """How a model is best asked for a shape."""
    facts = find_model(model)
    if facts is not None and "json_schema" in facts["capabilities"]:
        return "schema"
    known = facts is not None and bool(set(facts["capabilities"]) - {"streaming"})
    return "schema" if not known and family_of(model).name in _WITH_SCHEMAS else "prompt"


def _wrap(schema: Mapping[str, Any], name: str) -> dict[str, Any]:
    own = {key: value for key, value in schema.items() if key != "$defs"}
    definitions = {"$defs": schema["$defs"]} if "$defs" in schema else {}
    return {
        "type": "object",
        "properties": {name: own},
        "required": [name],
        "additionalProperties": False,
        **definitions,
    }


def _resolve(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema itself, or the definition that it refers to."""
    reference = str(schema.get("$ref", ""))
    found = schema.get("$defs", {}).get(reference.rpartition("/")[2])
    return found if found is not None else schema


def _name(kind: Any) -> str:
    """A name that families take, such as Person, or list_Person."""
    origin, inner = get_origin(kind), get_args(kind)
    parts = [getattr(origin, "__name__", ""), *map(_name, inner)] if origin else [_own(kind)]
    return "_".join(filter(None, parts))[:60] or "answer"


def _own(kind: Any) -> str:
    name = getattr(kind, "__name__", "")
    return name if name.isascii() and name.isidentifier() else ""
