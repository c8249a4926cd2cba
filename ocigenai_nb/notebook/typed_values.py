"""An answer of a type in a cell: a table of what it holds, true in Markdown and in plain text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ocigenai_nb.core.errors import AnswerFormatError
from ocigenai_nb.core.fences import fence
from ocigenai_nb.core.plain_text import safe_plain
from ocigenai_nb.core.safe_markdown import safe_markdown

from .output import write_table

if TYPE_CHECKING:
    from ocigenai_nb.chat.reply import Reply

_MOST_ROWS = 50
_MOST_COLUMNS = 20
_LONGEST = 200  # characters of one value


def fits(reply: Reply) -> bool:
    """Whether it is of the type that was asked for, where one was."""
    if reply.shape is None:
        return True
    try:
        reply.parsed  # noqa: B018 (whether it can be read is the question)
    except AnswerFormatError:
        return False
    return True


def write_value(reply: Reply) -> tuple[str, str] | None:
    """Markdown and plain text of the value, both safe; None where it is shown as it came.

    A list of objects is a table, an object a table of its fields, and anything else is itself.
    """
    if reply.shape is None or not fits(reply):
        return None
    from pydantic_core import to_jsonable_python

    value = to_jsonable_python(reply.parsed)
    if isinstance(value, list) and value and all(isinstance(each, Mapping) for each in value):
        return _write_rows(value)
    if isinstance(value, Mapping) and value:
        return write_table(("field", "value"), [(str(key), _write(value[key])) for key in value])
    text = json.dumps(value, ensure_ascii=False, indent=2)
    return safe_markdown(fence(text, "json")), safe_plain(text)


def _write_rows(rows: list[Mapping[str, Any]]) -> tuple[str, str]:
    names = list(dict.fromkeys(str(name) for row in rows for name in row))
    shown = names[:_MOST_COLUMNS]
    cells = [[_write(row.get(name)) for name in shown] for row in rows[:_MOST_ROWS]]
    left = [(len(rows) - _MOST_ROWS, "rows"), (len(names) - _MOST_COLUMNS, "columns")]
    more = " and ".join(f"{count:,} more {what}" for count, what in left if count > 0)
    markdown, plain = write_table(shown, cells)
    note = f"\n\n{more}: all of it is in the reply's `df`." if more else ""
    return markdown + note, plain + note


def _write(value: Any) -> str:
    """One value on one line."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    line = " ".join(safe_plain(text).split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"
