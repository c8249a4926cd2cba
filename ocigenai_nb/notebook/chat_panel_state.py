"""What the chat panel's messages say of a conversation: turns, settings, models, as plain data.

A turn's text goes once, as it grows; what is told at its end has the length of the text instead
of the text, so that a view that missed a piece notices and asks for it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ocigenai_nb.chat.conversation import Conversation
from ocigenai_nb.chat.reply import Reply
from ocigenai_nb.chat.resuming import CONTINUE, can_resume
from ocigenai_nb.chat.turn import Turn
from ocigenai_nb.core.errors import UsageError
from ocigenai_nb.core.messages import Image, Message, Part, Text
from ocigenai_nb.core.parameters import Parameters
from ocigenai_nb.model_facts import AS_OF, MODELS

from .feed import count_units
from .rounds import describe_asked, describe_round
from .widget import describe_error

# How chat/attachments.py writes a text: its name, and the text in a fence.
_ATTACHED = re.compile(r"\n\n(?P<name>[^\n]+):\n\n(?P<fence>`{3,}|~{3,})")


def describe_chat(chat: Conversation) -> dict[str, Any]:
    """All that a view shows: the turns of the branch that is on, and the settings."""
    return {
        "turns": [describe_turn(chat, turn) for turn in chat.path],
        "path": list_path(chat),
        "settings": describe_settings(chat),
    }


def list_path(chat: Conversation) -> list[int]:
    """The numbers of the turns of the branch that is on."""
    return [turn.number for turn in chat.path]


def describe_turn(chat: Conversation, turn: Turn, *, whole: bool = True) -> dict[str, Any]:
    """A turn as it stands; without `whole` what grows is left out, and told how long it is."""
    reply = turn.reply
    prompt, attached = split_prompt(turn.prompt)
    told = {
        "number": turn.number,
        "parent": turn.parent,
        "branches": [each.number for each in chat.branches(turn)],
        "prompt": prompt,
        "continues": prompt == CONTINUE,
        "attachments": [describe_part(part) for part in attached],
        "model": reply.answer.model or turn.asked.model,
        "edited": turn.asked.edited,
        "status": turn.status,
        "size": {
            "text": count_units(reply.text),
            "reasoning": count_units(reply.reasoning),
            "rounds": len(reply.rounds),
            "results": sum(len(each.results) for each in reply.rounds),
        },
        **_describe_end(turn, reply),
    }
    if whole:
        rounds = [describe_round(each, turn) for each in reply.rounds]
        told |= {"text": reply.text, "reasoning": reply.reasoning, "rounds": rounds}
    return told


def _describe_end(turn: Turn, reply: Reply) -> dict[str, Any]:
    """What is known of an answer besides its text."""
    error, cost = reply.error, reply.cost
    return {
        "calls": describe_asked(reply.tool_calls),
        "finish_reason": reply.finish_reason,
        "error": describe_error(error) if error is not None else None,
        "unknown": turn.unknown,
        "resumable": can_resume(reply),
        "notices": [*reply.answer.notices, *([reply.origin] if reply.origin else [])],
        "usage": _describe_usage(reply),
        "timing": {
            "ttft": reply.timing.ttft,
            "total": reply.timing.total,
            "tokens_per_second": reply.timing.tokens_per_second,
        },
        "cost": str(cost) if cost is not None else None,
        "provenance": reply.provenance() if turn.done else "",
    }


def _describe_usage(reply: Reply) -> dict[str, Any] | None:
    usage = reply.usage
    if usage is None:
        return None
    told = {"input": usage.input, "output": usage.output, "cached": usage.cached}
    return told | {"reasoning": usage.reasoning}


def split_prompt(prompt: Message) -> tuple[str, tuple[Part, ...]]:
    """What the person wrote, which is the first text, and what is attached to it."""
    written = next((part for part in prompt.parts if isinstance(part, Text)), None)
    attached = tuple(part for part in prompt.parts if part is not written)
    return (written.text if written else ""), attached


def reword(prompt: Message, text: str) -> Message:
    """The same message in other words: what is attached stays."""
    return Message("user", (Text(text), *split_prompt(prompt)[1]))


def describe_part(part: Part) -> dict[str, str]:
    """The kind of something attached, and its name where it has one; not what it holds."""
    if isinstance(part, Image):
        return {"kind": "image", "name": ""}
    found = _ATTACHED.match(part.text)
    return {"kind": "text", "name": found["name"] if found else ""}


def describe_settings(chat: Conversation) -> dict[str, Any]:
    """Who answers and how: what a view shows beside the conversation."""
    settings = chat.connection.settings
    return {
        "model": chat.model,
        "system": chat.system or "",
        "temperature": chat.parameters.temperature,
        "max_tokens": chat.parameters.max_tokens,
        "region": settings.region.value,
        "profile": settings.profile.value,
        "emulated": chat.connection.emulated,
    }


def list_models() -> list[dict[str, Any]]:
    """The chat models that are known and not retired, with what helps to choose."""
    return [
        {
            "id": facts["id"],
            "context": facts["context_tokens"],
            "capabilities": list(facts["capabilities"]),
        }
        for facts in MODELS.values()
        if facts["kind"] == "chat" and not (facts["retired"] and facts["retired"] <= AS_OF)
    ]


def apply_settings(chat: Conversation, wishes: Mapping[str, Any]) -> None:
    """Set what `wishes` names. Raises UsageError, or a kind of it, and sets nothing, if one can't.

    None or an empty text is the service's own default.
    """
    model = str(wishes.get("model", chat.model)).strip()
    if not model:
        raise UsageError("No model is named.", remedy="Type a model's name, or pick one.")
    chat.connection.model(model, transport=chat.transport)
    given = chat.parameters.given() | {
        name: wishes[name] for name in ("temperature", "max_tokens") if name in wishes
    }
    parameters = Parameters(**given)
    chat.model, chat.parameters = model, parameters
    if "system" in wishes:
        chat.system = str(wishes["system"]).strip() or None
