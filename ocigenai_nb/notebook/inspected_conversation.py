"""A conversation as an inspector looks at it: live, with all that can be done to it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping
from itertools import islice
from typing import Any

from ocigenai_nb.chat import stored
from ocigenai_nb.chat.conversation import Conversation
from ocigenai_nb.chat.export import export
from ocigenai_nb.chat.inspection import find_holder, find_past_id, read_said, read_turn
from ocigenai_nb.chat.journal_entry import Entry
from ocigenai_nb.chat.turn import Turn
from ocigenai_nb.chat.turn_tree import Change
from ocigenai_nb.core.data_urls import name_data_urls
from ocigenai_nb.core.outline import arrange
from ocigenai_nb.core.redaction import redact, redact_data
from ocigenai_nb.core.rounds import name_calls
from ocigenai_nb.core.words import find_words
from ocigenai_nb.transports.responses import OCIResponsesModel

from .inspected import Detail, Inspected, Overview, Wanted, count_kinds, shorten

_CHAIN = 24  # links that are shown


class InspectedConversation(Inspected):
    """The turns of a conversation by their numbers; `changed` is called when one changes."""

    live = True

    def __init__(self, chat: Conversation, changed: Callable[[], None]) -> None:
        self.chat = chat
        self._changed = changed
        self._lock = threading.Lock()
        self._overview: Overview | None = None
        self._on: frozenset[int] = frozenset()
        self._stop: Callable[[], None] | None = chat.observe(self._note)

    @property
    def title(self) -> str:  # type: ignore[override]
        """The conversation's name."""
        return redact(self.chat.name)

    def overview(self) -> Overview:
        """Its tree, made anew after a change."""
        with self._lock:
            if self._overview is None:
                self._overview = self._look()
            return self._overview

    def find(self, wanted: Wanted) -> Collection[int]:
        """The turns that are looked for; words may stand in the prompt, the answer or the model."""
        occur = find_words(wanted.words)
        return {
            turn.number
            for turn in self.chat.turns
            if wanted.fits(*_kinds(turn)) and occur(_searched(turn))
        }

    def brief(self, number: int) -> dict[str, Any]:
        """One row; `voice` is whether model or transport are other than before."""
        turn = self.chat.turn(number)
        reply = turn.reply
        error = reply.error.message if reply.error else ""
        before = self.chat.turn(turn.parent) if turn.parent is not None else None
        head = self.chat.head
        return {
            "prompt": shorten(turn.prompt.text),
            "answer": shorten(reply.text or error),
            "status": turn.status,
            "finish": reply.finish_reason,
            "model": turn.asked.model,
            "transport": turn.route.transport,
            "voice": before is None or _voice(before) != _voice(turn),
            "tokens": reply.usage.total if reply.usage else None,
            "seconds": round(reply.timing.total, 3),
            "calls": shorten(name_calls(reply.rounds)),
            "edited": turn.asked.edited,
            "on": number in self._on,
            "head": head is not None and head.number == number,
        }

    def detail(self, number: int) -> Detail:
        """All about a turn but its wire."""
        turn = self.chat.turn(number)
        entry = read_turn(turn, self.chat.name, wire=False)
        beside = [other.number for other in self.chat.branches(turn)]
        return Detail(
            entry,
            read_said(entry, system=turn.asked.system, calls=turn.reply.tool_calls),
            find_holder(turn, self.chat.lost),
            tuple(self._chain(turn)),
            self._refusals(turn),
            {
                "beside": beside if len(beside) > 1 else [],
                "edited": turn.asked.edited,
                "head": turn is self.chat.head,
                "stored_below": sum(len(each.stored_ids) for each in self._below(turn)),
                "remedy": turn.reply.error.remedy if turn.reply.error else None,
            },
        )

    def wire(self, number: int) -> Entry:
        """A turn with its events."""
        return read_turn(self.chat.turn(number), self.chat.name)

    def export(self, number: int, kind: str, *, branch: bool) -> str:
        """A turn, or its branch up to it, in the kinds of `Reply.export`."""
        turns = [*self._up(self.chat.turn(number))] if branch else [self.chat.turn(number)]
        return export([turn.reply for turn in reversed(turns)], kind)

    def fork(self, number: int) -> None:
        """The next turn goes after this one."""
        self.chat.fork(number)

    def delete(self, number: int, *, drop: bool) -> tuple[str, ...]:
        """Delete at the service what it stored of a turn and those after it; returns the ids."""
        deleted = self.chat.delete_stored(number, drop=drop)
        self._note(None)
        return deleted

    def ask_service(self, number: int) -> dict[str, Any]:
        """What the service holds of a turn: as it is compared with here, and its own words."""
        turn = self.chat.turn(number)
        [held] = stored.look_up(self.chat.connection, [turn])
        response: Any = None
        items: Any = None
        model = self.chat.connection.model(turn.asked.model, transport="responses")
        if held.there in {"the same", "differs"} and isinstance(model, OCIResponsesModel):
            name = held.response_id or ""
            response, items = model.retrieve_sync(name), model.input_items_sync(name)
        return {
            "there": held.there,
            "status": held.status,
            "response_id": held.response_id,
            "response": name_data_urls(redact_data(response)),
            "input_items": name_data_urls(redact_data(items)),
        }

    def close(self) -> None:
        """Stop observing."""
        stop, self._stop = self._stop, None
        if stop is not None:
            stop()

    def _note(self, _change: Change | None) -> None:
        with self._lock:
            self._overview = None
        self._changed()

    def _look(self) -> Overview:
        turns = self.chat.turns
        self._on = frozenset(turn.number for turn in self.chat.path)
        head = self.chat.head
        first = head or (turns[-1] if turns else None)
        return Overview(
            lines=arrange({turn.number: turn.parent for turn in turns}),
            total=len(turns),
            first=first.number if first else None,
            counts=count_kinds(map(_kinds, turns)),
        )

    def _chain(self, turn: Turn) -> list[Mapping[str, Any]]:
        """The turn and those before it, the newest first: ids, and whether each continued one."""
        return [
            {
                "turn": each.number,
                "id": each.reply.response_id,
                "past": find_past_id(each.reply, each.request),
                "who": find_holder(each, self.chat.lost).who,
            }
            for each in islice(self._up(turn), _CHAIN)
        ]

    def _up(self, turn: Turn | None) -> Any:
        while turn is not None:
            yield turn
            turn = self.chat.turn(turn.parent) if turn.parent is not None else None

    def _below(self, turn: Turn) -> Any:
        waiting = [turn]
        while waiting:
            each = waiting.pop()
            yield each
            waiting += self.chat.children(each)

    def _refusals(self, turn: Turn) -> dict[str, str]:
        """Why something can't be done to a turn."""
        if turn.done and any(each.stored_ids for each in self._below(turn)):
            return {}
        why = "It is under way." if not turn.done else "The service stores nothing of it."
        refused = {"delete": why}
        return refused if turn.stored_ids and turn.done else refused | {"service": why}


def _kinds(turn: Turn) -> tuple[str, str, str]:
    return turn.status, *_voice(turn)


def _voice(turn: Turn) -> tuple[str, str]:
    return turn.asked.model, turn.route.transport


def _searched(turn: Turn) -> tuple[str, ...]:
    reply = turn.reply
    error = reply.error.message if reply.error else ""
    said = turn.prompt.text, reply.text, reply.reasoning, turn.asked.model, error
    return (*said, *(text for each in reply.rounds for text in each.texts))
