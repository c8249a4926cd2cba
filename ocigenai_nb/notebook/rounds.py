"""The rounds of an answer as plain data for whatever shows them: text, calls, what came of each.

What a tool returned is told in part, and as what it is: data that nobody here has looked through.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ocigenai_nb.chat.tools.approval import describe_call
from ocigenai_nb.chat.tools.function import LARGEST_ARGUMENTS
from ocigenai_nb.chat.tools.results import MARK, bound
from ocigenai_nb.chat.turn import Turn
from ocigenai_nb.core.messages import ToolCall
from ocigenai_nb.core.plain_text import safe_plain
from ocigenai_nb.core.redaction import redact
from ocigenai_nb.core.rounds import Round, ToolResult

SHOWN = 4_000  # characters of a result; the whole is in `reply.rounds`
_LINE = 160  # characters of a call in a line, which is read out for its buttons


def describe_round(told: Round, turn: Turn | None = None) -> dict[str, Any]:
    """A round of a turn: text, reasoning, calls, and the correction where there was one."""
    return {
        "text": told.text,
        "reasoning": told.reasoning,
        "calls": describe_calls(told, turn),
        "correction": bound(told.correction, SHOWN),
    }


def describe_calls(told: Round, turn: Turn | None = None) -> list[dict[str, Any]]:
    """The calls of a round with what came of each; without `turn`, as of one that has ended.

    The "state" of a call is its outcome; "waiting" (for approval), "running" or "queued" while
    it has none; and "stopped" where the turn ended before.
    """
    results = list(told.results)
    return [_describe(call, _take(results, call), turn) for call in told.tool_calls]


def describe_asked(calls: Sequence[ToolCall]) -> list[dict[str, Any]]:
    """Calls that nobody here runs."""
    return [_describe(call, None, None) | {"state": "asked"} for call in calls]


def _take(results: list[ToolResult], call: ToolCall) -> ToolResult | None:
    """The result of a call, taken out: by the call itself, since ids may repeat; else by its id."""
    own = [each for each in results if each.call is call]
    found = next(iter(own or [each for each in results if each.call.id == call.id]), None)
    if found is not None:
        results.remove(found)
    return found


def _describe(call: ToolCall, result: ToolResult | None, turn: Turn | None) -> dict[str, Any]:
    return {
        "id": call.id,
        "name": call.name,
        # Whole, as far as a call with them may run: who approves it sees what they approve.
        "arguments": bound(call.arguments, LARGEST_ARGUMENTS),
        "line": describe_call(call, _LINE),
        "state": result.outcome if result is not None else _find_state(call, turn),
        "seconds": result.seconds if result is not None else None,
        "result": show_result(result) if result is not None else None,
    }


def _find_state(call: ToolCall, turn: Turn | None) -> str:
    """What a call is up to that has no result."""
    fold = turn.growing if turn is not None else None
    if turn is None or fold is None or turn.closed:
        return "stopped"
    if _has(turn.desk.waiting, call):
        return "waiting"
    return "running" if _has(fold.begun, call) else "queued"


def _has(calls: Sequence[ToolCall], call: ToolCall) -> bool:
    return any(each is call or each.id == call.id for each in calls)


def show_result(result: ToolResult) -> str:
    """A result as text to be read: without the mark that is for the model, secrets or controls."""
    text = result.text.removeprefix(MARK.format(name=result.call.name))
    return bound(redact(safe_plain(text)), SHOWN)
