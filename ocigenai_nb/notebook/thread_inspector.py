"""The inspector: a conversation or the journal as a tree, and all that is known of each response.

Ten thousand responses open at once because only the rows in sight travel, each as a line. The
front end asks for windows of rows and for one response's details; it is told when something
changed, never what.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar

from ipywidgets import Layout
from traitlets import Int, Unicode

from ocigenai_nb.chat.conversation import Conversation
from ocigenai_nb.chat.export import KINDS
from ocigenai_nb.chat.inspection import find_wire
from ocigenai_nb.chat.journal import Journal, session_journal
from ocigenai_nb.core.errors import UsageError
from ocigenai_nb.core.line_diff import compare_lines
from ocigenai_nb.core.options import strict_options

from .inspected import Inspected, Overview, Wanted
from .inspected_conversation import InspectedConversation
from .inspected_journal import InspectedJournal
from .inspector_page import write_page
from .widget import Message, Widget

_WINDOW = 200  # rows that are sent at once, at most
_SAVED = 10  # responses that are saved with a notebook
_EVENTS = 500  # events that are sent at once, at most

T = TypeVar("T", int, str, bool)


class ThreadInspector(Widget):
    """Inspect a conversation, or a journal with all of its conversations; None is the session's.

        og.ThreadInspector(chat)

    `selected` is the turn that is shown (in a journal: the exchange's place in it, from 1), and
    `query` the words that are searched for; both can be set and observed. `height` is a CSS length.

    Raises UsageError for what is neither a conversation nor a journal.
    """

    bundle = "thread_inspector"
    _slow: ClassVar[frozenset[str]] = frozenset(
        {"open", "rows", "detail", "wire", "diff", "service", "delete", "export"}
    )

    selected = Int(None, allow_none=True).tag(sync=True)
    query = Unicode("").tag(sync=True)
    height = Unicode("520px").tag(sync=True)

    @strict_options
    def __init__(
        self,
        what: Conversation | Journal | None = None,
        *,
        height: str = "520px",
        layout: Layout | None = None,
    ) -> None:
        self._inspected = self._look_at(session_journal() if what is None else what)
        self._kept: tuple[Overview, object, list[Any]] | None = None
        self._keeping = threading.Lock()
        super().__init__(layout=layout, height=height)

    def close(self) -> None:
        """Stop watching, and close the widget."""
        if hasattr(self, "_inspected"):  # what was refused when it was made is closed, too
            self._inspected.close()
        super().close()

    def to_html(self) -> str:
        """The tree and the newest responses in it, as HTML that needs neither kernel nor script."""
        return write_page(self._inspected)

    def _write_static(self) -> str:
        return write_page(self._inspected, most=_SAVED)

    def _describe(self) -> str:
        overview = self._inspected.overview()
        counts = ", ".join(
            f"{count:,} {status}" for status, count in overview.counts["status"].items()
        )
        noun = "turn" if self._inspected.live else "exchange"
        plural = "" if overview.total == 1 else "s"
        return (
            f"ThreadInspector({overview.total:,} {noun}{plural}{f': {counts}' if counts else ''})"
        )

    def _look_at(self, what: Conversation | Journal) -> Inspected:
        if isinstance(what, Conversation):
            return InspectedConversation(what, lambda: self.tell("changed"))
        if isinstance(what, Journal):
            return InspectedJournal(what)
        raise UsageError(
            f"A {type(what).__name__} can't be inspected.",
            remedy="Give a conversation, a journal, or nothing for the session's journal.",
        )

    def _on_open(self, content: Message) -> Mapping[str, Any]:
        """What a view needs first: the counts and the first rows, in one message."""
        overview = self._inspected.overview()
        rows = self._on_rows({**content, "around": self.selected or overview.first})
        return {
            "title": self._inspected.title,
            "live": self._inspected.live,
            "first": overview.first,
            "kinds": KINDS,
            **rows,
        }

    def _on_rows(self, content: Message) -> Mapping[str, Any]:
        """A window of the rows that are seen under a search: from `start`, or `around` a number.

        `index` is where that number is, or the one to `find`; None where it isn't seen.
        """
        overview = self._inspected.overview()
        lines = self._select(overview, content)
        around, start = content.get("around"), _read(content, "start", 0)
        looked_for = content.get("find") if around is None else around
        index = next((at for at, line in enumerate(lines) if line.number == looked_for), None)
        count = min(_read(content, "count", _WINDOW), _WINDOW)
        if index is not None and around is not None:
            start = min(index - count // 2, len(lines) - count)
        start = max(0, start)
        window = lines[start : start + count]
        folded = set(content.get("folded") or ())
        return {
            "start": start,
            "count": len(lines),
            "total": overview.total,
            "index": index,
            "counts": overview.counts,
            "rows": [
                {
                    "number": line.number,
                    "level": line.level,
                    "place": line.place,
                    "places": line.places,
                    "folds": line.size > 1,
                    "folded": line.number in folded,
                    **self._inspected.brief(line.number),
                }
                for line in window
            ],
        }

    def _select(self, overview: Overview, content: Message) -> list[Any]:
        """The lines that are seen, kept for the next window of the same search."""
        wanted = Wanted(
            *(_read(content, name, "") for name in ("words", "status", "model", "transport"))
        )
        folded = frozenset(content.get("folded") or ())
        with self._keeping:
            kept = self._kept
        if kept is not None and kept[0] is overview and kept[1] == (wanted, folded):
            return kept[2]
        found = self._inspected.find(wanted) if wanted else None
        lines = overview.show(found, folded)
        with self._keeping:
            self._kept = overview, (wanted, folded), lines
        return lines

    def _on_detail(self, content: Message) -> Mapping[str, Any]:
        number = _read(content, "number", 0)
        return {"detail": {**self._inspected.detail(number).to_message(), "number": number}}

    def _on_wire(self, content: Message) -> Mapping[str, Any]:
        """A request, or a window of its events; `place` counts requests, from 1; 0 is the last."""
        entry = self._inspected.wire(_read(content, "number", 0))
        request, events = find_wire(entry, _read(content, "place", 0))
        if _read(content, "part", "request") == "request":
            return {"value": request, "left_out": entry.left_out}
        start = _read(content, "start", 0)
        window = events[start : start + _EVENTS]
        return {"value": window, "count": len(events), "left_out": entry.left_out}

    def _on_diff(self, content: Message) -> Mapping[str, Any]:
        """How one response differs from another, line by line.

        With a `place`, how that request of the response differs from the one before it.
        """
        part, place = _read(content, "part", "answer"), _read(content, "place", 0)
        number, other = _read(content, "number", 0), _read(content, "other", 0)
        if place:
            old, new = (self._request(number, each) for each in (max(place - 1, 1), place))
        else:
            old, new = (self._text(each, part) for each in (other, number))
        return {"lines": [[line.mark, line.text] for line in compare_lines(old, new)]}

    def _request(self, number: int, place: int) -> str:
        request, _ = find_wire(self._inspected.wire(number), place)
        return json.dumps(request, ensure_ascii=False, indent=2)

    def _text(self, number: int, part: str) -> str:
        entry = self._inspected.detail(number).entry
        if part == "request":
            return json.dumps(entry.request, ensure_ascii=False, indent=2)
        return entry.prompt if part == "prompt" else entry.answer

    def _on_service(self, content: Message) -> Mapping[str, Any]:
        return self._conversation().ask_service(_read(content, "number", 0))

    def _on_fork(self, content: Message) -> Mapping[str, Any]:
        self._conversation().fork(_read(content, "number", 0))
        return {}

    def _on_delete(self, content: Message) -> Mapping[str, Any]:
        number, drop = _read(content, "number", 0), _read(content, "drop", default=False)
        return {"deleted": self._conversation().delete(number, drop=drop)}

    def _on_export(self, content: Message) -> Mapping[str, Any]:
        number, branch = _read(content, "number", 0), _read(content, "branch", default=False)
        kind = _read(content, "kind", "markdown")
        return {"text": self._inspected.export(number, kind, branch=branch)}

    def _conversation(self) -> InspectedConversation:
        if isinstance(self._inspected, InspectedConversation):
            return self._inspected
        raise UsageError("The journal only records.", remedy="Inspect the conversation itself.")


def _read(content: Message, name: str, default: T) -> T:
    """A field of a message. Raises TypeError where it is of another kind."""
    value = content.get(name, default)
    if type(value) is not type(default):
        raise TypeError(f"{name} is {value!r}")
    return value
