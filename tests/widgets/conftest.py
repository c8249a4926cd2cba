"""Widgets without a browser: their comms record what is sent."""

from __future__ import annotations

from collections.abc import Iterator

import comm
import pytest

from ocigenai_nb import Connection, Conversation, Journal, connect
from ocigenai_nb.emulator.service import Service
from ocigenai_nb.notebook.chat_panel import ChatPanel
from ocigenai_nb.transports.loop import io_thread
from tests.widgets.comms import FrontEnd, RecordingComm


@pytest.fixture(autouse=True)
def comms(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every widget that is made gets a comm that records."""
    monkeypatch.setattr(comm, "create_comm", RecordingComm)


@pytest.fixture
def journal() -> Iterator[Journal]:
    """What the connection records in."""
    with Journal() as journal:
        yield journal


@pytest.fixture
def connection(service: Service, journal: Journal) -> Iterator[Connection]:
    """As a person with a profile has it."""
    made = connect(config_file=service.config_file, journal=journal)
    yield made
    io_thread().run(made._client.aclose())


@pytest.fixture
def panel(chat: Conversation) -> Iterator[ChatPanel]:
    """A chat panel over the module's own chat, which is at its end when the test is."""
    made = ChatPanel(chat)
    yield made
    made.close()
    chat.stop()
    for turn in chat.turns:
        turn.wait(60)


@pytest.fixture
def view(panel: ChatPanel) -> FrontEnd:
    """What a page has of the panel."""
    return FrontEnd(panel)
