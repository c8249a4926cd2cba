"""A connection to the tests' emulator, and a conversation over it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ocigenai_nb import Connection, Conversation, Journal, connect
from ocigenai_nb.chat.doctor import examine
from ocigenai_nb.chat.sign_in import Check
from ocigenai_nb.emulator.service import Service
from ocigenai_nb.transports.loop import io_thread
from ocigenai_nb.transports.settings import Wishes
from tests.chat.checked import Look
from tests.chat.profile_files import by_name, profile_text, write_key


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


@pytest.fixture
def look(service: Service) -> Look:
    """The checks of a profile of the emulator's, by name."""

    def run(
        profile: str | None = None,
        *,
        model: str | None = None,
        offline: bool = False,
        **wishes: str | Path,
    ) -> dict[str, Check]:
        wishes.setdefault("config_file", service.config_file)
        wanted = replace(Wishes(profile=profile), **wishes)  # type: ignore[arg-type]
        return by_name(tuple(examine(wanted, model=model, offline=offline)))

    return run


@pytest.fixture
def own(service: Service, tmp_path: Path) -> Callable[..., Path]:
    """Writes a configuration whose profile WORK has a key of its own, and some values changed."""

    def write(**changes: str | None) -> Path:
        tenancy = service.tenancies[0]
        usual = {
            "user": tenancy.user_id,
            "tenancy": tenancy.ocid,
            "ocigenai_endpoint": service.url,
        }
        write_key(tmp_path)
        path = tmp_path / "config"
        path.write_text(profile_text(tmp_path, **(usual | changes)))
        path.chmod(0o600)
        return path

    return write
