"""Every credential over every transport, as the emulator saw it: who signed, and whether well.

`python -m tests.transports.credentials_table` prints the table.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import oci

from ocigenai_nb import emulator
from ocigenai_nb.core.errors import UsageError
from ocigenai_nb.emulator.service import Service
from ocigenai_nb.transports.client import SignedClient
from ocigenai_nb.transports.loop import io_thread
from ocigenai_nb.transports.settings import Wishes, settle
from tests.transports.subject import KINDS, QUICK

Prepare = Callable[[Service], Mapping[str, Any]]
"""What a person asks for, and the environment in which a machine has that identity."""


@dataclass(frozen=True)
class Cell:
    """What the emulator's journal says of one credential on one transport."""

    kind: str
    """The sort of key id, or the type of the error where nothing is sent."""
    good: bool
    """Whether the request was authentic and answered."""


def use_profile(name: str, auth_type: str | None = None) -> Prepare:
    """A profile of the emulator's configuration."""
    return lambda _service: {"profile": name, "auth_type": auth_type}


def be_instance(service: Service) -> Mapping[str, Any]:
    """A compute instance."""
    os.environ |= service.instance_principal_env()
    return {
        "auth_type": "instance_principal",
        "federation_endpoint": service.federation_endpoint,
        "compartment_id": service.compartment_id,
    }


def be_resource(service: Service) -> Mapping[str, Any]:
    """A function, or another resource with a token in its environment."""
    os.environ |= service.resource_principal_env()
    return {"auth_type": "resource_principal", "compartment_id": service.compartment_id}


def be_workload(service: Service) -> Mapping[str, Any]:
    """A pod. The SDK takes the token's path as an argument only, so its constant is changed."""
    os.environ |= service.oke_env()
    oci.auth.rpt_path_providers.OCI_KUBERNETES_SERVICE_ACCOUNT_TOKEN_PATH = str(
        service.service_account_token_file
    )
    return {"auth_type": "resource_principal", "compartment_id": service.compartment_id}


def use_api_key(service: Service) -> Mapping[str, Any]:
    """A Generative AI API key."""
    return {
        "api_key": service.genai_api_key,
        "project": service.project_id,
        "compartment_id": service.compartment_id,
    }


CREDENTIALS: Final[Mapping[str, Prepare]] = {
    "api_key": use_profile("DEFAULT", "api_key"),
    "security_token": use_profile("SESSION", "security_token"),
    "session_token": use_profile("SESSION", "session_token"),
    "instance_principal": be_instance,
    "resource_principal 2.2": be_resource,
    "resource_principal OKE": be_workload,
    "GenAI API key": use_api_key,
}
TOKEN_PATH: Final = oci.auth.rpt_path_providers.OCI_KUBERNETES_SERVICE_ACCOUNT_TOKEN_PATH


@contextmanager
def become(service: Service, prepare: Prepare) -> Iterator[Wishes]:
    """What to settle on, in an environment that is put back afterwards."""
    before = dict(os.environ)
    try:
        options = dict(prepare(service))
        yield Wishes(config_file=service.config_file, endpoint=service.url, **options)
    finally:
        os.environ.clear()
        os.environ.update(before)
        oci.auth.rpt_path_providers.OCI_KUBERNETES_SERVICE_ACCOUNT_TOKEN_PATH = TOKEN_PATH


def try_cell(service: Service, credential: str, transport: str) -> Cell:
    """One turn with this credential over this transport."""
    kind = KINDS[transport]
    with become(service, CREDENTIALS[credential]) as wishes:
        client = SignedClient(settle(wishes), retry=QUICK)
        try:
            # The last request is this cell's, or there is none.
            service.journal.clear()
            answer = kind.over(client, kind.families[0]).complete_sync("Say exactly: hi")
        except UsageError as error:
            assert len(service.journal) == 0
            return Cell(type(error).__name__, good=False)
        finally:
            io_thread().run(client.aclose())
    entry = service.journal.last
    assert entry.path == kind.wire.path
    return Cell(entry.key_id_kind, good=entry.refused is None and answer.text == "hi")


def make_table(service: Service) -> dict[tuple[str, str], Cell]:
    """Every cell."""
    return {
        (credential, transport): try_cell(service, credential, transport)
        for credential in CREDENTIALS
        for transport in KINDS
    }


def write_table(cells: Mapping[tuple[str, str], Cell]) -> str:
    """The table as text."""
    rows = [["", *KINDS]]
    for credential in CREDENTIALS:
        found = [cells[credential, transport] for transport in KINDS]
        rows.append([credential, *(f"{c.kind}{', valid' if c.good else ''}" for c in found)])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


if __name__ == "__main__":
    with emulator.start() as running:
        sys.stdout.write(write_table(make_table(running)) + "\n")
