"""Faults on demand: what a broken service, gateway or network does to the next requests.

A fault strikes the requests it matches, in the order they were armed, after their signature was
verified (a retry that is badly signed never meets it), and never by chance. The identity services
are struck only by faults that name their path.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from ocigenai_nb.emulator.fault_answers import Asked, concerns, write_answer
from ocigenai_nb.emulator.fault_names import RESPONSES_FAULTS, STREAM_FAULTS, FaultName
from ocigenai_nb.emulator.fault_plans import FaultPlan
from ocigenai_nb.emulator.refusals import Refusal


@dataclass(slots=True, eq=False)
class Fault:
    """One armed fault; ``Service.fault`` says what its fields mean.

    As a context manager it is disarmed at the end of the block.
    """

    plan: FaultPlan
    times: int | None
    """How many more requests it strikes; ``None``: until it is disarmed."""
    board: FaultBoard = field(repr=False)
    number: int = 0
    """1 for the first that was armed since the start."""
    struck: int = 0
    """How many requests it has struck."""

    @property
    def name(self) -> FaultName:
        """What it does."""
        return self.plan.name

    @property
    def after_events(self) -> int:
        """After how many events of a stream it strikes."""
        return self.plan.after_events

    @property
    def before_headers(self) -> bool:
        """Whether it strikes before any of an answer."""
        return self.plan.before_headers

    @property
    def model(self) -> str | None:
        """The only model whose requests it strikes."""
        return self.plan.model

    @property
    def path(self) -> str | None:
        """With what the target of a request begins that it strikes."""
        return self.plan.path

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

    def matches(self, asked: Asked) -> bool:
        """Tell whether a request is to be struck."""
        in_stream = self.name in STREAM_FAULTS and not self.before_headers
        if (in_stream and not asked.streamed) or (asked.named and self.path is None):
            return False
        if self.name in RESPONSES_FAULTS and not asked.path.endswith("/responses"):
            return False
        is_there = self.path is None or asked.path.startswith(self.path)
        return self.model in (None, asked.model) and is_there and concerns(self.name, asked)

    def write_answer(self, asked: Asked, *, now: float) -> Refusal | None:
        """Return what takes the place of the whole answer, if it does that."""
        return write_answer(self.plan, asked, now)


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

    def strike(self, fault: Fault, asked: Asked) -> Fault | None:
        """Return ``fault``, which a request asks for, if it matches and has strikes left."""
        with self._lock:
            left = fault.times is None or fault.times > 0
            if not (left and fault.matches(asked)):
                return None
            self._count_strike(fault)
            return fault

    def take(self, asked: Asked) -> Fault | None:
        """Return the first fault that matches a request, counting the strike."""
        with self._lock:
            for fault in self._armed:
                if fault.matches(asked):
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
        return Fault(plan, plan.times, board=self, number=number)
