"""Facts about error responses: every envelope the service writes, and whatever stands before it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocigenai_nb.core.errors import (
    BadRequestError,
    ClockSkewError,
    NotAuthenticatedError,
    NotFoundError,
    RedirectRefusedError,
    ServerFailureError,
    ServiceError,
    ThrottledError,
)
from ocigenai_nb.core.service_errors import RequestFacts, clock_skew, read_body, service_error

NOON: Final = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
REQUEST: Final = RequestFacts("meta.llama-3.3-70b-instruct", "us-chicago-1", "api_key", NOON)
POLICY: Final = "Authorization failed or requested resource not found."


def make(
    status: int,
    body: object = b"",
    *,
    headers: dict[str, str] | None = None,
    request: RequestFacts = REQUEST,
) -> ServiceError:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return service_error(status, headers or {}, data, request)


def asking(model: str, auth: str = "api_key") -> RequestFacts:
    return RequestFacts(model, "us-chicago-1", auth, NOON)


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
        ((429,), ThrottledError, "Wait a little"),
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


# 401


@pytest.mark.parametrize(
    ("ahead", "sentence"),
    [
        (301, "This machine's clock is 301 seconds ahead of the service's"),
        (-301, "This machine's clock is 301 seconds behind the service's"),
        (86_400, "This machine's clock is 86400 seconds ahead of the service's"),
    ],
)
def test_a_401_with_a_skewed_clock_names_seconds_and_direction(ahead: int, sentence: str) -> None:
    date = format_datetime(NOON - timedelta(seconds=ahead), usegmt=True)
    error = make(401, {"code": "NotAuthenticated", "message": "No."}, headers={"date": date})
    assert type(error) is ClockSkewError
    assert error.remedy.startswith(sentence)
    assert "300 are allowed: set the clock" in error.remedy


@pytest.mark.parametrize("ahead", [0, 299, 300, -300])
def test_a_401_within_the_allowed_skew_is_not_blamed_on_the_clock(ahead: int) -> None:
    date = format_datetime(NOON - timedelta(seconds=ahead), usegmt=True)
    assert type(make(401, headers={"date": date})) is NotAuthenticatedError


@pytest.mark.parametrize("status", [400, 403, 404, 500])
def test_only_a_401_is_blamed_on_the_clock(status: int) -> None:
    error = make(status, headers={"date": "Thu, 01 Jan 1970 00:00:00 GMT"})
    assert not isinstance(error, ClockSkewError)


@pytest.mark.parametrize(
    "date",
    [
        None,
        "",
        "yesterday",
        "Sun, 22 Nov 99999999999999999999 12:00:00 GMT",
        "Sun, 22 Nov 2026 12:00:00 +99999999999999999999",
        "Sun, 99 Nov 2026 99:00:00 GMT",
    ],
)
def test_a_date_that_is_none_explains_nothing(date: str | None) -> None:
    assert clock_skew(date, NOON) is None


@pytest.mark.parametrize(
    "date",
    [
        "Sun, 22 Nov 2026 11:00:00 GMT",
        "Sun, 22 Nov 2026 11:00:00 -0000",
        "Sun, 22 Nov 2026 13:00:00 +0200",
        "Sun, 22 Nov 2026 11:00:00",
    ],
)
def test_a_date_is_read_in_any_zone(date: str) -> None:
    assert clock_skew(date, NOON) == 3600


@given(st.text(max_size=40))
def test_any_date_header_is_survived(date: str) -> None:
    clock_skew(date, NOON)


def test_a_refused_session_says_how_to_renew_it() -> None:
    error = make(401, request=asking("meta.llama-3.3-70b-instruct", "security_token"))
    assert "oci session authenticate" in error.remedy


@pytest.mark.parametrize(
    ("auth", "remedy"),
    [
        ("api_key", "fingerprint is uploaded for its user"),
        ("instance_principal", "The instance's token is not accepted"),
        ("resource_principal", "start the function or pod anew"),
        ("genai_api_key", "made in us-chicago-1: it is good in its own region only"),
    ],
)
def test_each_identity_that_is_refused_has_a_remedy_of_its_own(auth: str, remedy: str) -> None:
    assert remedy in make(401, request=asking("meta.llama-3.3-70b-instruct", auth)).remedy


# 404


@pytest.mark.parametrize(
    ("model", "remedy"),
    [
        ("ocid1.generativeaiendpoint.oc1.uk-london-1.aaaa", "give region='uk-london-1'"),
        ("ocid1.generativeaiendpoint.oc1.lhr.aaaa", "give region='uk-london-1'"),
        ("ocid1.generativeaiendpoint.oc1.us-chicago-1.aaaa", "a policy is missing"),
        ("ocid1.generativeaiendpoint.oc1.eu-atlantis-1.aaaa", "a policy is missing"),
        ("ocid1.generativeaiendpoint", "a policy is missing"),
    ],
)
def test_a_dedicated_endpoint_of_another_region_is_told_by_its_name(
    model: str, remedy: str
) -> None:
    error = make(404, {"code": "404", "message": POLICY}, request=asking(model))
    assert remedy in error.remedy


@pytest.mark.parametrize(
    ("status", "message", "remedy"),
    [
        (404, "This model is only supported in v1/responses and not in v1/chat.", "responses"),
        (400, "Unsupported OpenAI operation", "sdk"),
    ],
)
def test_a_model_on_the_wrong_transport_is_told_the_right_one(
    status: int, message: str, remedy: str
) -> None:
    error = make(status, {"code": str(status), "message": message})
    assert f"ask with transport='{remedy}'" in error.remedy


@pytest.mark.parametrize(
    "body",
    [{"code": "NotAuthorizedOrNotFound", "message": "x"}, {"code": "404", "message": POLICY}],
)
def test_a_404_that_may_be_a_policy_says_which_one(body: object) -> None:
    error = make(404, body)
    assert (
        "meta.llama-3.3-70b-instruct is not offered to this tenancy in us-chicago-1" in error.remedy
    )
    assert "to use generative-ai-family in compartment" in error.remedy


def test_a_404_of_a_path_points_at_region_and_endpoint() -> None:
    error = make(404, {"code": "404", "message": "Path doesn't map to a registered service!"})
    assert error.remedy == (
        "The endpoint does not serve this path: check region us-chicago-1 and endpoint."
    )


def test_a_404_of_an_entity_says_what_to_check_and_suggests_a_model() -> None:
    body = {"code": "404", "message": "Entity with key x not found"}
    error = make(404, body, request=asking("meta.llama-3.3-70b-instrukt"))
    assert "model's name, the compartment and the region (us-chicago-1)" in error.remedy
    assert "Did you mean 'meta.llama-3.3-70b-instruct'" in error.remedy


def test_a_404_suggests_nothing_for_a_model_that_is_listed() -> None:
    assert "Did you mean" not in make(404, {"message": "Entity with key x not found"}).remedy
