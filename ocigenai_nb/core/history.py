"""What a model is shown of the turns before: translated to what it takes, and what can't be said.

Roles have to alternate for every family, so a turn that brought no answer is left out; it stays
in the conversation. A partial answer counts as an answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from .catalog import find_model, find_native_format
from .messages import Image, Message, Text
from .routing import TransportName
from .thread import Answer


@dataclass(frozen=True, slots=True)
class Past:
    """One turn of the history: what was asked, what came, and who was asked."""

    prompt: Message
    answer: Answer
    model: str
    transport: TransportName


@dataclass(frozen=True, slots=True)
class History:
    """Messages in order, and a sentence for each thing that this model can't be shown."""

    messages: tuple[Message, ...]
    notices: tuple[str, ...] = ()


def answered(answer: Answer) -> bool:
    """Whether there is an answer that a model can be shown."""
    return bool(answer.text.strip())


def translate(past: Sequence[Past], model: str, transport: TransportName) -> History:
    """The turns that were answered, as `model` takes them on that transport."""
    blind = not sees(model, transport)
    messages: list[Message] = []
    pictures = sealed = 0
    for turn in past:
        if not answered(turn.answer):
            continue
        prompt, answer = turn.prompt, replace(turn.answer.message, tool_calls=())
        if blind and (count := sum(isinstance(part, Image) for part in prompt.parts)):
            pictures += count
            prompt = _without_images(prompt)
        if answer.reasoning_items and not (transport == "responses" and turn.model == model):
            sealed += 1
            answer = replace(answer, reasoning_items=())
        messages += [prompt, answer]
    notices = []
    if pictures:
        notices.append(f"{model} takes no images: the history tells it that there were {pictures}.")
    if sealed:
        notices.append(f"Earlier reasoning is left out ({sealed}): it is sealed for another model.")
    return History(tuple(messages), tuple(notices))


def sees(model: str, transport: TransportName) -> bool:
    """Whether a model takes images there; True where it isn't known."""
    if transport == "sdk" and find_native_format(model).name == "COHERE":
        return False
    facts = find_model(model)
    stated = set(facts["capabilities"]) - {"streaming"} if facts else set()
    return not stated or "vision" in stated


def _without_images(message: Message) -> Message:
    parts = (
        Text("[an image, which you can't see]") if isinstance(part, Image) else part
        for part in message.parts
    )
    return replace(message, parts=tuple(parts))
