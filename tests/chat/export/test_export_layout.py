"""Values as source: they mean the same, and `ruff format` leaves them as they are."""

from __future__ import annotations

import ast
import subprocess
import sys
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ocigenai_nb.chat.export.code import Call, Code, assign, comment, quote, quote_block

ANY = st.text(st.characters(codec=None, exclude_categories=()), max_size=60)
PLAIN = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60)


def json_values(texts: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    numbers = st.integers(-(10**9), 10**9) | st.floats(allow_nan=False, allow_infinity=False)
    leaves = st.none() | st.booleans() | numbers | texts
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=5) | st.dictionaries(texts, inner, max_size=5),
        max_leaves=20,
    )


def format_source(source: str) -> str:
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "-"]
    done = subprocess.run(command, input=source.encode(), capture_output=True, check=True)
    return done.stdout.decode()


@given(ANY)
def test_a_text_means_itself(text: str) -> None:
    assert ast.literal_eval(quote(text)) == text
    assert ast.literal_eval(quote_block(text)) == text


@given(ANY)
def test_nothing_that_turns_or_hides_a_line_stands_in_a_literal_or_a_comment(text: str) -> None:
    assert quote(text).isprintable()
    assert all(line.isprintable() for line in quote_block(text).split("\n"))
    assert comment(text).isprintable()


@given(json_values(ANY))
def test_data_means_itself(value: Any) -> None:
    source = assign("x", value)
    assert ast.literal_eval(source.removeprefix("x = ")) == value


@settings(max_examples=15)
@given(st.lists(json_values(PLAIN), min_size=1, max_size=8), st.lists(PLAIN, max_size=4))
def test_the_formatter_changes_nothing(values: list[Any], texts: list[str]) -> None:
    keywords = {f"name_{number}": value for number, value in enumerate(values)}
    call = Call("client.chat.create", {**keywords, "texts": texts}, (Code("CONFIG"), values))
    blocks = [f"TEXT = {quote_block(text + chr(10) + text)}" for text in texts]
    source = "\n".join([assign("x", values), assign("x", values, "+="), *blocks, assign("y", call)])
    assert format_source(source + "\n") == source + "\n"
