"""Where a journal's rows are: one SQLite table, in memory or in a file that processes share.

The file carries the version of its layout (SQLite's `user_version`): one of an older layout gets
the columns that it lacks when it is opened, and programs that have it open go on as before.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from ocigenai_nb.core.errors import JournalError

from .journal_entry import COLUMNS, Row
from .journal_rounds import NO_ROUNDS
from .sqlite_file import Layout, SQLiteFile

VERSION = 2
"""The version of the layout that this module writes. The first had no rounds."""

_PATIENCE = 0.1  # seconds that a write waits for another process; a stream may wait behind it
_NOT_NULL_TEXT = "TEXT NOT NULL DEFAULT ''"
_TYPES = {
    "error": "TEXT",
    "at": "TEXT NOT NULL",
    "turn": "INTEGER NOT NULL",
    "emulated": "INTEGER NOT NULL",
    "attempts": "INTEGER NOT NULL",
    "total": "REAL NOT NULL",
    "finish_reason": "TEXT",
    "request_id": "TEXT",
    "response_id": "TEXT",
    "packed_request": "BLOB NOT NULL",
    "packed_events": "BLOB NOT NULL",
    "judged": "TEXT NOT NULL DEFAULT '[]'",
    **dict.fromkeys(
        ("packed_rounds", "packed_earlier"), f"BLOB NOT NULL DEFAULT x'{NO_ROUNDS.hex()}'"
    ),
    **dict.fromkeys(("ttft", "tokens_per_second", "cost"), "REAL"),
    **dict.fromkeys(("parent", "input_tokens", "output_tokens", "cached_tokens"), "INTEGER"),
    "reasoning_tokens": "INTEGER",
}
_CREATE = "CREATE TABLE exchanges (id INTEGER PRIMARY KEY AUTOINCREMENT, {})".format(
    ", ".join(f'"{name}" {_TYPES.get(name, _NOT_NULL_TEXT)}' for name in COLUMNS)
)
_NAMES = ", ".join(f'"{name}"' for name in COLUMNS)
_INSERT = f"INSERT INTO exchanges ({_NAMES}) VALUES ({', '.join('?' * len(COLUMNS))})"  # noqa: S608

_LAYOUT = Layout("a journal", 0x6F63696A, VERSION, (_CREATE,))  # "ocij"


class JournalFile:
    """An open table of rows. Not safe for two threads at once: its journal sees to that."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._file = _open(path)

    def renew(self) -> None:
        """Open anew where this is another process than the one that opened it."""
        if self._file.inherited:
            self._file = _open(self._path)

    def append(self, rows: list[Row]) -> None:
        """Write rows, all or none. Raises sqlite3.Error where that fails."""
        self.renew()
        with self._file.transaction():
            self._file.connection.executemany(_INSERT, rows)

    def page(
        self, last: int | None, columns: tuple[str, ...], size: int, *, newest_first: bool
    ) -> list[Row]:
        """The next `size` rows after the one with the id `last`, each behind its id."""
        self.renew()
        names = ", ".join(f'"{name}"' for name in columns)
        order, sign, first = ("DESC", "<", 2**63 - 1) if newest_first else ("ASC", ">", 0)
        query = f"SELECT id, {names} FROM exchanges WHERE id {sign} ? ORDER BY id {order} LIMIT ?"  # noqa: S608 - our own names
        return self._file.connection.execute(query, (last or first, size)).fetchall()

    def count(self) -> int:
        """The number of rows."""
        self.renew()
        (count,) = self._file.connection.execute("SELECT count(*) FROM exchanges").fetchone()
        return int(count)

    def clear(self) -> None:
        """Delete every row, and what it held from the file."""
        self.renew()
        run = self._file.connection.execute
        run("PRAGMA secure_delete = ON")
        run("DELETE FROM exchanges")
        run("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close the connection."""
        self._file.close()


def _open(path: Path | None) -> SQLiteFile:
    """The journal at `path`, made where there is none.

    Raises DataFormatError for a file that is no journal of ours, and JournalError for one that
    can't be opened.
    """
    try:
        file = SQLiteFile(path, _LAYOUT)
        _bring_up(file)
    except (OSError, sqlite3.OperationalError) as error:
        raise JournalError(
            f"The journal {path} can't be opened: {error}.",
            remedy="Name a file in a folder that can be written.",
        ) from error
    file.connection.execute(f"PRAGMA busy_timeout = {_PATIENCE * 1000:.0f}")
    return file


def _bring_up(file: SQLiteFile) -> None:
    """Add the columns that a file of an older layout lacks."""
    run = file.connection.execute
    (version,) = run("PRAGMA user_version").fetchone()
    if version == VERSION:
        return
    with file.transaction():
        there = {name for _, name, *_ in run("PRAGMA table_info(exchanges)")}
        for name in COLUMNS:
            if name not in there:
                column = f'"{name}" {_TYPES.get(name, _NOT_NULL_TEXT)}'
                run(f"ALTER TABLE exchanges ADD COLUMN {column}")
        run(f"PRAGMA user_version = {VERSION}")
