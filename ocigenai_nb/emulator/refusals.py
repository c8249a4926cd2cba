"""Refusals in the service's own words.

The service answers in four envelopes: OCI's ``{"code", "message"}`` with a word or a numeric
string as code, OpenAI's ``{"error": {...}}``, and OpenAI's inside OCI's. Sources: published
observations of the live service, Oracle's page of API errors, OpenAI's published errors.

Known deviations: which envelope a given check answers in was observed for few of them; where it
was not, parameters answer in OpenAI's and everything else in OCI's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer other than 2xx."""

    status: int
    body: Mapping[str, object]
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def words(self) -> str:
        """What its body says: code and message of OCI's envelope, the message of OpenAI's."""
        error = self.body.get("error")
        if isinstance(error, Mapping):
            return str(error.get("message"))
        return f"{self.body.get('code')}: {self.body.get('message')}"


class RefusedError(Exception):
    """Ends the handling of a request with ``refusal`` as its answer."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(f"{refusal.status} {refusal.body}")
        self.refusal = refusal


def write_oci(status: int, code: str, message: str) -> Refusal:
    """Return a refusal in OCI's envelope."""
    return Refusal(status, {"code": code, "message": message})


def write_openai(
    message: str, *, param: str | None, code: str | None = "invalid_value", status: int = 400
) -> Refusal:
    """Return a refusal in OpenAI's envelope."""
    error = {"message": message, "type": "invalid_request_error", "param": param, "code": code}
    return Refusal(status, {"error": error})


NOT_AUTHENTICATED = write_oci(
    401,
    "NotAuthenticated",
    "The required information to complete authentication was not provided or was incorrect.",
)
"""Any failure of authentication: the service does not say which."""

NOT_AUTHORIZED = write_oci(
    404, "NotAuthorizedOrNotFound", "Authorization failed or requested resource not found."
)
"""A valid signature without permission."""

UNKNOWN_PATH = write_oci(404, "404", "Path doesn't map to a registered service!")
"""A path that the service does not have."""

METHOD_NOT_ALLOWED = write_oci(
    405, "MethodNotAllowed", "The method specified is not allowed for this resource."
)
"""A path that the service has, with another method."""

UNSUPPORTED_OPERATION = write_oci(400, "400", "Unsupported OpenAI operation")
"""An operation of OpenAI's API, or a model, that the OpenAI-compatible endpoint does not have."""

NO_MULTI_AGENT = write_oci(400, "400", "Multi Agent requests are not allowed on chat completions")
"""A multi-agent model of xAI's anywhere but on the Responses API."""

BAD_FORMAT = write_oci(400, "400", "Please pass in correct format of request.")
"""A body that is no JSON object."""

NO_COMPARTMENT = write_oci(400, "400", "Compartment ID must be provided.")
"""A request without a compartment header."""

INTERNAL_ERROR = write_oci(500, "InternalServerError", "Internal Server Error")
"""A failure of the emulator itself; its log has the traceback."""


def report_throttle(tenancy: str) -> Refusal:
    """Return the refusal of a request over a limit of the tenancy with this OCID."""
    words = f"Service request limit is exceeded, request is throttled for tenant:{tenancy}"
    return write_oci(429, "429", words)


def report_unknown_entity(key: str) -> Refusal:
    """Return the refusal of a model or compartment that does not exist."""
    return write_oci(404, "404", f"Entity with key {key} not found")
