"""Record and replay: what passes between here and the service, kept in a cassette.

While one is open, every turn of this process goes through it, whoever asked: a conversation, the
magic, a widget or a bare model. A replayed turn reads no key, renews no token and sends nothing.
"""

from __future__ import annotations

import asyncio
import math
import os
import threading
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Protocol, TypeAlias

from ocigenai_nb.core.differences import describe_differences
from ocigenai_nb.core.errors import CassetteMismatchError, DataFormatError, UsageError
from ocigenai_nb.core.events import Event, Failed, Interrupted
from ocigenai_nb.core.options import strict_options

from .cassette_file import (
    Recorded,
    Request,
    TimedEvent,
    check_replaceable,
    is_terminal,
    make_request,
    read_cassette,
    write_header,
    write_recorded,
)

Emit: TypeAlias = Callable[[Event], None]
Turn: TypeAlias = Callable[[Emit], Coroutine[Any, Any, None]]


class _Deck(Protocol):
    """What is done with a turn while a cassette is open. `name` says it in a sentence."""

    name: str

    async def run(self, request: Request, turn: Turn, emit: Emit) -> None: ...


_open: list[_Deck] = []
_opening = threading.Lock()


@strict_options
@contextmanager
def record(path: str | os.PathLike[str]) -> Iterator[None]:
    """Record every turn of this process to a cassette, for as long as the `with` block runs.

    >>> with og.record("sums.jsonl"):
    ...     print(og.connect().chat().send("What is 17 * 23?"))
    17 * 23 = 391

    A cassette that is there is replaced. Secrets are redacted, pictures are kept as digests. Each
    exchange is written when it ends, those still under way when the block ends as interrupted.

    Raises UsageError where the file can't be written, where it is no cassette, and where one is
    recorded or replayed already.
    """
    recorder = _Recorder(Path(path))
    with _opened(recorder):
        recorder.start()
        try:
            yield
        finally:
            recorder.close()


@strict_options
@contextmanager
def replay(path: str | os.PathLike[str], *, speed: float | None = 1.0) -> Iterator[None]:
    """Answer every turn of this process from a cassette, for as long as the `with` block runs.

    >>> with og.record("count.jsonl"):
    ...     recorded = og.connect().chat().send("Count from 1 to 5.")
    >>> with og.replay("count.jsonl", speed=None):
    ...     og.connect().chat().send("Count from 1 to 5.").text == recorded.text
    True

    Nothing is sent. Events come with the delays that they had; `speed=2.0` halves them, None
    leaves them out. Each request has to be one that was recorded (transport, model and body; the
    compartment may be another), and is answered once; of equal ones the earlier first. One that
    was not ends in CassetteMismatchError, which says what differs.

    Raises UsageError where the file can't be read, for a speed that is not above 0, and where one
    is recorded or replayed already; DataFormatError for a file that is no cassette.
    """
    if speed is not None and not speed > 0:
        raise UsageError(f"speed is {speed}; it has to be above 0, or None for no waiting.")
    with _opened(_Player(read_cassette(Path(path)), math.inf if speed is None else speed)):
        yield


def is_replaying() -> bool:
    """Whether turns are answered from a cassette."""
    return any(isinstance(deck, _Player) for deck in _open)


def refuse_while_replaying() -> None:
    """For what is no turn, such as retrieving a response. Raises UsageError during a replay."""
    if is_replaying():
        raise UsageError(
            "A cassette is being replayed: nothing is sent, and this is not on it.",
            remedy="End that `with` block first.",
        )


def through_cassette(transport: str, model: str, body: Mapping[str, Any], turn: Turn) -> Turn:
    """The turn, recorded or replayed where a cassette is open now."""
    deck = next(iter(_open), None)
    if deck is None:
        return turn

    async def run(emit: Emit) -> None:
        # Before it is sent: a wish that the service refuses is taken out of the body.
        await deck.run(make_request(transport, model, body), turn, emit)

    return run


@contextmanager
def _opened(deck: _Deck) -> Iterator[None]:
    with _opening:
        if _open:
            raise UsageError(
                f"A cassette is being {_open[0].name} already, and there can be only one.",
                remedy="End that `with` block first.",
            )
        _open.append(deck)
    try:
        yield
    finally:
        _open.remove(deck)


class _Recorder:
    """Writes what passes to a file."""

    name = "recorded"

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[str] | None = None
        self._count = 0
        self._under_way: list[_Take] = []
        self._problem: OSError | DataFormatError | None = None
        self._lock = threading.Lock()

    def start(self) -> None:
        check_replaceable(self._path)
        try:
            self._file = self._path.open("w", encoding="utf-8", newline="\n")
            self._write(write_header())
        except OSError as error:
            raise self._unwritable(error) from None

    async def run(self, request: Request, turn: Turn, emit: Emit) -> None:
        with self._lock:
            self._count += 1
            take = _Take(self._count, request)
            self._under_way.append(take)

        def hear(event: Event) -> None:
            take.hear(event)
            emit(event)

        try:
            await turn(hear)
        except asyncio.CancelledError:
            take.end("stopped")
            raise
        finally:
            take.end("error")
            self._finish(take)

    def close(self) -> None:
        """Write what is still under way, as far as it came. Raises where a write failed."""
        for take in list(self._under_way):
            take.end("the recording ended")
            self._finish(take)
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None
        if isinstance(self._problem, OSError):
            raise self._unwritable(self._problem)
        if self._problem is not None:
            raise self._problem

    def _finish(self, take: _Take) -> None:
        with self._lock:
            if take not in self._under_way:
                return
            self._under_way.remove(take)
            try:
                self._write(write_recorded(take.recorded()))
            except (OSError, DataFormatError) as error:  # told in the end; the answer goes on
                self._problem = error

    def _write(self, line: str) -> None:
        if self._file is not None:
            self._file.write(line)
            self._file.flush()

    def _unwritable(self, error: OSError) -> UsageError:
        return UsageError(
            f"The cassette {self._path} can't be written: {error.strerror or error}.",
            remedy="Name a file in a folder that you may write to.",
        )


class _Take:
    """An exchange under way: what has come of it, and when."""

    def __init__(self, number: int, request: Request) -> None:
        self._number = number
        self._request = request
        self._begun = time.perf_counter()
        self._events: list[TimedEvent] = []
        self._ended = False

    def hear(self, event: Event) -> None:
        if not self._ended:
            self._ended = is_terminal(event)
            self._events.append(TimedEvent(time.perf_counter() - self._begun, event))

    def end(self, reason: str) -> None:
        """End it early, unless it has ended."""
        self.hear(Interrupted(reason))

    def recorded(self) -> Recorded:
        return Recorded(self._number, self._request, tuple(self._events))


class _Player:
    """Answers from what was recorded."""

    name = "replayed"

    def __init__(self, recorded: list[Recorded], speed: float) -> None:
        self._recorded = recorded
        self._unused = list(recorded)
        self._speed = speed
        self._asked = 0

    async def run(self, request: Request, turn: Turn, emit: Emit) -> None:  # noqa: ARG002 (not sent)
        self._asked += 1
        found = self._find(request)
        if found is None:
            emit(Failed(self._mismatch(request)))
            return
        self._unused.remove(found)
        loop = asyncio.get_running_loop()
        begun = loop.time()
        for timed in found.events:
            wait = begun + timed.seconds / self._speed - loop.time()
            await asyncio.sleep(max(0.0, wait))
            emit(timed.event)

    def _find(self, request: Request) -> Recorded | None:
        """The first that fits: turns side by side may be sent in another order than they were."""
        return next((known for known in self._unused if known.request == request), None)

    def _mismatch(self, request: Request) -> CassetteMismatchError:
        count = len(self._recorded)
        if not self._unused:
            return CassetteMismatchError(
                f"Request {self._asked}: the cassette holds {count} exchange"
                f"{'' if count == 1 else 's'}, and each has been replayed.",
                remedy="Record it again with every request that is to be replayed.",
            )
        nearest = min(self._unused, key=lambda known: self._distance(known, request))
        return CassetteMismatchError(
            f"Request {self._asked}: {_describe(request, nearest.request)}.",
            remedy="Ask as it was asked when the cassette was recorded, or record it again.",
        )

    def _distance(self, known: Recorded, request: Request) -> tuple[bool, bool, bool, int]:
        """How far it is from the one that is most likely meant."""
        return (
            known.request.transport != request.transport,
            known.request.model != request.model,
            known.number != self._asked,
            known.number,
        )


def _describe(request: Request, kept: Request) -> str:
    given = {"transport": request.transport, "model": request.model}
    other = {"transport": kept.transport, "model": kept.model}
    if request.transport == kept.transport:  # else the whole body differs
        given, other = given | dict(request.body), other | dict(kept.body)
    return describe_differences(given, other, kept_by="the cassette")
