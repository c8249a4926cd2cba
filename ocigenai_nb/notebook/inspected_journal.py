"""The journal as an inspector looks at it: every exchange, by conversation, to read only.

An exchange's number is its place in the journal, from 1. The journal knows conversations by name;
where a turn's number comes again under a name, another conversation of that name has begun.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from ocigenai_nb.chat.export import KINDS
from ocigenai_nb.chat.inspection import (
    export_entry,
    find_recorded_holder,
    read_calls,
    read_first,
    read_said,
)
from ocigenai_nb.chat.journal import Journal
from ocigenai_nb.chat.journal_entry import Entry
from ocigenai_nb.core.errors import UsageError
from ocigenai_nb.core.outline import arrange
from ocigenai_nb.core.rounds import name_calls

from .inspected import Detail, Inspected, Overview, Wanted, count_kinds, shorten

_CHAIN = 24  # links that are shown
_EXCERPT = 400  # characters of a text that are kept for its row
_READ_ONLY = "The journal only records: inspect the conversation itself for that."
_REFUSED = dict.fromkeys(("fork", "delete", "service"), _READ_ONLY) | {
    f"export {kind}": "The journal keeps no reply: export it from the conversation."
    for kind in KINDS
    if kind != "json"
}


@dataclass(frozen=True, slots=True)
class _Seen:
    """What is kept here of an exchange: enough for its row, and to find it again."""

    key: tuple[Any, ...]
    group: int
    parent: int | None
    turn: int
    response_id: str | None
    row: Mapping[str, Any]


class InspectedJournal(Inspected):
    """The exchanges of a journal; new ones are seen when the overview is asked for."""

    live = False
    title = "Journal"

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self._lock = threading.Lock()
        self._forget()

    def _forget(self) -> None:
        self._seen: list[_Seen] = []
        self._groups: list[dict[int, int]] = []  # of each group: its turns' places in the journal
        self._titles: list[str] = []
        self._current: dict[str, int] = {}  # of each name: the newest group
        self._overview: Overview | None = None

    def overview(self) -> Overview:
        """All exchanges, the newest conversation first."""
        with self._lock:
            if self._catch_up() or self._overview is None:
                self._overview = self._look()
            return self._overview

    def find(self, wanted: Wanted) -> Collection[int]:
        """The exchanges that are looked for; words are searched for as the journal does it."""
        total = self.overview().total
        found = None
        if wanted.words.strip() and total:
            found = {_key(entry) for entry in self.journal.search(wanted.words, limit=total)}
        return {
            number
            for number, seen in enumerate(tuple(self._seen), 1)
            if wanted.fits(seen.row["status"], seen.row["model"], seen.row["transport"])
            and (found is None or seen.key in found)
        }

    def brief(self, number: int) -> dict[str, Any]:
        """One row, or the heading of a conversation."""
        if number < 0:
            group = -number - 1
            return {"group": self._titles[group], "count": len(self._groups[group])}
        seen = self._at(number)
        row = seen.row
        before = None if seen.parent is None else self._at(seen.parent).row
        voice = before is None or any(before[name] != row[name] for name in ("model", "transport"))
        return {
            **row,
            "voice": voice,
            "prompt": shorten(row["prompt"]),
            "answer": shorten(row["answer"]),
        }

    def detail(self, number: int) -> Detail:
        """All about an exchange but its events."""
        entry = self.wire(number)
        return Detail(
            entry,
            read_said(entry, system=None, calls=read_calls(entry)),
            find_recorded_holder(entry),
            tuple(self._chain(number, entry)),
            _REFUSED,
            {"beside": [], "edited": False, "head": False, "stored_below": 0, "remedy": None},
        )

    def wire(self, number: int) -> Entry:
        """An exchange as it was recorded."""
        seen = self._at(number)
        # Read from the end that is nearer: what is looked at is mostly new.
        behind = len(self.journal) - number + 1
        entry = next(iter(self.journal.search("", limit=max(1, behind))), None)
        if entry is None or _key(entry) != seen.key:
            entry = next((each for each in self.journal if _key(each) == seen.key), None)
        if entry is None:
            raise _missing(number)
        return entry

    def export(self, number: int, kind: str, *, branch: bool) -> str:
        """An exchange as JSON. Raises UsageError for other kinds."""
        if kind != "json" or branch:
            raise UsageError(
                f"An exchange of the journal has no export of the kind {kind!r}.",
                remedy="Export it as json, or export the conversation.",
            )
        return export_entry(self.wire(number))

    def close(self) -> None:
        """Nothing is watched."""

    def _at(self, number: int) -> _Seen:
        if not 1 <= number <= len(self._seen):
            raise _missing(number)
        return self._seen[number - 1]

    def _catch_up(self) -> bool:
        """Take in what is new; whether anything was."""
        before = len(self._seen)
        if len(self.journal) < before:
            self._forget()
            before = -1
        while (count := len(self.journal)) > len(self._seen):
            new = self.journal if not self._seen else self._newest(count - len(self._seen))
            for entry in new:
                self._take(entry)
        return len(self._seen) != before

    def _newest(self, count: int) -> list[Entry]:
        """The newest exchanges, those left out that came in just now twice."""
        last = self._seen[-1].key
        entries = list(self.journal.search("", limit=count + 1))
        at = next((at for at, each in enumerate(entries) if _key(each) == last), -1)
        return entries[at + 1 :]

    def _take(self, entry: Entry) -> None:
        number = len(self._seen) + 1
        group = self._current.get(entry.conversation)
        if group is None or entry.turn in self._groups[group]:
            group = self._current[entry.conversation] = len(self._groups)
            self._groups.append({})
            self._titles.append(entry.conversation)
        turns = self._groups[group]
        parent = turns.get(entry.parent) if entry.parent is not None else None
        turns[entry.turn] = number
        row = _row(entry)
        self._seen.append(
            _Seen(_key(entry), group, parent, entry.turn, entry.response_id, row)
        )  # fmt: skip

    def _look(self) -> Overview:
        parents: dict[int, int | None] = {}
        by_group: list[list[int]] = [[] for _ in self._groups]
        for number, seen in enumerate(self._seen, 1):
            by_group[seen.group].append(number)
        order = sorted(range(len(by_group)), key=lambda group: by_group[group][-1], reverse=True)
        for group in order:
            parents[-group - 1] = None
            for number in by_group[group]:
                parents[number] = self._seen[number - 1].parent or -group - 1
        kinds = (
            (seen.row["status"], seen.row["model"], seen.row["transport"]) for seen in self._seen
        )
        total = len(self._seen)
        return Overview(arrange(parents), total, total or None, count_kinds(kinds))

    def _chain(self, number: int, entry: Entry) -> list[Mapping[str, Any]]:
        """The exchange and those before it, the newest first, with their ids."""
        past = (read_first(entry) or {}).get("previous_response_id")
        chain: list[Mapping[str, Any]] = []
        at: int | None = number
        while at is not None and len(chain) < _CHAIN:
            seen = self._seen[at - 1]
            chain.append({"turn": at, "id": seen.response_id, "past": past, "who": None})
            at, past = seen.parent, None
        return chain


def _key(entry: Entry) -> tuple[Any, ...]:
    return entry.at, entry.conversation, entry.turn, entry.request_id


def _row(entry: Entry) -> dict[str, Any]:
    counted = entry.input_tokens, entry.output_tokens
    return {
        "prompt": entry.prompt[:_EXCERPT],
        "answer": (entry.answer or entry.error or "")[:_EXCERPT],
        "status": entry.status,
        "finish": entry.finish_reason,
        "model": entry.model,
        "transport": entry.transport,
        "tokens": sum(count or 0 for count in counted) if any(counted) else None,
        "seconds": round(entry.total, 3),
        "calls": shorten(name_calls(entry.rounds)),
        "edited": False,
        "on": True,
        "head": False,
    }


def _missing(number: int) -> UsageError:
    return UsageError(f"The journal has no exchange {number}.", remedy="Refresh the inspector.")
