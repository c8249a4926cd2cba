"""Values as Python source, laid out as `ruff format` lays it out.

Everything that a line can hold stays on one line; what is longer has one item on each line and a
comma after the last, which the formatter leaves as it is.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

WIDTH = 88  # columns; the formatter's own default
_STEP = 4
_LONG = 40  # characters of a text with several lines that is better read as a block


@dataclass(frozen=True, slots=True)
class Code:
    """An expression that is written as it is."""

    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """A call with `arguments` by position, then by keyword."""

    name: str
    keywords: dict[str, Any]
    arguments: tuple[Any, ...] = ()


def assign(target: str, value: Any, operator: str = "=") -> str:
    """A statement that gives `target` the value."""
    head = f"{target} {operator} "
    return head + write(value, column=len(head))


def write(value: Any, *, indent: int = 0, column: int = 0, after: int = 0) -> str:
    """A value as an expression that begins at `column` of a line indented by `indent`.

    `after` is how many columns follow it on its last line.
    """
    flat = _flat(value)
    if column + measure(flat) + after <= WIDTH:
        return flat
    opening, items, closing = _items(value)
    if not items:
        return flat
    inner = indent + _STEP
    lines = [opening]
    for prefix, item in items:
        start = " " * inner + prefix
        lines.append(start + write(item, indent=inner, column=measure(start), after=1) + ",")
    return "\n".join([*lines, " " * indent + closing])


def quote(text: str) -> str:
    """A text as a string literal; what does not print, bidi controls too, is escaped."""
    mark = "'" if text.count('"') > text.count("'") else '"'
    return mark + "".join(_escape(char, mark) for char in text) + mark


def quote_block(text: str) -> str:
    """A text with line ends as a literal in triple quotes, its first line below the quotes."""
    body = "".join(char if char == "\n" else _escape(char, "") for char in text)
    body = body.replace('"""', '\\"\\"\\"').replace(" \n", "\\x20\n")
    if body.endswith('"'):
        body = body[:-1] + '\\"'
    return f'"""\\\n{body}"""'


def is_block(value: Any) -> bool:
    """Whether a value is a text that is better read as a block."""
    return isinstance(value, str) and "\n" in value.strip("\n") and len(value) > _LONG


def comment(text: str) -> str:
    """A comment of one line, whatever the text holds."""
    return "# " + "".join(char if char.isprintable() else " " for char in text)


def measure(text: str) -> int:
    """How many columns a text takes, as terminals count them."""
    if text.isascii():
        return len(text)
    return sum(_measure(char) for char in text)


def _measure(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in {"W", "F"} else 1


def _escape(char: str, mark: str) -> str:
    if char in {mark, "\\"}:
        return f"\\{char}"
    return char if char.isprintable() else repr(char)[1:-1]


def _flat(value: Any) -> str:
    match value:
        case Code():
            return value.text
        case str():
            return quote(value)
        case Mapping() | list() | Call():
            opening, items, closing = _items(value)
            return opening + ", ".join(prefix + _flat(item) for prefix, item in items) + closing
    return repr(value).replace("e+", "e")  # as the formatter writes a large float


def _items(value: Any) -> tuple[str, list[tuple[str, Any]], str]:
    """What opens a value, its items with what stands before each, and what closes it."""
    match value:
        case Mapping():
            return "{", [(f"{quote(key)}: ", item) for key, item in value.items()], "}"
        case list():
            return "[", [("", item) for item in value], "]"
        case Call():
            given = [("", item) for item in value.arguments]
            named = [(f"{name}=", item) for name, item in value.keywords.items()]
            return f"{value.name}(", given + named, ")"
    return "", [], ""
