"""The `openai` SDK's own client, signed: what it sends, where, and what it never does."""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import openai
import pytest

from ocigenai_nb import connect, record, replay
from ocigenai_nb.core.errors import (
    ConfigError,
    EndpointRefusedError,
    KeyFileError,
    SessionExpiredError,
    UsageError,
)
from ocigenai_nb.emulator.service import Service
from ocigenai_nb.transports.keys import fingerprint
from ocigenai_nb.transports.openai_client import make_openai
from ocigenai_nb.transports.settings import settle
from tests.transports.credentials_table import CREDENTIALS, be_instance, become
from tests.transports.keys import TENANCY, USER, make_key, write_config, write_pem
from tests.transports.listener import Listener, respond
from tests.transports.subject import GPT, LLAMA
from tests.transports.test_contract_requests import OPENAI_VARIABLES

ROOT: Final = Path(__file__).parents[2]
PATH: Final = "/openai/v1/chat/completions"


def client_of(service: Service, **options: Any) -> openai.OpenAI:
    """A connection's client, which needs the connection no more."""
    return connect(config_file=service.config_file, **options).openai()


def ask(client: openai.OpenAI, model: str = LLAMA) -> str | None:
    messages: Any = [{"role": "user", "content": "Say exactly: hi"}]
    answer = client.chat.completions.create(model=model, messages=messages)
    return answer.choices[0].message.content


# What it can


def test_a_chat_completion_is_signed_and_answered(service: Service) -> None:
    connection = connect(config_file=service.config_file)
    assert ask(connection.openai()) == "hi"
    entry = service.journal.last
    assert (entry.refused, entry.key_id_kind, entry.path) == (None, "api_key", PATH)
    compartment = connection.settings.compartment.value
    assert entry.headers["opc-compartment-id"] == compartment
    assert entry.headers["compartmentid"] == compartment


def test_a_response_is_stored_read_streamed_and_deleted(service: Service) -> None:
    client = client_of(service)
    first = client.responses.create(model=GPT, input="My name is Ada.")
    again = client.responses.create(
        model=GPT, input="What is my name?", previous_response_id=first.id, stream=True
    )
    assert "".join(e.delta for e in again if e.type == "response.output_text.delta") == (
        "Your name is Ada."
    )
    assert client.responses.retrieve(first.id).output_text == "Nice to meet you, Ada."
    client.responses.delete(first.id)
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(first.id)
    assert {entry.refused for entry in service.journal} == {None}


def test_an_upload_is_signed_over_its_whole_body(service: Service) -> None:
    client = client_of(service, project=service.project_id)
    made = client.files.create(file=("a.txt", b"x" * 200_000), purpose="assistants")
    assert made.bytes == 200_000
    assert service.journal.last.refused is None


def test_a_raw_and_a_streamed_response_pass(service: Service) -> None:
    client = client_of(service)
    body: Any = {"model": LLAMA, "messages": [{"role": "user", "content": "Count from 1 to 3."}]}
    raw = client.chat.completions.with_raw_response.create(**body)
    assert raw.headers["opc-request-id"] == service.journal.last.opc_request_id
    with client.chat.completions.create(**body, stream=True) as stream:
        said = [chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices]
    assert "".join(said) == "1 2 3"


def test_the_project_goes_along(service: Service) -> None:
    client = client_of(service, project=service.project_id)
    ask(client)
    assert service.journal.last.headers["openai-project"] == service.project_id
    ask(client.with_options(timeout=60))
    assert service.journal.last.headers["openai-project"] == service.project_id


@pytest.mark.parametrize("credential", CREDENTIALS)
def test_every_identity_signs_it(credential: str, service: Service) -> None:
    with become(service, CREDENTIALS[credential]) as wishes:
        service.journal.clear()
        assert ask(make_openai(settle(wishes)), GPT) == "hi"
    assert service.journal.last.refused is None


def test_a_token_that_was_revoked_is_renewed_once_and_the_request_sent_again(
    service: Service,
) -> None:
    with become(service, be_instance) as wishes:
        client = make_openai(settle(wishes))
        assert ask(client) == "hi"
        service.revoke_sessions()
        assert ask(client) == "hi"
    assert [e.status for e in service.journal if e.path == PATH] == [200, 401, 200]


# What it never does


def test_nothing_is_asked_twice_unasked(service: Service) -> None:
    service.fault("status", status=500, code="InternalServerError")
    with pytest.raises(openai.InternalServerError):
        ask(client_of(service))
    assert len(service.journal) == 1


def test_the_sdks_own_retries_sign_each_attempt_anew(service: Service) -> None:
    service.fault("status", status=500, retry_after=0.01)
    assert ask(client_of(service).with_options(max_retries=1)) == "hi"
    assert [(entry.status, entry.refused) for entry in service.journal] == [
        (500, None),
        (200, None),
    ]


def test_a_redirect_is_not_followed(service: Service) -> None:
    service.fault("redirect")
    with pytest.raises(openai.APIStatusError) as raised:
        ask(client_of(service))
    assert raised.value.status_code == 307
    assert len(service.journal) == 1


@pytest.mark.parametrize(
    "use",
    [
        lambda client, url: client.get(url, cast_to=object),
        lambda client, url: client.with_options(base_url=url).models.list(),
    ],
)
def test_nothing_is_signed_for_another_host(
    use: Callable[[openai.OpenAI, str], object], service: Service
) -> None:
    client = client_of(service)
    for url in ("http://127.0.0.1:9/x", "https://127.0.0.1/x", "https://oracle.example/x"):
        with pytest.raises(EndpointRefusedError) as raised:
            use(client, url)
        assert raised.value.message.startswith(f"Requests are signed for {service.url} only, not ")
    assert len(service.journal) == 0


@pytest.mark.parametrize("copies", [0, 1, 2])
def test_variables_of_another_account_do_not_travel(copies: int, service: Service) -> None:
    os.environ |= OPENAI_VARIABLES
    client = client_of(service)
    for _ in range(copies):
        client = client.with_options(timeout=60)
    assert ask(client) == "hi"
    entry = service.journal.last
    assert "canary" not in repr(dict(entry.headers))
    assert entry.refused is None


def test_its_copies_keep_what_they_are_given(service: Service) -> None:
    client = client_of(service).with_options(default_headers={"x-mine": "1"})
    assert ask(client.with_options(project="ocid1.generativeaiproject.oc1..x")) == "hi"
    headers = service.journal.last.headers
    assert headers["x-mine"] == "1"
    assert headers["openai-project"] == "ocid1.generativeaiproject.oc1..x"
    assert "opc-compartment-id" in headers


def test_while_a_cassette_is_replayed_nothing_is_sent(service: Service, tmp_path: Path) -> None:
    client, cassette = client_of(service), tmp_path / "empty.jsonl"
    with record(cassette):
        pass
    with replay(cassette), pytest.raises(UsageError, match="A cassette is being replayed"):
        ask(client)
    assert len(service.journal) == 0


# Errors


def test_what_the_service_refuses_is_the_sdks_own_error(service: Service) -> None:
    with pytest.raises(openai.NotFoundError) as raised:
        ask(client_of(service), "meta.llama-9")
    assert raised.value.response.headers["opc-request-id"] == service.journal.last.opc_request_id


def test_a_key_or_a_token_that_is_no_use_is_our_own_error(service: Service, tmp_path: Path) -> None:
    settings = {
        "tenancy": TENANCY,
        "user": USER,
        "fingerprint": fingerprint(make_key()),
        "key_file": str(tmp_path / "nowhere.pem"),
        "region": "us-chicago-1",
    }
    config = write_config(tmp_path, {"DEFAULT": settings})
    with pytest.raises(KeyFileError):
        ask(connect(config_file=config, endpoint=service.url).openai())
    service.issue_session(minutes=-5)
    with pytest.raises(SessionExpiredError) as raised:
        ask(client_of(service, profile="SESSION"))
    assert "oci session authenticate" in raised.value.remedy
    assert len(service.journal) == 0


def test_a_compartment_that_no_header_can_carry_is_refused(service: Service) -> None:
    with pytest.raises(ConfigError, match="can't be an OCID"):
        client_of(service, compartment_id="ocid1.compartmént")


def test_an_answer_that_is_not_the_services_passes_through(config: Path) -> None:
    with Listener(respond(200, b'{"choices": []}')) as server:
        client = connect(config_file=config, endpoint=server.url).openai()
        assert client.chat.completions.create(model=LLAMA, messages=[]).choices == []
    assert b"\r\nauthorization: signature " in server.requests[0].lower()


# How it lives


def test_a_connection_has_one_client(service: Service) -> None:
    connection = connect(config_file=service.config_file)
    assert connection.openai() is connection.openai()
    assert isinstance(connection.openai(), openai.OpenAI)
    assert connect(config_file=service.config_file).openai() is not connection.openai()


def test_a_client_and_its_copies_outlive_their_connection(service: Service) -> None:
    copied = client_of(service).with_options(timeout=60)
    gc.collect()
    assert ask(copied) == "hi"


def test_it_works_within_a_running_event_loop(service: Service) -> None:
    """A notebook's cell has one."""

    async def cell() -> str | None:
        return ask(client_of(service))

    assert asyncio.run(cell()) == "hi"


def test_no_secret_is_in_its_repr(config: Path) -> None:
    client = connect(config_file=config).openai()
    pem = write_pem(make_key())
    for thing in (client, client._client, client._client.auth, vars(client)):
        shown = repr(thing)
        assert "PRIVATE" not in shown
        assert "key.pem" not in shown
        assert pem[30:60] not in shown


FORK: Final = """
import os, sys
import ocigenai_nb as og

connection = og.connect(config_file=sys.argv[1])
def ask():
    messages = [{"role": "user", "content": "Say exactly: hi"}]
    answer = connection.openai().chat.completions.create(model=sys.argv[2], messages=messages)
    return answer.choices[0].message.content

ask()
before = connection.openai()
child = os.fork()
if child == 0:
    print("child", ask(), connection.openai() is not before, flush=True)
    os._exit(0)
os.waitpid(child, 0)
print("parent", ask(), connection.openai() is before, flush=True)
"""


def test_a_forked_child_has_a_client_of_its_own(service: Service) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FORK, str(service.config_file), LLAMA],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.stdout == "child hi True\nparent hi True\n", done.stderr
