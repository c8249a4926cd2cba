"""A small SQLite file of this package: marked as what it is, for its owner alone, in WAL mode.

With `synchronous = NORMAL` what was committed survives the end of the process, however it ends;
only a power cut may take the last of it. A connection belongs to the process that opened it, since
SQLite forbids to carry one across a fork: another process opens its own.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import weakref
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from ocigenai_nb.core.errors import DataFormatError, SaveFailedError

_PATIENCE = 5.0  # seconds that a write waits for another process

# Connections of a parent process: never used here, and never closed, which would be a use.
_inherited: list[sqlite3.Connection] = []


@dataclass(frozen=True, slots=True)
class Layout:
    """What a file of one kind holds: `what` in words, its `mark` (SQLite's application id)."""

    what: str
    mark: int
    version: int
    create: tuple[str, ...]


class Database:
    """An open file of one layout, or one in memory; usable from any thread.

    Raises DataFormatError for a file of another kind or of a newer layout, and SaveFailedError for
    one that can't be opened.
    """

    def __init__(self, path: str | os.PathLike[str] | None, layout: Layout) -> None:
        self.path = None if path is None else Path(path).expanduser().absolute()
        self._layout = layout
        self._lock = threading.Lock()
        self._open()

    def read(self) -> AbstractContextManager[sqlite3.Connection]:
        """The connection, to read from: writers are not waited for. Raises SaveFailedError."""
        return self._use("BEGIN")

    def write(self) -> AbstractContextManager[sqlite3.Connection]:
        """The connection, in a transaction that is kept whole or not at all.

        Raises SaveFailedError where SQLite can't write, and sqlite3.IntegrityError.
        """
        return self._use("BEGIN IMMEDIATE")

    @contextmanager
    def _use(self, begin: str) -> Generator[sqlite3.Connection, None, None]:
        if self._process != os.getpid():
            _inherited.append(self._connection)
            self._lock = threading.Lock()
            self._open()
        with self._lock:
            try:
                self._connection.execute(begin)
                try:
                    yield self._connection
                except BaseException:
                    if self._connection.in_transaction:
                        self._connection.execute("ROLLBACK")
                    raise
                self._connection.execute("COMMIT")
            except sqlite3.IntegrityError:
                raise
            except sqlite3.Error as error:
                raise self._failed(error) from error

    def close(self) -> None:
        """Close it. Using it afterwards raises SaveFailedError."""
        if self._process == os.getpid():
            with self._lock:
                self._finalizer()

    def _open(self) -> None:
        self._process = os.getpid()
        try:
            if self.path is not None:
                _make_private(self.path)
            self._connection = sqlite3.connect(
                self.path or ":memory:",
                timeout=_PATIENCE,
                isolation_level=None,
                check_same_thread=False,
            )
            try:
                self._prepare()
            except BaseException:
                self._connection.close()
                raise
        except (OSError, sqlite3.OperationalError) as error:
            raise self._failed(error) from error
        except sqlite3.DatabaseError as error:
            raise self._refuse("it is no SQLite database") from error
        self._finalizer = weakref.finalize(self, _close, self._connection, self._process)

    def _prepare(self) -> None:
        run = self._connection.execute
        if not self._is_made():
            run("PRAGMA journal_mode = WAL")
            run("BEGIN IMMEDIATE")
            if not self._is_made():  # another process may have been quicker
                for statement in self._layout.create:
                    run(statement)
                run(f"PRAGMA application_id = {self._layout.mark}")
                run(f"PRAGMA user_version = {self._layout.version}")
            run("COMMIT")
        run("PRAGMA synchronous = NORMAL")

    def _is_made(self) -> bool:
        """Whether it has its tables; False where it is empty. Raises for any other file."""
        (mark,) = self._connection.execute("PRAGMA application_id").fetchone()
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        (tables,) = self._connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if mark == self._layout.mark and 0 < version <= self._layout.version:
            return True
        if mark == self._layout.mark and version:
            raise self._refuse(f"it is of a newer layout ({version}): update ocigenai_nb")
        if mark or version or tables:
            raise self._refuse("it is a database of something else")
        return False

    def _refuse(self, why: str) -> DataFormatError:
        return DataFormatError(
            f"{self.path} is not {self._layout.what} that can be read: {why}.",
            remedy="Name a new file.",
        )

    def _failed(self, error: Exception) -> SaveFailedError:
        return SaveFailedError(
            f"{self.path or 'The database'} can't be read or written: {error}.",
            remedy="Name a file in a folder that can be written, and see that there is space.",
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
