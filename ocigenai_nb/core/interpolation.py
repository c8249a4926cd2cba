r"""`{{name}}` in a prompt, filled with the value of a variable.

What is filled in is exactly `{{name}}`, `{{name.attribute}}`, `{{name["key"]}}` and `{{name[0]}}`,
or a chain of these; spaces within the braces don't matter. Everything else stays as it was
written: single braces, `{{{three}}}`, and double braces around anything else, such as `{{ "x" }}`
or `{{#each}}`. So code, JSON and f-strings pass untouched. `\{{name}}` is the text `{{name}}`.

Each placeholder is filled once, and what was filled in is never read again: a value that holds
`{{secret}}` stays text. There are no calls, no format specs, and no names with a leading
underscore after a dot. Modules, classes, functions and the interpreter's own objects (frames,
tracebacks, generators, code) are not walked through, since the whole process lies behind them;
they, and whatever else can be called, are not filled in either. A property runs when it is named,
as it does in Python.
"""

from __future__ import annotations

import re
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from keyword import iskeyword
from typing import Any, TypeAlias

from .errors import OCIGenAIError, UsageError
from .suggestions import suggest

Render: TypeAlias = Callable[[object], str]

_STEP = r"""\.[^\W\d]\w* | \["[^"\\\n]*"\] | \['[^'\\\n]*'\] | \[-?\d{1,9}\]"""
_PATH = rf"(?P<root>[^\W\d]\w*)(?P<steps>(?:{_STEP})*)"
# Three opening braces are code, such as an f-string's; closing ones may follow, as in JSON.
_PLACEHOLDER = re.compile(rf"(?P<escape>\\?)(?<!\{{)\{{\{{[ \t]*{_PATH}[ \t]*\}}\}}", re.VERBOSE)
_STEPS = re.compile(_STEP, re.VERBOSE)

_INNER = (
    types.ModuleType,
    type,
    types.FunctionType,
    types.BuiltinFunctionType,
    types.MethodType,
    types.FrameType,
    types.TracebackType,
    types.CodeType,
    types.GeneratorType,
    types.CoroutineType,
    types.AsyncGeneratorType,
)


@dataclass(frozen=True, slots=True)
class Filled:
    """A text with its placeholders filled.

    `names` are the variables whose values are in it, in order of appearance; `warnings` has a
    sentence for each placeholder that stayed as it was written.
    """

    text: str
    names: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def fill(text: str, names: Mapping[str, object], render: Render) -> Filled:
    """Fill the placeholders in `text` from `names`; `render` makes text of a value.

    Raises nothing: what can't be filled stays as it is, and a warning says why.
    """
    used: dict[str, None] = {}
    warnings: dict[str, None] = {}

    def replace(found: re.Match[str]) -> str:
        if found["escape"]:
            return found[0][1:]
        if iskeyword(found["root"]):  # `{{else}}` is a template's, never a variable
            return found[0]
        try:
            value = render(_walk(found, names))
        except Exception as error:  # noqa: BLE001 (a property or a value's text may raise anything)
            warnings[f"{found[0]} stays as it is: {_explain(error)}"] = None
            return found[0]
        used[found["root"]] = None
        return value

    return Filled(_PLACEHOLDER.sub(replace, text), tuple(used), tuple(warnings))


def is_placeholder(word: str) -> bool:
    """Whether `word` is one placeholder and nothing else."""
    found = _PLACEHOLDER.fullmatch(word.strip())
    return found is not None and not found["escape"]


def look_up(word: str, names: Mapping[str, object]) -> object:
    """The value that the placeholder `word` stands for. Raises UsageError where there is none."""
    found = _PLACEHOLDER.fullmatch(word.strip())
    if found is None or found["escape"]:
        raise UsageError(f"{word} is no placeholder.", remedy="Write {{name}} or {{name.attr}}.")
    try:
        return _walk(found, names)
    except Exception as error:  # noqa: BLE001 (a property may raise anything)
        raise UsageError(f"{word} has no value: {_explain(error)}") from None


def is_fillable(value: object) -> bool:
    """Whether a value may be filled in: it is no module, no class and nothing that is called."""
    return not _is_inner(value) and not callable(value)


def _walk(found: re.Match[str], names: Mapping[str, object]) -> object:
    root = found["root"]
    if root not in names or root.startswith("__"):
        known = [name for name in names if not name.startswith("_")]
        raise UsageError(f"there is no variable {root!r}.{suggest(root, known)}")
    value, path = names[root], root
    for step in _split(found["steps"]):
        if _is_inner(value):
            raise UsageError(f"{path} is {_name_kind(value)}, whose parts can't be filled in.")
        value, path = _take(value, step, path), path + step
    if not is_fillable(value):
        raise UsageError(f"{path} is {_name_kind(value)}, which can't be filled in.")
    return value


def _split(steps: str) -> Iterator[str]:
    return (found[0] for found in _STEPS.finditer(steps))


def _take(value: Any, step: str, path: str) -> object:
    if step.startswith("."):
        return _take_attribute(value, step[1:], path)
    key = step[2:-2] if step[1] in "\"'" else int(step[1:-1])
    # Asking a defaultdict would add the key to it.
    if issubclass(type(value), dict) and key not in value:
        raise UsageError(f"{path} has no key {key!r}.{_suggest_key(key, value)}")
    try:
        return value[key]
    except (LookupError, TypeError):
        raise UsageError(f"{path} has no item {key!r}.") from None


def _take_attribute(value: object, name: str, path: str) -> object:
    if name.startswith("_"):
        raise UsageError(f"names with a leading underscore, such as {name}, can't be filled in.")
    try:
        found: object = getattr(value, name)
    except AttributeError:
        raise UsageError(f"{path} has no attribute {name!r}.") from None
    return found


def _suggest_key(key: object, value: Mapping[object, object]) -> str:
    known = [name for name in value if type(name) is str]
    return suggest(key, known) if isinstance(key, str) else ""


def _is_inner(value: object) -> bool:
    # By its true type: a proxy's `__class__` is a property that may run anything.
    return issubclass(type(value), _INNER)


def _name_kind(value: object) -> str:
    if issubclass(type(value), types.ModuleType):
        return "a module"
    if issubclass(type(value), type):
        return "a class"
    return "a function" if callable(value) else f"one of Python's own ({type(value).__name__})"


def _explain(error: Exception) -> str:
    """What an error says, if it is one of ours; any other's text may hold anything."""
    if isinstance(error, OCIGenAIError):
        return error.message
    return f"{type(error).__name__} was raised."
