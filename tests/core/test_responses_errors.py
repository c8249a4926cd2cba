"""The errors of the Responses transport: told by code, parameter or the service's own sentence."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

import pytest

from ocigenai_nb.core.errors import (
    BadRequestError,
    NotFoundError,
    OCIProjectRequiredError,
    OCIResponsesStateLostError,
    ServiceError,
    ZeroRetentionError,
)
from ocigenai_nb.core.service_errors import RequestFacts, service_error

NOON: Final = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
REQUEST: Final = RequestFacts("xai.grok-4.3", "us-chicago-1", "api_key", NOON)
PROJECT: Final = "ocid1.generativeaiproject.oc1.us-chicago-1.aaaa"

NEEDS_PROJECT: Final = (
    "Non-OpenAI models require 'OpenAI-Project' or 'opc-conversation-store-id' header"
)
LOST: Final = "Previous response with id 'resp_1' not found."
RETENTION: Final = (
    "Previous response cannot be used for this organization due to Zero Data Retention."
)
POLICY: Final = "Authorization failed or requested resource not found."


def make(status: int, body: object, request: RequestFacts = REQUEST) -> ServiceError:
    return service_error(status, {}, json.dumps(body).encode(), request)


def openai(message: str, **rest: Any) -> dict[str, Any]:
    return {"error": {"message": message, "type": "invalid_request_error", **rest}}


def doubly(body: dict[str, Any]) -> dict[str, Any]:
    return {"code": "400", "message": json.dumps(body)}


@pytest.mark.parametrize(
    "body",
    [
        {"code": "400", "message": NEEDS_PROJECT},
        openai(NEEDS_PROJECT),
        doubly(openai(NEEDS_PROJECT)),
        # What the service was seen to answer where the project alone is missing.
        {"code": "InvalidParameter", "message": "Compartment ID must be provided."},
    ],
)
def test_a_missing_project_is_told_and_what_to_give(body: dict[str, Any]) -> None:
    error = make(400, body)
    assert type(error) is OCIProjectRequiredError
    assert "project=" in error.remedy
    assert error.status == 400


def test_with_a_project_a_missing_compartment_is_just_that() -> None:
    body = {"code": "400", "message": "Compartment ID must be provided."}
    error = make(400, body, replace(REQUEST, project=PROJECT))
    assert type(error) is BadRequestError


@pytest.mark.parametrize("status", [400, 404])
@pytest.mark.parametrize(
    "body",
    [
        openai(LOST),
        openai(LOST, code="previous_response_not_found", param="previous_response_id"),
        openai("In other words.", code="previous_response_not_found"),
        openai("In other words.", param="previous_response_id"),
        doubly(openai(LOST, param="previous_response_id")),
        {"code": "previous_response_not_found", "message": "In other words."},
        {"code": "404", "message": LOST},
    ],
)
def test_a_lost_thread_is_told_and_how_to_go_on(status: int, body: dict[str, Any]) -> None:
    error = make(status, body)
    assert type(error) is OCIResponsesStateLostError
    assert "whole history" in error.remedy


@pytest.mark.parametrize("rest", [{}, {"param": "previous_response_id", "code": "x"}])
def test_zero_data_retention_is_a_lost_thread_of_its_own_kind(rest: dict[str, Any]) -> None:
    error = make(400, openai(RETENTION, **rest))
    assert type(error) is ZeroRetentionError
    assert isinstance(error, OCIResponsesStateLostError)
    assert "store=False" in error.remedy


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (404, f"{POLICY} The project or thread does not exist."),
        (404, "Entity with key project-thread-model not found"),
        (404, "The model previous_response_id-7b was not found."),
        (404, "No thread of this conversation: response not found."),
        (403, "Your project has no access to this thread."),
        (500, LOST),
        (429, NEEDS_PROJECT),
    ],
)
def test_a_stray_word_tells_nothing(status: int, message: str) -> None:
    error = make(status, {"code": str(status), "message": message})
    assert not isinstance(error, OCIProjectRequiredError | OCIResponsesStateLostError)


def test_a_response_that_is_not_there_is_told_from_a_model_that_is_not() -> None:
    error = make(404, openai("Response with id 'resp_1' not found."))
    assert type(error) is NotFoundError
    assert "expired" in error.remedy
    assert "model" not in error.remedy


def test_a_refusal_with_a_project_names_it_as_a_cause() -> None:
    body = {"code": "NotAuthorizedOrNotFound", "message": POLICY}
    assert "project" in make(404, body, replace(REQUEST, project=PROJECT)).remedy
    assert "project" not in make(404, body).remedy
