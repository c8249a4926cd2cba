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

OddStreamName = Literal[
    "half_character",
    "early_done",
    "unknown_event",
    "bytewise",
    "crlf",
    "cr",
    "comments",
    "gzip_bomb",
]
"""Faults that strike a streamed answer, too, and for the greater part only write it oddly."""

ResponsesFaultName = Literal["response_failed", "no_id", "lost_event", "doubled_event"]
"""Faults that strike new responses of the Responses API."""

FaultName = AnswerFaultName | StreamFaultName | OddStreamName | ResponsesFaultName
"""Every fault; ``Service.fault`` says what each does."""

ANSWER_FAULTS: Final = frozenset(get_args(AnswerFaultName))
STREAM_FAULTS: Final = frozenset(
    {
        *get_args(StreamFaultName),
        *get_args(OddStreamName),
        "no_id",
        "lost_event",
        "doubled_event",
    }
)
RESPONSES_FAULTS: Final = frozenset(get_args(ResponsesFaultName))
CONNECTION_FAULTS: Final = frozenset({"cut", "reset", "stall"})
"""Faults that may strike before the head of an answer, streamed or not."""

ELSEWHERE: Final = "https://elsewhere.invalid/openai/v1/chat/completions"
"""Where a redirect leads, unless it says where."""

_MOST_BYTES: Final = 1 << 30

_USUAL_REFUSALS: Final = {
    401: NOT_AUTHENTICATED,
    409: write_oci(409, "IncorrectState", "The requested state conflicts with the current one."),
    429: write_oci(
        429, "429", "Service request limit is exceeded, request is throttled for tenant."
    ),
    500: write_oci(500, "InternalServerError", "Internal Server Error"),
    503: write_oci(503, "ServiceUnavailable", "The service is currently unavailable."),
}


@dataclass(frozen=True, slots=True)
class FaultPlan:
    """What a fault is to do; ``Service.fault`` says what each of it means.

    Raises:
        ValueError: If there is no such fault, or it can't do that.
    """

    name: FaultName
    times: int | None = 1
    after_events: int = 0
    before_headers: bool = False
    status: int = 429
    code: str | None = None
    message: str | None = None
    retry_after: float | str | None = None
    retry_after_ms: float | None = None
    location: str = ELSEWHERE
    size: int = 64 * 1024 * 1024
    model: str | None = None
    path: str | None = None

    def __post_init__(self) -> None:
        if self.name not in ANSWER_FAULTS | STREAM_FAULTS | RESPONSES_FAULTS:
            known = ", ".join(sorted(ANSWER_FAULTS | STREAM_FAULTS | RESPONSES_FAULTS))
            raise ValueError(f"There is no fault named {self.name!r}: use one of {known}.")
        if self.before_headers and self.name not in CONNECTION_FAULTS:
            known = ", ".join(sorted(CONNECTION_FAULTS))
            raise ValueError(f"Before the headers, a fault is one of {known}.")
        if (self.times is not None and self.times < 1) or self.after_events < 0:
            raise ValueError("A fault strikes 1 time or more, after 0 events or more.")
        if not 200 <= self.status <= 599:
            raise ValueError("The status of an answer is one from 200 to 599.")
        for value in map(str, (self.location, self.retry_after, self.retry_after_ms)):
            if not (value.isascii() and value.isprintable()):
                raise ValueError(f"The value of a header can't be {value!r}.")
        if not 0 <= self.size <= _MOST_BYTES:
            raise ValueError(f"An event has at most {_MOST_BYTES} bytes.")

    def write_refusal(self) -> Refusal | None:
        """Return what takes the place of the whole answer, if the fault does that."""
        if self.name == "redirect":
            body = {"code": "307", "message": "Temporary Redirect"}
            return Refusal(307, body, {"location": self.location})
        if self.name != "status":
            return None
        given = {"retry-after": self.retry_after, "retry-after-ms": self.retry_after_ms}
        headers = {name: str(value) for name, value in given.items() if value is not None}
        status = self.status
        usual = _USUAL_REFUSALS.get(status, write_oci(status, str(status), "Injected fault."))
        code, message = self.code or usual.body["code"], self.message or usual.body["message"]
        return Refusal(status, {"code": code, "message": message}, headers)


@dataclass(slots=True, eq=False)
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
    before_headers: bool = False
    number: int = 0
    """1 for the first that was armed since the start."""
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
        in_stream = self.name in STREAM_FAULTS and not self.before_headers
        if (in_stream and not streamed) or (named and self.path is None):
            return False
        if self.name in RESPONSES_FAULTS and not path.endswith("/responses"):
            return False
        return self.model in (None, model) and (self.path is None or path.startswith(self.path))


class FaultBoard:
    """The armed faults, the oldest first; safe to use from any thread."""

    def __init__(self) -> None:
        self._armed: list[Fault] = []
        self._told: dict[str, Fault] = {}
        self._count = 0
        self._lock = threading.Lock()

    @property
    def armed(self) -> tuple[Fault, ...]:
        """What would strike requests still to come."""
        with self._lock:
            return tuple(self._armed)

    def arm(self, plan: FaultPlan) -> Fault:
        """Let ``plan`` strike requests still to come."""
        with self._lock:
            self._count += 1
            fault = self._make(plan, self._count)
            self._armed.append(fault)
        return fault

    def tell(self, text: str, plan: FaultPlan) -> Fault:
        """Return the fault that a request's header asks for, the same one for the same words."""
        with self._lock:
            if plan.times is None:
                return self._make(plan, 0)
            return self._told.setdefault(text, self._make(plan, 0))

    def remove(self, fault: Fault) -> None:
        """Disarm ``fault``, if it still is armed."""
        with self._lock:
            self._armed = [other for other in self._armed if other is not fault]

    def clear(self) -> None:
        """Disarm all."""
        with self._lock:
            self._armed.clear()
            self._told.clear()

    def strike(
        self, fault: Fault, *, path: str, model: str | None, streamed: bool, named: bool
    ) -> Fault | None:
        """Return ``fault``, which a request asks for, if it matches and has strikes left."""
        with self._lock:
            left = fault.times is None or fault.times > 0
            hits = fault.matches(path=path, model=model, streamed=streamed, named=named)
            if not (left and hits):
                return None
            self._count_strike(fault)
            return fault

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
            if fault.times == 0 and fault in self._armed:
                self._armed.remove(fault)

    def _make(self, plan: FaultPlan, number: int) -> Fault:
        return Fault(
            name=plan.name,
            times=plan.times,
            after_events=plan.after_events,
            refusal=plan.write_refusal(),
            size=plan.size,
            model=plan.model,
            path=plan.path,
            board=self,
            before_headers=plan.before_headers,
            number=number,
        )
