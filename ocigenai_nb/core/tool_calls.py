"""Fragments of tool calls to whole calls, in every family's dialect.

Dialects seen on the wire (public recordings and issues, 2026): OpenAI sends fragments by `index`;
Grok sends each call whole, all with index 0; others send one call after the other at index 0, each
begun by its name; gpt-oss sends fragments whose later parts lack or change id and name; Gemini
sends no ids; some send a null index. Llama may encode the arguments twice, as a JSON string that
holds JSON.

So a fragment continues, of the calls at its index, the one with its id, else the last, unless it
names a function and that call is whole, or begins under an id of its own before anything came of
that call.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field

from .messages import ToolCall


@dataclass(slots=True)
class _Pending:
    position: int
    id: str
    name: str
    index: int | None
    pieces: list[str] = field(default_factory=list)

    @property
    def arguments(self) -> str:
        return "".join(self.pieces)

    @property
    def is_whole(self) -> bool:
        return bool(self.pieces) and normalize_arguments(self.arguments) is not None


class ToolCallFold:
    """Collects fragments. `new_id` makes an id for a call that came without one."""

    def __init__(self, new_id: Callable[[], str]) -> None:
        self._new_id = new_id
        self._calls: list[_Pending] = []

    def add(self, index: int | None, call_id: str, name: str, arguments: str) -> tuple[int, str]:
        """Take a fragment; returns the position and the name of the call it belongs to."""
        pending = self._find(index, call_id, name, arguments)
        if pending is None:
            pending = _Pending(len(self._calls), call_id, name, index)
            self._calls.append(pending)
        pending.id = pending.id or call_id
        pending.name = pending.name or name
        if arguments:
            pending.pieces.append(arguments)
        return pending.position, pending.name

    def begin(self, call_id: str, name: str) -> int:
        """Begin a call, on a wire that says of each fragment whose it is; returns its position."""
        self._calls.append(_Pending(len(self._calls), call_id, name, None))
        return len(self._calls) - 1

    def extend(self, position: int, arguments: str) -> str:
        """More arguments for the call at `position`; returns its name."""
        pending = self._calls[position]
        pending.pieces.append(arguments)
        return pending.name

    def settle(self, position: int, call_id: str, name: str, arguments: str) -> None:
        """The call as the service restates it whole: that replaces what came in fragments."""
        pending = self._calls[position]
        pending.id, pending.name = call_id or pending.id, name or pending.name
        pending.pieces = [arguments] if arguments else pending.pieces

    def ready(self, *, cut_off: bool) -> tuple[list[ToolCall], list[str]]:
        """The complete calls, each with an id of its own, and the names of the broken ones.

        Broken are those without a name or whose arguments are not whole JSON. Where the answer
        was `cut_off`, so are those without any arguments: they may just not have come.
        """
        whole: list[ToolCall] = []
        broken: list[str] = []
        used = {""}
        for pending in self._calls:
            arguments = normalize_arguments(pending.arguments)
            missing = cut_off and not pending.arguments.strip()
            if arguments is None or missing or not pending.name:
                broken.append(pending.name or "a function without a name")
                continue
            call_id = self._new_id() if pending.id in used else pending.id
            used.add(call_id)
            whole.append(ToolCall(call_id, pending.name, arguments))
        return whole, broken

    def _find(self, index: int | None, call_id: str, name: str, arguments: str) -> _Pending | None:
        """The call that a fragment continues; None where it begins one."""
        same = [call for call in self._calls if index is None or call.index == index]
        # A fragment without a name begins nothing, whatever its index.
        near = same if same or name else self._calls
        own = [call for call in near if call_id and call.id == call_id]
        if not near:
            return None
        last = (own or near)[-1]
        if not name or not last.name:
            return last
        if last.is_whole:
            return last if own and not arguments else None
        if not (own or last.pieces or arguments) and call_id and last.id:
            return None  # two beginnings without anything between them are two calls
        # The name again under a changed id, or another name amid the arguments: still the same.
        return last if own or name == last.name or last.pieces else None


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
    except (ValueError, RecursionError):
        return None
    return text if isinstance(value, dict) else None
