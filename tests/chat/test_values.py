"""How a Python value reads in a prompt."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pandas as pd
import pytest

from ocigenai_nb.chat.reply import Reply, Timing
from ocigenai_nb.chat.values import MOST_CHARACTERS, render_value
from ocigenai_nb.core.messages import Message
from ocigenai_nb.core.routing import Route
from ocigenai_nb.core.thread import Answer


@dataclass
class Point:
    x: int


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("as  it\nis", "as  it\nis"),
        (7, "7"),
        (0.1, "0.1"),
        (None, "None"),
        (Point(3), "Point(x=3)"),
        ({"a": [1, "é"]}, '{\n  "a": [\n    1,\n    "é"\n  ]\n}'),
        ((1, 2), "[\n  1,\n  2\n]"),
        ({(1, 2): 3}, "{(1, 2): 3}"),  # JSON has no such key
        ([Point(3)], '[\n  "Point(x=3)"\n]'),
    ],
)
def test_a_value_reads_as_a_person_would_write_it(value: object, text: str) -> None:
    assert render_value(value) == text


def test_a_list_within_itself_has_a_text_too() -> None:
    ring: list[object] = []
    ring.append(ring)
    assert render_value(ring) == "[[...]]"


def test_a_text_is_never_cut_and_anything_else_says_what_is_left_out() -> None:
    assert render_value("x" * 50_000) == "x" * 50_000
    for value, whole in (
        (list(range(20_000)), json.dumps(list(range(20_000)), indent=2)),
        (b"y" * 30_000, str(b"y" * 30_000)),
    ):
        left_out = len(whole) - MOST_CHARACTERS
        assert render_value(value) == (f"{whole[:MOST_CHARACTERS]}\n… {left_out:,} more characters")


def test_a_small_table_is_markdown_without_the_numbers_of_its_rows() -> None:
    frame = pd.DataFrame({"city": ["Ulm", "Rome"], "people": [126_000, 2_800_000]})
    assert render_value(frame) == (
        "| city | people |\n| --- | --- |\n| Ulm | 126000 |\n| Rome | 2800000 |"
    )


def test_an_index_that_says_something_is_a_column() -> None:
    frame = pd.DataFrame({"people": [1]}, index=pd.Index(["Ulm"], name="city"))
    assert render_value(frame) == "| city | people |\n| --- | --- |\n| Ulm | 1 |"
    rows = pd.DataFrame({"n": [1, 2, 3]})
    assert render_value(rows[rows["n"] > 1]).splitlines()[2] == "| 1 | 2 |"


def test_a_series_is_a_table_of_one_column() -> None:
    assert render_value(pd.Series([1.5], name="price")) == "| price |\n| --- |\n| 1.5 |"
    assert render_value(pd.Series([1])).startswith("| value |")


def test_a_large_table_says_how_many_rows_and_columns_are_left_out() -> None:
    frame = pd.DataFrame({f"c{i}": range(1000) for i in range(23)})
    *table, _, last = render_value(frame).splitlines()
    assert last == "… 980 more rows and 3 more columns"
    assert len(table) == 2 + 20
    assert {line.count("|") for line in table} == {21}


def test_cells_stay_cells_whatever_they_hold() -> None:
    frame = pd.DataFrame({"a|b": ["x | y\n\nz", "w" * 200, None], "n": [1.0, float("nan"), 3.0]})
    rows = render_value(frame).splitlines()
    assert rows[0] == "| a\\|b | n |"
    assert rows[2] == "| x \\| y z | 1.0 |"
    assert rows[3] == f"| {'w' * 79}… |  |"
    assert rows[4] == "|  | 3.0 |"


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame(),
        pd.DataFrame({"a": []}),
        pd.DataFrame([[1, 2]], columns=["same", "same"]),
        pd.DataFrame({("a", "b"): [[1, 2]]}),
        pd.DataFrame({"when": [pd.Timestamp("2026-11-22"), pd.NaT], "any": [pd.NA, "x"]}),
    ],
    ids=["empty", "no rows", "twice the same name", "names of two parts", "dates and gaps"],
)
def test_any_table_has_a_text(frame: pd.DataFrame) -> None:
    assert render_value(frame).count("\n") == 1 + len(frame)


def test_a_reply_is_its_text() -> None:
    route = Route("m", "other", "v1", "https://example.com", "us-chicago-1", decisions=())
    reply = Reply(Message.user("?"), Answer(text="Forty-two."), route, Timing(None, 1.0))
    assert render_value(reply) == "Forty-two."
