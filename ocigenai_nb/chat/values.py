"""How a Python value reads in a prompt."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, TypeGuard

from .comparison import Comparison
from .reply import Reply

if TYPE_CHECKING:
    from pandas import DataFrame, Series

MOST_CHARACTERS = 20_000  # of anything but a text, which is the person's own
MOST_ROWS = 20
MOST_COLUMNS = 20
MOST_IN_CELL = 80  # characters


def render_value(value: object) -> str:
    """The text that stands for a value in a prompt.

    A text is itself, a reply its text, a comparison its texts under their models' names. A
    DataFrame or a Series is a Markdown table of at most 20 rows and 20 columns of 80 characters a
    cell; dict, list and tuple are JSON; everything else is its `str()`. What was left out is said,
    and nothing but a text is longer than about 20,000 characters.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, Reply):
        return value.text
    if isinstance(value, Comparison):
        return _cap("\n\n".join(f"## {reply.route.model}\n\n{reply.text}" for reply in value))
    if is_table(value):
        return render_table(value)
    if isinstance(value, dict | list | tuple):
        return _cap(_dump(value))
    return _cap(str(value))


def is_table(value: object) -> TypeGuard[DataFrame | Series[Any]]:
    """Whether a value is a DataFrame or a Series of pandas."""
    pandas = sys.modules.get("pandas")  # where it isn't imported, nobody has a table
    return pandas is not None and isinstance(value, pandas.DataFrame | pandas.Series)


def render_table(table: DataFrame | Series[Any]) -> str:
    """A table in Markdown, with a line that says how much is left out."""
    frame = as_frame(table)
    part = frame.iloc[:MOST_ROWS, :MOST_COLUMNS]
    index = [] if has_plain_index(frame) else [_name(frame.index.names)]
    heads = [*index, *(_cell(name) for name in part.columns)]
    lines = [_join(heads), _join("---" for _ in heads), *_rows(part, with_index=bool(index))]
    return "\n".join(lines) + _left_out(*frame.shape)


def as_frame(table: DataFrame | Series[Any]) -> DataFrame:
    """A Series as a table of one column; a DataFrame as it is."""
    import pandas as pd

    if isinstance(table, pd.Series):
        return table.to_frame("value" if table.name is None else table.name)
    return table


def has_plain_index(frame: DataFrame) -> bool:
    """Whether the rows are merely numbered, so that their labels say nothing."""
    import pandas as pd

    index = frame.index
    return isinstance(index, pd.RangeIndex) and index.name is None and index.start == 0


def _rows(part: DataFrame, *, with_index: bool) -> Iterator[str]:
    missing = part.isna().to_numpy()
    rows = part.itertuples(index=False, name=None)
    for label, row, gaps in zip(part.index, rows, missing, strict=True):
        cells = ["" if gap else _cell(value) for value, gap in zip(row, gaps, strict=True)]
        yield _join([_cell(label), *cells] if with_index else cells)


def _name(names: Iterable[object]) -> str:
    return _cell(", ".join(str(name) for name in names if name is not None))


def _cell(value: object) -> str:
    text = " ".join(str(value).split())
    text = text if len(text) <= MOST_IN_CELL else f"{text[: MOST_IN_CELL - 1]}…"
    return text.replace("|", "\\|")


def _join(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _left_out(rows: int, columns: int) -> str:
    more = [
        f"{count - most:,} more {what}"
        for count, most, what in ((rows, MOST_ROWS, "rows"), (columns, MOST_COLUMNS, "columns"))
        if count > most
    ]
    return f"\n\n… {' and '.join(more)}" if more else ""


def _dump(value: object) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, indent=2, default=str)
    except (TypeError, ValueError):  # keys that JSON doesn't have, or a value within itself
        return str(value)


def _cap(text: str) -> str:
    if len(text) <= MOST_CHARACTERS:
        return text
    return f"{text[:MOST_CHARACTERS]}\n… {len(text) - MOST_CHARACTERS:,} more characters"
