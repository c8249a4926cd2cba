"""The files and vector stores that the service keeps: in memory, within bounds.

Known deviations: a file holds 16 MiB at most, all files together 256 MiB, and as much the
chunks of all vector stores; 1,000 files and 100 vector stores are kept (OpenAI's limits are far
above).
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

LARGEST_FILE: Final = 16 * 2**20
"""Bytes that a file has at most."""
MOST_BYTES: Final = 256 * 2**20
MOST_FILES: Final = 1000
MOST_STORES: Final = 100
MOST_BATCHES: Final = 1000
_DAY: Final = 24 * 3600


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that was uploaded."""

    id: str
    name: str
    purpose: str
    content: bytes
    created: float
    expires: float | None = None


@dataclass(frozen=True, slots=True)
class IndexedFile:
    """A file as a vector store has it: in chunks, or with the reason why there are none."""

    file_id: str
    name: str
    created: float
    attributes: Mapping[str, Any]
    strategy: Mapping[str, Any]
    """How it was cut, as the wire says it."""
    chunks: tuple[str, ...]
    usage_bytes: int
    """Bytes of its chunks."""
    flaw: str | None = None


@dataclass(frozen=True, slots=True)
class VectorStore:
    """A collection of files that can be searched."""

    id: str
    name: str
    description: str | None
    created: float
    active: float
    """When it was last used."""
    metadata: Mapping[str, Any]
    days: int | None = None
    """For how many days after its last use it is kept."""
    files: Mapping[str, IndexedFile] = field(default_factory=dict)
    batches: Mapping[str, tuple[float, tuple[str, ...]]] = field(default_factory=dict)
    """When each batch was made, and the ids of its files."""

    @property
    def expires(self) -> float | None:
        """When it expires, unless it is used before."""
        return None if self.days is None else self.active + self.days * _DAY

    @property
    def usage_bytes(self) -> int:
        """Bytes of the chunks of all its files."""
        return sum(file.usage_bytes for file in self.files.values())

    def has_expired(self, now: float) -> bool:
        """Tell whether it can be searched no longer."""
        return self.expires is not None and self.expires <= now


class FullError(Exception):
    """There is no room for more; the text says of what."""


class FileStore:
    """What is kept, by tenancy; safe to use from any thread."""

    def __init__(self) -> None:
        self._files: dict[tuple[str, str], StoredFile] = {}
        self._stores: dict[tuple[str, str], VectorStore] = {}
        self._lock = threading.Lock()

    def keep_file(self, tenancy: str, file: StoredFile) -> None:
        """Keep ``file``.

        Raises:
            FullError: If there are too many, or too many bytes.
        """
        with self._lock:
            kept = sum(len(known.content) for known in self._files.values())
            if len(self._files) >= MOST_FILES or kept + len(file.content) > MOST_BYTES:
                raise FullError("files")
            self._files[tenancy, file.id] = file

    def find_file(self, tenancy: str, file_id: str, *, now: float) -> StoredFile | None:
        """Return a file of ``tenancy``, if it is kept."""
        with self._lock:
            found = self._files.get((tenancy, file_id))
        return None if found is None or _is_over(found, now) else found

    def list_files(self, tenancy: str, *, now: float) -> list[StoredFile]:
        """Return the files of ``tenancy``, the oldest first."""
        with self._lock:
            files = [file for (owner, _), file in self._files.items() if owner == tenancy]
        return [file for file in files if not _is_over(file, now)]

    def delete_file(self, tenancy: str, file_id: str) -> None:
        """Keep a file no longer, in no vector store either."""
        with self._lock:
            self._files.pop((tenancy, file_id), None)
            for key, store in self._stores.items():
                if key[0] == tenancy and file_id in store.files:
                    left = {name: file for name, file in store.files.items() if name != file_id}
                    self._stores[key] = replace(store, files=left)

    def keep_store(self, tenancy: str, store: VectorStore) -> None:
        """Keep ``store``, in place of what was kept under its id.

        Raises:
            FullError: If there are too many, or too many bytes in them.
        """
        with self._lock:
            others = [known for key, known in self._stores.items() if key != (tenancy, store.id)]
            used = sum(known.usage_bytes for known in others) + store.usage_bytes
            if len(others) >= MOST_STORES or used > MOST_BYTES:
                raise FullError("vector stores")
            self._stores[tenancy, store.id] = store

    def find_store(self, tenancy: str, store_id: str) -> VectorStore | None:
        """Return a vector store of ``tenancy``, if it is kept."""
        with self._lock:
            return self._stores.get((tenancy, store_id))

    def use_store(self, tenancy: str, store_id: str, *, now: float) -> None:
        """Note that a vector store was used, if it is kept."""
        with self._lock:
            known = self._stores.get((tenancy, store_id))
            if known is not None:
                self._stores[tenancy, store_id] = replace(known, active=now)

    def list_stores(self, tenancy: str) -> list[VectorStore]:
        """Return the vector stores of ``tenancy``, the oldest first."""
        with self._lock:
            return [store for (owner, _), store in self._stores.items() if owner == tenancy]

    def delete_store(self, tenancy: str, store_id: str) -> None:
        """Keep a vector store no longer; its files stay."""
        with self._lock:
            self._stores.pop((tenancy, store_id), None)

    def clear(self) -> None:
        """Keep nothing of all there was."""
        with self._lock:
            self._files.clear()
            self._stores.clear()


def _is_over(file: StoredFile, now: float) -> bool:
    return file.expires is not None and file.expires <= now
