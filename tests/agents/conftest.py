"""Agents over every transport, against the emulator."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ocigenai_nb import Agent, SQLiteCheckpointer
from ocigenai_nb.emulator.service import Service
from tests.transports.subject import KINDS, Transport

Make = Callable[..., Agent]


@pytest.fixture(params=KINDS)
def transport(request: pytest.FixtureRequest, service: Service) -> Iterator[Transport]:
    """Every transport in turn."""
    subject = Transport(request.param, service)
    yield subject
    subject.close()


@pytest.fixture
def make(transport: Transport) -> Make:
    """Makes agents with the transport's usual model; all of them share a client."""
    model = transport.model()

    def make_one(*tools: Callable[..., Any], **options: Any) -> Agent:
        return Agent(model, tools=tools, **options)

    return make_one


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where checkpoints or a memory may be."""
    return tmp_path / "agent.db"


@pytest.fixture
def checkpoints(file: Path) -> Iterator[SQLiteCheckpointer]:
    """A file of checkpoints, empty."""
    with SQLiteCheckpointer(file) as made:
        yield made
