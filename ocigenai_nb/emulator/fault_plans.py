"""What a fault is told to do, checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ocigenai_nb.emulator.fault_names import (
    ALL_FAULTS,
    BREAKING_FAULTS,
    CONNECTION_FAULTS,
    FaultName,
    Inside,
)

ELSEWHERE: Final = "https://elsewhere.invalid/openai/v1/chat/completions"
"""Where a redirect leads, unless it says where."""

_MOST_BYTES: Final = 1 << 30


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
    inside: Inside | None = None
    status: int = 429
    code: str | None = None
    message: str | None = None
    retry_after: float | str | None = None
    retry_after_ms: float | None = None
    retry_after_date: float | None = None
    param: str = "temperature"
    seconds: float = 600
    location: str = ELSEWHERE
    size: int = 64 * 1024 * 1024
    model: str | None = None
    path: str | None = None

    def __post_init__(self) -> None:
        if self.name not in ALL_FAULTS:
            known = ", ".join(sorted(ALL_FAULTS))
            raise ValueError(f"There is no fault named {self.name!r}: use one of {known}.")
        self._check_place()
        if (self.times is not None and self.times < 1) or self.after_events < 0:
            raise ValueError("A fault strikes 1 time or more, after 0 events or more.")
        if not 200 <= self.status <= 599:
            raise ValueError("The status of an answer is one from 200 to 599.")
        for value in map(str, (self.location, self.retry_after, self.retry_after_ms)):
            if not (value.isascii() and value.isprintable()):
                raise ValueError(f"The value of a header can't be {value!r}.")
        if not 0 <= self.size <= _MOST_BYTES:
            raise ValueError(f"An event has at most {_MOST_BYTES} bytes.")
        if self.retry_after is not None and self.retry_after_date is not None:
            raise ValueError("A wait is told once: as retry_after or as retry_after_date.")

    def _check_place(self) -> None:
        if self.before_headers and self.name not in CONNECTION_FAULTS:
            known = ", ".join(sorted(CONNECTION_FAULTS))
            raise ValueError(f"Before the headers, a fault is one of {known}.")
        if self.inside not in (None, "line", "character"):
            raise ValueError(f"A fault strikes inside a line or a character, not {self.inside!r}.")
        if self.inside and (self.name not in BREAKING_FAULTS or self.before_headers):
            known = ", ".join(sorted(BREAKING_FAULTS))
            raise ValueError(f"Inside a {self.inside}, a fault is one of {known}.")
