"""The tool calls of one response: which event belongs to which call.

A call is known by its `call_id`, its item by the item's id or, where a server leaves that out, by
its place in the output. The call's own id is the `call_id`, never the item's: the result is sent
back under it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from .events import Event, Notice, ToolCallDelta, ToolCallReady
from .tool_calls import ToolCallFold


class ResponseCalls:
    """Collects calls; `new_id` makes an id for one that came without."""

    def __init__(self, new_id: Callable[[], str]) -> None:
        self._fold = ToolCallFold(new_id)
        self._positions: dict[tuple[str, object], int] = {}
        self._argued: set[int] = set()
        self._settled: set[int] = set()

    @property
    def known(self) -> bool:
        """Whether any call came."""
        return bool(self._positions)

    def begin(self, item: Mapping[str, Any], event: Mapping[str, Any]) -> Iterator[Event]:
        """An item that begins, if it is a call."""
        if item.get("type") != "function_call":
            return
        name = str(item.get("name") or "")
        position = self._fold.begin(str(item.get("call_id") or ""), name)
        self._note(position, item, event)
        yield ToolCallDelta(position, name, "", event)

    def extend(self, event: Mapping[str, Any]) -> Iterator[Event]:
        """More arguments. Those of a call that never began come again with its end."""
        position = self._find(("item", event.get("item_id")), ("at", event.get("output_index")))
        arguments = event["delta"]
        if position is not None and isinstance(arguments, str):
            self._argued.add(position)
            name = self._fold.extend(position, arguments)
            yield ToolCallDelta(position, name, arguments, event)

    def settle(self, item: Mapping[str, Any], event: Mapping[str, Any]) -> Iterator[Event]:
        """A call that ended, restated whole; its arguments are told if none came before."""
        call_id, name = str(item.get("call_id") or ""), str(item.get("name") or "")
        arguments = str(item.get("arguments") or "")
        position = self._find(("call", call_id), ("item", item.get("id")))
        place = self._find(("at", event.get("output_index")))
        if position is None and place not in self._settled:
            position = place
        if position is None:
            position = self._fold.begin(call_id, name)
        self._fold.settle(position, call_id, name, arguments)
        self._note(position, item, event)
        self._settled.add(position)
        if position not in self._argued:
            self._argued.add(position)
            yield ToolCallDelta(position, name, arguments, event)

    def finish(self, *, cut_off: bool) -> Iterator[Event]:
        """The complete calls, and a notice for each that is not."""
        calls, broken = self._fold.ready(cut_off=cut_off)
        yield from map(ToolCallReady, calls)
        for name in broken:
            yield Notice(f"The call of {name} came incomplete and is left out.")

    def _note(self, position: int, item: Mapping[str, Any], event: Mapping[str, Any]) -> None:
        keys = (
            ("call", item.get("call_id")),
            ("item", item.get("id")),
            ("at", event.get("output_index")),
        )
        self._positions |= {key: position for key in keys if key[1] not in {None, ""}}

    def _find(self, *keys: tuple[str, object]) -> int | None:
        return next((self._positions[key] for key in keys if key in self._positions), None)
