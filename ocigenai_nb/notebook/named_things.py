"""What a line of the magic names in the notebook: functions for a model, types of answers."""

from __future__ import annotations

import builtins
import inspect
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import GenericAlias
from typing import Any

from ocigenai_nb.chat.tools.function import FunctionTool, read_tools
from ocigenai_nb.core.errors import UsageError
from ocigenai_nb.core.suggestions import suggest

_TYPE = re.compile(r"(?P<list>list\[)?(?P<name>\w+)(?(list)\])")
_PLAIN = ("str", "int", "float", "bool", "dict", "list")


def find_tools(words: Sequence[str], names: Mapping[str, object]) -> tuple[FunctionTool, ...]:
    """The functions of these names, as tools.

    Raises UsageError for a name that is none, and for what can't be described to a model.
    """
    return read_tools([_find_function(word, names) for word in words])


def _find_function(word: str, names: Mapping[str, object]) -> object:
    if word not in names:
        near = suggest(word, list_functions(names))
        raise UsageError(f"There is no function {word!r}.{near or ' Define it in a cell first.'}")
    found = names[word]
    if isinstance(found, type):
        raise UsageError(f"{word} is a type: for an answer of that type write --schema {word}.")
    if not callable(found):
        raise UsageError(f"{word} is of type {type(found).__name__}: a tool has to be a function.")
    return found


def renew_tools(
    tools: Sequence[FunctionTool], names: Mapping[str, object]
) -> tuple[FunctionTool, ...]:
    """The same tools, those anew that the person has defined anew in the notebook."""
    return tuple(_renew(tool, names.get(tool.name)) for tool in tools)


def _renew(tool: FunctionTool, found: object) -> FunctionTool:
    here = isinstance(found, FunctionTool) or inspect.isfunction(found)
    if not here or _module(tool.function) != "__main__":
        return tool
    (now,) = read_tools([found])
    own = now.function is tool.function or _module(now.function) != "__main__"
    return tool if own else now


def _module(function: object) -> str:
    return str(getattr(function, "__module__", ""))


def find_type(word: str, names: Mapping[str, object]) -> Any:
    """The type of that name, or `list[NAME]`. Raises UsageError for a name that is none."""
    written = _TYPE.fullmatch(word)
    if written is None:
        raise UsageError(f"{word!r} is no type: write --schema NAME, or --schema list[NAME].")
    name = written["name"]
    found = names.get(name, getattr(builtins, name, None) if name in _PLAIN else None)
    if found is None:
        near = suggest(name, list_types(names))
        raise UsageError(f"There is no type {name!r}.{near or ' Define it in a cell first.'}")
    if not _is_type(found):
        raise UsageError(f"{name} is of type {type(found).__name__}: a schema has to be a type.")
    return list[found] if written["list"] else found  # type: ignore[valid-type]


def _is_type(value: object) -> bool:
    return isinstance(value, type | GenericAlias) or hasattr(value, "__origin__")


def list_functions(names: Mapping[str, object], hidden: Iterable[str] = ()) -> list[str]:
    """The names of functions and tools; `hidden` are the shell's own."""
    return [
        name
        for name, value in _list_own(names, hidden)
        if isinstance(value, FunctionTool) or inspect.isroutine(value)
    ]


def list_types(names: Mapping[str, object], hidden: Iterable[str] = ()) -> list[str]:
    """The names of types; `hidden` are the shell's own."""
    return [name for name, value in _list_own(names, hidden) if _is_type(value)]


def _list_own(names: Mapping[str, object], hidden: Iterable[str]) -> Iterator[tuple[str, object]]:
    own = set(hidden)
    for name, value in list(names.items()):
        if name[:1] != "_" and name not in own:
            yield name, value
