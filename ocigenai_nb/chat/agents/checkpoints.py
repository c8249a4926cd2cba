"""Where an agent keeps its threads: in memory, or in a file from which a killed run goes on."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections import OrderedDict
from dataclasses import replace
from datetime import UTC, datetime
from typing import Protocol, Self, TypeVar

from ocigenai_nb.chat.sqlite_file import Layout
from ocigenai_nb.core.errors import UsageError
from ocigenai_nb.core.options import strict_options
from ocigenai_nb.core.plain_data import from_data, parse_json, to_data, write_json

from .database import Database
from .state import AgentThread, AgentTurn, Summary

T = TypeVar("T")

_MOST_THREADS = 100  # that an agent without a checkpointer keeps in memory
_LAYOUT = Layout(
    "a file of checkpoints",
    0x6F636963,  # "ocic"
    1,
    (
        "CREATE TABLE threads (thread TEXT PRIMARY KEY, summary TEXT, changed TEXT NOT NULL)",
        """CREATE TABLE turns (thread TEXT NOT NULL, number INTEGER NOT NULL, response TEXT,
        data TEXT NOT NULL, PRIMARY KEY (thread, number))""",
        "CREATE INDEX responses ON turns (response)",
    ),
)


class Checkpointer(Protocol):
    """Keeps threads for agents. Turns are numbered from 1.

    Each call raises SaveFailedError where it can't read or write. `begin` and `save` are called on
    the I/O thread, so they have to be quick; what they were given has to be kept when they return.
    """

    def load(self, thread_id: str) -> AgentThread | None:
        """A thread as it stands; None where there is none."""

    def begin(self, thread_id: str, number: int, turn: AgentTurn) -> None:
        """Add a turn. Raises UsageError where the thread has one of that number already."""

    def save(self, thread_id: str, number: int, turn: AgentTurn) -> None:
        """Put a turn in the place of what was kept of it."""

    def summarize(self, thread_id: str, summary: Summary) -> None:
        """Keep the summary of a thread's oldest turns."""

    def find(self, response_id: str) -> tuple[str, int] | None:
        """The thread and turn to which a response belongs; None where there is none."""


class MemoryCheckpointer:
    """Keeps the 100 threads that were used last, as long as the process lives."""

    def __init__(self) -> None:
        self._threads: OrderedDict[str, AgentThread] = OrderedDict()
        self._lock = threading.Lock()

    def load(self, thread_id: str) -> AgentThread | None:
        """A thread as it stands; None where there is none."""
        return self._threads.get(thread_id)

    def begin(self, thread_id: str, number: int, turn: AgentTurn) -> None:
        """Add a turn. Raises UsageError where the thread has one of that number already."""
        with self._lock:
            thread = self._threads.get(thread_id, AgentThread())
            if len(thread.turns) >= number:
                raise taken(thread_id)
            self._put(thread_id, replace(thread, turns=(*thread.turns, turn)))

    def save(self, thread_id: str, number: int, turn: AgentTurn) -> None:
        """Put a turn in the place of what was kept of it."""
        with self._lock:
            thread = self._threads.get(thread_id)
            if thread is not None:
                turns = (*thread.turns[: number - 1], turn, *thread.turns[number:])
                self._put(thread_id, replace(thread, turns=turns))

    def summarize(self, thread_id: str, summary: Summary) -> None:
        """Keep the summary of a thread's oldest turns."""
        with self._lock:
            thread = self._threads.get(thread_id, AgentThread())
            self._put(thread_id, replace(thread, summary=summary))

    def find(self, response_id: str) -> tuple[str, int] | None:
        """The thread and turn to which a response belongs; None where there is none."""
        with self._lock:
            for thread_id, thread in reversed(self._threads.items()):
                for number, turn in enumerate(thread.turns, 1):
                    if turn.response_id == response_id:
                        return thread_id, number
        return None

    def _put(self, thread_id: str, thread: AgentThread) -> None:
        self._threads[thread_id] = thread
        self._threads.move_to_end(thread_id)
        while len(self._threads) > _MOST_THREADS:
            self._threads.popitem(last=False)


class SQLiteCheckpointer:
    """Keeps threads in the SQLite file at `path`, which several agents and processes may share.

    The file holds what was said and what tools returned, as it was; nobody but its owner may read
    it. Close it, or use it with `with`.

    Raises DataFormatError for a file of another kind, and SaveFailedError for one that can't be
    opened.
    """

    @strict_options
    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._file = Database(path, _LAYOUT)

    def __repr__(self) -> str:
        return f"SQLiteCheckpointer({str(self._file.path)!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    @property
    def threads(self) -> tuple[str, ...]:
        """The threads that are kept, the one that changed last at the end."""
        with self._file.read() as run:
            rows = run.execute("SELECT thread FROM threads ORDER BY changed, rowid").fetchall()
        return tuple(name for (name,) in rows)

    def delete(self, thread_id: str) -> None:
        """Delete a thread; harmless where there is none."""
        with self._file.write() as run:
            run.execute("DELETE FROM turns WHERE thread = ?", (thread_id,))
            run.execute("DELETE FROM threads WHERE thread = ?", (thread_id,))

    def load(self, thread_id: str) -> AgentThread | None:
        """A thread as it stands; None where there is none. Raises DataFormatError, too."""
        with self._file.read() as run:
            query = "SELECT data FROM turns WHERE thread = ? ORDER BY number"
            turns = run.execute(query, (thread_id,)).fetchall()
            query = "SELECT summary FROM threads WHERE thread = ?"
            found = run.execute(query, (thread_id,)).fetchone()
        if found is None:
            return None
        summary = _read(Summary, found[0], "summary") if found[0] else None
        read = (_read(AgentTurn, row[0], f"turns[{at}]") for at, row in enumerate(turns))
        return AgentThread(tuple(read), summary)

    def begin(self, thread_id: str, number: int, turn: AgentTurn) -> None:
        """Add a turn. Raises UsageError where the thread has one of that number already."""
        insert = "INSERT INTO turns (data, response, thread, number) VALUES (?, ?, ?, ?)"
        try:
            self._write(insert, thread_id, number, turn)
        except sqlite3.IntegrityError:
            raise taken(thread_id) from None

    def save(self, thread_id: str, number: int, turn: AgentTurn) -> None:
        """Put a turn in the place of what was kept of it."""
        update = "UPDATE turns SET data = ?, response = ? WHERE thread = ? AND number = ?"
        self._write(update, thread_id, number, turn)

    def summarize(self, thread_id: str, summary: Summary) -> None:
        """Keep the summary of a thread's oldest turns."""
        with self._file.write() as run:
            _touch(run, thread_id)
            data = (write_json(to_data(summary)), thread_id)
            run.execute("UPDATE threads SET summary = ? WHERE thread = ?", data)

    def find(self, response_id: str) -> tuple[str, int] | None:
        """The thread and turn to which a response belongs; None where there is none."""
        with self._file.read() as run:
            query = "SELECT thread, number FROM turns WHERE response = ? ORDER BY rowid DESC"
            row: tuple[str, int] | None = run.execute(query, (response_id,)).fetchone()
        return row

    def _write(self, statement: str, thread_id: str, number: int, turn: AgentTurn) -> None:
        data = write_json(to_data(turn))
        with self._file.write() as run:
            run.execute(statement, (data, turn.response_id, thread_id, number))
            _touch(run, thread_id)


def taken(thread_id: str) -> UsageError:
    """The error for two runs that would both be the next one of a thread."""
    return UsageError(
        f"Another run is under way in the thread {thread_id!r}.",
        remedy="Wait for its end, or begin another thread.",
    )


def _touch(run: sqlite3.Connection, thread_id: str) -> None:
    now = datetime.now(UTC).isoformat()
    run.execute(
        "INSERT INTO threads (thread, changed) VALUES (?, ?) "
        "ON CONFLICT (thread) DO UPDATE SET changed = excluded.changed",
        (thread_id, now),
    )


def _read(kind: type[T], text: str, place: str) -> T:
    return from_data(kind, parse_json(text, place=place), place=place)
