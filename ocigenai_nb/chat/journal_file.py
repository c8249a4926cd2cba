"""Where a journal's rows are: one SQLite table, in memory or in a file that processes share.

The file is marked as a journal by SQLite's application id and carries the version of its layout
(`user_version`): one of an older layout gets the columns that it lacks when it is opened, and
programs that have it open go on as before. It is in WAL mode, so that readers and the writer don't
wait for each other, and may be read by nobody but its owner. A connection belongs to the process
that opened it: SQLite forbids to carry one across a fork.
"""

from __future__ import annotations

import os
import sqlite3
import weakref
from pathlib import Path

from ocigenai_nb.core.errors import DataFormatError, JournalError

from .journal_entry import COLUMNS, Row
from .journal_rounds import NO_ROUNDS

VERSION = 2
"""The version of the layout that this module writes. The first had no rounds."""

_APPLICATION = 0x6F63696A  # "ocij"
_PATIENCE = 0.1  # seconds that a write waits for another process; a stream may wait behind it
_OPENING_PATIENCE = 5.0  # seconds, as nothing waits behind that
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

# Connections of a parent process: never used here, and never closed, which would be a use.
_inherited: list[sqlite3.Connection] = []


class JournalFile:
    """An open table of rows. Not safe for two threads at once: its journal sees to that."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._open()

    def renew(self) -> None:
        """Open anew where this is another process than the one that opened it."""
        if self._process != os.getpid():
            _inherited.append(self._connection)
            self._open()

    def append(self, rows: list[Row]) -> None:
        """Write rows, all or none. Raises sqlite3.Error where that fails."""
        self.renew()
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            self._connection.executemany(_INSERT, rows)
            self._connection.execute("COMMIT")
        except BaseException:
            # A full disk ends the transaction by itself.
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    def page(
        self, last: int | None, columns: tuple[str, ...], size: int, *, newest_first: bool
    ) -> list[Row]:
        """The next `size` rows after the one with the id `last`, each behind its id."""
        self.renew()
        names = ", ".join(f'"{name}"' for name in columns)
        order, sign, first = ("DESC", "<", 2**63 - 1) if newest_first else ("ASC", ">", 0)
        query = f"SELECT id, {names} FROM exchanges WHERE id {sign} ? ORDER BY id {order} LIMIT ?"  # noqa: S608 - our own names
        return self._connection.execute(query, (last or first, size)).fetchall()

    def count(self) -> int:
        """The number of rows."""
        self.renew()
        (count,) = self._connection.execute("SELECT count(*) FROM exchanges").fetchone()
        return int(count)

    def clear(self) -> None:
        """Delete every row, and what it held from the file."""
        self.renew()
        self._connection.execute("PRAGMA secure_delete = ON")
        self._connection.execute("DELETE FROM exchanges")
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close the connection."""
        self._finalizer()

    def _open(self) -> None:
        self._connection = _connect(self._path)
        self._process = os.getpid()
        self._finalizer = weakref.finalize(self, _close, self._connection, self._process)


def _close(connection: sqlite3.Connection, process: int) -> None:
    if process == os.getpid():
        connection.close()
    else:
        _inherited.append(connection)


def _connect(path: Path | None) -> sqlite3.Connection:
    """A connection to the journal at `path`, made where there is none.

    Raises DataFormatError for a file that is no journal of ours, and JournalError for one that
    can't be opened.
    """
    try:
        if path is not None:
            _make_private(path)
        connection = sqlite3.connect(
            path or ":memory:",
            timeout=_OPENING_PATIENCE,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            _prepare(connection, path)
        except BaseException:
            connection.close()
            raise
    except (OSError, sqlite3.OperationalError) as error:
        raise JournalError(
            f"The journal {path} can't be opened: {error}.",
            remedy="Name a file in a folder that can be written.",
        ) from error
    except sqlite3.DatabaseError as error:
        raise _refuse(path, "is not a journal: it is no SQLite database") from error
    return connection


def _make_private(path: Path) -> None:
    """Make the file, where there is none, for its owner alone: it holds what was said."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return


def _prepare(connection: sqlite3.Connection, path: Path | None) -> None:
    if not _is_made(connection, path):
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("BEGIN IMMEDIATE")
        if not _is_made(connection, path):  # another process may have been quicker
            connection.execute(_CREATE)
            connection.execute(f"PRAGMA application_id = {_APPLICATION}")
            connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
    _bring_up(connection)
    connection.execute("PRAGMA synchronous = NORMAL")  # WAL stays whole without a sync per row
    connection.execute(f"PRAGMA busy_timeout = {_PATIENCE * 1000:.0f}")


def _bring_up(connection: sqlite3.Connection) -> None:
    """Add the columns that a file of an older layout lacks."""
    if _read_version(connection) == VERSION:
        return
    connection.execute("BEGIN IMMEDIATE")
    there = {name for _, name, *_ in connection.execute("PRAGMA table_info(exchanges)")}
    for name in COLUMNS:
        if name not in there:
            column = f'"{name}" {_TYPES.get(name, _NOT_NULL_TEXT)}'
            connection.execute(f"ALTER TABLE exchanges ADD COLUMN {column}")
    connection.execute(f"PRAGMA user_version = {VERSION}")
    connection.execute("COMMIT")


def _read_version(connection: sqlite3.Connection) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def _is_made(connection: sqlite3.Connection, path: Path | None) -> bool:
    """Whether it is a journal of ours; False where it is empty. Raises for any other database."""
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    version = _read_version(connection)
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if application == _APPLICATION and 0 < version <= VERSION:
        return True
    if application == _APPLICATION and version:
        raise _refuse(
            path,
            f"is of a newer layout ({version}) than this ocigenai_nb reads ({VERSION})",
            remedy="Update ocigenai_nb, or name another file.",
        )
    if application or version or tables:
        raise _refuse(path, "is not a journal: it is a database of something else")
    return False


def _refuse(
    path: Path | None, why: str, *, remedy: str = "Name a new file, or that of a journal."
) -> DataFormatError:
    return DataFormatError(f"{path} {why}.", remedy=remedy)
