"""How long to wait: the policy and the headers, without any wire."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ocigenai_nb.core.errors import (
    ConfigError,
    ConnectionFailedError,
    RequestTimeoutError,
    ServiceError,
    StreamCutError,
)
from ocigenai_nb.transports.retry import RetryPolicy, retry_after

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
FAILURE = ServiceError("Oh.", status=503)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7),
        ({"retry-after": "0.25"}, 0.25),
        ({"retry-after": "-3"}, 0),
        ({"retry-after-ms": "1500"}, 1.5),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after-ms": "soon", "retry-after": "9"}, 9),
        ({"retry-after": "Sun, 22 Nov 2026 12:00:30 GMT"}, 30),
        ({"retry-after": "Sun, 22 Nov 2026 13:00:30 +0100"}, 30),
        ({"retry-after": "Sun, 22 Nov 2026 12:00:30 -0000"}, 30),
        ({"retry-after": "Sun, 22 Nov 2026 11:59:00 GMT"}, 0),
        ({"retry-after": "tomorrow"}, None),
        ({"retry-after": "Sun, 22 Nov 99999 12:00:30 GMT"}, None),
    ],
)
def test_the_wait_a_response_asks_for(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers, NOON) == seconds


def test_the_wait_doubles_up_to_its_cap_less_at_most_a_quarter() -> None:
    policy = RetryPolicy(attempts=99, base=1, cap=5)
    for attempt, longest in enumerate([1, 2, 4, 5, 5], 1):
        waits = [policy.delay(FAILURE, attempt, {}, NOON) for _ in range(50)]
        assert all(wait is not None and 0.75 * longest <= wait <= longest for wait in waits)
        assert len(set(waits)) > 40, "Many notebooks must not come back at the same moment."


def test_a_wait_that_is_asked_for_is_not_shortened() -> None:
    policy = RetryPolicy(attempts=99, base=1, cap=2, max_wait=60)
    assert policy.delay(FAILURE, 1, {"retry-after": "60"}, NOON) == 60
    assert policy.delay(FAILURE, 1, {"retry-after": "61"}, NOON) is None


def test_what_is_no_answer_at_all_is_tried_again() -> None:
    for error in (ConnectionFailedError("Oh."), RequestTimeoutError("Oh.")):
        assert RetryPolicy().delay(error, 1, {}, NOON) is not None


@pytest.mark.parametrize("error", [ConfigError("Oh."), StreamCutError("Oh.")])
def test_what_trying_again_does_not_mend_is_not(error: ConfigError | StreamCutError) -> None:
    assert RetryPolicy().delay(error, 1, {}, NOON) is None


def test_the_last_attempt_waits_for_nothing() -> None:
    assert RetryPolicy(attempts=3).delay(FAILURE, 3, {}, NOON) is None
