"""A backend, and an emulator before it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import ocigenai_nb as og
from ocigenai_nb import emulator
from ocigenai_nb.emulator.service import Service
from tests.emulator.backends import PIECES, QUIET, Server


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[Server, Service]]:
    """A backend and an emulator before it."""
    server = Server()
    with emulator.start(
        backend=server.url, backend_model="some-model", backend_key="sk-1", backend_timeout=QUIET
    ) as service:
        yield server, service
    server.stop()


@pytest.fixture
def backend(running: tuple[Server, Service]) -> Iterator[Server]:
    """The backend as it is at first."""
    server, service = running
    server.asked.clear()
    server.left.clear()
    server.go_on.clear()
    server.deltas = [{"content": piece} for piece in PIECES]
    server.finish, server.manner = "stop", "well"
    yield server
    server.go_on.set()
    service.reset()


@pytest.fixture
def front(running: tuple[Server, Service], backend: Server) -> Service:
    """The emulator before it."""
    return running[1]


@pytest.fixture
def genai(front: Service) -> og.Connection:
    """Our own client."""
    return og.connect(front.profile, config_file=front.config_file, project=front.project_id)
