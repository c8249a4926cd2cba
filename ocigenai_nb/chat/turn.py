"""A turn: a prompt, what was asked for with it, and what has come of the answer."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from ocigenai_nb.core.errors import OutcomeUnknownError
from ocigenai_nb.core.events import Event, ReasoningDelta, TextDelta, ToolCallDelta
from ocigenai_nb.core.history import Past
from ocigenai_nb.core.messages import Message, ResponseFormat, ToolCall
from ocigenai_nb.core.parameters import Parameters
from ocigenai_nb.core.rounds import Round
from ocigenai_nb.core.routing import Route
from ocigenai_nb.core.thread import AnswerFold, Status, pair_surrogates

from .journal import Journal
from .reply import Raw, Reply, Timing
from .retention import Place
from .structured import Shape
from .tools.approval import Desk

_FIRST = (TextDelta, ReasoningDelta, ToolCallDelta)
STOP_SECONDS = 2.0  # the longest that closing a socket may hold up whoever stops a turn
_WAIT_PIECE = 0.1  # seconds; Windows delivers an interrupt only between two waits


@dataclass(frozen=True, slots=True)
class Asked:
    """What a turn asked for besides its prompt. `stored` lets the service keep the response."""

    model: str
    transport: str | None = None
    system: str | None = None
    parameters: Parameters = Parameters()
    response_format: ResponseFormat | None = None
    stored: bool = False
    edited: bool = False


class _Progress:
    """What a turn needs only while it is under way."""

    __slots__ = (
        "began",
        "earlier",
        "ended",
        "first",
        "fold",
        "raws",
        "sent_at",
        "teller",
        "waiting",
    )

    def __init__(self) -> None:
        self.fold = AnswerFold()
        self.earlier: tuple[Raw, ...] = ()
        self.raws: list[Mapping[str, Any]] = []
        self.first: float | None = None
        self.ended = threading.Event()
        self.teller: int | None = None  # the thread that tells of its end
        self.waiting: list[asyncio.Future[None]] = []
        self.start()

    def start(self) -> None:
        """Timing counts from here."""
        self.sent_at = datetime.now(UTC)
        self.began = time.perf_counter()

    def seconds(self) -> float:
        """How long it has been under way."""
        return time.perf_counter() - self.began

    def let_go(self) -> None:
        """Let go whoever waits for the end."""
        self.ended.set()
        for waiting in self.waiting:
            if not waiting.done():
                waiting.set_result(None)


class Turn:
    """One turn of a conversation. `number` is its own there, `parent` that of the one before.

    Events are taken on the I/O thread, so a turn comes to its end whether anybody reads it or not.
    """

    __slots__ = (
        "_emulated",
        "_progress",
        "_reply",
        "asked",
        "desk",
        "number",
        "origin",
        "parent",
        "place",
        "prompt",
        "request",
        "route",
        "shape",
        "stop",
    )

    def __init__(
        self,
        number: int,
        parent: int | None,
        prompt: Message,
        asked: Asked,
        route: Route,
        place: Place,
        *,
        reply: Reply | None = None,
        emulated: bool = False,
    ) -> None:
        self.number = number
        self.parent = parent
        self.prompt = prompt
        self.asked = asked
        self.route = route
        self.place = place
        self.origin = ""
        self.request: Mapping[str, Any] = {}
        self.desk = Desk()
        self.shape: Shape | None = None
        self.stop: Callable[[], None] = _nothing_to_stop
        self._emulated = emulated
        self._reply = reply
        self._progress = None if reply else _Progress()

    @classmethod
    def made(
        cls, number: int, parent: int | None, asked: Asked, place: Place, reply: Reply
    ) -> Turn:
        """A turn that was not sent from here: read back, or edited by hand."""
        return cls(number, parent, reply.prompt, asked, reply.route, place, reply=reply)

    def __repr__(self) -> str:
        return f"Turn({self.number}, {self.prompt.text[:40]!r}, status={self.status!r})"

    @property
    def text(self) -> str:
        """The answer's text so far."""
        progress = self._progress
        if self._reply is not None or progress is None:
            return self.reply.text
        return pair_surrogates(progress.fold.text)

    @property
    def growing(self) -> AnswerFold | None:
        """What collects the answer while it comes; None once it has ended."""
        progress = self._progress
        return progress.fold if progress and progress.teller is None else None

    @property
    def status(self) -> Status:
        """Either "streaming", "finished", "failed" or "interrupted"."""
        return self.reply.status if self.done else "streaming"

    @property
    def done(self) -> bool:
        """Whether it has come to its end."""
        progress = self._progress
        return progress is None or progress.teller is not None

    @property
    def closed(self) -> bool:
        """Whether its terminal event has come."""
        return self._reply is not None

    @property
    def reply(self) -> Reply:
        """The reply as it stands."""
        progress = self._progress
        if self._reply is None and progress is not None:
            return self._snapshot(progress)
        assert self._reply is not None  # noqa: S101 (a turn without progress has its reply)
        return self._reply

    @property
    def past(self) -> Past:
        """The turn as part of the history of another."""
        return Past(self.prompt, self.reply.answer, self.asked.model, self.route.transport)

    @property
    def thread(self) -> str | None:
        """The id from which the service can go on after this turn; None where it can't."""
        kept = self.asked.stored and self.status == "finished" and not self.asked.edited
        # Calls that nobody answered would be asked for again.
        return self.reply.response_id if kept and not self.reply.tool_calls else None

    @property
    def wished_type(self) -> Any:
        """The type that `schema=` asked for; None for none, and where the turn was read back."""
        return self.shape.kind if self.shape is not None else None

    @property
    def wished_format(self) -> ResponseFormat | None:
        """What `response_format=` asked for; None where a type says it."""
        return None if self.shape is not None else self.asked.response_format

    @property
    def stored_ids(self) -> tuple[str, ...]:
        """The ids of the responses that the service was asked to store, one for each request."""
        reply = self.reply
        ids = (*(each.response_id for each in reply.rounds), reply.response_id)
        return tuple(filter(None, ids)) if self.asked.stored else ()

    @property
    def unknown(self) -> bool:
        """Whether the service may have stored and charged an answer that never came here.

        So it is where a response to be stored was cut off, or stopped, before its id arrived; not
        where it was stopped while tools ran.
        """
        if not self.asked.stored or not self.done or self.reply.response_id:
            return False
        reply = self.reply
        between = bool(reply.rounds) and len(reply.earlier) < len(reply.rounds)
        stopped = self.status == "interrupted" and bool(self.request) and not between
        return stopped or isinstance(self.reply.error, OutcomeUnknownError)

    def go_on_from(self, rounds: tuple[Round, ...]) -> None:
        """Begin after rounds of an earlier process, whose requests are not known."""
        progress = self._progress
        if progress is not None:
            progress.fold.rounds = rounds
            progress.earlier = (Raw({}),) * len(rounds)

    def begin(self, request: Mapping[str, Any], *, stored: bool) -> None:
        """A request goes out now; timing counts from here, unless it is one of a later round."""
        progress = self._progress
        if progress is not None:
            later = len(progress.fold.rounds) > len(progress.earlier)
            if later:
                progress.earlier += (Raw(self.request, tuple(progress.raws)),)
                progress.raws.clear()
            elif not progress.earlier:
                progress.start()
        self.request = request
        self.asked = replace(self.asked, stored=stored)

    def take(self, event: Event) -> None:
        """Take one event, and the time where it matters. On the I/O thread."""
        progress = self._progress
        if progress is None or self._reply is not None:
            return
        progress.fold.add(event)
        raw = getattr(event, "raw", None)
        # One event of the service may bring several of ours.
        if raw is not None and not (progress.raws and progress.raws[-1] is raw):
            progress.raws.append(raw)
        if progress.first is None and isinstance(event, _FIRST):
            progress.first = progress.seconds()
        if progress.fold.done:
            self._reply = self._snapshot(progress)

    def take_down(
        self,
        event: Event,
        journal: Journal,
        conversation: str,
        tell: Callable[[], None] | None = None,
    ) -> None:
        """Take an event; with the last one the exchange goes into the journal, and who waits goes.

        `tell` is as of `settle`. On the I/O thread.
        """
        self.take(event)
        if not self.closed or self.done:
            return
        warning = journal.record(
            self.reply, conversation=conversation, turn=self.number, parent=self.parent
        )
        self.settle(warning, tell)

    def settle(self, warning: str | None = None, tell: Callable[[], None] | None = None) -> None:
        """Let go whoever waits for its end. On the I/O thread, after its terminal event.

        A `warning` joins the answer's notices. `tell` is called when the turn is done and before
        anybody goes on, so that who waited finds everybody told.
        """
        progress = self._progress
        if progress is None or self._reply is None:
            return
        if warning:
            answer = self._reply.answer
            notices = (*answer.notices, warning)
            self._reply = replace(self._reply, answer=replace(answer, notices=notices))
        progress.teller = threading.get_ident()
        try:
            if tell is not None:
                tell()
        finally:
            self._progress = None
            progress.let_go()

    def approve(self, call: ToolCall | str) -> None:
        """Let a tool call run that waits for it. Raises UsageError where it doesn't wait."""
        self.desk.decide(call, approved=True)

    def deny(self, call: ToolCall | str, reason: str = "It was denied.") -> None:
        """Don't let it run; the model is told the `reason`. Raises as `approve` does."""
        self.desk.decide(call, approved=False, reason=reason)

    def wait(self, timeout: float | None = None) -> Reply:
        """Wait for its end, `timeout` seconds at most; returns the reply as it then stands.

        Who observes the conversation was told of the end by then. An interrupt ends the wait, not
        the turn.
        """
        progress = self._progress
        if progress and progress.teller == threading.get_ident():
            return self.reply  # it is an observer that asks
        end = None if timeout is None else time.monotonic() + timeout
        while progress and not progress.ended.wait(_WAIT_PIECE):
            if end is not None and time.monotonic() >= end:
                break
        return self.reply

    async def ended(self) -> None:
        """Wait for its end on the I/O thread's loop."""
        progress = self._progress
        if progress is not None:
            waiting = asyncio.get_running_loop().create_future()
            progress.waiting.append(waiting)
            await waiting

    def _snapshot(self, progress: _Progress) -> Reply:
        answer = progress.fold.answer()
        return Reply(
            prompt=self.prompt,
            answer=answer,
            route=self.route,
            # Between rounds nothing is written, so that there is no speed to be told.
            timing=Timing.of(
                progress.first, progress.seconds(), None if answer.rounds else answer.usage
            ),
            raw=Raw(self.request, tuple(progress.raws)),
            earlier=progress.earlier,
            shape=self.shape,
            sent_at=progress.sent_at,
            origin=self.origin,
            emulated=self._emulated,
        )


def _nothing_to_stop() -> None:
    """A turn that has ended, or was not sent from here."""
