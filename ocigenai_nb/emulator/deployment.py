"""What all requests of one running emulator share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ocigenai_nb.emulator.faults import FaultBoard
from ocigenai_nb.emulator.identity import Identity
from ocigenai_nb.emulator.journal import Journal


@dataclass(slots=True)
class Deployment:
    """Identity, journal, armed faults and settings; the settings may change while it runs."""

    identity: Identity
    clock: Callable[[], float]
    clock_offset: float = 0.0
    pace: float | None = None
    journal: Journal = field(default_factory=Journal)
    faults: FaultBoard = field(default_factory=FaultBoard)

    def now(self) -> float:
        """Return the emulated service's time, in seconds since the epoch."""
        return self.clock() + self.clock_offset
