"""What an inspector looks at: exchanges by number, whether of a conversation or of the journal."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ocigenai_nb.chat.inspection import Holder, Said
from ocigenai_nb.chat.journal_entry import Entry
from ocigenai_nb.core.outline import Line, fold
from ocigenai_nb.core.redaction import redact

from .inspected_rounds import LONGEST, show_round

_SHOWN = 140  # characters of a prompt, and of an answer, in a row
_LOOKED_AT = 4000  # characters; a secret that is cut here is far beyond what is shown


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which exchanges are looked for; "" is any."""

    words: str = ""
    status: str = ""
    model: str = ""
    transport: str = ""

    def __bool__(self) -> bool:
        return bool(self.words.strip() or self.status or self.model or self.transport)

    def fits(self, status: str, model: str, transport: str) -> bool:
        """Whether an exchange of these is looked for, whatever its words."""
        return (
            self.status in {"", status}
            and self.model in {"", model}
            and self.transport in {"", transport}
        )


@dataclass(frozen=True, slots=True)
class Overview:
    """All of it at one moment: its lines (groups have negative numbers), and what may be chosen."""

    lines: tuple[Line, ...]
    total: int
    first: int | None
    counts: Mapping[str, Mapping[str, int]]

    def show(self, found: Collection[int] | None, folded: Collection[int]) -> list[Line]:
        """The lines that are seen: those that were found, flat, or all but what is folded."""
        if found is None:
            return list(fold(self.lines, folded))
        seen: list[Line] = []
        group: Line | None = None
        for line in self.lines:
            if line.number < 0:
                group = line
            elif line.number in found:
                seen += (replace(each, level=0, size=1) for each in (group, line) if each)
                group = None
        return seen


@dataclass(frozen=True, slots=True)
class Detail:
    """One exchange for showing: what it said, who keeps it, and the ids that it hangs on."""

    entry: Entry
    said: Said
    holder: Holder
    chain: tuple[Mapping[str, Any], ...]
    refused: Mapping[str, str]
    extra: Mapping[str, Any]

    def to_message(self) -> dict[str, Any]:
        """As a message carries it."""
        entry = self.entry
        return {
            "number": entry.turn,
            **{name: getattr(entry, name) for name in _FACTS},
            "at": entry.at.isoformat(),
            "items": [
                _show(item.kind, item.text, item.name, item.call) for item in self.said.items
            ],
            "asked": self.said.asked,
            "rounds": [show_round(each) for each in entry.rounds],
            "requests": len(entry.earlier) + 1,
            "judged": [
                {"by": each.by, "verdict": each.verdict, "text": each.text, "score": each.score}
                for each in entry.judged
            ],
            "history": self.said.history,
            "holder": {"who": self.holder.who, "sentence": self.holder.sentence},
            "chain": list(self.chain),
            "refused": dict(self.refused),
            **self.extra,
        }


_FACTS = (
    *("conversation", "parent", "model", "transport", "region", "profile", "auth", "url"),
    *("emulated", "status", "finish_reason", "error", "input_tokens", "output_tokens"),
    *("cached_tokens", "reasoning_tokens", "ttft", "total", "tokens_per_second", "cost"),
    *("request_id", "response_id", "attempts", "notices", "left_out"),
)


class Inspected(ABC):
    """Exchanges by number. May be called from any thread."""

    title: str
    live: bool

    @abstractmethod
    def overview(self) -> Overview:
        """All of it now; the same object as before where nothing changed."""

    @abstractmethod
    def find(self, wanted: Wanted) -> Collection[int]:
        """The numbers of the exchanges that are looked for."""

    @abstractmethod
    def brief(self, number: int) -> dict[str, Any]:
        """One row: what is seen of an exchange, or of a group, in the tree."""

    @abstractmethod
    def detail(self, number: int) -> Detail:
        """Everything but the wire. Raises UsageError for a number that isn't there."""

    @abstractmethod
    def wire(self, number: int) -> Entry:
        """The exchange with its events. Raises UsageError for a number that isn't there."""

    @abstractmethod
    def export(self, number: int, kind: str, *, branch: bool) -> str:
        """An exchange, or all of its branch up to it, as text. Raises UsageError."""

    @abstractmethod
    def close(self) -> None:
        """Stop watching."""


def count_kinds(
    items: Iterable[tuple[str, str, str]], names: tuple[str, ...] = ("status", "model", "transport")
) -> dict[str, dict[str, int]]:
    """How many exchanges there are of each status, model and transport, most frequent first."""
    columns: list[Counter[str]] = [Counter(column) for column in zip(*items, strict=True)]
    return {
        name: dict(counter.most_common())
        for name, counter in zip(names, columns or [Counter() for _ in names], strict=True)
    }


def shorten(text: str) -> str:
    """The beginning of a text, on one line and without secrets."""
    line = " ".join(redact(text[:_LOOKED_AT]).split())
    return line if len(line) <= _SHOWN else f"{line[: _SHOWN - 1]}…"


def _show(kind: str, text: str, name: str, call: str) -> dict[str, Any]:
    cut = max(0, len(text) - LONGEST)
    return {"kind": kind, "text": text[:LONGEST], "name": name, "call": call, "cut": cut}
