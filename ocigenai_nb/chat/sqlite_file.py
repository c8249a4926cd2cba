"""A small SQLite file of this package: marked as what it is, for its owner alone, in WAL mode.

With `synchronous = NORMAL` what was committed survives the end of the process, however it ends;
only a power cut may take the last of it. A connection belongs to the process that opened it, since
SQLite forbids to carry one across a fork: another process opens its own.
"""

from __future__ import annotations

import os
import sqlite3
import weakref
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ocigenai_nb.core.errors import DataFormatError

_PATIENCE = 5.0  # seconds that a connection waits for another process

# Connections of a parent process: never used here, and never closed, which would be a use.
_inherited: list[sqlite3.Connection] = []


@dataclass(frozen=True, slots=True)
class Layout:
    """What a file of one kind holds: `what` in words, its `mark` (SQLite's application id)."""

    what: str
    mark: int
    version: int
    create: tuple[str, ...]


class SQLiteFile:
    """An open file of one layout, or one in memory. Not safe for two threads at once.

    Raises DataFormatError for a file of another kind or of a newer layout, and OSError or
    sqlite3.OperationalError for one that can't be opened.
    """

    def __init__(self, path: Path | None, layout: Layout) -> None:
        self.path = path
        self._layout = layout
        self._process = os.getpid()
        if path is not None:
            _make_private(path)
        self.connection = sqlite3.connect(
            path or ":memory:", timeout=_PATIENCE, isolation_level=None, check_same_thread=False
        )
        try:
            self._prepare()
        except BaseException as error:
            self.connection.close()
            if type(error) is sqlite3.DatabaseError:  # itself: a kind of it says something else
                raise self._refuse("it is no SQLite database") from error
            raise
        self._finalizer = weakref.finalize(self, _close, self.connection, self._process)

    @property
    def inherited(self) -> bool:
        """Whether a parent process opened it, so that it can't be used in this one."""
        return self._process != os.getpid()

    @contextmanager
    def transaction(self, begin: str = "BEGIN IMMEDIATE") -> Generator[None, None, None]:
        """What is done within is kept whole or not at all. Raises sqlite3.Error."""
        self.connection.execute(begin)
        try:
            yield
            self.connection.execute("COMMIT")
        except BaseException:
            if self.connection.in_transaction:  # a full disk ends the transaction by itself
                self.connection.execute("ROLLBACK")
            raise

    def close(self) -> None:
        """Close the connection, where this process opened it."""
        self._finalizer()

    def _prepare(self) -> None:
        run = self.connection.execute
        if not self._is_made():
            run("PRAGMA journal_mode = WAL")
            with self.transaction():
                if not self._is_made():  # another process may have been quicker
                    for statement in self._layout.create:
                        run(statement)
                    run(f"PRAGMA application_id = {self._layout.mark}")
                    run(f"PRAGMA user_version = {self._layout.version}")
        run("PRAGMA synchronous = NORMAL")  # WAL stays whole without a sync per write

    def _is_made(self) -> bool:
        """Whether it has its tables; False where it is empty. Raises for any other file."""
        layout = self._layout
        (mark,) = self.connection.execute("PRAGMA application_id").fetchone()
        (version,) = self.connection.execute("PRAGMA user_version").fetchone()
        (tables,) = self.connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if mark == layout.mark and 0 < version <= layout.version:
            return True
        if mark == layout.mark and version:
            raise DataFormatError(
                f"{self.path} is of a newer layout ({version}) than this ocigenai_nb reads "
                f"({layout.version}).",
                remedy="Update ocigenai_nb, or name another file.",
            )
        if mark or version or tables:
            raise self._refuse("it is a database of something else")
        return False

    def _refuse(self, why: str) -> DataFormatError:
        what = self._layout.what
        return DataFormatError(
            f"{self.path} is not {what}: {why}.", remedy=f"Name a new file, or that of {what}."
        )


def _close(connection: sqlite3.Connection, process: int) -> None:
    if process == os.getpid():
        connection.close()
    else:
        _inherited.append(connection)


def _make_private(path: Path) -> None:
    """Make the file, where there is none, for its owner alone: it holds what was said."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return
