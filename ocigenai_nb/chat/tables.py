"""An answer as a DataFrame: from JSON, from a Markdown table, or from a block of CSV.

Markdown tables are read as GitHub's specification has them (GFM 0.29, section 4.10). Text that is
a number in a whole column becomes one; what has leading zeros is an identifier, and stays text.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ocigenai_nb.core.errors import AnswerFormatError

from .code_blocks import END_OF_LINE, find_code_blocks
from .json_answers import look_for_json, say_cut

if TYPE_CHECKING:
    import pandas as pd

_DASHES = re.compile(r":?-+:?")
_PIPE = re.compile(r"(?<!\\)\|")
_EMPHASIS = re.compile(r"(\*\*|__|`)(.+)\1", re.DOTALL)
_INTEGER = re.compile(r"[+-]?(?:0|[1-9][0-9]{0,17}|[1-9][0-9]{0,2}(?:,[0-9]{3}){1,5})")
_FLOAT = re.compile(rf"(?:{_INTEGER.pattern}(?:\.[0-9]*)?|[+-]?\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_DELIMITERS = {"csv": ",", "tsv": "\t"}


@dataclass(frozen=True, slots=True)
class _Table:
    """Names and rows of text. `ended` is whether something of the answer comes after it."""

    names: list[str]
    rows: list[list[str]]
    ended: bool


def find_frame(text: str, *, cut: str = "") -> pd.DataFrame:
    """The table of an answer: its JSON, else its first Markdown table, else its first CSV block.

    JSON makes a table as a list of objects, as an object of lists of one length, or as an object
    whose only list is one of objects. `cut` is the finish reason of an answer that isn't whole.

    Raises AnswerFormatError where there is no table, or where the answer was cut off inside it.
    """
    found = look_for_json(text)
    for value in found.values:
        if (frame := _frame_of(value)) is not None:
            return frame
    table = _find_markdown(text) or _find_csv(text)
    if table is not None:
        if cut and not table.ended:
            raise say_cut(cut, "inside its table")
        return _make_frame(table)
    if found.stop is not None:
        raise found.stop.explain(cut=cut)
    if cut and not found.values:
        raise say_cut(cut, "before any table")
    raise AnswerFormatError(
        f"The answer holds no table{', but other JSON' if found.values else ''}.",
        remedy="Ask for a JSON list of objects, a Markdown table or a block of CSV.",
    )


def _frame_of(value: Any) -> pd.DataFrame | None:
    """The DataFrame of a JSON value that is a table; None for any other."""
    import pandas as pd

    if isinstance(value, dict):
        lists = [item for item in value.values() if isinstance(item, list)]
        if len(lists) == 1 and _are_objects(lists[0]):
            return pd.DataFrame(lists[0])
        columns = bool(lists) and len(lists) == len(value)
        same_length = len({len(column) for column in lists}) == 1
        return pd.DataFrame(value) if columns and same_length else None
    return pd.DataFrame(value) if isinstance(value, list) and _are_objects(value) else None


def _are_objects(values: list[Any]) -> bool:
    return all(isinstance(value, dict) for value in values)


def _find_markdown(text: str) -> _Table | None:
    lines = END_OF_LINE.split(text)
    for at in range(len(lines) - 1):
        if "|" not in lines[at] or "|" not in lines[at + 1]:
            continue
        names, rule = _cells(lines[at]), _cells(lines[at + 1])
        if len(names) != len(rule) or not all(map(_DASHES.fullmatch, rule)):
            continue
        end = at + 2
        while end < len(lines) and "|" in lines[end]:
            end += 1
        rows = [_fit(_cells(line), len(names)) for line in lines[at + 2 : end]]
        return _Table(names, rows, ended=any(line.strip() for line in lines[end:]))
    return None


def _find_csv(text: str) -> _Table | None:
    for block in find_code_blocks(text):
        if (delimiter := _DELIMITERS.get(block.language)) is None:
            continue
        try:
            reader = csv.reader(block.text.splitlines(keepends=True), delimiter=delimiter)
            rows = [row for row in reader if row]
        except csv.Error as error:
            raise AnswerFormatError(f"The answer's CSV can't be read: {error}.") from error
        if rows:
            return _Table(rows[0], [_check(row, rows[0]) for row in rows[1:]], block.closed)
    return None


def _cells(line: str) -> list[str]:
    """The cells of a row; the pipes at its two ends are optional."""
    line = line.strip().removeprefix("|")
    if line.endswith("|") and not line.endswith("\\|"):
        line = line[:-1]
    return [_plain(cell.replace("\\|", "|")) for cell in _PIPE.split(line)]


def _plain(cell: str) -> str:
    """A cell without the emphasis around all of it: models like their totals bold."""
    cell = cell.strip()
    found = _EMPHASIS.fullmatch(cell)
    return found[2].strip() if found else cell


def _fit(row: list[str], width: int) -> list[str]:
    """The row at that width, as GFM has it: what is missing is empty, what is over is ignored."""
    return [*row[:width], *[""] * (width - len(row))]


def _check(row: list[str], names: list[str]) -> list[str]:
    """The row, filled up; more cells than names mean a comma that should have been quoted."""
    if len(row) > len(names):
        raise AnswerFormatError(
            f"A row of the answer's CSV has {len(row)} cells and its header {len(names)}.",
            remedy="Ask again, for JSON; the text is in reply.text.",
        )
    return [cell.strip() for cell in _fit(row, len(names))]


def _make_frame(table: _Table) -> pd.DataFrame:
    import pandas as pd

    columns = zip(*table.rows, strict=True) if table.rows else ([] for _ in table.names)
    # By position, because two columns may have one name.
    frame = pd.DataFrame({at: _column(cells) for at, cells in enumerate(columns)})
    return frame.set_axis([name.strip() for name in table.names], axis="columns")


def _column(cells: Sequence[str]) -> pd.Series[Any]:
    """The cells as integers, as floats, or as text: whatever all of them are. Empty is missing."""
    import pandas as pd

    written = [cell.replace("\N{MINUS SIGN}", "-") for cell in cells]
    some = [cell for cell in written if cell]
    if some and all(map(_INTEGER.fullmatch, some)):
        numbers = [int(cell.replace(",", "")) if cell else None for cell in written]
        return pd.Series(numbers, dtype="int64" if len(some) == len(written) else "Int64")
    if some and all(map(_FLOAT.fullmatch, some)):
        floats = [float(cell.replace(",", "")) if cell else None for cell in written]
        return pd.Series(floats, dtype="float64")
    return pd.Series([cell or None for cell in cells], dtype="object" if not some else None)
