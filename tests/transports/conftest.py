"""The transport under contract, once for each there is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ocigenai_nb.core.parameters import Parameters
from ocigenai_nb.emulator.service import Service
from ocigenai_nb.transports.client import SignedClient
from ocigenai_nb.transports.keys import fingerprint
from ocigenai_nb.transports.loop import io_thread
from ocigenai_nb.transports.responses import OCIResponsesModel
from ocigenai_nb.transports.settings import Wishes, settle
from tests.transports.keys import TENANCY, USER, make_key, write_config, write_pem
from tests.transports.response_bodies import GPT_PRO, Ask
from tests.transports.subject import KINDS, QUICK, Transport


@pytest.fixture(params=KINDS)
def transport(request: pytest.FixtureRequest, service: Service) -> Iterator[Transport]:
    """Every transport in turn, against the emulator."""
    subject = Transport(request.param, service)
    yield subject
    subject.close()


@pytest.fixture
def cassette(tmp_path: Path) -> Path:
    """Where a cassette may be."""
    return tmp_path / "demo.jsonl"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration of one profile, with a key of its own."""
    key = make_key()
    key_file = tmp_path / "key.pem"
    key_file.write_text(write_pem(key))
    settings = {
        "tenancy": TENANCY,
        "user": USER,
        "fingerprint": fingerprint(key),
        "key_file": str(key_file),
        "region": "us-chicago-1",
    }
    return write_config(tmp_path, {"DEFAULT": settings})


@pytest.fixture
def model(config: Path) -> Iterator[Ask]:
    """Makes Responses models for a URL, on clients that are closed in the end."""
    clients: list[SignedClient] = []

    def make(
        url: str,
        name: str = GPT_PRO,
        *,
        project: str | None = None,
        parameters: Parameters = Parameters(),
        store: bool = True,
    ) -> OCIResponsesModel:
        wishes = Wishes(config_file=config, endpoint=url, project=project)
        clients.append(SignedClient(settle(wishes), retry=QUICK))
        return OCIResponsesModel.over(clients[-1], name, parameters, store=store)

    yield make
    for client in clients:
        io_thread().run(client.aclose())
