"""An error response to a typed error with a remedy.

The service writes errors in four ways (facts observed in public, 2026): OCI's `{code, message}`
with the code in words or as a number in a string; OpenAI's `{"error": {message, type, param,
code}}`; OCI's with OpenAI's as JSON text inside `message`; and plain text or HTML from whatever
stands before it. So the HTTP status decides the type, and the text only the remedy.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from .catalog import suggest_models
from .errors import (
    BadRequestError,
    ClockSkewError,
    NotAuthenticatedError,
    NotFoundError,
    RedirectRefusedError,
    ServerFailureError,
    ServiceError,
    ThrottledError,
)

MAX_SKEW_SECONDS = 300
_MAX_TEXT = 300
_MAX_CODE = 80
_MAX_PLAIN = 64 * 1024


@dataclass(frozen=True, slots=True)
class RequestFacts:
    """What a remedy may need to know of the request; `sent_at` is this machine's time."""

    model: str
    region: str
    auth: str
    sent_at: datetime


def service_error(
    status: int, headers: Mapping[str, str], body: bytes, request: RequestFacts
) -> ServiceError:
    """The typed error of a response with an error status. `headers` have lower-case names."""
    code, text = read_body(body)
    skew = clock_skew(headers.get("date"), request.sent_at) if status == 401 else None
    kind = _kind(status, skew)
    return kind(
        text or f"The service answered HTTP {status} without a word.",
        remedy=_remedy(kind, code, text, request, skew),
        status=status,
        code=code,
        request_id=headers.get("opc-request-id"),
    )


def read_body(body: bytes) -> tuple[str | None, str]:
    """The service's code and message out of any of its envelopes, in one line of bounded length."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        data = None
    code, text = _read(data) if isinstance(data, dict) else (None, "")
    return code and _one_line(code, _MAX_CODE), _one_line(text, _MAX_TEXT) or _plain(body)


def clock_skew(date: str | None, sent_at: datetime) -> float | None:
    """Seconds that this machine is ahead (behind: negative), where that explains a 401."""
    try:
        theirs = parsedate_to_datetime(date or "")
    except (ValueError, OverflowError):
        return None
    if theirs.tzinfo is None:
        theirs = theirs.replace(tzinfo=UTC)
    ahead = (sent_at - theirs).total_seconds()
    return ahead if abs(ahead) > MAX_SKEW_SECONDS else None


def _read(data: Mapping[str, Any]) -> tuple[str | None, str]:
    inner = data.get("error")
    if isinstance(inner, dict):
        param = inner.get("param")
        where = f" (parameter {param})" if param else ""
        message = inner.get("message") or ""
        return _word(inner.get("code") or inner.get("type")), f"{message}{where}"
    message = inner if isinstance(inner, str) else data.get("message") or ""
    code = _word(data.get("code"))
    if isinstance(message, str) and message.lstrip().startswith("{"):
        try:
            inner_code, inner_message = _read(json.loads(message))
        except (ValueError, RecursionError):
            return code, message
        return inner_code or code, inner_message or message
    return code, str(message)


def _word(code: object) -> str | None:
    return str(code) if code is not None else None


def _plain(body: bytes) -> str:
    text = body[:_MAX_PLAIN].decode("utf-8", "replace")
    return _one_line(re.sub(r"<[^<>]*>", " ", text), _MAX_TEXT)


def _one_line(text: str, size: int) -> str:
    # A peer may send any length, and control characters that a terminal obeys.
    words = " ".join(text.lstrip()[: 10 * size].split())
    return "".join(filter(str.isprintable, words))[:size]


def _kind(status: int, skew: float | None) -> type[ServiceError]:
    if status == 401:
        return ClockSkewError if skew is not None else NotAuthenticatedError
    if 300 <= status < 400:
        return RedirectRefusedError
    if status == 404:
        return NotFoundError
    if status == 429:
        return ThrottledError
    return ServerFailureError if status >= 500 else BadRequestError


def _remedy(
    kind: type[ServiceError],
    code: str | None,
    text: str,
    request: RequestFacts,
    skew: float | None,
) -> str:
    if skew is not None:
        side = "ahead of" if skew > 0 else "behind"
        return (
            f"This machine's clock is {abs(skew):.0f} seconds {side} the service's, and "
            f"{MAX_SKEW_SECONDS} are allowed: set the clock."
        )
    if kind is NotAuthenticatedError:
        return _unauthenticated(request)
    if kind is NotFoundError:
        return _not_found(code, text, request)
    return _REMEDIES[kind]


def _unauthenticated(request: RequestFacts) -> str:
    if request.auth == "security_token":
        return "The session is not accepted any more: run `oci session authenticate`."
    return (
        "Check that the API key of this profile's fingerprint is uploaded for its user; "
        "a fresh key takes a few minutes."
    )


def _not_found(code: str | None, text: str, request: RequestFacts) -> str:
    if "registered service" in text:
        return f"The endpoint does not serve this path: check region {request.region} and endpoint."
    if "Authorization failed" in text or code == "NotAuthorizedOrNotFound":
        return (
            f"Either {request.model} is not offered to this tenancy in {request.region}, or a "
            "policy is missing: allow group YOUR-GROUP to use generative-ai-family in compartment "
            "YOUR-COMPARTMENT."
        )
    return (
        f"Check the model's name, the compartment and the region ({request.region})."
        f"{suggest_models(request.model)}"
    )


_REMEDIES: dict[type[ServiceError], str] = {
    ThrottledError: "Wait a little and send it again; limits are per tenancy and model.",
    ServerFailureError: (
        "The failure is the service's: send it again, and give Oracle's support the request id."
    ),
    RedirectRefusedError: (
        "Nothing was sent on, since the prompt would go to another address: check the endpoint."
    ),
    BadRequestError: (
        "The service refuses this request as it is: change what the message names and send it anew."
    ),
}
