"""A connection to the tests' emulator, and a conversation over it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ocigenai_nb import Connection, Conversation, Journal, connect
from ocigenai_nb.emulator.service import Service
from ocigenai_nb.transports.loop import io_thread


@pytest.fixture
def connection(service: Service) -> Iterator[Connection]:
    """As a person with a profile has it."""
    made = connect(config_file=service.config_file)
    yield made
    io_thread().run(made._client.aclose())


@pytest.fixture
def chat(connection: Connection) -> Conversation:
    """A new conversation with the default model."""
    return connection.chat()


@pytest.fixture
def journal() -> Iterator[Journal]:
    """An empty one, in memory."""
    with Journal() as made:
        yield made


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a journal may be."""
    return tmp_path / "session.journal"
