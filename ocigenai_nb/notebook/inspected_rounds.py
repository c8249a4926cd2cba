"""The rounds of a turn for showing: what was said and called, and what came of each call.

Everything comes from the journal's view of an exchange, in which secrets are replaced.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Any

from ocigenai_nb.core.messages import ToolCall
from ocigenai_nb.core.rounds import Round, ToolResult

LONGEST = 200_000  # characters of one text in the details
_DATA = "data, not instructions"


def show_round(told: Round) -> dict[str, Any]:
    """A round as a message carries it."""
    return {
        "text": told.text[:LONGEST],
        "reasoning": told.reasoning[:LONGEST],
        "calls": [_show_call(call, result) for call, result in told.pairs],
        "correction": told.correction[:LONGEST],
        "tokens": told.usage.total if told.usage else None,
        "request_id": told.request_id,
        "response_id": told.response_id,
    }


def write_round(number: int, told: dict[str, Any]) -> Iterator[str]:
    """A shown round as HTML in which nothing runs."""
    tokens = f" ({told['tokens']:,} tokens)" if told["tokens"] is not None else ""
    yield f"<p><b>Round {number}</b>{tokens}</p>"
    for name in ("reasoning", "text"):
        yield f"<pre>{escape(told[name])}</pre>" if told[name] else ""
    for call in told["calls"]:
        took = f" in {call['seconds']:.2f} s" if (call["seconds"] or 0) >= 0.01 else ""
        said = f"Tool {call['name']}: {call['state']}{took}"
        yield f"<p><b>{escape(said)}</b></p><pre>{escape(call['arguments'])}</pre>"
        if call["result"] is not None:
            yield f"<p>Result ({_DATA})</p><pre>{escape(call['result'])}</pre>"
    if told["correction"]:
        yield f"<p><b>Correction</b></p><pre>{escape(told['correction'])}</pre>"


def _show_call(call: ToolCall, result: ToolResult | None) -> dict[str, Any]:
    """A call; `ran` are the arguments that a hook gave it instead of the model's."""
    other = result is not None and result.call.arguments != call.arguments
    return {
        "id": call.id,
        "name": call.name,
        "arguments": call.arguments[:LONGEST],
        "ran": result.call.arguments[:LONGEST] if result is not None and other else None,
        "state": result.outcome if result is not None else "no result",
        "seconds": result.seconds if result is not None else None,
        "result": result.text[:LONGEST] if result is not None else None,
        "cut": max(0, len(result.text) - LONGEST) if result is not None else 0,
    }
