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

from .catalog import find_model
from .errors import (
    BadRequestError,
    ClockSkewError,
    NotAuthenticatedError,
    NotFoundError,
    OCIProjectRequiredError,
    OCIResponsesStateLostError,
    RedirectRefusedError,
    ServerFailureError,
    ServiceError,
    ThrottledError,
    ZeroRetentionError,
)
from .not_found import explain_not_found

MAX_SKEW_SECONDS = 300
_MAX_TEXT = 300
_MAX_CODE = 80
_MAX_PLAIN = 64 * 1024

# The service's own sentences (observed in public, 2026) where no code says it as well.
_PROJECT = re.compile(r"\brequires? 'OpenAI-Project'")
_STATE_LOST = re.compile(r"^Previous response with id \S+ not found\b")
_ZERO_RETENTION = re.compile(r"^Previous response cannot be used .* due to Zero Data Retention\b")


@dataclass(frozen=True, slots=True)
class RequestFacts:
    """What a remedy may need to know of the request; `sent_at` is this machine's time.

    `project` is the OCID of the Generative AI project that it named, `compartment` that of the
    compartment.
    """

    model: str
    region: str
    auth: str
    sent_at: datetime
    project: str | None = None
    compartment: str = ""


def service_error(
    status: int, headers: Mapping[str, str], body: bytes, request: RequestFacts
) -> ServiceError:
    """The typed error of a response with an error status. `headers` have lower-case names."""
    code, param, message = _envelope(body)
    text = _sentence(body, param, message)
    skew = clock_skew(headers.get("date"), request.sent_at) if status == 401 else None
    kind = _special(status, code, param, text, request) or _kind(status, skew)
    return kind(
        text or f"The service answered HTTP {status} without a word.",
        remedy=_remedy(kind, code, text, request, skew),
        status=status,
        code=code,
        request_id=headers.get("opc-request-id"),
    )


def read_body(body: bytes) -> tuple[str | None, str]:
    """The service's code and message out of any of its envelopes, in one line of bounded length."""
    code, param, message = _envelope(body)
    return code, _sentence(body, param, message)


def read_refusal(body: bytes) -> tuple[str | None, str, str]:
    """The service's code, the parameter that it names, and its message, in bounded length."""
    code, param, message = _envelope(body)
    return code, _one_line(param, _MAX_CODE), _one_line(message, _MAX_TEXT)


def _envelope(body: bytes) -> tuple[str | None, str, str]:
    """Code, parameter and message; empty where the body is none of the envelopes."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        data = None
    code, param, message = _read(data) if isinstance(data, dict) else (None, "", "")
    return code and _one_line(code, _MAX_CODE), param, message


def _sentence(body: bytes, param: str, message: str) -> str:
    where = f" (parameter {param})" if param else ""
    return _one_line(f"{message}{where}", _MAX_TEXT) or _plain(body)


def clock_skew(date: str | None, sent_at: datetime) -> float | None:
    """Seconds that this machine is ahead (behind: negative), where that explains a 401."""
    ahead = clock_difference(date, sent_at)
    return ahead if ahead is not None and abs(ahead) > MAX_SKEW_SECONDS else None


def clock_difference(date: str | None, here: datetime) -> float | None:
    """Seconds that this machine is ahead (behind: negative) of a response's `Date`.

    None where the response has none. Such a date has whole seconds.
    """
    try:
        theirs = parsedate_to_datetime(date or "")
    except (ValueError, OverflowError):
        return None
    if theirs.tzinfo is None:
        theirs = theirs.replace(tzinfo=UTC)
    return (here - theirs).total_seconds()


def _read(data: Mapping[str, Any]) -> tuple[str | None, str, str]:
    inner = data.get("error")
    if isinstance(inner, dict):
        code = _word(inner.get("code") or inner.get("type"))
        return code, str(inner.get("param") or ""), str(inner.get("message") or "")
    message = inner if isinstance(inner, str) else data.get("message") or ""
    code, param = _word(data.get("code")), str(data.get("param") or "")
    if isinstance(message, str) and message.lstrip().startswith("{"):
        try:
            inner_code, inner_param, inner_message = _read(json.loads(message))
        except (ValueError, RecursionError):
            return code, param, message
        return inner_code or code, inner_param, inner_message or message
    return code, param, str(message)


def _word(code: object) -> str | None:
    return str(code) if code is not None else None


def _plain(body: bytes) -> str:
    text = body[:_MAX_PLAIN].decode("utf-8", "replace")
    return _one_line(re.sub(r"<[^<>]*>", " ", text), _MAX_TEXT)


def _one_line(text: str, size: int) -> str:
    # A peer may send any length, and control characters that a terminal obeys.
    words = " ".join(text.lstrip()[: 10 * size].split())
    return "".join(filter(str.isprintable, words))[:size]


def _special(
    status: int, code: str | None, param: str, text: str, request: RequestFacts
) -> type[ServiceError] | None:
    """The kinds that a code, a parameter or the service's own sentence tells, never a stray word.

    The request always names its compartment, so where that is said to be missing it is the
    project, as was observed.
    """
    if status not in {400, 404}:
        return None
    if _ZERO_RETENTION.match(text):
        return ZeroRetentionError
    lost = code == "previous_response_not_found" or param == "previous_response_id"
    if lost or _STATE_LOST.match(text):
        return OCIResponsesStateLostError
    misled = text == "Compartment ID must be provided." and request.project is None
    if status == 400 and (_PROJECT.search(text) or misled):
        return OCIProjectRequiredError
    return None


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
        return explain_not_found(
            code,
            text,
            request.model,
            request.region,
            compartment=request.compartment,
            day=request.sent_at.date().isoformat(),
            named=request.project is not None,
        )
    if kind is BadRequestError and text.startswith("Unsupported OpenAI operation"):
        return _unsupported(request.model)
    return _REMEDIES[kind]


def _unsupported(model: str) -> str:
    facts = find_model(model)
    if facts is not None and facts["kind"] != "chat":
        return f"{model} is made for {facts['kind']}, not for chat: name a chat model."
    return f"{model} is not served there: ask with transport='sdk'."


def _unauthenticated(request: RequestFacts) -> str:
    remedy = _UNAUTHENTICATED.get(request.auth, _UNAUTHENTICATED["api_key"])
    return remedy.format(region=request.region)


# By the identity that was refused.
_UNAUTHENTICATED = {
    "api_key": (
        "Check that the API key of this profile's fingerprint is uploaded for its user, and that "
        "user= and tenancy= are that user's own; a fresh key takes a few minutes."
    ),
    "security_token": "The session is not accepted any more: run `oci session authenticate`.",
    "instance_principal": (
        "The instance's token is not accepted, and a newer one was not either: check that the "
        "instance belongs to this realm and that its clock is right."
    ),
    "resource_principal": (
        "The resource's token is not accepted: where the environment holds it, it is as old as "
        "this process, so start the function or pod anew."
    ),
    "genai_api_key": (
        "Check that the Generative AI API key is whole, active, not expired, and made in "
        "{region}: it is good in its own region only."
    ),
}

_REMEDIES: dict[type[ServiceError], str] = {
    OCIProjectRequiredError: (
        "Give project= the OCID of a Generative AI project of this region; a new one takes a few "
        "minutes to be known."
    ),
    OCIResponsesStateLostError: "Send the whole history, without the continuation.",
    ZeroRetentionError: "Use store=False, which sends the whole history each time.",
    ThrottledError: "Send it again later; limits are per tenancy and model.",
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
