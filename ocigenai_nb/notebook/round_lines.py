"""The rounds of an answer in a cell: a line for each call, true in Markdown and in plain text.

What a model asked for and what a tool returned is shown as it is written: it forms nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ocigenai_nb.chat.tools.approval import describe_call
from ocigenai_nb.chat.turn import Turn
from ocigenai_nb.core.plain_text import safe_plain
from ocigenai_nb.core.quoting import quote
from ocigenai_nb.core.redaction import redact
from ocigenai_nb.core.rounds import Round
from ocigenai_nb.core.safe_markdown import close_fence, safe_markdown

from .rounds import describe_calls

_SHOWN = 120  # characters of a result, or of a correction, in its line
_SLOW = 0.1  # seconds from which on it is worth saying how long a tool ran
_STATES = {
    "waiting": "waits for approval",
    "queued": "not begun",
    "running": "runs",
    "stopped": "stopped",
    "raised": "failed",
    "repeated": "the same as before",
    "lost": "outcome not known",
}


def write_rounds(rounds: Sequence[Round], turn: Turn | None = None) -> tuple[str, str]:
    """Markdown and plain text of rounds, both safe; without `turn`, of one that has ended."""
    parts = [_write_round(each, turn) for each in rounds]
    return _join(markdown for markdown, _ in parts), _join(plain for _, plain in parts)


def _write_round(told: Round, turn: Turn | None) -> tuple[str, str]:
    lines = list(_list_lines(told, turn))
    markdown = "  \n".join(f"{sign} {_mark(call)}{quote(end)}" for sign, call, end in lines)
    plain = "\n".join(" ".join(filter(None, line)) for line in lines)
    said = close_fence(safe_markdown(told.text)), safe_plain(told.text)
    return _join([said[0], markdown]), _join([said[1], plain])


def _mark(call: str) -> str:
    return f"<code>{quote(call)}</code> " if call else ""


def _list_lines(told: Round, turn: Turn | None) -> Iterator[tuple[str, str, str]]:
    described = describe_calls(told, turn)
    for call, each in zip(told.tool_calls, described, strict=True):
        yield "⚙", redact(describe_call(call)), f"→ {_tell_end(each)}"
    if told.correction:
        why, _, _ = told.correction.partition("\n\n")  # what follows is the schema, said once more
        yield "↻", "", f"Sent back: {_shorten(why)}"


def _tell_end(call: dict[str, Any]) -> str:
    """How it stands, or what it returned, on one line."""
    state, result = str(call["state"]), _shorten(call["result"] or "")
    # Where nothing was returned, the result says why.
    words = [word for word in (_STATES.get(state, ""), result) if word]
    slow = call["seconds"] and call["seconds"] >= _SLOW
    return ": ".join(words) + (f" ({call['seconds']:.1f} s)" if slow else "")


def _join(parts: Iterable[str]) -> str:
    return "\n\n".join(filter(None, parts))


def _shorten(text: str) -> str:
    line = " ".join(safe_plain(text).split())
    return line if len(line) <= _SHOWN else f"{line[:_SHOWN]}…"
