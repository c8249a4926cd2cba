"""A conversation's tree in text: one line a turn, branches indented."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ocigenai_nb.core.rounds import name_calls

if TYPE_CHECKING:
    from .conversation import Conversation
    from .turn import Turn

_SHOWN = 48  # characters of a prompt, and of an answer


def draw(conversation: Conversation) -> str:
    """The whole tree. `*` marks the branch that is on, `◀` its head.

    A turn that is the only one at its place stands straight below the one before it; where there
    are several, each begins a branch. Model and transport are named where they change.
    """
    on = {turn.number for turn in conversation.path}
    count = len(conversation.turns)
    lines = [f"{conversation.name}: {count} turn{'' if count == 1 else 's'}"]
    lines += _below(conversation, None, "", on)
    return "\n".join(lines)


def _below(
    conversation: Conversation, first: Turn | None, indent: str, on: set[int]
) -> Iterator[str]:
    # A stack, because a conversation may be deeper than Python lets functions call themselves.
    stack = [(turn, indent, "") for turn in reversed(conversation.children(first))]
    if len(stack) > 1:
        stack = _branch([turn for turn, _, _ in stack], indent)
    while stack:
        turn, indent, mark = stack.pop()
        yield f"{indent}{mark}{_line(turn, conversation, on)}"
        inside = indent + {"": "", "├─ ": "│  ", "└─ ": "   "}[mark]
        after = list(reversed(conversation.children(turn)))
        stack += _branch(after, inside) if len(after) > 1 else [(t, inside, "") for t in after]


def _branch(turns: list[Turn], indent: str) -> list[tuple[Turn, str, str]]:
    """Turns side by side, newest first, as the stack wants them."""
    return [(turn, indent, "├─ " if place else "└─ ") for place, turn in enumerate(turns)]


def _line(turn: Turn, conversation: Conversation, on: set[int]) -> str:
    mark = "*" if turn.number in on else " "
    before = conversation.turn(turn.parent) if turn.parent else None
    facts = [] if before and _voice(before) == _voice(turn) else [*_voice(turn)]
    reply = turn.reply
    if turn.asked.edited:
        facts.append("edited")
    elif reply.status != "finished":
        facts.append(reply.status)
    elif reply.finish_reason != "stop":
        facts.append(str(reply.finish_reason))
    facts += [calls] if (calls := name_calls(reply.rounds)) else []
    said = f" [{', '.join(facts)}]" if facts else ""
    head = " ◀" if turn is conversation.head else ""
    return f"{mark} {turn.number}  {_short(turn.prompt.text)} → {_short(reply.text)}{said}{head}"


def _voice(turn: Turn) -> tuple[str, str]:
    return turn.asked.model, turn.route.transport


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else f"{line[: _SHOWN - 1]}…"
