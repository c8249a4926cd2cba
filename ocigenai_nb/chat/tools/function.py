"""A Python function as a tool: its schema from signature and docstring, its arguments checked.

The schema is pydantic's, of the parameters' annotations; descriptions come from the docstring
(Google, NumPy or Sphinx style) where the annotation has none of its own.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, overload

from ocigenai_nb.core.errors import UsageError
from ocigenai_nb.core.messages import Tool
from ocigenai_nb.core.options import strict_options

from .results import tell_error
from .signature import find_doc, find_name, model_arguments, not_described

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError

Approval: TypeAlias = Literal["always", "ask", "never"]

APPROVALS: tuple[Approval, ...] = ("always", "ask", "never")
TIMEOUT = 60.0  # seconds
LARGEST_RESULT = 20_000  # characters
LARGEST_ARGUMENTS = 256_000  # characters

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}", re.ASCII)  # what OpenAI's API takes


@dataclass(frozen=True, slots=True)
class FunctionTool:
    """A function that a model may call; `tool` makes one.

    `definition` is what the model is told. `approval` says whether a call runs: "always", "never",
    or when somebody who is asked says so. `timeout` is in seconds, `largest_result` in characters.
    The same call of an `idempotent` tool runs once a run, even where it was given up; later ones
    get the same result.
    """

    function: Callable[..., Any] = field(repr=False)
    definition: Tool
    arguments: type[BaseModel] = field(repr=False)
    approval: Approval = "always"
    timeout: float = TIMEOUT
    largest_result: int = LARGEST_RESULT
    idempotent: bool = False

    @property
    def name(self) -> str:
        """What a model calls it by."""
        return self.definition.name

    def check(self, arguments: str) -> dict[str, Any]:
        """The arguments of a call, from their JSON, as the function takes them.

        Raises ValueError, which says what does not fit.
        """
        if len(arguments) > LARGEST_ARGUMENTS:
            raise ValueError(f"The arguments are longer than {LARGEST_ARGUMENTS:,} characters.")
        from pydantic import ValidationError

        try:
            found = self.arguments.model_validate_json(arguments or "{}")
        except ValidationError as error:
            raise ValueError(tell_misfits(error)) from None
        except Exception as error:  # noqa: BLE001 (a validator of the person's own)
            raise ValueError(tell_error(error)) from None
        fields = type(found).model_fields
        return {str(each.alias): getattr(found, name) for name, each in fields.items()}

    def normalize(self, arguments: str) -> str:
        """The same text for arguments that fit and come to the same, such as 1 and "1" for an int.

        Arguments that can't be told by what is written of them, such as secrets, stay as they are.
        """
        try:
            found = self.arguments.model_validate_json(arguments or "{}")
            written = found.model_dump_json(by_alias=True)
            if self.arguments.model_validate_json(written) == found:
                return written
        except Exception:  # noqa: BLE001, S110 (a type's own code)
            pass
        return json.dumps(json.loads(arguments or "{}"), sort_keys=True)

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        """Call the function itself."""
        return self.function(*arguments, **named)


@overload
def tool(
    function: None = None,
    *,
    name: str | None = ...,
    description: str | None = ...,
    approval: Approval = ...,
    timeout: float = ...,
    largest_result: int = ...,
    idempotent: bool = ...,
) -> Callable[[Callable[..., Any]], FunctionTool]: ...
@overload
def tool(
    function: Callable[..., Any],
    *,
    name: str | None = ...,
    description: str | None = ...,
    approval: Approval = ...,
    timeout: float = ...,
    largest_result: int = ...,
    idempotent: bool = ...,
) -> FunctionTool: ...
@strict_options
def tool(
    function: Callable[..., Any] | None = None,
    *,
    name: str | None = None,
    description: str | None = None,
    approval: Approval = "always",
    timeout: float = TIMEOUT,
    largest_result: int = LARGEST_RESULT,
    idempotent: bool = False,
) -> FunctionTool | Callable[[Callable[..., Any]], FunctionTool]:
    """Make a tool of a function, as a decorator or a call; options as of `FunctionTool`.

    Name and description are the function's own unless given. A plain function among `tools=` is
    made into one with the defaults. A coroutine function is awaited, and of a generator, be it
    asynchronous, the model is told a list of what it yields, as far as `largest_result` goes.

    Raises UsageError for a function that can't be described to a model, and for wrong options.
    """
    _check_options(approval, timeout, largest_result)

    def make(target: Callable[..., Any]) -> FunctionTool:
        described = describe(target, name)
        about = description or described.definition.description
        return replace(
            described,
            definition=replace(described.definition, description=about),
            approval=approval,
            timeout=timeout,
            largest_result=largest_result,
            idempotent=idempotent,
        )

    return make(function) if function is not None else make


def read_tools(tools: Iterable[object]) -> tuple[FunctionTool, ...]:
    """Functions and tools as tools. Raises UsageError for what is neither, and for a name twice."""
    if callable(tools) or isinstance(tools, str | Mapping) or not isinstance(tools, Iterable):
        raise UsageError(
            f"tools is a list of functions, not {type(tools).__name__}.",
            remedy="Write tools=[f], or tools=[] for none.",
        )
    found = tuple(_read(each) for each in tools)
    names = [each.name for each in found]
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"Two tools are called {name!r}.", remedy="Name one: tool(f, name=).")
    return found


def describe(function: Callable[..., Any], name: str | None = None) -> FunctionTool:
    """The tool that a function is by itself. Raises UsageError where it can't be described."""
    from docstring_parser import parse

    if not callable(function):
        raise UsageError(
            f"A tool is a function, not {type(function).__name__}.",
            remedy="Give the function itself, without calling it.",
        )
    name = _check_name(name or find_name(function))
    text = parse(find_doc(function))
    told = {each.arg_name: each.description or "" for each in text.params}
    arguments = model_arguments(function, name, told)
    about = "\n\n".join(filter(None, (text.short_description, text.long_description)))
    try:
        schema = make_schema(arguments.model_json_schema)
    except Exception as error:  # noqa: BLE001 (pydantic's, or of a type's own code)
        raise not_described(name, error) from None
    return FunctionTool(function, Tool(name, about, schema), arguments)


def _check_options(approval: object, timeout: object, largest_result: object) -> None:
    if approval not in APPROVALS:
        raise UsageError(f"approval is one of {', '.join(APPROVALS)}, not {approval!r}.")
    number = isinstance(timeout, int | float) and not isinstance(timeout, bool)
    if not number or not 0 < timeout < math.inf:  # type: ignore[operator]
        raise UsageError(f"timeout is a number of seconds above 0, not {timeout!r}.")
    if type(largest_result) is not int or largest_result < 1:
        raise UsageError(f"largest_result is a whole number of characters, not {largest_result!r}.")


def _read(given: object) -> FunctionTool:
    if isinstance(given, FunctionTool):
        return given
    if isinstance(given, Tool):
        raise UsageError(
            f"The tool {given.name!r} has no function to run.",
            remedy="Give a Python function with annotations and a docstring.",
        )
    return describe(given)  # type: ignore[arg-type]


def _check_name(name: str) -> str:
    if _NAME.fullmatch(name):
        return name
    raise UsageError(
        f"{name!r} can't be a tool's name.",
        remedy="Name it with letters, digits and underscores: tool(f, name=...).",
    )


def make_schema(make: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    """The schema that pydantic makes, without what says nothing to a model."""
    from pydantic.json_schema import GenerateJsonSchema

    class Quiet(GenerateJsonSchema):
        """A default that is no JSON is left out, without a warning."""

        ignored_warning_kinds = {"non-serializable-default", "skipped-choice"}  # noqa: RUF012

    schema: dict[str, Any] = _plain(make(schema_generator=Quiet))
    return schema


def tell_misfits(error: ValidationError) -> str:
    """What does not fit, a line for each place."""
    lines = []
    for each in error.errors(include_url=False, include_context=False, include_input=False):
        place = ".".join(map(str, each["loc"]))
        lines.append(f"{place}: {each['msg']}" if place else each["msg"])
    return "\n".join(lines)


def _plain(schema: Any) -> Any:
    """A schema without the titles that pydantic makes of names."""
    if isinstance(schema, Mapping):
        return {
            key: _plain(value)
            for key, value in schema.items()
            if not (key == "title" and isinstance(value, str))
        }
    return [_plain(item) for item in schema] if isinstance(schema, list) else schema
