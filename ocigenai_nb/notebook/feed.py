"""Answers as they grow, to the front end: pieces with their place, thirty times a second at most.

One message a token would be dropped: Jupyter passes a thousand messages a second, and sending
costs more than the token. Each message costs 700 bytes beside its text, so a long answer goes on
ten times a second. Each piece says where it goes (in UTF-16 units, as a browser counts),
so that a view that missed one notices and asks for the whole.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from ocigenai_nb.chat.turn import Turn
from ocigenai_nb.core.thread import AnswerFold
from ocigenai_nb.transports.loop import io_thread

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

    `tell("delta", turn=, channel=, offset=, text=)` for more of "text" or "reasoning", where
    `tell("replaced", turn=, channel=)` means that what came of it before counts no more. `ended`
    is called with the turn after the last piece.
    """

    def __init__(self, turn: Turn, tell: Tell, ended: Callable[[Turn], None]) -> None:
        self._turn = turn
        self._tell = tell
        self._ended = ended
        self._fold = turn.growing
        self._channels = (_Channel("reasoning"), _Channel("text"))
        io_thread().loop.call_soon_threadsafe(self._tick)

    def _tick(self) -> None:
        done = self._turn.done
        if self._fold is not None:
            for channel in self._channels:
                self._pass_on(channel, self._fold, last=done)
        if done:
            self._ended(self._turn)
        else:
            passed = sum(channel.offset for channel in self._channels)
            io_thread().loop.call_later(FAST if passed < FAST_UP_TO else SLOW, self._tick)

    def _pass_on(self, channel: _Channel, fold: AnswerFold, *, last: bool) -> None:
        pieces = fold.text_pieces if channel.name == "text" else fold.reasoning_pieces
        if pieces is not channel.pieces:
            if channel.passed:
                self._tell("replaced", turn=self._turn.number, channel=channel.name)
            channel.pieces, channel.passed, channel.offset, channel.held = pieces, 0, 0, ""
        text = channel.read_on(pieces, last=last)
        if text:
            offset, channel.offset = channel.offset, channel.offset + count_units(text)
            self._tell(
                "delta", turn=self._turn.number, channel=channel.name, offset=offset, text=text
            )


def count_units(text: str) -> int:
    """The length of a text as a browser counts it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _pair(text: str) -> str:
    """Text whose halves of characters are one again; a lone one becomes U+FFFD."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
