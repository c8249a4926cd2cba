"""What every transport puts on the wire, and what it keeps off it."""

from __future__ import annotations

import asyncio
import importlib
import os
from typing import Any, Final

import openai
import pytest

from ocigenai_nb.core.errors import EmptyPromptError, UnknownOptionError, UsageError
from ocigenai_nb.core.messages import Image, Message, ResponseFormat
from ocigenai_nb.core.parameters import Parameters
from tests.transports.listener import Listener, respond
from tests.transports.subject import COUNT, GPT_5, GROK, LLAMA, Transport

PROJECT: Final = "ocid1.generativeaiproject.oc1.us-chicago-1.aaaaproject"

# What people have set for OpenAI's own service, or for another one.
OPENAI_VARIABLES: Final = {
    "OPENAI_API_KEY": "sk-canary-key",
    "OPENAI_ADMIN_KEY": "sk-canary-admin",
    "OPENAI_ORG_ID": "org-canary",
    "OPENAI_PROJECT_ID": "proj-canary",
    "OPENAI_BASE_URL": "http://127.0.0.1:9/canary",
    "OPENAI_CUSTOM_HEADERS": "X-Canary: 1\nCompartmentId: canary\nAuthorization: Bearer canary",
    "OPENAI_WEBHOOK_SECRET": "canary-secret",
}


def test_every_wish_is_on_the_wire_under_its_name(transport: Transport) -> None:
    wishes: dict[str, Any] = {
        "max_tokens": 40,
        "temperature": 0.25,
        "top_p": 0.5,
        "seed": 7,
        "frequency_penalty": -1,
        "presence_penalty": 1.5,
    }
    assert transport.ask(COUNT, parameters=Parameters(stop=("x", "y"), **wishes)).error is None
    assert transport.sent().wishes == {**wishes, "stop": ["x", "y"]}


def test_what_nobody_wished_is_not_sent(transport: Transport) -> None:
    transport.ask(COUNT)
    assert transport.sent().wishes == {}


def test_zero_is_a_wish(transport: Transport) -> None:
    transport.ask(COUNT, parameters=Parameters(temperature=0))
    assert transport.sent().wishes == {"temperature": 0}


def test_a_requests_wishes_go_over_those_of_its_model(transport: Transport) -> None:
    model = transport.model(parameters=Parameters(temperature=1, seed=1))
    model.complete_sync(COUNT, parameters=Parameters(temperature=0))
    assert transport.sent().wishes == {"temperature": 0, "seed": 1}


def test_a_reasoning_model_gets_no_sampling_and_the_person_is_told(transport: Transport) -> None:
    answer = transport.ask(COUNT, GPT_5, parameters=Parameters(max_tokens=900, temperature=0.5))
    assert answer.error is None
    assert transport.sent().wishes == {"max_completion_tokens": 900}
    assert answer.notices == (
        "temperature is not sent: reasoning models accept no sampling parameters.",
    )


def test_grok_gets_no_zero_penalty(transport: Transport) -> None:
    answer = transport.ask(COUNT, GROK, parameters=Parameters(presence_penalty=0))
    assert answer.error is None
    assert transport.sent().wishes == {}


def test_a_plan_is_what_would_be_sent_and_nothing_is(transport: Transport) -> None:
    plan = transport.model(GPT_5).plan(COUNT, parameters=Parameters(seed=1, top_p=1))
    assert len(transport.service.journal) == 0
    assert plan.notices == ("top_p is not sent: reasoning models accept no sampling parameters.",)
    transport.ask(COUNT, GPT_5, parameters=Parameters(seed=1, top_p=1))
    assert transport.service.journal.last.body == plan.body


def test_the_compartment_goes_in_both_headers(transport: Transport) -> None:
    transport.ask(COUNT)
    headers = transport.service.journal.last.headers
    tenancy = transport.service.tenancies[0].ocid
    assert (headers["opc-compartment-id"], headers["compartmentid"]) == (tenancy, tenancy)


def test_the_project_goes_in_its_header_where_there_is_one(transport: Transport) -> None:
    transport.ask(COUNT, client=transport.client(project=PROJECT))
    assert transport.service.journal.last.headers["openai-project"] == PROJECT
    transport.ask(COUNT)
    assert "openai-project" not in transport.service.journal.last.headers


def test_zstd_is_never_offered(transport: Transport, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the `zstandard` package is installed, the client would."""
    base: Any = openai.DefaultAsyncHttpxClient.__base__
    module = importlib.import_module(f"{base.__module__.partition('.')[0]}._client")
    monkeypatch.setattr(module, "ACCEPT_ENCODING", "gzip, deflate, br, zstd")
    transport.ask(COUNT)
    assert transport.service.journal.last.headers["accept-encoding"] == "gzip, deflate"


@pytest.mark.parametrize("variable", OPENAI_VARIABLES)
def test_no_openai_variable_changes_the_request(transport: Transport, variable: str) -> None:
    transport.ask(COUNT)
    before = transport.service.journal.last
    os.environ[variable] = OPENAI_VARIABLES[variable]
    assert transport.ask(COUNT).error is None
    after = transport.service.journal.last
    assert after.path == before.path
    assert {**after.headers, "date": ""} == {**before.headers, "date": ""}


def test_the_only_credential_on_the_wire_is_the_signature(transport: Transport) -> None:
    os.environ.update(OPENAI_VARIABLES)
    with Listener(respond(400)) as listener:
        transport.ask(COUNT, client=transport.client(endpoint=listener.url))
    [request] = listener.requests
    assert b"canary" not in request
    assert b"Bearer" not in request
    assert request.lower().count(b"\r\nauthorization: signature ") == 1
    assert request.lower().count(b"\r\nauthorization:") == 1


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "ALL_PROXY"])
@pytest.mark.parametrize("proxy", ["http://127.0.0.1:9", "socks5://127.0.0.1:9"])
def test_a_proxy_of_the_environment_is_not_asked_for_loopback(
    transport: Transport, variable: str, proxy: str
) -> None:
    os.environ[variable] = proxy
    assert transport.ask(COUNT).error is None


@pytest.mark.parametrize(
    "prompt", ["", " \n\t", [], Message.user(""), [Message.user("Hi"), Message.user(" ")]]
)
def test_an_empty_prompt_is_refused_before_anything_is_sent(
    transport: Transport, prompt: Any
) -> None:
    with pytest.raises(EmptyPromptError, match="The prompt is empty"):
        transport.model().stream(prompt)
    with pytest.raises(EmptyPromptError):
        transport.model().complete_sync(prompt)
    assert len(transport.service.journal) == 0


def test_a_picture_is_prompt_enough(transport: Transport) -> None:
    picture = Image("data:image/png;base64,iVBORw0KGgo=")
    assert transport.ask(Message.user("", picture)).error is None


def test_an_unknown_option_is_refused_with_a_suggestion(transport: Transport) -> None:
    model = transport.model()
    with pytest.raises(UnknownOptionError, match="Did you mean 'parameters'"):
        model.stream(COUNT, paramters=Parameters())  # type: ignore[call-arg]
    with pytest.raises(UnknownOptionError, match="Did you mean 'tools'"):
        model.complete_sync(COUNT, tool=())  # type: ignore[call-arg]
    with pytest.raises(UnknownOptionError, match="Did you mean 'response_format'"):
        asyncio.run(model.complete(COUNT, response_fromat=None))  # type: ignore[call-arg]
    assert len(transport.service.journal) == 0


def test_an_unknown_model_of_a_known_family_is_the_services_to_refuse(
    transport: Transport,
) -> None:
    """A model that Oracle publishes today works today; a misspelt one gets a suggestion."""
    error = transport.ask(COUNT, "meta.llama-3.3-70b-instuct").error
    assert error is not None
    assert error.status == 404
    assert f"Did you mean '{LLAMA}'" in str(error)


def test_a_schema_without_an_end_is_refused_before_anything_is_sent(transport: Transport) -> None:
    endless = ResponseFormat({"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/a"}}})
    with pytest.raises(UsageError, match="refers to itself"):
        transport.model().stream(COUNT, response_format=endless)
    assert len(transport.service.journal) == 0
