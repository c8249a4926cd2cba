"""What a model is shown of the turns before: translated to what it takes, and what can't be said.

Roles have to alternate for every family, so a turn that brought no answer is left out; it stays
in the conversation. A partial answer counts as an answer, and so do tools that were called: where
the turn was stopped before all had returned, the others' results say so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from .catalog import find_model, find_native_format
from .messages import Image, Message, Text
from .rounds import Round
from .routing import TransportName
from .thread import Answer

BROKE_OFF = "(The answer broke off here.)"


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
    return bool(answer.text.strip()) or any(_called(answer))


def translate(
    past: Sequence[Past], model: str, transport: TransportName, *, tools: bool = False
) -> History:
    """The turns that were answered, as `model` takes them on that transport.

    What tools returned is shown as calls and results where `tools` are offered now, and in words
    where they aren't: families refuse calls of tools that a request does not describe.
    """
    blind = not sees(model, transport)
    messages: list[Message] = []
    pictures = sealed = 0
    for turn in past:
        if not answered(turn.answer):
            continue
        if blind:
            pictures += sum(isinstance(part, Image) for part in turn.prompt.parts)
        said = list(_show(turn, blind=blind, tools=tools))
        if not (transport == "responses" and turn.model == model):
            sealed += any(message.reasoning_items for message in said)
            said = [replace(message, reasoning_items=()) for message in said]
        messages += said
    notices = []
    if pictures:
        notices.append(f"{model} takes no images: the history tells it that there were {pictures}.")
    if sealed:
        notices.append(f"Earlier reasoning is left out ({sealed}): it is sealed for another model.")
    return History(tuple(messages), tuple(notices))


def _show(turn: Past, *, blind: bool, tools: bool) -> Iterator[Message]:
    """A turn as messages."""
    prompt = _without_images(turn.prompt) if blind else turn.prompt
    rounds = list(_called(turn.answer))
    if rounds and not tools:
        told = "\n".join(_tell(each) for each in rounds)
        prompt = replace(prompt, parts=(*prompt.parts, Text(f"\n\n{told}")))
    yield prompt
    if tools:
        for each in rounds:
            yield from each.messages
    last = replace(turn.answer.message, tool_calls=())
    yield last if turn.answer.text.strip() else replace(last, parts=(Text(BROKE_OFF),))


def _called(answer: Answer) -> Iterator[Round]:
    """The rounds in which tools were called, each call with a result; not one under way."""
    ended = answer.status != "streaming"
    return (each.closed() for each in answer.rounds if each.tool_calls and (each.whole or ended))


def _tell(each: Round) -> str:
    lines = (
        f"The tool {result.call.name}({result.call.arguments}) returned:\n{result.text}"
        for result in each.results
    )
    return "\n".join(lines)


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
