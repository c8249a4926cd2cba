"""Tables, code and sentences that the verbs show: true in Markdown and in plain text alike.

What came from a model, a file or a person is shown as it is written: it forms nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from ocigenai_nb.core.fences import fence
from ocigenai_nb.core.plain_text import safe_plain
from ocigenai_nb.core.quoting import quote
from ocigenai_nb.core.safe_markdown import safe_markdown

# A command or a statement between backticks, with nothing in it that a table takes amiss; or not.
_CODE = re.compile(r"(`[^`|\\\n]+`)|[^`\s]+|`")
_SHORT = 48  # characters of a text in a table


def say(text: str) -> None:
    """Show sentences; what they name is put in with `quote`."""
    show_both(text, _unquote(text))


def quote_code(text: str) -> str:
    """A text of ours on one line, where what it has between backticks is code, to be copied."""
    return _CODE.sub(lambda found: safe_plain(found[1] or "") or quote(found[0]), text)


def shorten(text: str) -> str:
    """The beginning of a text, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= _SHORT else f"{line[: _SHORT - 1]}…"


def count(number: int, thing: str) -> str:
    """A number of things, in words."""
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def write_table(names: Sequence[str], rows: Iterable[Sequence[str]]) -> tuple[str, str]:
    """A table in Markdown and, with its columns lined up, in plain text."""
    rows = [*rows]
    lines = [f"| {' | '.join(map(quote, row))} |" for row in [names, *rows]]
    lines.insert(1, "|" + ":--|" * len(names))
    widths = [max(map(len, column)) for column in zip(names, *rows, strict=True)]
    aligned = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in [names, *rows]
    ]
    return "\n".join(lines), "\n".join(aligned)


def show_table(names: Sequence[str], rows: Iterable[Sequence[str]], note: str = "") -> None:
    """Show a table, and a note below it."""
    _show_noted(*write_table(names, rows), note)


def show_code(text: str, language: str) -> None:
    """A text in a block of its own."""
    show_both(safe_markdown(fence(text.rstrip("\n"), language)), text)


def show_both(markdown: str, plain: str) -> None:
    """Show a text in its two forms. The Markdown has to be safe already."""
    from .display import show

    show({"text/markdown": markdown, "text/plain": safe_plain(plain)})


def _show_noted(markdown: str, plain: str, note: str) -> None:
    below = f"\n\n{note}" if note else ""
    show_both(f"{markdown}{below}", f"{plain}{_unquote(below)}")


def _unquote(text: str) -> str:
    """Sentences as plain text: without what `quote` put in."""
    return re.sub(r"&#(\d+);", lambda found: chr(int(found[1])), text)
