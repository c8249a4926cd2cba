"""What the transports share: a response's bytes to events, whatever its wire format.

A wire format is a fold: it takes server-sent events and gives ours. Here are the deadlines, the
caps and the faults, once for all of them.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Protocol, TypeAlias

from ocigenai_nb.core.errors import (
    EmptyPromptError,
    MalformedStreamError,
    OCIGenAIError,
    RequestTimeoutError,
    StreamCutError,
    StreamLimitError,
)
from ocigenai_nb.core.events import Event, Failed, Interrupted, Started
from ocigenai_nb.core.messages import Message
from ocigenai_nb.core.sse import MAX_EVENT_BYTES, SSEDecoder
from ocigenai_nb.core.thread import Answer, AnswerFold

from .client import Emit, Opened, Send, SignedClient, connection_error, read_errors

Prompt: TypeAlias = str | Message | Sequence[Message]


class WireFold(Protocol):
    """One answer's wire events to ours; it ends itself with exactly one terminal event."""

    done: bool

    def take(self, data: bytes) -> list[Event]:
        """The events of one server-sent event's data."""

    def whole(self, data: dict[str, Any]) -> list[Event]:
        """The events of an answer that came whole."""

    def stop(self, end: Failed | Interrupted) -> list[Event]:
        """End early, unless the service had already ended the answer."""

    def end(self, fragment: bytes) -> list[Event]:
        """What the end of the bytes means, with the fragment that was left over."""


def read_prompt(messages: Prompt) -> tuple[Message, ...]:
    """A prompt as messages. Raises EmptyPromptError where there is nothing to send."""
    if isinstance(messages, str):
        messages = Message.user(messages)
    result = (messages,) if isinstance(messages, Message) else tuple(messages)
    last = result[-1] if result else Message.user("")
    if last.role == "user" and not last.text.strip() and len(last.parts) < 2:
        raise EmptyPromptError("The prompt is empty.", remedy="Write what to ask.")
    return result


async def run_turn(
    client: SignedClient, send: Send, model: str, fold: WireFold, emit: Emit, *, stream: bool
) -> None:
    """One turn, from the first attempt to its terminal event, each event given to `emit`.

    What goes wrong is the terminal event too: `Failed` where no answer began or the service
    reported an error, `Interrupted` where the stream broke off. A callback, because each layer
    of async generators would cost every token a microsecond.
    """
    try:
        async with client.open(send, model, emit) as opened:
            emit(Started(opened.request_id, opened.attempts))
            read = _read_stream if stream else _read_whole
            for event in await read(client, opened, fold, emit):
                emit(event)
    except OCIGenAIError as error:
        emit(Failed(error))


async def collect(turn: Callable[[Emit], Coroutine[Any, Any, None]]) -> Answer:
    """The answer that a turn's events amount to. Raises the error that it ended in."""
    fold = AnswerFold()
    await turn(fold.add)
    answer = fold.answer()
    if answer.error is not None:
        raise answer.error
    return answer


async def _read_stream(
    client: SignedClient, opened: Opened, fold: WireFold, emit: Emit
) -> list[Event]:
    """Read to the end; returns the events that the end amounts to."""
    decoder = SSEDecoder()
    take = fold.take
    try:
        async with asyncio.timeout(client.timeouts.total):
            async for data in opened.response.iter_bytes():
                for sse in decoder.feed(data):
                    for event in take(sse.data):
                        emit(event)
                if fold.done:
                    return []
    except read_errors() as error:
        return fold.stop(Interrupted(*_broken(error, client)))
    return fold.end(decoder.finish())


async def _read_whole(
    client: SignedClient, opened: Opened, fold: WireFold, _emit: Emit
) -> list[Event]:
    body = bytearray()
    try:
        async with asyncio.timeout(client.timeouts.total):
            async for piece in opened.response.iter_bytes():
                body += piece
                if len(body) > MAX_EVENT_BYTES:
                    raise StreamLimitError(f"The answer is larger than {MAX_EVENT_BYTES:,} bytes.")
    except read_errors() as error:
        return fold.stop(Interrupted(*_broken(error, client)))
    return fold.whole(_parse(bytes(body)))


def _parse(body: bytes) -> dict[str, Any]:
    try:
        data = json.loads(body)
    except ValueError:
        data = None
    if isinstance(data, dict):
        return data
    raise MalformedStreamError(
        "The answer is not a JSON object, so it does not come from this service.",
        remedy="Check the endpoint and any proxy before it.",
    )


def _broken(error: BaseException, client: SignedClient) -> tuple[str, OCIGenAIError]:
    """Reason and typed error of a stream that broke off."""
    if isinstance(error, StreamLimitError):
        return "too large", error
    remedy = "Send it again; what came before is kept."
    typed = connection_error(error, client.identity.settings.endpoint.value)
    if isinstance(error, TimeoutError) or isinstance(typed, RequestTimeoutError):
        return "timeout", RequestTimeoutError("The answer stopped coming.", remedy=remedy)
    return "cut", StreamCutError("The connection broke off within the answer.", remedy=remedy)
