"""Widgets without a browser: their comms record what is sent."""

from __future__ import annotations

import comm
import pytest

from tests.widgets.comms import RecordingComm


@pytest.fixture(autouse=True)
def comms(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every widget that is made gets a comm that records."""
    monkeypatch.setattr(comm, "create_comm", RecordingComm)
