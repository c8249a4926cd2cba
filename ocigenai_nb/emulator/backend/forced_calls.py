"""Tool calls of a model that can't call tools: the script picks the tool, a schema the arguments.

A small model asked for a tool answers in prose, whatever ``tool_choice`` says. Held to the
function's schema it fills in arguments. What tools returned it is told as a user would tell it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ocigenai_nb.emulator.answer import Ask, pose
from ocigenai_nb.emulator.brain import Turn, think


@dataclass(frozen=True, slots=True)
class Forced:
    """A conversation without tools, and what its answer is held to."""

    turns: Sequence[Turn]
    schema: Mapping[str, Any] | None
    name: str | None
    """The function whose arguments the answer is, if it is."""


def force_call(ask: Ask) -> Forced:
    """Return ``ask`` as a model is asked it that can't call tools."""
    turns = tuple(_tell(ask.turns))
    calls = think(pose(ask)).calls if ask.tools and ask.tool_choice != "none" else ()
    if not calls:
        return Forced(turns, ask.schema, None)
    name = calls[0].name
    tool = next(tool for tool in ask.tools if tool["name"] == name)
    order = Turn("system", f"Answer with JSON: the arguments of the function {name}.")
    return Forced((order, *turns), tool.get("parameters") or {}, name)


def _tell(turns: Sequence[Turn]) -> Iterator[Turn]:
    for turn in turns:
        if turn.role == "tool":
            told = f"{turn.tool or 'The tool'} returned: {turn.text}"
            yield Turn("user", f"{told}\nAnswer my question with that, in one sentence.")
        elif turn.text:
            yield Turn(turn.role, turn.text)
