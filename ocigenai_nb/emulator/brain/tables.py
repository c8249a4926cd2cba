"""Tables: questions about one that the prompt brings, and answers with one as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ocigenai_nb.emulator.brain.rewriting import say_exactly
from ocigenai_nb.emulator.brain.talk import Talk
from ocigenai_nb.emulator.json_bodies import read_json

_MOST: Final = re.compile(
    r"\b(?:more|most|highest|largest|biggest|best|greatest|maximum)\b", re.IGNORECASE
)
_LEAST: Final = re.compile(
    r"\b(?:less|least|fewer|fewest|lowest|smallest|worst|minimum)\b", re.IGNORECASE
)
_SUM: Final = re.compile(r"\b(?:total|sum|altogether)\b", re.IGNORECASE)
_AVERAGE: Final = re.compile(r"\b(?:average|mean)\b", re.IGNORECASE)
_WHICH: Final = re.compile(r"\b(?:which|who|what|where)\b", re.IGNORECASE)
_RULE: Final = re.compile(r"[|\s:-]+")
_CSV: Final = re.compile(r"```csv\n(.*?)\n```", re.DOTALL)
_WANTS_JSON: Final = re.compile(r"\b(?:as|in|with) (?:a )?JSON\b", re.IGNORECASE)
_ITEM: Final = re.compile(r"[-*] (.+)")


@dataclass(frozen=True, slots=True)
class Table:
    """The names of the columns, and the rows, each with as many cells."""

    names: Sequence[str]
    rows: Sequence[Sequence[str]]

    def numbers(self, column: int) -> list[float]:
        """The column as numbers; empty where a cell is none."""
        try:
            return [float(row[column].replace(",", "")) for row in self.rows]
        except ValueError:
            return []


def find_table(text: str) -> Table | None:
    """The first Markdown table, or block of CSV, in ``text``."""
    lines = [line.strip() for line in text.splitlines()]
    cells = [_split_row(line) for line in lines if line.startswith("|") and _has_cells(line)]
    csv = _CSV.search(text)
    if not cells and csv:
        cells = [line.split(",") for line in csv[1].splitlines()]
    if len(cells) < 2:
        return None
    names, *rows = cells
    return Table(names, [row for row in rows if len(row) == len(names)])


def look_up(talk: Talk) -> str | None:
    """Answer which row of a table in the prompt has most or least, or a column's sum or mean."""
    table, question = find_table(talk.prompt), _find_question(talk.prompt)
    column = _find_column(table, question) if table else None
    if table is None or column is None:
        return None
    name, values = table.names[column], table.numbers(column)
    if _SUM.search(question):
        return f"The total of {name} is {sum(values):.10g}."
    if _AVERAGE.search(question):
        return f"The average of {name} is {sum(values) / len(values):.10g}."
    wants_least = _LEAST.search(question)
    if not _WHICH.search(question) or not (wants_least or _MOST.search(question)):
        return None
    best = (min if wants_least else max)(values)
    found = " and ".join(_label(table, at) for at, value in enumerate(values) if value == best)
    return f"{found}, with the {'lowest' if wants_least else 'highest'} {name}: {best:.10g}."


def obey_form(talk: Talk, answer: str) -> str:
    """The answer as JSON, where the instructions want it of a list or table, or the prompt does."""
    instructed, asked = (_WANTS_JSON.search(text) for text in (talk.instructions, talk.prompt))
    if not (instructed or asked) or say_exactly(talk) or isinstance(_read_json(answer), dict):
        return answer
    items = [_ITEM.fullmatch(line) for line in answer.splitlines()]
    found = [item[1] for item in items if item]
    table = find_table(answer)
    value: object = {"answer": answer}
    if table:
        value = [_describe_row(table, at) for at in range(len(table.rows))]
    elif found and len(found) == len(items):
        flat = "objects" in talk.instructions
        value = [{"item": item} for item in found] if flat else found
    elif not asked or "```" in answer:
        return answer
    return json.dumps(value, ensure_ascii=False)


def _read_json(answer: str) -> object:
    return read_json(answer.encode(errors="replace")) if answer.startswith("{") else None


def _has_cells(line: str) -> bool:
    return _RULE.fullmatch(line) is None


def _split_row(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def _find_question(prompt: str) -> str:
    """The prompt without its table."""
    prose = (line for line in _CSV.sub("", prompt).splitlines() if not line.strip().startswith("|"))
    return "\n".join(prose)


def _find_column(table: Table, question: str) -> int | None:
    """The column of numbers that the question names, else the last that has a name."""
    columns = [at for at, name in enumerate(table.names) if name and table.numbers(at)]
    named = [at for at in columns if table.names[at].lower() in question.lower()]
    return next(iter(named or columns[-1:]), None)


def _label(table: Table, row: int) -> str:
    """What a row is about: its first cell that is no number."""
    columns = range(len(table.names))
    return next((table.rows[row][at] for at in columns if not table.numbers(at)), f"Row {row + 1}")


def _describe_row(table: Table, row: int) -> dict[str, object]:
    cells: dict[str, object] = {}
    for at, name in enumerate(table.names):
        values = table.numbers(at)
        value = values[row] if values else table.rows[row][at]
        cells[name] = int(value) if isinstance(value, float) and value.is_integer() else value
    return cells
