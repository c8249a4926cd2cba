"""One tree of errors, each with a remedy.

Every error says what happened in one sentence and what to do in another. Errors that come from
the service carry its HTTP status, its code and its `opc-request-id`, which Oracle's support asks
for. No error text ever holds a key, a token, a key path or a signed header.
"""

from __future__ import annotations

from types import TracebackType

_PACKAGE = __name__.partition(".")[0]


class OCIGenAIError(Exception):
    """The root of the tree.

    >>> try:
    ...     og.connect("NOBODY")
    ... except og.OCIGenAIError as error:
    ...     print(error)
    There is no profile 'NOBODY' in the OCI configuration.
    Profiles there are: DEFAULT, TYPICAL, ZDR, SESSION.

    `message` says what happened, `remedy` what to do about it. `status` is the HTTP status,
    `code` the service's own code and `request_id` the `opc-request-id`, each None where the
    error did not come from a response.
    """

    def __init__(
        self,
        message: str,
        *,
        remedy: str = "",
        status: int | None = None,
        code: str | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.status = status
        self.code = code
        self.request_id = request_id

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def lines(self) -> list[str]:
        """The error in at most three lines: what, where from, what to do."""
        facts = [f"HTTP {self.status}" if self.status else ""]
        if self.code != str(self.status):  # this service often repeats the status as its code
            facts.append(self.code or "")
        facts.append(f"opc-request-id {self.request_id}" if self.request_id else "")
        origin = ", ".join(fact for fact in facts if fact)
        return [line for line in (self.message, origin, self.remedy) if line]

    def _render_traceback_(self) -> list[str]:
        """What IPython shows in place of a traceback: the person's own lines, and the error."""
        first, *rest = self.lines()
        return [*_own_lines(self.__traceback__), f"{type(self).__name__}: {first}", *rest]


class UsageError(OCIGenAIError):
    """The call itself is wrong: nothing was sent."""


class UnknownOptionError(UsageError, TypeError):
    """A name that this call does not take. Also a TypeError, as Python raises for these."""


class UnknownModelError(UsageError):
    """A model id that the catalog does not know and that matches no family."""


class EmptyPromptError(UsageError):
    """There is no prompt to send."""


class TransportUnavailableError(UsageError):
    """The transport that this model or wish needs can't be used here."""


class CassetteMismatchError(UsageError):
    """A cassette is being replayed and does not hold this request. The text says what differs."""


class ConfigError(OCIGenAIError):
    """The OCI configuration does not hold what a signed request needs: nothing was sent."""


class ProfileNotFoundError(ConfigError):
    """The configuration has no profile of that name."""


class KeyFileError(ConfigError):
    """The private key is missing, unreadable or not a private key."""


class PassphraseError(KeyFileError):
    """The private key is encrypted and its pass phrase is missing or wrong."""


class FingerprintMismatchError(ConfigError):
    """The profile's fingerprint is not that of its key."""


class SessionExpiredError(ConfigError):
    """The session token has expired, or can't be read."""


class CompartmentMissingError(ConfigError):
    """No compartment is known, and the service answers nothing without one."""


class EndpointRefusedError(ConfigError):
    """A host that requests may not be sent to, or plain http outside loopback."""


class ConnectionFailedError(OCIGenAIError):
    """No response came: refused, unresolved, reset or failed TLS."""


class RequestTimeoutError(ConnectionFailedError):
    """No response came in time."""


class OutcomeUnknownError(ConnectionFailedError):
    """No answer came to a request whose answer the service keeps: it may have it, or not.

    Such a request is never sent again unasked, because that may make, and charge, a second answer.
    """


class ServiceError(OCIGenAIError):
    """The service answered with an error status."""


class BadRequestError(ServiceError):
    """400: the service can't use this request."""


class OCIProjectRequiredError(BadRequestError):
    """What is asked for needs a Generative AI project, and none was named."""


class OCIResponsesStateLostError(ServiceError):
    """The service can't continue this thread: it does not have the response before.

    It expired, was deleted, or belongs elsewhere. The history here is whole: send all of it.
    """


class ZeroRetentionError(OCIResponsesStateLostError):
    """The tenancy keeps no responses (Zero Data Retention), so no thread can be continued."""


class NotAuthenticatedError(ServiceError):
    """401: the signature, the key or the token was not accepted."""


class ClockSkewError(NotAuthenticatedError):
    """401 because this machine's clock is more than five minutes off the service's."""


class NotFoundError(ServiceError):
    """404: no such model, compartment or path, or no policy that allows it."""


class ThrottledError(ServiceError):
    """429: too many requests."""


class ServerFailureError(ServiceError):
    """5xx: the service failed."""


class RedirectRefusedError(ServiceError):
    """3xx: the service pointed elsewhere. Prompts are never sent on to another address."""


class StreamError(OCIGenAIError):
    """A stream that began and did not end as it should. The text that came is kept."""


class StreamCutError(StreamError):
    """The stream ended without the service's own end."""


class MalformedStreamError(StreamError):
    """The stream held something that is not an event of this service."""


class StreamLimitError(StreamError):
    """An event or an answer larger than the cap."""


class InStreamError(StreamError):
    """The service reported an error inside a stream that had begun."""


class DataFormatError(OCIGenAIError):
    """A file or saved data that does not hold what it should. The text names the place."""


class SaveFailedError(OCIGenAIError):
    """What was to be saved could not be written. It is still in memory."""


class AnswerFormatError(OCIGenAIError):
    """An answer that does not hold the JSON or the table that was asked of it."""


class ToolLimitError(OCIGenAIError):
    """A model that went on calling tools for as many rounds as it may."""


class HookError(OCIGenAIError):
    """A hook of an agent raised. The text names the hook and what it raised."""


class HookVetoError(OCIGenAIError):
    """A hook of an agent ended the run. The text names the hook and says why."""


class JournalError(OCIGenAIError):
    """The session's journal can't be read or written just now."""


def _own_lines(trace: TracebackType | None) -> list[str]:
    """Where the lines are that led into this package; the cell above has their text."""
    lines: list[str] = []
    while trace is not None:
        code, module = trace.tb_frame.f_code, str(trace.tb_frame.f_globals.get("__name__"))
        if module.partition(".")[0] == _PACKAGE:
            break
        if not module.startswith("IPython."):
            place = f"line {trace.tb_lineno}" + ("" if module == "__main__" else f" of {module}")
            lines.append(place if code.co_name.startswith("<") else f"{place}, in {code.co_name}")
        trace = trace.tb_next
    return lines
