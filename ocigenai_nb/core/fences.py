"""Code blocks of Markdown."""

from __future__ import annotations

from itertools import groupby


def fence(text: str, language: str = "") -> str:
    """A text as a code block, within more backticks than it has in a row itself."""
    longest = max((len(list(run)) for char, run in groupby(text) if char == "`"), default=0)
    marks = "`" * max(3, longest + 1)
    return f"{marks}{language}\n{text}\n{marks}"
