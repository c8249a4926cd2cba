"""A comparison as text: the numbers in a table, and below them the answers beside each other.

What a model or the service wrote is shown as it is written, and forms nothing: pieces of Markdown
in neighboring cells could otherwise join into something that none of them is by itself.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest

from ocigenai_nb.core.plain_text import safe_plain
from ocigenai_nb.core.quoting import quote

from .comparison import Comparison, describe_error
from .reply import Reply

COLUMNS = 3  # answers beside each other; more would be too narrow to read
WIDTH = 100  # characters of a line of plain text
LONGEST = 1500  # characters of an answer; the reply has all of it

_GAP = "   "
_CUT = "… (cut here: its .text has all of it)"
_WORDS = ("model", "transport", "ended")  # columns that are read from the left


def write_markdown(comparison: Comparison) -> str:
    """The comparison in Markdown, safe to render."""
    heads, *rows = _numbers(comparison)
    tables = [_table(heads, (map(quote, row) for row in rows))]
    for block in _blocks(comparison):
        names = [reply.route.model for reply in block[0]]
        tables.append(_table(names, (map(_cell, replies) for replies in block), left=True))
    return "\n\n".join([*tables, quote(_note(comparison))]).rstrip()


def write_plain(comparison: Comparison) -> str:
    """The comparison in plain text, safe to print."""
    parts = [_align([[safe_plain(cell) for cell in row] for row in _numbers(comparison)])]
    for block in _blocks(comparison):
        parts += map(_columns, block)
    return "\n\n".join([*parts, safe_plain(_note(comparison))]).rstrip()


def _numbers(comparison: Comparison) -> list[list[str]]:
    """Head and rows of the numbers; a column in which nothing stands is left out."""
    named: dict[str, list[str]] = {
        "model": [reply.route.model for reply in comparison],
        "transport": [reply.route.transport for reply in comparison],
        "try": [str(number) for number in comparison.tries] if _repeated(comparison) else [],
        "first token": [_show(reply.timing.ttft, ".2f", " s") for reply in comparison],
        "total": [_show(reply.timing.total, ".2f", " s") for reply in comparison],
        "tokens/s": [_show(reply.timing.tokens_per_second, ",.0f") for reply in comparison],
        "tokens in": [_show(r.usage.input if r.usage else None, ",") for r in comparison],
        "tokens out": [_show(r.usage.output if r.usage else None, ",") for r in comparison],
        "estimate": [_show(r.cost.amount if r.cost else None, ".6f", " USD") for r in comparison],
        "ended": [_name_end(reply) for reply in comparison],
    }
    columns = {head: cells for head, cells in named.items() if any(cells)}
    return [list(columns), *map(list, zip(*columns.values(), strict=True))]


def _note(comparison: Comparison) -> str:
    """Who answered, where that was to be said, and what an estimate is."""
    said = [reply.origin for reply in comparison]
    if any(reply.cost for reply in comparison):
        charged = any(reply.cost and not reply.emulated for reply in comparison)
        said.append("An estimate is no bill." if charged else "The emulator charges nothing.")
    return " ".join(filter(None, said))


def _blocks(comparison: Comparison) -> Iterator[list[list[Reply]]]:
    """The answers in blocks of a few models, about equally many, in each a row for each try."""
    by_model = {
        model: [reply for reply in comparison if reply.route.model == model]
        for model in comparison.models
    }
    columns = list(by_model.values())
    size = math.ceil(len(columns) / math.ceil(len(columns) / COLUMNS))
    for start in range(0, len(columns), size):
        yield [list(row) for row in zip(*columns[start : start + size], strict=True)]


def _table(heads: Sequence[str], rows: Iterable[Iterable[str]], *, left: bool = False) -> str:
    sides = [":--" if left or head in _WORDS else "--:" for head in heads]
    return "\n".join(f"| {' | '.join(row)} |" for row in [map(quote, heads), sides, *rows])


def _cell(reply: Reply) -> str:
    """An answer as a cell of a table in Markdown."""
    return "<br>".join(f"{_indent(line)}{quote(line)}" for line in _text(reply).split("\n"))


def _indent(line: str) -> str:
    return "&nbsp;" * (len(line) - len(line.lstrip(" ")))


def _text(reply: Reply) -> str:
    """The answer, cut where it is long, and what went wrong."""
    text = safe_plain(reply.text).strip("\n")
    text = text if len(text) <= LONGEST else f"{text[:LONGEST]}{_CUT}"
    return "\n\n".join(filter(None, (text, safe_plain(describe_error(reply.error) or ""))))


def _columns(replies: Sequence[Reply]) -> str:
    """Answers beside each other, each under its model's name."""
    width = (WIDTH - len(_GAP) * (len(replies) - 1)) // len(replies)
    columns = [
        [*_wrap(r.route.model, width), "-" * width, *_wrap(_text(r), width)] for r in replies
    ]
    lines = zip_longest(*columns, fillvalue="")
    return "\n".join(_GAP.join(cell.ljust(width) for cell in line).rstrip() for line in lines)


def _wrap(text: str, width: int) -> list[str]:
    lines = (textwrap.wrap(line, width) or [""] for line in text.expandtabs(4).split("\n"))
    return [piece for pieces in lines for piece in pieces]


def _align(rows: Sequence[Sequence[str]]) -> str:
    """A table in plain text, its columns lined up."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    sides = [str.ljust if head in _WORDS else str.rjust for head in rows[0]]
    lines = (
        "  ".join(side(cell, width) for side, cell, width in zip(sides, row, widths, strict=True))
        for row in rows
    )
    return "\n".join(line.rstrip() for line in lines)


def _repeated(comparison: Comparison) -> bool:
    return any(number > 1 for number in comparison.tries)


def _name_end(reply: Reply) -> str:
    """How it ended, where not as it should."""
    if reply.error is not None:
        return type(reply.error).__name__
    usual = reply.status == "finished" and reply.finish_reason == "stop"
    return "" if usual else reply.finish_reason or reply.status


def _show(value: float | None, form: str, unit: str = "") -> str:
    return "" if value is None else f"{value:{form}}{unit}"
