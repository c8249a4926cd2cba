"""What is said: messages, their parts, tool calls and token counts.

The roles and parts are those that all three endpoints share. A transport translates them to its
own wire format and raises where it can't.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

Role: TypeAlias = Literal["system", "user", "assistant", "tool"]
"""Who speaks."""


@dataclass(frozen=True, slots=True)
class Text:
    """Plain text."""

    text: str


@dataclass(frozen=True, slots=True)
class Image:
    """A picture, as a `data:` or https URL; `detail` is "low", "high" or "auto".

    >>> picture = og.Image.from_bytes(b"...", "image/png")
    >>> og.Message.user("What is this?", picture).text
    'What is this?'
    """

    url: str = field(repr=False)
    detail: Literal["auto", "low", "high"] = "auto"

    @classmethod
    def from_bytes(cls, data: bytes, media_type: str) -> Image:
        """An image that travels inside the request, e.g. `media_type="image/png"`."""
        return cls(f"data:{media_type};base64,{base64.b64encode(data).decode('ascii')}")


Part: TypeAlias = Text | Image
"""What a message is made of."""


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One call that a model asks for; `arguments` is its JSON text, exactly as it came."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Tool:
    """A function that a model may call; `parameters` is a JSON schema."""

    name: str
    description: str = ""
    parameters: Mapping[str, Any] = field(default_factory=lambda: {"type": "object"})


@dataclass(frozen=True, slots=True)
class ResponseFormat:
    """Ask for JSON: any object, or one that fits `schema` (a JSON schema) under `name`.

    >>> schema = {"type": "object", "properties": {"units": {"type": "integer"}}}
    >>> wish = og.ResponseFormat(schema, name="sale")
    >>> og.connect().chat().send("We sold a bike.", response_format=wish).json
    {'units': 1}
    """

    schema: Mapping[str, Any] | None = None
    name: str = "answer"


@dataclass(frozen=True, slots=True)
class Message:
    """One message. `tool_calls` belongs to an assistant's, `tool_call_id` to a tool's.

    `reasoning_items` belong to an assistant's too: pieces of reasoning as the service gave them,
    to be sent back unread where it keeps no history.
    """

    role: Role
    parts: tuple[Part, ...]
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str | None = None
    reasoning_items: tuple[Mapping[str, Any], ...] = field(default=(), repr=False, hash=False)

    @property
    def text(self) -> str:
        """Its text parts, joined."""
        return "".join(part.text for part in self.parts if isinstance(part, Text))

    @classmethod
    def system(cls, text: str) -> Message:
        """Instructions for the model."""
        return cls("system", (Text(text),))

    @classmethod
    def user(cls, text: str, *images: Image) -> Message:
        """What the person says, with pictures if any."""
        return cls("user", (Text(text), *images))

    @classmethod
    def assistant(
        cls,
        text: str,
        *,
        tool_calls: tuple[ToolCall, ...] = (),
        reasoning_items: tuple[Mapping[str, Any], ...] = (),
    ) -> Message:
        """What the model said."""
        parts = (Text(text),) if text else ()
        return cls("assistant", parts, tool_calls=tool_calls, reasoning_items=reasoning_items)

    @classmethod
    def tool(cls, call: ToolCall, result: str) -> Message:
        """What a tool answered to `call`."""
        return cls("tool", (Text(result),), tool_call_id=call.id)


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens, as the service counted them. `cached` is part of `input`, `reasoning` of `output`."""

    input: int
    output: int
    total: int
    cached: int | None = None
    reasoning: int | None = None
