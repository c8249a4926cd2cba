"""What the transports share: a response's bytes to events, whatever its wire format.

A wire format is a fold: it takes server-sent events and gives ours. Here are the deadlines, the
caps and the faults, once for all of them.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import aclosing, suppress
from typing import Any, Protocol, TypeAlias, runtime_checkable

from ocigenai_nb.core.errors import (
    EmptyPromptError,
    MalformedStreamError,
    OCIGenAIError,
    RequestTimeoutError,
    StreamCutError,
    StreamLimitError,
    UsageError,
)
from ocigenai_nb.core.events import Event, Failed, Interrupted, Started
from ocigenai_nb.core.messages import Message
from ocigenai_nb.core.sse import MAX_EVENT_BYTES, SSEDecoder
from ocigenai_nb.core.thread import Answer, AnswerFold

from .client import Opened, SignedClient
from .deadlines import watch
from .failures import connection_error, read_errors
from .recovery import Emit, Send

_DRAIN_SECONDS = 0.05
_STALLED = "The answer stopped coming."

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


@runtime_checkable
class StoredFold(Protocol):
    """A fold of an answer that the service keeps: what was lost of it can be read again.

    `lost` is the id of an answer of which the stream did not bring all; then its end is held back.
    """

    lost: str | None

    def complete(self, stored: Mapping[str, Any] | None) -> list[Event]:
        """The end, with what `stored` restates: the answer as it is kept, if it can be had."""


def read_prompt(messages: Prompt) -> tuple[Message, ...]:
    """A prompt as messages.

    Raises EmptyPromptError where there is nothing to send, and UsageError for what is no prompt.
    """
    if isinstance(messages, str):
        messages = Message.user(messages)
    given: object = messages
    result = (messages,) if isinstance(messages, Message) else as_messages(given)
    last = result[-1] if result else Message.user("")
    if last.role == "user" and not last.text.strip() and len(last.parts) < 2:
        raise EmptyPromptError("The prompt is empty.", remedy="Write what to ask.")
    return result


def as_messages(given: object) -> tuple[Message, ...]:
    """Messages as a tuple. Raises UsageError for what is neither one nor a sequence of them."""
    items = tuple(given) if isinstance(given, Sequence) else (given,)
    for item in items:
        if not isinstance(item, Message):
            raise UsageError(
                f"A prompt is text or messages, not {type(item).__name__}.",
                remedy="Write the text, or messages such as Message.user('hi').",
            )
    return items


def new_call_id() -> str:
    """An id for a tool call that came without one."""
    return f"call_{uuid.uuid4().hex[:12]}"


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
        if isinstance(fold, StoredFold) and fold.lost is not None:
            stored = await _reread(client, send, model, fold.lost)
            for event in fold.complete(stored):
                emit(event)
    except OCIGenAIError as error:
        emit(Failed(error))


async def _reread(
    client: SignedClient, send: Send, model: str, answer_id: str
) -> dict[str, Any] | None:
    """The answer as the service keeps it; None where it can't be had."""
    if send.reread is not None:
        with suppress(OCIGenAIError):
            return await fetch(client, send.reread(answer_id), model)
    return None


async def fetch(client: SignedClient, send: Send, model: str) -> dict[str, Any]:
    """The JSON object that the service answers with, where no turn is meant.

    Raises the typed error of the last attempt, or of an answer that broke off.
    """
    return (await fetch_page(client, send, model))[0]


async def fetch_page(
    client: SignedClient, send: Send, model: str
) -> tuple[dict[str, Any], str | None]:
    """The same of a list, with the token of the page that follows, if there is one."""
    async with client.open(send, model, unheard) as opened:
        try:
            page = _parse(await _read_body(client, opened))
        except read_errors() as error:
            raise _broken(error)[1] from error
        return page, opened.response.headers.get("opc-next-page")


def unheard(_event: Event) -> None:
    """Where notices of retries go that have no turn to appear in."""


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
        # Closed here, because left to the garbage collector it would be closed on any thread.
        async with watch(client.timeouts) as seen, aclosing(_pieces(opened.response)) as pieces:
            async for data in pieces:
                for sse in decoder.feed(data):
                    for event in take(sse.data):
                        emit(event)
                        seen.heard = True
                if fold.done:
                    await _drain(pieces)
                    return []
    except read_errors() as error:
        return fold.stop(Interrupted(*_broken(error)))
    return fold.end(decoder.finish())


async def _drain(pieces: AsyncIterator[bytes]) -> None:
    """Read what follows the end, so that the connection can be used again.

    Left unread, every turn would cost a new one, with its TLS handshake. Nobody waits long.
    """
    with suppress(*read_errors()):
        async with asyncio.timeout(_DRAIN_SECONDS):
            async for _ in pieces:
                pass


def _pieces(response: Any) -> AsyncGenerator[bytes, None]:
    """The body as it arrives. What is not compressed goes past the layers that decompress.

    Each of them is a generator that every token would wait for.
    """
    plain = _check_encoding(response) is None
    stream = getattr(getattr(response, "http_response", None), "stream", None) if plain else None
    pieces: AsyncGenerator[bytes, None]
    pieces = aiter(stream) if stream is not None else response.iter_bytes()
    return pieces


def _check_encoding(response: Any) -> str | None:
    """How the body is compressed; the HTTP client leaves what it can't unpack as it is."""
    encoding: str | None = response.headers.get("content-encoding")
    if encoding in (None, "identity", "gzip", "deflate"):
        return encoding
    raise MalformedStreamError(
        f"The answer came compressed as {encoding[:20]!r}, which was not asked for.",
        remedy="Check any proxy before the service.",
    )


async def _read_whole(
    client: SignedClient, opened: Opened, fold: WireFold, _emit: Emit
) -> list[Event]:
    try:
        body = await _read_body(client, opened)
    except read_errors() as error:
        return fold.stop(Interrupted(*_broken(error)))
    return fold.whole(_parse(body))


async def _read_body(client: SignedClient, opened: Opened) -> bytes:
    _check_encoding(opened.response)
    body = bytearray()
    async with watch(client.timeouts) as seen:
        async for piece in opened.response.iter_bytes():
            seen.heard = True
            body += piece
            if len(body) > MAX_EVENT_BYTES:
                raise StreamLimitError(f"The answer is larger than {MAX_EVENT_BYTES:,} bytes.")
    return bytes(body)


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


def _broken(error: BaseException) -> tuple[str, OCIGenAIError]:
    """Reason and typed error of a stream that broke off."""
    if isinstance(error, StreamLimitError):
        return "too large", error
    if isinstance(error, MalformedStreamError):
        return "malformed", error
    remedy = "Send it again; what came before is kept."
    if isinstance(error, TimeoutError):
        return "timeout", RequestTimeoutError(str(error) or _STALLED, remedy=remedy)
    if isinstance(connection_error(error, ""), RequestTimeoutError):
        return "timeout", RequestTimeoutError(_STALLED, remedy=remedy)
    return "cut", StreamCutError("The connection broke off within the answer.", remedy=remedy)
