"""The journal: every exchange of a session, without secrets, in memory or in a file.

Exchanges are written on the I/O thread and read on any other; several processes may share a file.
Nothing that goes wrong with the file touches a turn: what can't be written is kept in memory and
written when it can.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self
from weakref import WeakKeyDictionary

from ocigenai_nb.core.errors import JournalError, UsageError
from ocigenai_nb.core.options import strict_options
from ocigenai_nb.core.words import find_words

from .journal_entry import COLUMNS, Entry, Row, make_row, read_row, read_searched
from .journal_file import JournalFile
from .journal_frames import ENTRY_COLUMNS, frame_entries, sum_costs
from .reply import Reply

if TYPE_CHECKING:
    import pandas as pd

    from ocigenai_nb.transports.client import SignedClient

_PAGE = 200  # rows that are read at once, so that the I/O thread never waits long to write


class Journal:
    """Every exchange of a session, in memory or in the SQLite file at `path`.

    >>> with og.Journal() as journal:
    ...     _ = og.connect(journal=journal).chat().send("What is 17 * 23?")
    ...     print(journal, journal.last.answer, len(journal.search("no such words")))
    Journal(1 exchange, in memory) 17 * 23 = 391 0

    Secrets are replaced before anything is kept. `len(journal)` counts the exchanges, and a `for`
    loop goes through them, the newest last. One in a file may be shared by several processes, and
    is opened anew by a child process and by whoever unpickles it; one in memory begins empty
    there. Close it, or use it with `with`, so that nothing stays unwritten.

    Raises DataFormatError for a file that is no journal or is one of a newer layout, and
    JournalError for one that can't be opened. Reading raises JournalError where it is closed or
    its file can't be read.
    """

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        self.path = None if path is None else Path(path).expanduser().absolute()
        self._file = JournalFile(self.path)
        self._closed = False
        self._begin()

    def _begin(self) -> None:
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._unwritten: list[Row] = []
        self._warned = False

    def __reduce__(self) -> tuple[type[Journal], tuple[Path | None]]:
        return type(self), (self.path,)

    def __repr__(self) -> str:
        where = "in memory" if self.path is None else f"in {str(self.path)!r}"
        try:
            return f"Journal({_count(len(self))}, {where})"
        except JournalError:
            return f"Journal({'closed' if self._closed else 'unreadable'}, {where})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __len__(self) -> int:
        with self._reading():
            return self._file.count() + len(self._unwritten)

    def __bool__(self) -> bool:
        return True  # it is a journal, even where it is empty

    def __iter__(self) -> Iterator[Entry]:
        return map(read_row, self._rows(COLUMNS))

    @property
    def last(self) -> Entry | None:
        """The newest exchange; None where there is none."""
        return next(map(read_row, self._rows(COLUMNS, newest_first=True, page=1)), None)

    @strict_options
    def record(
        self, reply: Reply, *, conversation: str, turn: int, parent: int | None
    ) -> str | None:
        """Keep an exchange: the turn's number in its conversation, and that of the one before.

        Never raises. What can't be written to the file is kept in memory and written with a later
        exchange; a sentence that says so is returned once, to be shown.
        """
        try:
            row = make_row(reply, conversation, turn, parent)
        except Exception as error:  # noqa: BLE001 - whatever it is, the turn comes first
            return f"The journal can't record this exchange ({type(error).__name__})."
        with self._held():
            if self._closed:
                return self._warn("The journal is closed, so exchanges are no longer recorded.")
            self._unwritten.append(row)
            return self._write()

    @strict_options
    def df(
        self,
        *,
        words: str = "",
        conversation: str | None = None,
        model: str | None = None,
        limit: int | None = None,
        wire: bool = False,
    ) -> pd.DataFrame:
        """The exchanges as a DataFrame, the newest last; of one conversation or model, if named.

        `words` keeps those in which all of them occur, as in `search`; `limit` keeps the newest.
        `rounds` counts the times that tools ran, and `tools` names those that were called for.
        `wire` adds what was sent and what came, as JSON text: `request` and `events` are the last
        request's, `earlier` has those before it. Raises UsageError for a `limit` below 1.
        """
        columns = COLUMNS if wire else ENTRY_COLUMNS
        wanted = {"conversation": conversation, "model": model}
        tests = [(columns.index(name), value) for name, value in wanted.items() if value]
        fits = _finder(words, columns)
        found = (
            row
            for row in self._rows(columns, newest_first=True)
            if all(row[at] == value for at, value in tests) and fits(row)
        )
        return frame_entries(list(islice(found, _check_limit(limit)))[::-1], columns)

    @strict_options
    def search(self, words: str, *, limit: int = 20) -> tuple[Entry, ...]:
        """The newest `limit` exchanges in which all the words occur, the newest last.

        A word may be part of another one; it may stand in the prompt, the answer, the reasoning,
        the model's name, the error, or in a tool's name, arguments or result. Case and width don't
        matter, in any script, and no character has a special meaning. Raises UsageError for a
        `limit` below 1.
        """
        found = filter(_finder(words, COLUMNS), self._rows(COLUMNS, newest_first=True))
        return tuple(map(read_row, list(islice(found, _check_limit(limit)))[::-1]))

    def cost(self) -> pd.DataFrame:
        """Exchanges, tokens and the estimate of what they cost, by model.

        `estimated_usd` is the sum of the estimates as they were when the exchanges were recorded;
        `not_estimated` counts those without one. What the emulator answered stands apart, and was
        not charged.
        """
        return sum_costs(self.df())

    def clear(self) -> None:
        """Delete every exchange, from the file too. Raises JournalError where that fails."""
        with self._reading():
            self._file.clear()
            self._unwritten.clear()

    def close(self) -> None:
        """Write what is not written yet, and close the file. Raises JournalError where it can't."""
        with self._held():
            if self._closed:
                return
            self._write()
            self._closed = True
            self._file.close()
            lost = len(self._unwritten)
        if lost:
            raise JournalError(f"{_count(lost)} could not be written to {self.path}.")

    @contextmanager
    def _held(self) -> Iterator[None]:
        """Its lock, held. A child process has one of its own: nobody would let go the parent's."""
        if self._process != os.getpid():
            self._begin()
        with self._lock:
            yield

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Its lock, held, the file open and what could be written written."""
        with self._held():
            if self._closed:
                raise JournalError("The journal is closed.", remedy="Open it again: Journal(path).")
            try:
                self._write()
                yield
            except sqlite3.Error as error:
                raise JournalError(
                    f"The journal {self.path} can't be read or cleared: {error}."
                ) from error

    def _write(self) -> str | None:
        """Write what is not written yet. Returns what to warn of, once."""
        try:
            if self._unwritten:
                self._file.append(self._unwritten)
        except (sqlite3.Error, JournalError) as error:
            return self._warn(
                f"The journal {self.path} can't be written ({error}), so exchanges are kept in "
                "memory until it can."
            )
        self._unwritten = []
        self._warned = False
        return None

    def _warn(self, sentence: str) -> str | None:
        warned, self._warned = self._warned, True
        return None if warned else sentence

    def _rows(
        self, columns: tuple[str, ...], *, newest_first: bool = False, page: int = _PAGE
    ) -> Iterator[Row]:
        """Those columns of every exchange, read page by page."""
        last: int | None = None
        places = [COLUMNS.index(name) for name in columns]
        while True:
            with self._reading():
                rows = self._file.page(last, columns, page, newest_first=newest_first)
                # What could not be written is the newest, and so the first page's or the last's.
                here = last is None if newest_first else len(rows) < page
                unwritten = self._unwritten if here else []
                kept = [tuple(row[at] for at in places) for row in unwritten]
            found = [row[1:] for row in rows]
            yield from [*reversed(kept), *found] if newest_first else [*found, *kept]
            if len(rows) < page:
                return
            last = rows[-1][0]


_session = Journal()
_journals: WeakKeyDictionary[SignedClient, Journal] = WeakKeyDictionary()


def session_journal() -> Journal:
    """The journal of this process, in memory."""
    return _session


def assign_journal(client: SignedClient, journal: Journal) -> None:
    """Let `journal` have what goes over a connection's client."""
    _journals[client] = journal


def find_journal(client: SignedClient) -> Journal:
    """The journal of the connection that a client belongs to, else that of this process."""
    return _journals.get(client, _session)


def _finder(words: str, columns: tuple[str, ...]) -> Callable[[Row], bool]:
    """Whether all the words occur in a row of these columns; without words, in any."""
    occur = find_words(words)

    def fits(row: Row) -> bool:
        return not words.strip() or occur(read_searched(row, columns))

    return fits


def _count(exchanges: int) -> str:
    return "1 exchange" if exchanges == 1 else f"{exchanges:,} exchanges"


def _check_limit(limit: int | None) -> int | None:
    if limit is not None and limit < 1:
        raise UsageError(f"limit={limit} is no number of exchanges.", remedy="Give 1 or more.")
    return limit
