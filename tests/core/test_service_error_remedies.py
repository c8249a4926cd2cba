"""Facts about refusals: the cause that a 401 or 404 has, and what to do about it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocigenai_nb.core.errors import ClockSkewError, NotAuthenticatedError
from ocigenai_nb.core.service_errors import clock_skew
from tests.core.error_answers import NOON, POLICY, asking, make

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


RETIRED = "meta.llama-3.1-70b-instruct"  # on demand until 2025-07-10


@pytest.mark.parametrize(
    ("model", "region", "message", "remedy"),
    [
        (RETIRED, "us-chicago-1", f"Entity with key {RETIRED} not found", "retired on 2025-07-10"),
        (
            "openai.gpt-4.1",
            "us-chicago-1",
            POLICY,
            "Most tenancies have no access",
        ),
        ("xai.grok-4.3", "eu-paris-1", POLICY, "is not known to be in eu-paris-1: give region="),
        (
            "meta.llama-3.3-70b-instruct",
            "us-chicago-1",
            "Entity with key meta.llama-3.3-70b-instruct not found",
            "does not answer on Responses: leave transport='responses' out.",
        ),
    ],
)
def test_a_404_says_what_is_known_of_the_model(
    model: str, region: str, message: str, remedy: str
) -> None:
    request = replace(asking(model), region=region)
    assert remedy in make(404, {"code": "404", "message": message}, request=request).remedy


def test_a_model_is_not_called_retired_before_its_day() -> None:
    request = replace(asking(RETIRED), sent_at=datetime(2025, 7, 9, tzinfo=UTC))
    error = make(404, {"message": f"Entity with key {RETIRED} not found"}, request=request)
    assert "retired" not in error.remedy


def test_a_404_of_the_compartment_is_told_from_one_of_the_model() -> None:
    request = replace(asking("meta.llama-3.3-70b-instruct"), compartment="my-compartment")
    error = make(404, {"message": "Entity with key my-compartment not found"}, request=request)
    assert error.remedy.startswith("That is the compartment: give compartment_id= its OCID")
