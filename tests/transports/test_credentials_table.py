"""Every identity signs on every transport, and outlives its tokens."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from itertools import cycle
from typing import Any, Final

import oci
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from ocigenai_nb.core.errors import ConfigError, NotAuthenticatedError
from ocigenai_nb.core.profiles import parse_profiles
from ocigenai_nb.emulator import paths
from ocigenai_nb.emulator.service import Service
from ocigenai_nb.transports.client import SignedClient
from ocigenai_nb.transports.credentials import Credentials, KeyedCredentials
from ocigenai_nb.transports.loop import io_thread
from ocigenai_nb.transports.openai_chat import OCIOpenAIModel
from ocigenai_nb.transports.principals import (
    PrincipalCredentials,
    instance_principal,
    resource_principal,
)
from ocigenai_nb.transports.session import REFRESH_PATH, SessionTokenCredentials
from ocigenai_nb.transports.settings import Identity, Wishes, settle
from tests.transports.credentials_table import (
    CREDENTIALS,
    Cell,
    Prepare,
    be_instance,
    be_resource,
    be_workload,
    become,
    make_table,
    use_profile,
    write_table,
)
from tests.transports.keys import take_key
from tests.transports.listener import Listener, respond
from tests.transports.subject import KINDS, LLAMA, QUICK

KINDS_SEEN: Final = {
    "api_key": "api_key",
    "security_token": "session",
    "session_token": "session",
    "instance_principal": "instance",
    "resource_principal 2.2": "resource",
    "resource_principal OKE": "workload",
    "GenAI API key": "bearer",
}
EXPIRIES: Final = 300
HOUR: Final = 3600.0


def expect_cell(credential: str, transport: str) -> Cell:
    """GenAI API keys are for the OpenAI-compatible endpoints: nothing is sent elsewhere."""
    if credential == "GenAI API key" and transport.startswith("sdk"):
        return Cell("TransportUnavailableError", good=False)
    return Cell(KINDS_SEEN[credential], good=True)


def test_every_credential_signs_on_every_transport(service: Service) -> None:
    cells = make_table(service)
    print(f"\n{write_table(cells)}")  # noqa: T201 (shown with -s)
    assert cells == {
        (credential, transport): expect_cell(credential, transport)
        for credential in CREDENTIALS
        for transport in KINDS
    }


# Three hundred expiries in one process


def count(service: Service, path: str) -> list[int]:
    """The statuses of the requests to one of the identity services."""
    return [entry.status for entry in service.journal if entry.path == path]


@pytest.fixture
def quick_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK makes a key for each token (60 ms) and checks each that it reads (40 ms).

    Here it takes two by turns, and reads without OpenSSL's check.
    """
    made = cycle([rsa.generate_private_key(65537, 2048) for _ in range(2)])
    monkeypatch.setattr(rsa, "generate_private_key", lambda *_, **__: next(made))
    read = partial(serialization.load_pem_private_key, unsafe_skip_rsa_key_validation=True)
    monkeypatch.setattr(serialization, "load_pem_private_key", read)


class Clock:
    """The time as a person may set it, ahead of the machine's."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


def make_client(wishes: Wishes, now: Callable[[], float]) -> tuple[SignedClient, Credentials]:
    client = SignedClient(settle(wishes, now=now), retry=QUICK)
    return client, client.identity.credentials


def ask(client: SignedClient) -> str:
    return OCIOpenAIModel.over(client, LLAMA).complete_sync("Say exactly: hi").text


@pytest.mark.usefixtures("quick_keys")
@pytest.mark.parametrize(
    ("prepare", "path"),
    [(be_instance, paths.FEDERATION), (be_workload, "/resourcePrincipalSessionTokens")],
)
def test_a_principal_outlives_300_tokens(service: Service, prepare: Prepare, path: str) -> None:
    clock = Clock()
    with become(service, prepare) as wishes:
        client, credentials = make_client(wishes, clock)
        for expiry in range(EXPIRIES):
            service.token_minutes = 60 * (expiry + 1)  # good for an hour by the clock as it is set
            assert ask(client) == "hi"
            io_thread().run(credentials.ready())
            assert credentials.generation == expiry + 1, "Not renewed before it is due."
            clock.ahead += HOUR
        io_thread().run(client.aclose())
    assert count(service, path) == [200] * EXPIRIES


@pytest.mark.usefixtures("quick_keys")
def test_a_resource_principal_outlives_300_tokens_that_its_platform_replaces(
    service: Service,
) -> None:
    clock = Clock()
    env = service.resource_principal_env(files=True)
    os.environ |= env
    wishes = Wishes(
        auth_type="resource_principal",
        compartment_id=service.compartment_id,
        endpoint=service.url,
    )
    client, credentials = make_client(wishes, clock)
    for expiry in range(EXPIRIES):
        assert ask(client) == "hi"
        assert credentials.generation == expiry + 1
        clock.ahead += HOUR
        service.token_minutes = 60 * (expiry + 2)
        service.renew_resource_principal()
    io_thread().run(client.aclose())


def make_session(service: Service) -> tuple[SignedClient, Credentials]:
    """A session's client that goes by the service's clock."""
    wishes = Wishes(profile="SESSION", config_file=service.config_file)
    client = SignedClient(
        settle(wishes, now=service.now),
        retry=QUICK,
        clock=lambda: datetime.fromtimestamp(service.now(), UTC),
    )
    return client, client.identity.credentials


def test_a_session_outlives_300_tokens(service: Service) -> None:
    service.issue_session(minutes=60, renewable_minutes=60 * (EXPIRIES + 1))
    client, credentials = make_session(service)
    for _ in range(EXPIRIES):
        service.clock_offset += 56 * 60
        assert ask(client) == "hi"
    io_thread().run(client.aclose())
    assert count(service, REFRESH_PATH) == [200] * EXPIRIES
    assert credentials.generation == EXPIRIES + 1


@pytest.mark.usefixtures("quick_keys")
@pytest.mark.parametrize("prepare", [be_instance, be_workload, be_resource])
def test_a_principal_whose_token_was_revoked_gets_another_and_asks_again(
    service: Service, prepare: Prepare
) -> None:
    with become(service, prepare) as wishes:
        client, credentials = make_client(wishes, time.time)
        assert ask(client) == "hi"
        service.revoke_sessions()
        if prepare is be_resource:
            # What stands in the environment can't be renewed from within the process.
            with pytest.raises(NotAuthenticatedError) as refused:
                ask(client)
            assert "start the function or pod anew" in refused.value.remedy
        else:
            assert ask(client) == "hi"
            assert credentials.generation == 2
        io_thread().run(client.aclose())


# One refresh for everybody, and a loop that goes on meanwhile


@pytest.mark.usefixtures("quick_keys")
def test_one_federation_serves_all_who_wait(service: Service) -> None:
    os.environ |= service.instance_principal_env()
    clock = Clock()
    credentials = instance_principal(service.federation_endpoint, now=clock)

    async def wait_together() -> None:
        await asyncio.gather(*(credentials.ready() for _ in range(20)))

    for expiry in range(3):
        service.token_minutes = 60 * (expiry + 1)
        io_thread().run(wait_together())
        assert (credentials.generation, len(count(service, paths.FEDERATION))) == (
            expiry + 1,
            expiry + 1,
        )
        clock.ahead += HOUR


def test_one_refresh_of_a_session_serves_all_who_wait(service: Service) -> None:
    client, _ = make_session(service)
    service.clock_offset = 56 * 60
    model = OCIOpenAIModel.over(client, LLAMA)

    async def ask_together() -> list[str]:
        answers = await asyncio.gather(*(model.complete("Say exactly: hi") for _ in range(10)))
        return [answer.text for answer in answers]

    assert asyncio.run(ask_together()) == ["hi"] * 10
    assert count(service, REFRESH_PATH) == [200]
    io_thread().run(client.aclose())


async def beat(times: int) -> int:
    """Heartbeats of the loop that it runs on."""
    beats = 0
    for _ in range(times):
        await asyncio.sleep(0)
        beats += 1
    return beats


def check_free(begin: Callable[[], object], reached: threading.Event, go: threading.Event) -> None:
    """The I/O loop beats while `begin`, in a thread of its own, waits for `go`."""
    thread = threading.Thread(target=begin)
    thread.start()
    try:
        assert reached.wait(timeout=60)
        assert io_thread().run(beat(1000)) == 1000
        assert thread.is_alive()
    finally:
        go.set()
        thread.join(timeout=60)


def test_federation_leaves_the_io_loop_free(service: Service) -> None:
    os.environ |= service.instance_principal_env()
    reached, go = threading.Event(), threading.Event()

    def make() -> Any:
        reached.set()
        assert go.wait(timeout=60)
        return oci.auth.signers.InstancePrincipalsSecurityTokenSigner(
            federation_endpoint=service.federation_endpoint
        )

    credentials = PrincipalCredentials("instance_principal", make)
    check_free(lambda: io_thread().run(credentials.ready()), reached, go)
    assert credentials.generation == 1


def read_profile(service: Service) -> Any:
    return parse_profiles(service.config_file.read_text(encoding="utf-8"))["SESSION"]


def test_a_refresh_leaves_the_io_loop_free(service: Service) -> None:
    service.issue_session(minutes=4)
    reached, go = threading.Event(), threading.Event()

    def answer(connection: socket.socket) -> None:
        reached.set()
        assert go.wait(timeout=60)
        connection.sendall(respond(401))

    with Listener(answer) as listener:
        credentials = SessionTokenCredentials(read_profile(service), listener.url)
        check_free(lambda: io_thread().run(credentials.ready()), reached, go)
    assert credentials.generation == 1


# Principals that can't be


def test_an_instance_principal_on_a_laptop_says_where_it_works(service: Service) -> None:
    os.environ["OCI_METADATA_BASE_URL"] = f"{service.url}/none"
    credentials = instance_principal(service.federation_endpoint)
    with pytest.raises(ConfigError, match="auth_type='instance_principal'") as refused:
        asyncio.run(credentials.ready())
    assert "on OCI compute only" in refused.value.remedy


def test_a_resource_principal_on_a_laptop_says_where_it_works() -> None:
    with pytest.raises(ConfigError, match="auth_type='resource_principal'") as refused:
        asyncio.run(resource_principal().ready())
    assert "OCI Functions, Data Flow and OKE" in refused.value.remedy


def test_a_token_near_its_end_is_used_while_no_newer_one_can_be_had(service: Service) -> None:
    clock = Clock()
    with become(service, be_instance) as wishes:
        client, credentials = make_client(wishes, clock)
        assert ask(client) == "hi"
        service.fault("status", status=404, times=None, path=paths.FEDERATION)
        clock.ahead = HOUR - 30
        assert ask(client) == "hi"
        assert credentials.generation == 1
        clock.ahead = HOUR + 30
        with pytest.raises(ConfigError, match="No token could be had"):
            ask(client)
        io_thread().run(client.aclose())


def test_no_error_of_a_principal_tells_a_token(service: Service) -> None:
    with become(service, be_resource) as wishes:
        identity: Identity = settle(wishes)
        credentials = identity.credentials
        key = take_key(credentials)
        assert isinstance(credentials, KeyedCredentials)
        shown = f"{identity!r} {credentials!r} {key!r}"
        assert key.key_id.removeprefix("ST$") not in shown


def test_a_bearer_key_of_another_region_is_explained(service: Service) -> None:
    elsewhere = service.issue_genai_api_key(region="uk-london-1")
    wishes = Wishes(
        api_key=elsewhere,
        project=service.project_id,
        compartment_id=service.compartment_id,
        endpoint=service.url,
    )
    client = SignedClient(settle(wishes), retry=QUICK)
    with pytest.raises(NotAuthenticatedError) as refused:
        ask(client)
    assert "made in us-chicago-1" in refused.value.remedy
    assert elsewhere not in f"{refused.value} {wishes!r} {client.identity!r}"
    io_thread().run(client.aclose())


def test_a_session_of_either_name_is_one_identity(service: Service) -> None:
    kinds = set()
    for name in ("security_token", "session_token"):
        with become(service, use_profile("SESSION", name)) as wishes:
            kinds.add(settle(wishes).settings.auth.value)
    assert kinds == {"security_token"}
