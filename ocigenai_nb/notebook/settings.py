"""What holds for `%%ocichat` where a cell does not say otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

FORMATS: Final = ("md", "text", "json", "code", "df")
"""How an answer can be shown."""


@dataclass(frozen=True, slots=True)
class Defaults:
    """What `%config OCIChatMagics` says; None is "not said". `timeout` is in seconds."""

    model: str | None = None
    system: str | None = None
    temperature: float | None = None
    max_tokens: int | None = None
    format: str = "md"
    timeout: float | None = None
