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
    html: str | None = None
    """The page that comes in place of the body, where something before the service answers."""

    @property
    def words(self) -> str:
        """What its body says: code and message of OCI's envelope, the message of OpenAI's."""
        error = self.body.get("error")
        if isinstance(error, Mapping):
            return str(error.get("message"))
        return f"{self.body.get('code')}: {self.body.get('message')}"


class RefusedError(Exception):
    """Ends the handling of a request with ``refusal`` as its answer.

    ``why`` is what the answer doesn't tell, for the journal.
    """

    def __init__(self, refusal: Refusal, why: str | None = None) -> None:
        super().__init__(f"{refusal.status} {refusal.body}")
        self.refusal = refusal
        self.why = why


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

BAD_GATEWAY_PAGE = (
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n"
    "<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n"
)
"""What a gateway says when the service behind it is gone."""

INTERNAL_ERROR = write_oci(500, "InternalServerError", "Internal Server Error")
"""A failure of the emulator itself; its log has the traceback."""


def report_throttle(tenancy: str) -> Refusal:
    """Return the refusal of a request over a limit of the tenancy with this OCID."""
    words = f"Service request limit is exceeded, request is throttled for tenant:{tenancy}"
    return write_oci(429, "429", words)


def report_unknown_entity(key: str) -> Refusal:
    """Return the refusal of a model or compartment that does not exist."""
    return write_oci(404, "404", f"Entity with key {key} not found")


def report_lost_response(response_id: str) -> Refusal:
    """Return the refusal to go on from a response that is not kept."""
    return write_openai(
        f"Previous response with id '{response_id}' not found.",
        param="previous_response_id",
        code="previous_response_not_found",
    )


def report_lost_item(item_id: str) -> Refusal:
    """Return the refusal of an item that is named, and not kept."""
    words = (
        f"Item with id '{item_id}' not found. Items are not persisted when `store` is set to "
        "false. Try again with `store` set to true, or remove this item from your input."
    )
    return write_openai(words, param="input", code=None, status=404)


def report_lost_conversation(conversation_id: str) -> Refusal:
    """Return the refusal of a conversation that is not kept."""
    words = f"Conversation with id '{conversation_id}' not found."
    return write_openai(words, param=None, code=None, status=404)


def report_zero_retention(param: str) -> Refusal:
    """Return the refusal of a request that counts on what Zero Data Retention doesn't keep."""
    return write_openai(
        "Previous response cannot be used for this organization due to Zero Data Retention.",
        param=param,
        code="unsupported_parameter",
    )
