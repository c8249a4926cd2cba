"""What all requests of one running emulator share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from ocigenai_nb.emulator.backend import Backend
from ocigenai_nb.emulator.faults import FaultBoard
from ocigenai_nb.emulator.files.store import FileStore
from ocigenai_nb.emulator.identity import Identity
from ocigenai_nb.emulator.journal import Journal, KeyIdKind
from ocigenai_nb.emulator.limits import Meter
from ocigenai_nb.emulator.responses.conversation_store import ConversationStore
from ocigenai_nb.emulator.responses.sealing import Sealer
from ocigenai_nb.emulator.responses.store import ResponseStore

TOKEN_MINUTES: Final = 60.0
"""How long the tokens that the identity services issue are good, unless it is set."""


@dataclass(slots=True)
class Deployment:
    """Identity, journal, armed faults and settings; the settings may change while it runs."""

    identity: Identity
    clock: Callable[[], float]
    clock_offset: float = 0.0
    pace: float | None = None
    token_minutes: float = TOKEN_MINUTES
    denied_kinds: frozenset[KeyIdKind] = frozenset()
    journal: Journal = field(default_factory=Journal)
    faults: FaultBoard = field(default_factory=FaultBoard)
    responses: ResponseStore = field(default_factory=ResponseStore)
    meter: Meter = field(default_factory=Meter)
    conversations: ConversationStore = field(default_factory=ConversationStore)
    files: FileStore = field(default_factory=FileStore)
    strict_input: bool = False
    """Whether the Responses API refuses the short form of messages, as it did in June 2026."""
    sealer: Sealer = field(default_factory=Sealer)
    admin: bool = True
    """Whether requests may order faults in a header, and programs at ``/emulator``."""
    reset: Callable[[], None] = lambda: None
    """Makes everything as it was at the start."""
    describe: Callable[[], Mapping[str, object]] = dict
    """Returns where what is."""
    backend: Backend | None = None
    """What answers in place of the script."""

    def now(self) -> float:
        """Return the emulated service's time, in seconds since the epoch."""
        return self.clock() + self.clock_offset
