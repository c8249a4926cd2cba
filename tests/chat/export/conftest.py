"""Somebody who asks the tests' emulator."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ocigenai_nb.emulator.service import Service
from tests.chat.export.asker import Asker


@pytest.fixture
def asker(service: Service) -> Iterator[Asker]:
    """As a person with a profile asks."""
    made = Asker(service)
    yield made
    made.close()
