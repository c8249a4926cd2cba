"""What a reply holds as values: JSON, a table, code."""

from __future__ import annotations

import time
from typing import Any

import pandas as pd
import pytest

from ocigenai_nb.core.errors import AnswerFormatError
from tests.chat.replies import make_reply

FENCED = "Here you are:\n```json\n{json}\n```\nAnything else?"


def refuse(text: str, **answer: Any) -> str:
    with pytest.raises(AnswerFormatError) as caught:
        make_reply(text, **answer).json  # noqa: B018
    return caught.value.message


def refuse_df(text: str, **answer: Any) -> str:
    with pytest.raises(AnswerFormatError) as caught:
        make_reply(text, **answer).df  # noqa: B018
    return caught.value.message


# JSON


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (' {"a": 1}\n', {"a": 1}),
        ("[1, 2]", [1, 2]),
        ("null", None),
        ("42", 42),
        ('"yes"', "yes"),
        (FENCED.format(json='{"a": 1}'), {"a": 1}),
        ("~~~JSON\n[1]\n~~~", [1]),
        ("```\n[1]\n```", [1]),
        ('1. Like this:\n   ```json\n   {\n     "a": 1\n   }\n   ```', {"a": 1}),
        ('```json\n{"a": 1}', {"a": 1}),
        ('```python\nx = [0]\n```\n```json\n{"a": 1}\n```', {"a": 1}),
        ('As [1] says, see {name}: {"a": [1, 2]}. Done.', {"a": [1, 2]}),
        ('A 5" disk: {"a": "x } y"} [ok]', {"a": "x } y"}),
        ('{"a": 1}\n{"a": 2}\n', [{"a": 1}, {"a": 2}]),
        ('{"a": "two\nlines"}', {"a": "two\nlines"}),
        ('{"a": "\u2028\x85"}', {"a": "\u2028\x85"}),
    ],
)  # fmt: skip
def test_the_json_of_an_answer_is_found(text: str, value: object) -> None:
    assert make_reply(text).json == value


def test_an_error_says_where_the_json_stops_making_sense() -> None:
    assert refuse('{"a": 1,\n "b" 2}') == (
        "The answer's JSON stops making sense at line 2, column 6: expecting ':' delimiter."
    )
    assert "line 4, column 5" in refuse("Sure.\n\n  ```json\n  { a: 1}\n  ```")
    assert "line 1, column 11" in refuse("Sure: [1, oops]")
    assert "nested too deeply" in refuse("[" * 100_000)
    assert "too long" in refuse("[" + "1" * 5000 + "]")


def test_a_python_dict_is_no_json() -> None:
    assert "at line 1, column 2" in refuse("{'a': [1, 2]}")


def test_an_answer_without_json_says_so() -> None:
    for text in ("", "No.", "see [below] and {name}", "12 34", "```python\nf(x)\n```"):
        assert refuse(text) == "The answer holds no JSON."


def test_truncated_json_is_explained_by_the_token_limit() -> None:
    cut = '{"rows": [{"a": 1}, {"a": 2}, {"a":'
    for text in (cut, f"Here: {cut}", f"```json\n{cut}"):
        message = refuse(text, finish_reason="length")
        assert message.startswith("The answer ended at its token limit inside its JSON, at line ")
    assert refuse("", finish_reason="length") == (
        "The answer ended at its token limit before any JSON."
    )
    assert "stops making sense" in refuse(cut), "The limit was not the cause."


def test_a_string_that_was_cut_off_stops_where_the_answer_does() -> None:
    message = refuse('Here: {"na', finish_reason="length")
    assert message.endswith("inside its JSON, at line 1, column 11.")


def test_json_that_broke_off_is_told_apart_from_json_that_was_limited() -> None:
    message = refuse('{"a": ', status="interrupted", finish_reason="stopped")
    assert message == "The answer broke off (stopped) inside its JSON, at line 1, column 7."


def test_json_that_is_whole_is_read_from_an_answer_that_was_cut() -> None:
    assert make_reply('{"a": 1} And further', finish_reason="length").json == {"a": 1}


def test_nothing_inside_a_broken_value_is_taken_for_the_value() -> None:
    assert "line 1, column 13" in refuse('So: {"a": 1 "rows": [{"b": 1}, {"b": 2}, {"b": 3}]}')


@pytest.mark.parametrize("piece", ["[", '["', "[x", '{"a":', '"[\\', "```\n", "|", "` ", "[1,"])
def test_hostile_text_costs_little(piece: str) -> None:
    reply = make_reply(piece * 30_000)
    began = time.process_time()
    for read in (lambda: reply.json, lambda: reply.df):
        with pytest.raises(AnswerFormatError):
            read()
    assert time.process_time() - began < 5


# Tables


TABLE = """Here it is:

| Name | **Count** | Share | Code | Note |
|:-----|----------:|:-----:|------|------|
| a\\|b | 1,234 | 0.5 | 007 | |
| **Total** | \N{MINUS SIGN}2 | 1e3 | 010 | `x` | too much
| short | 3 |

Done."""


def test_a_markdown_table_becomes_a_dataframe_with_numbers() -> None:
    frame = make_reply(TABLE).df
    assert list(frame) == ["Name", "Count", "Share", "Code", "Note"]
    assert list(frame["Name"]) == ["a|b", "Total", "short"]
    assert list(frame["Count"]) == [1234, -2, 3]
    assert frame["Count"].dtype == "int64"
    assert list(frame["Share"][:2]) == [0.5, 1000.0]
    assert frame["Share"].dtype == "float64"
    assert list(frame["Code"][:2]) == ["007", "010"], "Leading zeros are no number's."
    assert list(frame.isna().sum()) == [0, 0, 1, 1, 2]


def test_whole_numbers_stay_whole_where_one_is_missing() -> None:
    frame = make_reply("| a |\n|---|\n| 1 |\n| |\n").df
    assert frame["a"].dtype == "Int64"
    assert pd.isna(frame["a"][1])


def test_a_line_between_two_rules_is_no_table() -> None:
    assert "no table" in refuse_df("Title\n---\ntext | more")


@pytest.mark.parametrize(
    "text",
    [
        '[{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]',
        '{"a": [1, 2], "b": ["x", "y"]}',
        '{"rows": [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]}',
        '{"title": "T", "rows": [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]}',
        '{"a": 1, "b": "x"}\n{"a": 2, "b": "y"}',
        "See [1].\n| a | b |\n|--|--|\n| 1 | x |\n| 2 | y |",
        'So:\n```csv\na,b\n1,x\n2,"y"\n```',
        "```tsv\na\tb\n1\tx\n2\ty\n```",
    ],
)
def test_every_shape_of_a_table_makes_the_same_dataframe(text: str) -> None:
    frame = make_reply(text).df
    assert frame.to_dict("list") == {"a": [1, 2], "b": ["x", "y"]}
    assert frame["a"].dtype == "int64"


def test_an_empty_list_is_an_empty_table() -> None:
    assert make_reply("[]").df.empty
    assert make_reply('{"rows": []}').df.empty


def test_columns_of_one_name_stay_apart() -> None:
    frame = make_reply("```csv\na,a\n1,x\n```").df
    assert list(frame) == ["a", "a"]
    assert list(frame.iloc[0]) == [1, "x"]


@pytest.mark.parametrize(
    "text", ['{"a": 1}', "[1, 2]", "42", '[{"a": 1}, 2]', '{"a": [1, 2], "b": [1]}']
)
def test_other_json_is_no_table(text: str) -> None:
    assert refuse_df(text) == "The answer holds no table, but other JSON."


def test_prose_is_no_table() -> None:
    assert refuse_df("I can't.") == "The answer holds no table."


def test_a_table_that_was_cut_off_is_refused_and_one_before_the_cut_is_not() -> None:
    rows = "| a |\n|---|\n| 1 |\n| 2"
    limit = "The answer ended at its token limit inside its table."
    assert refuse_df(rows, finish_reason="length") == limit
    assert refuse_df("```csv\na\n1", finish_reason="length") == limit
    assert refuse_df("", finish_reason="length").endswith("before any table.")
    assert list(make_reply(f"{rows} |\n\nAs you", finish_reason="length").df["a"]) == [1, 2]
    assert list(make_reply(rows).df["a"]) == [1, 2]


def test_broken_json_where_a_table_was_asked_for_says_where() -> None:
    assert "inside its JSON, at line 1" in refuse_df('[{"a": 1}, {"a"', finish_reason="length")


def test_a_comma_that_should_have_been_quoted_is_not_guessed_at() -> None:
    assert refuse_df("```csv\na,b\n1,2,3\n```") == (
        "A row of the answer's CSV has 3 cells and its header 2."
    )


# Code


def test_code_is_the_text_of_the_blocks_and_empty_without_any() -> None:
    reply = make_reply("One:\n```python\nx = 1\n\ny = 2\n```\ntwo:\n~~~ {.R}\nz <- 3\n~~~")
    assert reply.code == "x = 1\n\ny = 2\n\nz <- 3"
    assert [block.language for block in reply.code_blocks] == ["python", "r"]
    assert make_reply("No `code` and no ```code``` here.").code == ""


def test_a_block_in_a_list_loses_its_indentation() -> None:
    assert make_reply("- so:\n\n  ```\n  if x:\n      y\n  ```").code == "if x:\n    y"


def test_a_fence_is_closed_by_one_as_long() -> None:
    (block,) = make_reply("````md\n```python\nx\n```\n````").code_blocks
    assert block.text == "```python\nx\n```"
    assert block.closed


def test_a_block_that_was_cut_off_says_so() -> None:
    (block,) = make_reply("```python\nx = ").code_blocks
    assert (str(block), block.closed) == ("x = ", False)


def test_a_line_separator_in_code_ends_no_line() -> None:
    assert make_reply("```\r\na\u2028b\r\nc\r\n```").code == "a\u2028b\nc"
