"""One request, before a wire format writes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .messages import Message, ResponseFormat, Tool
from .parameters import Parameters


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """What is asked of a model. `continuation` is the id that a `Continuation` event gave."""

    model: str
    messages: tuple[Message, ...]
    parameters: Parameters = Parameters()
    tools: tuple[Tool, ...] = ()
    response_format: ResponseFormat | None = None
    stream: bool = True
    continuation: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """A request that is not sent: its JSON body, and what the family's rules left out of it."""

    body: dict[str, Any]
    notices: tuple[str, ...]
