"""What every transport puts on the wire, and what it keeps off it."""

from __future__ import annotations

import asyncio
import os
from typing import Any, Final

import pytest

from ocigenai_nb.core.errors import EmptyPromptError, UnknownOptionError, UsageError
from ocigenai_nb.core.messages import Image, Message, ResponseFormat
from ocigenai_nb.core.parameters import Parameters
from tests.transports.listener import Listener, respond
from tests.transports.subject import (
    COUNT,
    GEMINI,
    GPT_5,
    GROK,
    Transport,
    over,
    over_all_but,
)

PROJECT: Final = "ocid1.generativeaiproject.oc1.us-chicago-1.aaaaproject"

NATIVE: Final = ("sdk", "sdk-cohere")

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
        "frequency_penalty": 0.5,
        "presence_penalty": 1,
    }
    answer = transport.ask(COUNT, parameters=Parameters(stop=("x", "y"), **wishes))
    assert answer.error is None
    assert transport.sent().wishes == transport.name_wishes({**wishes, "stop": ["x", "y"]})
    left_out = [name for name in (*wishes, "stop") if name not in transport.wire.names]
    assert sorted(notice.partition(" ")[0] for notice in answer.notices) == sorted(left_out)


def test_what_nobody_wished_is_not_sent(transport: Transport) -> None:
    transport.ask(COUNT)
    assert transport.sent().wishes == {}


def test_zero_is_a_wish(transport: Transport) -> None:
    transport.ask(COUNT, parameters=Parameters(temperature=0))
    assert transport.sent().wishes == {"temperature": 0}


def test_a_requests_wishes_go_over_those_of_its_model(transport: Transport) -> None:
    model = transport.model(parameters=Parameters(temperature=1, seed=1))
    model.complete_sync(COUNT, parameters=Parameters(temperature=0))
    assert transport.sent().wishes == transport.name_wishes({"temperature": 0, "seed": 1})


@over_all_but("sdk-cohere")
def test_a_reasoning_model_gets_no_sampling_and_the_person_is_told(transport: Transport) -> None:
    answer = transport.ask(COUNT, GPT_5, parameters=Parameters(max_tokens=900, temperature=0.5))
    assert answer.error is None
    assert list(transport.sent().wishes.values()) == [900]
    assert transport.sent().wishes.keys() <= {
        "max_completion_tokens", "maxCompletionTokens", "max_output_tokens"
    }  # fmt: skip
    assert answer.notices == (
        "temperature is not sent: reasoning models accept neither sampling parameters nor stops.",
    )


@over("v1", "sdk", f"responses/{GROK}", f"responses-unstored/{GROK}")
def test_grok_gets_no_zero_penalty(transport: Transport) -> None:
    answer = transport.ask(COUNT, GROK, parameters=Parameters(presence_penalty=0))
    assert answer.error is None
    assert transport.sent().wishes == {}


def test_a_plan_is_what_would_be_sent_and_nothing_is(transport: Transport) -> None:
    wishes = Parameters(max_tokens=900, top_p=1)
    plan = transport.model().plan(COUNT, parameters=wishes)
    assert len(transport.service.journal) == 0
    assert transport.ask(COUNT, parameters=wishes).notices == plan.notices
    assert transport.service.journal.last.body == plan.body


@over_all_but(*NATIVE)
def test_the_compartment_goes_in_both_headers(transport: Transport) -> None:
    transport.ask(COUNT)
    headers = transport.service.journal.last.headers
    tenancy = transport.service.tenancies[0].ocid
    assert (headers["opc-compartment-id"], headers["compartmentid"]) == (tenancy, tenancy)


@over(*NATIVE)
def test_the_native_api_takes_the_compartment_in_the_body_and_knows_no_project(
    transport: Transport,
) -> None:
    transport.ask(COUNT, client=transport.client(project=PROJECT))
    entry = transport.service.journal.last
    assert isinstance(entry.body, dict)
    assert entry.body["compartmentId"] == transport.service.tenancies[0].ocid
    assert not {"openai-project", "opc-compartment-id", "compartmentid"} & entry.headers.keys()


@over_all_but(*NATIVE)
def test_the_project_goes_in_its_header_where_there_is_one(transport: Transport) -> None:
    transport.ask(COUNT, client=transport.client(project=PROJECT))
    assert transport.service.journal.last.headers["openai-project"] == PROJECT
    transport.ask(COUNT)
    assert "openai-project" not in transport.service.journal.last.headers


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


@over_all_but("sdk-cohere")
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
    error = transport.ask(COUNT, f"{transport.usual}x").error
    assert error is not None
    assert error.status == 404
    assert f"Did you mean '{transport.usual}'" in str(error)


@over(
    "v1", "sdk", "sdk-cohere", f"responses/{GEMINI}", f"responses-unstored/{GEMINI}"
)  # fmt: skip
def test_a_schema_without_an_end_is_refused_before_anything_is_sent(transport: Transport) -> None:
    endless = ResponseFormat({"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/a"}}})
    with pytest.raises(UsageError, match="refers to itself"):
        transport.model().stream(COUNT, response_format=endless)
    assert len(transport.service.journal) == 0


@over("responses")
def test_a_continued_thread_sends_its_new_turn_alone(transport: Transport) -> None:
    turns = [Message.system("Be brief."), Message.user("My name is Ada.")]
    first = transport.ask(turns)
    turns += [first.message, Message.user("What is my name?")]
    answer = transport.ask(turns, continuation=first.response_id)
    assert answer.text == "Your name is Ada."
    assert transport.sent().said == [("system", "Be brief."), ("user", "What is my name?")]


@over("responses-unstored")
def test_where_nothing_is_stored_a_continuation_is_left_out_and_told(transport: Transport) -> None:
    answer = transport.ask(COUNT, continuation="resp_1")
    assert answer.notices == (
        "The continuation is not sent: with store=False the service keeps nothing.",
    )
    assert answer.response_id is None


@over("v1", *NATIVE)
def test_where_there_are_no_threads_a_continuation_is_refused(transport: Transport) -> None:
    with pytest.raises(UsageError, match="continues on the Responses transport only") as refused:
        transport.ask(COUNT, continuation="resp_1")
    assert refused.value.remedy == "Leave continuation= (an agent's provider_state=) out."
    assert len(transport.service.journal) == 0


@over("sdk-cohere")
def test_effort_has_no_place_in_cohere_s_first_format(transport: Transport) -> None:
    with pytest.raises(UsageError, match="reasoning_effort has no place") as refused:
        transport.ask(COUNT, parameters=Parameters(reasoning_effort="low"))
    assert refused.value.remedy == "Leave reasoning_effort out."
    assert len(transport.service.journal) == 0


@over("responses", "responses-unstored")
def test_what_the_responses_api_has_no_name_for_is_left_out_and_told(transport: Transport) -> None:
    answer = transport.ask(COUNT, parameters=Parameters(seed=1))
    assert answer.notices == (
        "seed is not sent: the Responses API has no such parameter.",
    )  # fmt: skip
