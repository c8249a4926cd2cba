"""The transport under contract, once for each there is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ocigenai_nb.emulator.service import Service
from tests.transports.subject import KINDS, Transport


@pytest.fixture(params=KINDS)
def transport(request: pytest.FixtureRequest, service: Service) -> Iterator[Transport]:
    """Every transport in turn, against the emulator."""
    subject = Transport(request.param, service)
    yield subject
    subject.close()
