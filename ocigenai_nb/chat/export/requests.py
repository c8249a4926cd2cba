"""A body read back: its system prompt and its wishes, whatever format they are written in."""

from __future__ import annotations

from typing import Any

from .ran import Ran

_CAPS = ("max_tokens", "max_completion_tokens", "max_output_tokens", "maxTokens")
# Wishes under the names of `Parameters`, with those of every format; the caps are one wish.
WISHES: dict[str, tuple[str, ...]] = {
    "temperature": ("temperature",),
    "max_tokens": (*_CAPS, "maxCompletionTokens"),
    "top_p": ("top_p", "topP"),
    "seed": ("seed",),
    "stop": ("stop", "stopSequences"),
    "frequency_penalty": ("frequency_penalty", "frequencyPenalty"),
    "presence_penalty": ("presence_penalty", "presencePenalty"),
    "reasoning_effort": ("reasoning_effort", "reasoningEffort", "reasoning"),
    "tools": ("tools",),
    "response_format": ("response_format", "responseFormat", "text"),
}


def read_wishes(ran: Ran) -> dict[str, Any]:
    """What was asked for besides the messages, by its name here."""
    request = ran.chat_request
    return {
        name: request[key]
        for name, keys in WISHES.items()
        for key in keys
        if request.get(key) is not None
    }


def read_system(ran: Ran) -> str | None:
    """The system prompt of a request; None where there is none."""
    request = ran.chat_request
    if ran.wire == "COHERE":
        return request.get("preambleOverride")
    if ran.wire == "responses":
        return request.get("instructions")
    texts = []
    for message in request.get("messages", ()):
        if str(message.get("role")).lower() != "system":
            break
        texts.append(_text(message.get("content")))
    return "\n\n".join(texts) if texts else None


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "".join(part.get("text") or "" for part in content or ())
