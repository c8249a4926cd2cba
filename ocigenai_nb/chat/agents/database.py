"""What agents keep in a SQLite file: usable from any thread, and after a fork."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from ocigenai_nb.chat.sqlite_file import Layout, SQLiteFile
from ocigenai_nb.core.errors import SaveFailedError


class Database:
    """An open file of one layout, or one in memory; usable from any thread.

    Raises DataFormatError for a file of another kind or of a newer layout, and SaveFailedError for
    one that can't be opened.
    """

    def __init__(self, path: str | os.PathLike[str] | None, layout: Layout) -> None:
        self.path = None if path is None else Path(path).expanduser().absolute()
        self._layout = layout
        self._lock = threading.Lock()
        self._file = self._open()

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
        if self._file.inherited:
            self._lock = threading.Lock()
            self._file = self._open()
        with self._lock:
            try:
                with self._file.transaction(begin):
                    yield self._file.connection
            except sqlite3.IntegrityError:
                raise
            except sqlite3.Error as error:
                raise self._failed(error) from error

    def close(self) -> None:
        """Close it. Using it afterwards raises SaveFailedError."""
        if not self._file.inherited:
            with self._lock:
                self._file.close()

    def _open(self) -> SQLiteFile:
        try:
            return SQLiteFile(self.path, self._layout)
        except (OSError, sqlite3.OperationalError) as error:
            raise self._failed(error) from error

    def _failed(self, error: Exception) -> SaveFailedError:
        return SaveFailedError(
            f"{self.path or 'The database'} can't be read or written: {error}.",
            remedy="Name a file in a folder that can be written, and see that there is space.",
        )
