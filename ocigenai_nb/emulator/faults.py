"""Faults on demand: what a broken service, gateway or network does to the next requests.

A fault strikes the requests it matches, in the order they were armed, after their signature was
verified (a retry that is badly signed never meets it), and never by chance. The identity services
are struck only by faults that name their path.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Literal, Self, get_args

from ocigenai_nb.emulator.refusals import NOT_AUTHENTICATED, Refusal, write_oci

AnswerFaultName = Literal["status", "redirect"]
"""Faults that take the place of the whole answer."""

StreamFaultName = Literal[
    "cut",
    "eof",
    "reset",
    "half_line",
    "malformed",
    "bad_utf8",
    "html",
    "error_event",
    "stall",
    "keep_alive",
    "slow_loris",
    "huge_event",
]
"""Faults that strike a streamed answer after some of its events."""

ResponsesFaultName = Literal["response_failed", "no_id", "lost_event", "doubled_event"]
"""Faults that strike new responses of the Responses API."""

FaultName = AnswerFaultName | StreamFaultName | ResponsesFaultName
"""Every fault; ``Service.fault`` says what each does."""

ANSWER_FAULTS: Final = frozenset(get_args(AnswerFaultName))
STREAM_FAULTS: Final = frozenset(
    {*get_args(StreamFaultName), "no_id", "lost_event", "doubled_event"}
)
RESPONSES_FAULTS: Final = frozenset(get_args(ResponsesFaultName))

_USUAL_REFUSALS: Final = {
    401: NOT_AUTHENTICATED,
    409: write_oci(409, "IncorrectState", "The requested state conflicts with the current one."),
    429: write_oci(
        429, "429", "Service request limit is exceeded, request is throttled for tenant."
    ),
    500: write_oci(500, "InternalServerError", "Internal Server Error"),
    503: write_oci(503, "ServiceUnavailable", "The service is currently unavailable."),
}


@dataclass(slots=True)
class Fault:
    """One armed fault; ``Service.fault`` says what its fields mean.

    As a context manager it is disarmed at the end of the block.
    """

    name: FaultName
    times: int | None
    """How many more requests it strikes; ``None``: until it is disarmed."""
    after_events: int
    refusal: Refusal | None
    size: int
    model: str | None
    path: str | None
    board: FaultBoard = field(repr=False)
    struck: int = 0
    """How many requests it has struck."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.disarm()

    def disarm(self) -> None:
        """Strike no further request."""
        self.board.remove(self)

    def matches(self, *, path: str, model: str | None, streamed: bool, named: bool) -> bool:
        """Tell whether a request with these properties is to be struck."""
        if (self.name in STREAM_FAULTS and not streamed) or (named and self.path is None):
            return False
        if self.name in RESPONSES_FAULTS and not path.endswith("/responses"):
            return False
        return self.model in (None, model) and (self.path is None or path.startswith(self.path))


class FaultBoard:
    """The armed faults, the oldest first; safe to use from any thread."""

    def __init__(self) -> None:
        self._armed: list[Fault] = []
        self._lock = threading.Lock()

    @property
    def armed(self) -> tuple[Fault, ...]:
        """What would strike requests still to come."""
        with self._lock:
            return tuple(self._armed)

    def add(self, fault: Fault) -> None:
        """Arm ``fault``."""
        with self._lock:
            self._armed.append(fault)

    def remove(self, fault: Fault) -> None:
        """Disarm ``fault``, if it still is armed."""
        with self._lock:
            self._armed = [other for other in self._armed if other is not fault]

    def clear(self) -> None:
        """Disarm all."""
        with self._lock:
            self._armed.clear()

    def take(
        self, *, path: str, model: str | None, streamed: bool, named: bool = False
    ) -> Fault | None:
        """Return the first fault that matches a request, counting the strike.

        Args:
            path: The request's target.
            model: The model it names.
            streamed: Whether it asks for a stream.
            named: Whether only a fault that names the path may strike it.
        """
        with self._lock:
            for fault in self._armed:
                if fault.matches(path=path, model=model, streamed=streamed, named=named):
                    self._count_strike(fault)
                    return fault
        return None

    def _count_strike(self, fault: Fault) -> None:
        fault.struck += 1
        if fault.times is not None:
            fault.times -= 1
            if fault.times == 0:
                self._armed.remove(fault)


def write_refusal(
    name: FaultName,
    *,
    status: int,
    code: str | None,
    message: str | None,
    retry_after: float | str | None,
    location: str,
) -> Refusal | None:
    """Return what takes the place of the whole answer, if this fault does that.

    Raises:
        ValueError: If there is no such fault.
    """
    if name == "status":
        usual = _USUAL_REFUSALS.get(status, write_oci(status, str(status), "Injected fault."))
        body = {"code": code or usual.body["code"], "message": message or usual.body["message"]}
        headers = {} if retry_after is None else {"retry-after": str(retry_after)}
        return Refusal(status, body, headers)
    if name == "redirect":
        body = {"code": "307", "message": "Temporary Redirect"}
        return Refusal(307, body, {"location": location})
    if name not in STREAM_FAULTS | RESPONSES_FAULTS:
        known = ", ".join(sorted(ANSWER_FAULTS | STREAM_FAULTS | RESPONSES_FAULTS))
        raise ValueError(f"There is no fault named {name!r}: use one of {known}.")
    return None
