"""Can this connection sign in? One real request, and what it comes to, check by check.

The request is one word to a chat model, and one token of an answer. Nothing cheaper tells as much:
the OpenAI-compatible API lists no models (`GET /openai/v1/models` is 404 there, observed in 2026),
and the control plane's list is another host's, with a permission of its own.

No text here holds a key, a token, a path of either, or a whole fingerprint.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from ocigenai_nb.core.endpoints import is_loopback
from ocigenai_nb.core.errors import (
    BadRequestError,
    ClockSkewError,
    ConfigError,
    ConnectionFailedError,
    FingerprintMismatchError,
    NotAuthenticatedError,
    NotFoundError,
    OCIGenAIError,
    RedirectRefusedError,
    ServerFailureError,
    ThrottledError,
    UsageError,
)
from ocigenai_nb.core.redaction import redact
from ocigenai_nb.core.regions import GENAI_REGIONS
from ocigenai_nb.core.routing import Settings, shorten
from ocigenai_nb.core.service_errors import MAX_SKEW_SECONDS
from ocigenai_nb.transports.principals import is_workload

from .probe import Probed, pick_model

if TYPE_CHECKING:
    from .connection import Connection

COST = "Sends one request of about 40 tokens, charged like any other."
NO_COST = "Sends one request to the emulator, which charges nothing."

# A whole fingerprint would be saved with the notebook that shows a check.
TELL_FINGERPRINT = (
    "The Console shows it beside the API key, and `openssl rsa -pubout -outform DER -in KEY_FILE | "
    "openssl md5 -c` tells that of a key file."
)
MEND_FINGERPRINT = (
    "Put the key's fingerprint into the profile, or name the key that fits it. " + TELL_FINGERPRINT
)

Outcome: TypeAlias = Literal["passed", "warned", "failed"]

MARKS: Final[Mapping[Outcome, str]] = {"passed": "✓", "warned": "!", "failed": "✗"}

KINDS: Final = {
    "api_key": "API key",
    "genai_api_key": "Generative AI API key",
    "instance_principal": "instance principal",
    "resource_principal": "resource principal",
    "security_token": "session token",
}
_STEP = 2.0  # seconds of difference that a date in whole seconds and the way of the answer explain
_SLOPPY = 60.0  # seconds of difference from which on the clock is worth a warning
_FINGERPRINT = re.compile(r"\b[0-9a-f]{2}(?::[0-9a-f]{2}){15}\b", re.IGNORECASE)
_OCID = re.compile(r"\bocid1\.[\w.-]+\w")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: what was seen of it, and what to do where it is not good.

    `remedy` may hold a command or a policy statement between backticks.
    """

    name: str
    outcome: Outcome
    text: str
    remedy: str = ""


def worst(checks: tuple[Check, ...]) -> Outcome:
    """The outcome of all of them together."""
    outcomes = {check.outcome for check in checks}
    return "failed" if "failed" in outcomes else "warned" if "warned" in outcomes else "passed"


def failed(name: str, error: OCIGenAIError) -> Check:
    """The check that an error ended."""
    if isinstance(error, FingerprintMismatchError):
        return Check(
            name,
            "failed",
            "The profile's fingerprint is not that of its key.",
            MEND_FINGERPRINT,
        )
    return Check(name, "failed", clean(error.message), clean(error.remedy))


def clean(text: str) -> str:
    """A text that may be shown and saved: secrets redacted, fingerprints and OCIDs shortened."""
    short = _FINGERPRINT.sub(lambda found: shorten_fingerprint(found[0]), redact(text))
    return _OCID.sub(lambda found: shorten(found[0]), short)


def shorten_fingerprint(text: str) -> str:
    """The ends of a fingerprint; what is none is not repeated."""
    return f"{text[:5]}…{text[-5:]}" if _FINGERPRINT.fullmatch(text) else "(not a fingerprint)"


def check_sign_in(
    connection: Connection, *, model: str | None = None, env: Mapping[str, str] = os.environ
) -> tuple[Check, ...]:
    """Send one request over the connection, and say how far it came.

    The checks are "network", "clock", "signature" and "access" in that order, up to the first
    that failed, or "configuration" alone where nothing could be sent. `model` is asked; by default
    one that the region offers. See `COST` for what it costs.
    """
    asked = model or pick_model(connection.settings.region.value)
    return explain(connection.probe(asked), connection.settings, env)


def explain(
    probed: Probed, settings: Settings, env: Mapping[str, str] = os.environ
) -> tuple[Check, ...]:
    """What one request came to, as the checks of `check_sign_in`."""
    checks: tuple[Check, ...]
    if probed.error is None:
        checks = (_reached(settings), _accepted(settings), _pass("access", tell_answer(probed)))
    else:
        checks = _explain(probed.error, settings, probed.model, env)
    if probed.ahead is None or any(check.name == "clock" for check in checks):
        return checks
    return (checks[0], _compare_clocks(probed.ahead), *checks[1:])


def tell_answer(probed: Probed) -> str:
    """Which model answered, how fast, and for how many tokens."""
    usage = probed.answer.usage if probed.answer is not None else None
    tokens = f", {usage.total} tokens" if usage else ""
    return f"{probed.model} answered in {probed.seconds * 1000:.0f} ms{tokens}."


def _explain(
    error: OCIGenAIError, settings: Settings, model: str, env: Mapping[str, str]
) -> tuple[Check, ...]:
    if isinstance(error, ConfigError | UsageError):
        return (failed("configuration", error),)
    if isinstance(error, ConnectionFailedError | RedirectRefusedError):
        return (_unreached(error, settings),)
    reached = _reached(settings)
    if isinstance(error, NotAuthenticatedError):
        return (reached, _refused(error, settings))
    if isinstance(error, NotFoundError) and "registered service" in error.message:
        return (reached, failed("access", error))  # answered before it is known who asks
    if isinstance(error, ServerFailureError):
        return (reached, Check("access", "warned", tell_error(error), clean(error.remedy)))
    return (reached, _accepted(settings), _denied(error, settings, model, env))


def _compare_clocks(ahead: float) -> Check:
    """This machine's clock beside the service's, which refuses what is too far off."""
    if abs(ahead) < _STEP:
        return _pass("clock", "In step with the service's.")
    side = "ahead of" if ahead > 0 else "behind"
    text = f"{abs(ahead):.0f} seconds {side} the service's; {MAX_SKEW_SECONDS} are allowed."
    if abs(ahead) < _SLOPPY:
        return _pass("clock", text)
    return Check("clock", "warned", text, "Set the clock, or let it set itself from the network.")


def _unreached(error: OCIGenAIError, settings: Settings) -> Check:
    remedy = clean(error.remedy)
    if not _is_known(settings):
        remedy = f"{_elsewhere(settings)} {remedy}".rstrip()
    return Check("network", "failed", clean(error.message), remedy)


def _refused(error: NotAuthenticatedError, settings: Settings) -> Check:
    """A 401: clock, key, fingerprint, session, or a region where nobody knows the tenancy."""
    remedy = clean(error.remedy)
    region = settings.region
    if isinstance(error, ClockSkewError):
        return Check("clock", "failed", tell_error(error), remedy)
    if settings.auth.value == "security_token":
        again = f"`oci session authenticate --profile-name {settings.profile.value}`"
        remedy = remedy.replace("`oci session authenticate`", again)
    if settings.auth.value == "api_key" and not region.source.startswith("profile "):
        remedy += (
            f" The region {region.value} is not the profile's own ({region.source}): the tenancy "
            "has to be subscribed to it."
        )
    return Check("signature", "failed", tell_error(error), _advise(error, remedy))


def _denied(error: OCIGenAIError, settings: Settings, model: str, env: Mapping[str, str]) -> Check:
    """The signature was accepted, and the request was not answered all the same."""
    if isinstance(error, ThrottledError | BadRequestError):
        return Check("access", "warned", tell_error(error), _advise(error, clean(error.remedy)))
    if not isinstance(error, NotFoundError):
        return failed("access", error)
    if f"key {settings.compartment.value} not found" in error.message:
        return Check(
            "access",
            "failed",
            f"The compartment {shorten(settings.compartment.value)} is not known to the service.",
            f"Check the compartment's OCID ({settings.compartment.source}).",
        )
    if not is_denial(error):
        return failed("access", error)
    remedy = _policy_remedy(settings, model, env)
    return Check("access", "failed", tell_error(error), _advise(error, remedy))


def is_denial(error: NotFoundError) -> bool:
    """Whether a 404 means "not for you": its words are the same for what is not there."""
    return "Authorization failed" in error.message or error.code == "NotAuthorizedOrNotFound"


def _policy_remedy(settings: Settings, model: str, env: Mapping[str, str]) -> str:
    remedy = (
        f"A policy is missing, or {model} is not offered to this tenancy in "
        f"{settings.region.value}. An administrator adds it, and it counts after a few minutes: "
        f"`{policy_statement(settings, env)}`"
    )
    return remedy if _is_known(settings) else f"{_elsewhere(settings)} {remedy}"


def policy_statement(settings: Settings, env: Mapping[str, str] = os.environ) -> str:
    """The statement that lets this identity use the service, ready to be copied.

    What stands in capitals is not known here. Source: Oracle's "Getting Access to Generative AI".
    """
    who, where = "group YOUR-GROUP", ""
    if settings.auth.value == "resource_principal" and is_workload(env):
        who = "any-user"
        where = (
            " where all {request.principal.type = 'workload', request.principal.namespace = "
            "'YOUR-NAMESPACE', request.principal.service_account = 'YOUR-ACCOUNT', "
            "request.principal.cluster_id = 'YOUR-CLUSTER-OCID'}"
        )
    elif settings.auth.value in {"instance_principal", "resource_principal"}:
        who = "dynamic-group YOUR-DYNAMIC-GROUP"
    elif settings.auth.value == "genai_api_key":
        who, where = "any-user", " where all {request.principal.type = 'generativeaiapikey'}"
    compartment = settings.compartment.value
    place = (
        "tenancy" if compartment.startswith("ocid1.tenancy.") else f"compartment id {compartment}"
    )
    return f"allow {who} to use generative-ai-family in {place}{where}"


def _is_known(settings: Settings) -> bool:
    """Whether the region is one that offers the service, or does not matter."""
    host = settings.endpoint.value.partition("://")[2].partition("/")[0].rpartition(":")
    return settings.region.value in GENAI_REGIONS or is_loopback(host[0] or host[2])


def _elsewhere(settings: Settings) -> str:
    regions = ", ".join(GENAI_REGIONS[:5])
    return (
        f"Generative AI is not known to be in {settings.region.value} ({settings.region.source}): "
        f"try {regions}."
    )


def _reached(settings: Settings) -> Check:
    return _pass("network", f"{settings.endpoint.value} answers.")


def _accepted(settings: Settings) -> Check:
    return _pass("signature", f"The {KINDS[settings.auth.value]} is accepted.")


def _pass(name: str, text: str) -> Check:
    return Check(name, "passed", text)


def tell_error(error: OCIGenAIError) -> str:
    """What the service said, with its status."""
    return clean(f"{error.message} (HTTP {error.status})" if error.status else error.message)


def _advise(error: OCIGenAIError, remedy: str) -> str:
    """A remedy, and the number that Oracle's support asks for."""
    number = f"Request id: `{error.request_id}`." if error.request_id else ""
    return f"{remedy} {number}".strip()
