"""The fenced code blocks of an answer.

Fences are read as CommonMark has them (0.31, section 4.5), but at any depth of indentation,
because models put them into lists.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_FENCE = re.compile(r"([ \t]*)(`{3,}|~{3,})([^\r\n]*)$")

END_OF_LINE = re.compile(r"\r\n|\r|\n")
"""What ends a line of an answer; not what `str.splitlines` takes, which splits at U+2028 too."""


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """A fenced block: its `text` without the fences, and its `language` in lower case, if named.

    `closed` is False where the answer ends before the block does. `line` is that of its text's
    first line in the answer, from 1; `indent` the width that was taken off its lines.
    """

    text: str
    language: str = ""
    closed: bool = True
    line: int = 1
    indent: int = 0

    def __str__(self) -> str:
        return self.text


def find_code_blocks(text: str) -> tuple[CodeBlock, ...]:
    """The fenced code blocks of an answer, in order."""
    lines = END_OF_LINE.split(text)
    blocks, at = [], 0
    while at < len(lines):
        opening = _FENCE.match(lines[at])
        at += 1
        # An info string with a backtick is code within a line, such as ```x```.
        if opening is None or (opening[2][0] == "`" and "`" in opening[3]):
            continue
        indent, words = len(opening[1]), opening[3].split()
        end = _find_end(lines, at, opening[2])
        inside = "\n".join(_dedent(line, indent) for line in lines[at:end])
        language = words[0].strip("{}.").lower() if words else ""
        blocks.append(CodeBlock(inside, language, end < len(lines), at + 1, indent))
        at = end + 1
    return tuple(blocks)


def _find_end(lines: list[str], start: int, fence: str) -> int:
    """The number of the line that closes a fence; one past the last where none does."""
    closing = re.compile(rf"[ \t]*{fence[0]}{{{len(fence)},}}[ \t]*$")
    return next((at for at in range(start, len(lines)) if closing.match(lines[at])), len(lines))


def _dedent(line: str, width: int) -> str:
    """The line without its first `width` characters, as far as these are space."""
    space = len(line) - len(line.lstrip(" \t"))
    return line[min(space, width) :]
