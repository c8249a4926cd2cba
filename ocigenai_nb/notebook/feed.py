"""Answers as they grow, to the front end: pieces with their place, thirty times a second at most.

One message a token would be dropped: Jupyter passes a thousand messages a second, and sending
costs more than the token. Each message costs 700 bytes beside its text, so a long answer goes on
ten times a second. Each piece says where it goes (in UTF-16 units, as a browser counts),
so that a view that missed one notices and asks for the whole.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from ocigenai_nb.chat.turn import Turn
from ocigenai_nb.core.thread import AnswerFold
from ocigenai_nb.transports.loop import io_thread

from .rounds import describe_calls, describe_round

FAST, SLOW = 1 / 30, 1 / 10  # seconds between pieces of a short answer, and of a long one
FAST_UP_TO = 1_000  # UTF-16 units

Tell: TypeAlias = Callable[..., None]


@dataclass(slots=True)
class _Channel:
    """How far the text, or the reasoning, was passed on."""

    name: str
    pieces: list[str] = field(default_factory=list)
    passed: int = 0
    offset: int = 0  # UTF-16 units
    held: str = ""

    def begin(self, pieces: list[str]) -> None:
        """Pass on other pieces from now on, from their beginning."""
        self.pieces, self.passed, self.offset, self.held = pieces, 0, 0, ""

    def read_on(self, pieces: list[str], *, last: bool) -> str:
        """What is new. Half a character waits for its other half, unless this is the last."""
        end = len(pieces)
        text = self.held + "".join(pieces[self.passed : end])
        self.passed = end
        half = bool(text) and not last and "\ud800" <= text[-1] <= "\udbff"
        self.held = text[-1] if half else ""
        return _pair(text[:-1] if half else text)


class Feed:
    """Tells what comes of one turn, from the I/O thread, until it has ended.

    `tell("delta", turn=, round=, channel=, offset=, text=)` for more of "text" or "reasoning" after
    as many rounds, where `tell("replaced", turn=, channel=)` means that what came of it before
    counts no more. `tell("round", turn=, at=, round=)` for a round that has ended: its text and
    reasoning stand there, and both channels begin anew. `tell("call", turn=, at=, index=, call=)`
    for what changed of one of its calls. `ended` is called with the turn after the last piece.
    """

    def __init__(self, turn: Turn, tell: Tell, ended: Callable[[Turn], None]) -> None:
        self._turn = turn
        self._tell = tell
        self._ended = ended
        self._fold = turn.growing
        self._channels = (_Channel("reasoning"), _Channel("text"))
        self._calls: list[list[dict[str, Any]]] = []  # as they were told, round by round
        io_thread().loop.call_soon_threadsafe(self._tick)

    def _tick(self) -> None:
        done = self._turn.done
        if self._fold is not None:
            self._pass_on_rounds(self._fold)
            for channel in self._channels:
                self._pass_on(channel, self._fold, last=done)
        if done:
            self._ended(self._turn)
        else:
            passed = sum(channel.offset for channel in self._channels)
            io_thread().loop.call_later(FAST if passed < FAST_UP_TO else SLOW, self._tick)

    def _pass_on_rounds(self, fold: AnswerFold) -> None:
        # Of what was told before, only the last round's calls may have gone on.
        for at in range(max(0, len(self._calls) - 1), len(fold.rounds)):
            calls = describe_calls(fold.rounds[at], self._turn)
            if at < len(self._calls):
                self._pass_on_calls(at, calls)
                self._calls[at] = calls
                continue
            told = describe_round(fold.rounds[at], self._turn)
            self._tell("round", turn=self._turn.number, at=at, round=told)
            self._calls.append(calls)
            for channel in self._channels:
                channel.begin(_read(fold, channel))

    def _pass_on_calls(self, at: int, calls: list[dict[str, Any]]) -> None:
        for index, (before, now) in enumerate(zip(self._calls[at], calls, strict=True)):
            new = {key: value for key, value in now.items() if before[key] != value}
            if new:
                self._tell("call", turn=self._turn.number, at=at, index=index, call=new)

    def _pass_on(self, channel: _Channel, fold: AnswerFold, *, last: bool) -> None:
        pieces = _read(fold, channel)
        if pieces is not channel.pieces:
            if channel.passed:
                self._tell("replaced", turn=self._turn.number, channel=channel.name)
            channel.begin(pieces)
        text = channel.read_on(pieces, last=last)
        if text:
            offset, channel.offset = channel.offset, channel.offset + count_units(text)
            told = {"turn": self._turn.number, "round": len(fold.rounds), "channel": channel.name}
            self._tell("delta", **told, offset=offset, text=text)


def _read(fold: AnswerFold, channel: _Channel) -> list[str]:
    return fold.text_pieces if channel.name == "text" else fold.reasoning_pieces


def count_units(text: str) -> int:
    """The length of a text as a browser counts it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _pair(text: str) -> str:
    """Text whose halves of characters are one again; a lone one becomes U+FFFD."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
