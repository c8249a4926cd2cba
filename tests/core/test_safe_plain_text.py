"""What is taken from text before a terminal shows it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocigenai_nb.core.plain_text import safe_plain


@pytest.mark.parametrize(
    ("hostile", "safe"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b[2J\x1b[1;1Hcleared", "cleared"),
        ("\x1b[?1049h\x1b[38;2;1;2;3mscreen", "screen"),
        ("\x9b31mred", "red"),
        ("\x1b]0;title\x07after", "after"),
        ("\x1b]8;;https://x.example\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b]52;c;ZXZpbA==\x07clipboard", "clipboard"),
        ("\x1bPq#0\x1b\\sixel", "sixel"),
        ("\x9d0;title\x9cafter", "after"),
        ("\x1b_command\x1b\\after", "after"),
        ("\x1b(0\x1bcreset", "reset"),
        ("\x1b]never ends\nthe next line", "\nthe next line"),
        ("\x1b\x1b[31mtwice", "twice"),
        ("bell\x07 back\x08 null\x00 delete\x7f", "bell back null delete"),
    ],
)
def test_an_escape_sequence_is_removed_whole(hostile: str, safe: str) -> None:
    assert safe_plain(hostile) == safe


def test_bidi_controls_are_removed() -> None:
    controls = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    assert safe_plain(f"a{controls}b") == "ab"


def test_a_lone_carriage_return_is_a_line_break() -> None:
    assert safe_plain("rm -rf /\rls\r\nend\r") == "rm -rf /\nls\nend\n"


@pytest.mark.parametrize(
    "text",
    ["", "tab\tand\nline", "👩‍👩‍👧 and ❤️", "שלום", "क्षत्रिय", "a\u200bb", "\\x1b[31m"],
)
def test_text_without_them_stays_as_it_is(text: str) -> None:
    assert safe_plain(text) == text


@given(st.text(st.sampled_from("\x1b\x9b\x9d[]0;m\\\x07\n\ra\u202e")) | st.text())
def test_nothing_is_left_that_a_second_look_would_take(text: str) -> None:
    safe = safe_plain(text)
    assert safe_plain(safe) == safe
    assert not any(char < " " and char not in "\t\n" for char in safe)
