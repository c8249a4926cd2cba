"""Facts about error responses: every envelope the service writes, and whatever stands before it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocigenai_nb.core.errors import (
    BadRequestError,
    NotAuthenticatedError,
    NotFoundError,
    RedirectRefusedError,
    ServerFailureError,
    ServiceError,
    ThrottledError,
)
from ocigenai_nb.core.service_errors import read_body
from tests.core.error_answers import POLICY, make

# The table of error bodies


@pytest.mark.parametrize(
    ("status", "body", "kind", "code", "message"),
    [
        (
            401,
            {"code": "NotAuthenticated", "message": "The required information is missing."},
            NotAuthenticatedError,
            "NotAuthenticated",
            "The required information is missing.",
        ),
        (
            404,
            {"code": "NotAuthorizedOrNotFound", "message": POLICY},
            NotFoundError,
            "NotAuthorizedOrNotFound",
            POLICY,
        ),
        (404, {"code": "404", "message": POLICY}, NotFoundError, "404", POLICY),
        (
            404,
            {"code": "404", "message": "Entity with key x not found"},
            NotFoundError,
            "404",
            "Entity with key x not found",
        ),
        (
            400,
            {"code": "400", "message": "Please pass in correct format of request."},
            BadRequestError,
            "400",
            "Please pass in correct format of request.",
        ),
        (
            400,
            {
                "error": {
                    "message": "Bad value.",
                    "type": "invalid_request_error",
                    "param": "temperature",
                    "code": "invalid_value",
                }
            },
            BadRequestError,
            "invalid_value",
            "Bad value. (parameter temperature)",
        ),
        (
            400,
            {
                "code": "400",
                "message": json.dumps({"error": {"message": "Inner.", "code": "invalid_value"}}),
            },
            BadRequestError,
            "invalid_value",
            "Inner.",
        ),
        (
            400,
            {"code": "invalid-argument", "error": "Client-side tools need beta access"},
            BadRequestError,
            "invalid-argument",
            "Client-side tools need beta access",
        ),
        (
            429,
            {"code": "429", "message": "Service request limit is exceeded."},
            ThrottledError,
            "429",
            "Service request limit is exceeded.",
        ),
        (
            500,
            {"code": "InternalServerError", "message": "Oops."},
            ServerFailureError,
            "InternalServerError",
            "Oops.",
        ),
        (503, {"code": 503, "message": "Later."}, ServerFailureError, "503", "Later."),
        (
            502,
            b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body></body></html>",
            ServerFailureError,
            None,
            "502 Bad Gateway",
        ),
        (
            400,
            b"Unsupported OpenAI operation\n",
            BadRequestError,
            None,
            "Unsupported OpenAI operation",
        ),
        (400, [1, 2], BadRequestError, None, "[1, 2]"),
        (400, "a string", BadRequestError, None, '"a string"'),
        (400, b"null", BadRequestError, None, "null"),
        (500, b"\xff\xfe", ServerFailureError, None, "\ufffd\ufffd"),
        (500, b"", ServerFailureError, None, "The service answered HTTP 500 without a word."),
        (500, b" \n", ServerFailureError, None, "The service answered HTTP 500 without a word."),
        (307, b"", RedirectRefusedError, None, "The service answered HTTP 307 without a word."),
    ],
)
def test_every_envelope_is_read(
    status: int, body: object, kind: type[ServiceError], code: str | None, message: str
) -> None:
    error = make(status, body, headers={"opc-request-id": "A/B/C"})
    assert type(error) is kind
    assert error.message == message
    assert (error.status, error.code, error.request_id) == (status, code, "A/B/C")


@pytest.mark.parametrize(
    ("body", "read"),
    [
        ({"error": {"message": "m", "type": "t", "code": None}}, ("t", "m")),
        ({"error": {"message": "m", "code": 400}}, ("400", "m")),
        (
            {"error": {"message": None, "code": "c"}},
            ("c", '{"error": {"message": null, "code": "c"}}'),
        ),
        ({"code": "c", "message": None}, ("c", '{"code": "c", "message": null}')),
        ({"code": "c", "message": "{not json"}, ("c", "{not json")),
        ({"code": "c", "message": "{}"}, ("c", "{}")),
        ({"code": "c", "message": '{"message": "m"}'}, ("c", "m")),
        ({"code": "c", "message": {"deep": 1}}, ("c", "{'deep': 1}")),
        ({"message": "m", "error": []}, (None, "m")),
        ({"detail": "Not Found"}, (None, '{"detail": "Not Found"}')),
        ({}, (None, "{}")),
    ],
)
def test_odd_envelopes_are_read_as_far_as_they_go(
    body: dict[str, Any], read: tuple[str | None, str]
) -> None:
    assert read_body(json.dumps(body).encode()) == read


@pytest.mark.parametrize(
    ("statuses", "kind", "remedy"),
    [
        ((300, 301, 307, 399), RedirectRefusedError, "Nothing was sent on"),
        ((400, 402, 403, 405, 409, 413, 428, 430, 499), BadRequestError, "change what the message"),
        ((401,), NotAuthenticatedError, "API key of this profile's fingerprint is uploaded"),
        ((404,), NotFoundError, "Check the model's name, the compartment and the region"),
        ((429,), ThrottledError, "Send it again later"),
        ((500, 503, 599), ServerFailureError, "give Oracle's support the request id"),
    ],
)
def test_the_status_decides_the_type_and_each_type_has_its_remedy(
    statuses: tuple[int, ...], kind: type[ServiceError], remedy: str
) -> None:
    for status in statuses:
        error = make(status, {"code": "x", "message": "m"})
        assert type(error) is kind
        assert remedy in error.remedy


@pytest.mark.parametrize("status", [300, 301, 307, 400, 401, 403, 404, 409, 429, 500, 503, 599])
@pytest.mark.parametrize("body", [b"", {"code": "x", "message": "m"}, {"message": POLICY}])
def test_every_service_error_has_a_remedy_and_at_most_three_lines(
    status: int, body: object
) -> None:
    error = make(status, body)
    assert error.remedy
    assert len(str(error).splitlines()) <= 3


def test_without_a_request_id_there_is_none() -> None:
    assert make(500).request_id is None


# Hostile bodies


@pytest.mark.parametrize(
    "body",
    [
        b"x" * 10_000_000,
        b"<" * 10_000_000,
        b" " * 10_000_000 + b"x",
        b"[" * 1_000_000,
        b'{"message":' * 100_000,
        json.dumps({"code": "c" * 10_000_000, "message": "m" * 10_000_000}).encode(),
        json.dumps({"message": "{" + '"a":[' * 100_000}).encode(),
        json.dumps({"message": '{"a":' + "[" * 100_000}).encode(),
        json.dumps({"error": {"message": "m", "param": ["p"] * 1_000_000}}).encode(),
        b"1" * 10_000,
    ],
    ids=[
        "text",
        "tags",
        "blanks",
        "lists",
        "objects",
        "fields",
        "nested",
        "deep",
        "param",
        "digits",
    ],
)
def test_a_body_of_any_size_gives_a_short_message(body: bytes) -> None:
    error = make(400, body)
    assert len(str(error)) < 700


def test_lines_and_control_characters_do_not_reach_the_terminal() -> None:
    message = "one\ntwo\u2028three\x1b[31m\x9b\u202ered\x00\tfour"
    assert make(400, {"message": message}).message == "one two three[31mred four"


@given(
    st.binary(max_size=60)
    | st.text(st.sampled_from('{}[]":,<>\\n1eE-+ '), max_size=40).map(str.encode)
)
def test_any_body_gives_a_typed_error(body: bytes) -> None:
    assert make(400, body).message


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["error", "message", "code", "type", "param"]), inner)
    ),
)


@given(JSON)
def test_any_json_gives_a_typed_error(body: object) -> None:
    assert make(400, body).message
