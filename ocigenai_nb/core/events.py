"""The one event vocabulary of all transports.

A turn is a stream of these. `Started` comes once, when the service has accepted the request;
exactly one terminal event (`Finished`, `Failed` or `Interrupted`) ends it. A stream that stops
without the service's own terminal event is `Interrupted`, never `Finished`. `raw` is the service
event as it came, for whoever wants to look at the wire; it takes no part in equality.

Where tools run here, a turn is several requests: `RoundFinished` ends each but the last, and
`Started` begins the next.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from .claims import Claim
from .errors import OCIGenAIError
from .messages import ToolCall, Usage
from .rounds import ToolResult

Raw: TypeAlias = Mapping[str, Any] | None
"""A service's event as it came; None where there was none."""


@dataclass(slots=True, frozen=True)
class Started:
    """The service accepted the request; `attempts` counts from 1."""

    request_id: str | None = None
    attempts: int = 1


@dataclass(slots=True, frozen=True)
class Notice:
    """Something the person should know: a parameter renamed, a retry, a fragment dropped."""

    text: str


@dataclass(slots=True, frozen=True)
class TextDelta:
    """More of the answer."""

    text: str
    raw: Raw = field(default=None, repr=False, compare=False)


@dataclass(slots=True, frozen=True)
class TextReplaced:
    """The whole answer anew, in place of the text so far, of which pieces were lost."""

    text: str
    raw: Raw = field(default=None, repr=False, compare=False)


@dataclass(slots=True, frozen=True)
class ReasoningDelta:
    """More of what the model thinks before it answers."""

    text: str
    raw: Raw = field(default=None, repr=False, compare=False)


@dataclass(slots=True, frozen=True)
class ToolCallDelta:
    """More of the arguments of the call at `position` in this turn."""

    position: int
    name: str
    arguments: str
    raw: Raw = field(default=None, repr=False, compare=False)


@dataclass(slots=True, frozen=True)
class ToolCallReady:
    """A tool call that is complete."""

    call: ToolCall


@dataclass(slots=True, frozen=True)
class RoundFinished:
    """A part of the answer that is not the last is whole; its tools run next.

    `correction` is what the model is told instead, where the answer did not fit what was asked for.
    """

    correction: str = ""


@dataclass(slots=True, frozen=True)
class ApprovalAsked:
    """A tool call that waits until somebody approves or denies it."""

    call: ToolCall


@dataclass(slots=True, frozen=True)
class ToolStarted:
    """A tool runs."""

    call: ToolCall


@dataclass(slots=True, frozen=True)
class ToolFinished:
    """What came of a tool call."""

    result: ToolResult


@dataclass(slots=True, frozen=True)
class Judged:
    """What a hook found of the answer or of what the tools returned.

    `by` names the hook, `verdict` is its word, such as "grounded" or "retry", `text` says why, and
    `score` is between 0 and 1, None where it gives none. `claims` are what it looked at one by one.
    """

    by: str
    verdict: str
    text: str = ""
    score: float | None = None
    claims: tuple[Claim, ...] = ()


@dataclass(slots=True, frozen=True)
class UsageReport:
    """What the request cost in tokens."""

    usage: Usage
    raw: Raw = field(default=None, repr=False, compare=False)


@dataclass(slots=True, frozen=True)
class Continuation:
    """The token with which the service continues this thread."""

    response_id: str


@dataclass(slots=True, frozen=True)
class ReasoningItem:
    """A sealed piece of reasoning, to be sent back where the service keeps no history."""

    item: Mapping[str, Any] = field(repr=False)


@dataclass(slots=True, frozen=True)
class ServiceEvent:
    """An event of the service that none of the others carries: its type, and all of it."""

    name: str
    raw: Raw = field(default=None, repr=False, compare=False)


@dataclass(slots=True, frozen=True)
class Finished:
    """The service ended the turn itself.

    `reason` is "stop", "length", "tool_calls", "content_filter", "refusal" (the text says that the
    model declines), or the service's own word where it is none of these. `model` is the model that
    answered, as the service names it.
    """

    reason: str
    model: str | None = None


@dataclass(slots=True, frozen=True)
class Failed:
    """The turn ended in an error that the service or the wire reported."""

    error: OCIGenAIError


@dataclass(slots=True, frozen=True)
class Interrupted:
    """The turn ended early: a person stopped it, or the stream broke off.

    `reason` is "stopped", "timeout", "cut" (the connection ended), "malformed", "cancelled" (at
    the service), "error", or the service's own word. `error` says how it broke off and is None
    where a person stopped it.
    """

    reason: str
    error: OCIGenAIError | None = None


Terminal: TypeAlias = Finished | Failed | Interrupted
"""What ends a turn."""

Event: TypeAlias = (
    Started
    | Notice
    | TextDelta
    | TextReplaced
    | ReasoningDelta
    | ToolCallDelta
    | ToolCallReady
    | RoundFinished
    | ApprovalAsked
    | ToolStarted
    | ToolFinished
    | Judged
    | UsageReport
    | Continuation
    | ReasoningItem
    | ServiceEvent
    | Terminal
)
"""Anything that a turn is made of."""
