"""Rows 19 to 22: the service refuses a request. What can be mended is; the rest is explained."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest

from ocigenai_nb.core.errors import BadRequestError, NotFoundError
from ocigenai_nb.core.messages import Message
from ocigenai_nb.core.parameters import Parameters
from ocigenai_nb.core.thread import Answer, fold
from ocigenai_nb.transports.client import SignedClient
from ocigenai_nb.transports.retry import RetryPolicy
from tests.transports.subject import COUNT, COUNTED, GROK, Transport, over, over_all_but

COOL: Final = Parameters(temperature=0.5)
CAPPED: Final = Parameters(max_tokens=50)


def refuse(
    transport: Transport, message: str, *, param: str | None, code: str | None, **options: Any
) -> None:
    """The next request is refused in OpenAI's envelope inside of OCI's."""
    error = {"message": message, "type": "invalid_request_error", "param": param, "code": code}
    transport.service.fault("status", status=400, message=json.dumps({"error": error}), **options)


def refuse_parameter(transport: Transport, name: str, more: str = "", **options: Any) -> None:
    message = f"Unsupported parameter: '{name}' is not supported with this model.{more}"
    refuse(transport, message, param=name, code="unsupported_parameter", **options)


def read_wishes(transport: Transport) -> list[dict[str, Any]]:
    """The sampling wishes of each request."""
    bodies = [entry.body for entry in transport.service.journal]
    return [dict(transport.wire.read(body).wishes) for body in bodies if isinstance(body, dict)]


def ask(transport: Transport, client: SignedClient, parameters: Parameters = COOL) -> Answer:
    return transport.ask(COUNT, client=client, parameters=parameters)


def test_row_19_a_parameter_that_is_refused_is_left_out_once_and_told(
    transport: Transport,
) -> None:
    refuse_parameter(transport, "temperature")
    answer = ask(transport, transport.client())
    assert (answer.text, answer.attempts) == (COUNTED, 2)
    assert read_wishes(transport) == [{"temperature": 0.5}, {}]
    assert answer.notices == (
        "temperature is not sent: the service refused it, and was asked again.",
    )


def test_row_19_it_is_remembered_for_that_model_and_told_each_time(transport: Transport) -> None:
    refuse_parameter(transport, "temperature")
    client = transport.client()
    ask(transport, client)
    answer = ask(transport, client)
    assert (answer.text, answer.attempts) == (COUNTED, 1)
    assert read_wishes(transport)[-1] == {}
    assert answer.notices == ("temperature is not sent: the service refused it before.",)
    assert ask(transport, client, Parameters()).notices == ()


def test_row_19_a_value_that_is_refused_is_left_out_and_another_is_tried(
    transport: Transport,
) -> None:
    words = "Unsupported value: 'temperature' does not support 0.5 with this model."
    refuse(transport, words, param="temperature", code="unsupported_value")
    client = transport.client()
    assert ask(transport, client).text == COUNTED
    assert ask(transport, client, Parameters(temperature=1.0)).notices == ()
    assert [bool(wishes) for wishes in read_wishes(transport)] == [True, False, True]


# Each in the words of its own wire; only these have a parameter of two names.
@over("v1", "sdk")
def test_row_19_a_parameter_that_has_another_name_is_renamed(transport: Transport) -> None:
    """Which is no retry: none are allowed here."""
    refuse_parameter(transport, "max_tokens", " Use 'max_completion_tokens' instead.")
    answer = ask(transport, transport.client(retry=RetryPolicy(attempts=1)), CAPPED)
    old, new = {
        "v1": ("max_tokens", "max_completion_tokens"),
        "sdk": ("maxTokens", "maxCompletionTokens"),
    }[transport.name]
    assert answer.text == COUNTED
    assert read_wishes(transport) == [{old: 50}, {new: 50}]
    assert answer.notices == (
        f"{old} is sent as {new}: the service refused it, and was asked again.",
    )


@over("v1", "sdk")
def test_row_19_the_emulators_own_refusal_is_mended(transport: Transport) -> None:
    """xAI's words, for a penalty that Grok takes none of."""
    parameters = Parameters(frequency_penalty=0.5)
    answer = transport.ask(COUNT, GROK, parameters=parameters)
    assert (answer.text, answer.attempts) == (COUNTED, 2)
    assert "is not sent: the service refused it" in answer.notices[0]


def test_row_19_a_parameter_that_goes_on_being_refused_is_an_error(transport: Transport) -> None:
    refuse_parameter(transport, "temperature", times=None)
    answer = ask(transport, transport.client())
    assert type(answer.error) is BadRequestError
    assert len(transport.service.journal) == 2


@pytest.mark.parametrize("name", ["messages", "model", "input", "tools", "message", "seeds", "n"])
def test_row_19_what_is_no_wish_is_never_left_out(transport: Transport, name: str) -> None:
    refuse_parameter(transport, name)
    answer = ask(transport, transport.client())
    assert type(answer.error) is BadRequestError
    assert len(transport.service.journal) == 1


def test_row_20_an_error_encoded_twice_shows_its_inner_message(transport: Transport) -> None:
    refuse(transport, "The moon is full.", param="moon", code="bad_moon")
    error = transport.ask(COUNT).error
    assert type(error) is BadRequestError
    assert (error.message, error.code) == ("The moon is full. (parameter moon)", "bad_moon")


def test_row_21_an_unknown_model_is_explained_with_the_region_and_where_models_are_listed(
    transport: Transport,
) -> None:
    name = f"{transport.usual}-9"
    error = transport.ask(COUNT, name).error
    assert type(error) is NotFoundError
    assert "the region (us-chicago-1)" in error.remedy
    assert "`%ocichat models` lists" in error.remedy
    assert f"Did you mean '{transport.usual}'" in error.remedy
    assert error.request_id == transport.service.journal.last.opc_request_id


@over_all_but("sdk-cohere")  # its models are offered to every tenancy of the emulator
def test_row_22_a_404_for_want_of_permission_names_the_policy_and_the_request(
    transport: Transport,
) -> None:
    client = transport.client(profile="TYPICAL")
    model = transport.kind.over(client, "openai.gpt-5.5")
    answer = fold(model.stream([Message.user(COUNT)]))
    error = answer.error
    assert type(error) is NotFoundError
    assert "allow group YOUR-GROUP to use generative-ai-family" in error.remedy
    assert "not offered to this tenancy in us-chicago-1" in error.remedy
    assert answer.request_id == transport.service.journal.last.opc_request_id
    assert str(answer.request_id) in str(error)


@over("sdk-cohere")
def test_row_22_a_404_for_want_of_permission_names_the_policy(transport: Transport) -> None:
    words = "Authorization failed or requested resource not found."
    transport.service.fault("status", status=404, code="NotAuthorizedOrNotFound", message=words)
    error = transport.ask(COUNT).error
    assert type(error) is NotFoundError
    assert "allow group YOUR-GROUP to use generative-ai-family" in error.remedy
    assert error.request_id == transport.service.journal.last.opc_request_id
