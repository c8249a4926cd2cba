"""Fragments of tool calls to whole calls, in every family's dialect.

Dialects seen on the wire (public recordings and issues, 2026): OpenAI sends fragments by `index`;
Grok sends each call whole, all with index 0; gpt-oss sends fragments whose later parts lack or
change id and name; Gemini sends no ids; some send a null index. Llama may encode the arguments
twice, as a JSON string that holds JSON.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field

from .messages import ToolCall


@dataclass(slots=True)
class _Pending:
    id: str
    name: str
    index: int | None
    pieces: list[str] = field(default_factory=list)

    @property
    def arguments(self) -> str:
        return "".join(self.pieces)


class ToolCallFold:
    """Collects fragments. `new_id` makes an id for a call that came without one."""

    def __init__(self, new_id: Callable[[], str]) -> None:
        self._new_id = new_id
        self._calls: list[_Pending] = []

    def add(self, index: int | None, call_id: str, name: str, arguments: str) -> tuple[int, str]:
        """Take a fragment; returns the position and the name of the call it belongs to."""
        pending = self._find(index, call_id, name)
        if pending is None:
            pending = _Pending(call_id, name, index)
            self._calls.append(pending)
        pending.id = pending.id or call_id
        pending.name = pending.name or name
        if arguments:
            pending.pieces.append(arguments)
        return self._calls.index(pending), pending.name

    def ready(self) -> tuple[list[ToolCall], list[str]]:
        """The complete calls, and the names of those whose arguments are not whole JSON."""
        whole: list[ToolCall] = []
        broken: list[str] = []
        for pending in self._calls:
            arguments = normalize_arguments(pending.arguments)
            if arguments is None:
                broken.append(pending.name)
            else:
                whole.append(ToolCall(pending.id or self._new_id(), pending.name, arguments))
        return whole, broken

    def _find(self, index: int | None, call_id: str, name: str) -> _Pending | None:
        """The call that a fragment continues; None where it begins one."""
        same = [call for call in self._calls if index is None or call.index == index]
        if not same:
            return None
        last = same[-1]
        if not name or (call_id and call_id == last.id):
            return last
        # A name again at the same index: a new call if the last one is complete or has another
        # name; else a later fragment that repeats the name under a changed id.
        if name != last.name or normalize_arguments(last.arguments or "-") is not None:
            return None if last.name else last
        return last


def normalize_arguments(text: str) -> str | None:
    """Arguments as the text of a JSON object; None where they are not whole.

    No arguments at all mean an empty object.
    """
    if not text.strip():
        return "{}"
    try:
        value = json.loads(text)
        if isinstance(value, str):
            text, value = value, json.loads(value)
    except ValueError:
        return None
    return text if isinstance(value, dict) else None
