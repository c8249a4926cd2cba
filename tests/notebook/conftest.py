"""A shell with the magic in it, whose requests go to the tests' emulator."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from ocigenai_nb.emulator.service import Service
    from tests.notebook.shell import Shell


@pytest.fixture
def shell(service: Service) -> Iterator[Shell]:
    """A new shell, which IPython's `display` finds; its profiles are the emulator's."""
    from tests.notebook.shell import Shell, wait_until_warm

    os.environ["OCI_CONFIG_FILE"] = str(service.config_file)
    shell = Shell()
    shell.run("%load_ext ocigenai_nb")
    wait_until_warm()
    yield shell
    shell.run("%unload_ext ocigenai_nb")
    shell.close()
