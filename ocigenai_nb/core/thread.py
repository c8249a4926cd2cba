"""Events to an answer: the fold that everything above the transports shares."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from .errors import OCIGenAIError
from .events import (
    Continuation,
    Event,
    Failed,
    Finished,
    Interrupted,
    Judged,
    Notice,
    ReasoningDelta,
    ReasoningItem,
    RoundFinished,
    Started,
    Terminal,
    TextDelta,
    TextReplaced,
    ToolCallReady,
    ToolFinished,
    ToolStarted,
    UsageReport,
)
from .messages import Message, ToolCall, Usage
from .rounds import Round, add_usage

_HALF = re.compile("[\ud800-\udfff]")

Status: TypeAlias = Literal["streaming", "finished", "failed", "interrupted"]
"""How far an answer is; "interrupted" is one that was stopped or broke off."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as far as it came.

    `status` is "streaming" until the terminal event. `error` is set where it failed or broke off.
    `response_id` is what continues the thread where the service keeps it; `reasoning_items` go
    back with the message where it doesn't. `rounds` are the parts before this one, where tools ran
    or an answer was put right; `usage` is that of all together. `judged` is what an agent's hooks
    found.
    """

    text: str = ""
    reasoning: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    usage: Usage | None = None
    status: Status = "streaming"
    finish_reason: str | None = None
    model: str | None = None
    request_id: str | None = None
    response_id: str | None = None
    attempts: int = 1
    notices: tuple[str, ...] = ()
    error: OCIGenAIError | None = None
    reasoning_items: tuple[Mapping[str, Any], ...] = field(default=(), repr=False, hash=False)
    rounds: tuple[Round, ...] = ()
    judged: tuple[Judged, ...] = ()

    @property
    def message(self) -> Message:
        """The answer as a message of the history."""
        return Message.assistant(
            self.text, tool_calls=self.tool_calls, reasoning_items=self.reasoning_items
        )


class AnswerFold:
    """Takes events one by one; `answer()` is what they amount to so far.

    Text is collected in pieces and joined when asked for, so that a long answer costs its length
    and not its length squared. Whoever passes it on reads on in the pieces; where the text is
    replaced they are another list. `begun` are the calls of the last round whose tools have begun
    to run. Events after the terminal one are ignored: there is exactly one.
    """

    def __init__(self) -> None:
        self.done = False
        self.text_pieces: list[str] = []
        self.reasoning_pieces: list[str] = []
        self.rounds: tuple[Round, ...] = ()
        self.begun: tuple[ToolCall, ...] = ()
        self._kept: list[ToolCallReady | ReasoningItem | Notice | Judged] = []
        self._usage: Usage | None = None
        self._started = Started()
        self._response_id: str | None = None
        self._end: Terminal | None = None

    def add(self, event: Event) -> None:
        """Take one event."""
        if self.done:
            return
        kind = type(event)
        if kind is TextDelta:  # by far the most frequent, so it is asked first
            self.text_pieces.append(event.text)  # type: ignore[union-attr]
            return
        match event:
            case TextReplaced(text=text):
                self.text_pieces = [text]
            case ReasoningDelta(text=text):
                self.reasoning_pieces.append(text)
            case ToolCallReady() | ReasoningItem() | Notice() | Judged():
                self._kept.append(event)
            case UsageReport() | Started() | Continuation():
                self._note(event)
            case RoundFinished() | ToolFinished():
                self._take_round(event)
            case ToolStarted(call=call):
                self.begun = (*self.begun, call)
            case Finished() | Failed() | Interrupted():
                self._end, self.done = event, True

    @property
    def text(self) -> str:
        """The text so far. Read from any thread: nothing but `add` changes what is collected."""
        return "".join(self.text_pieces)

    def answer(self) -> Answer:
        """The answer so far."""
        # Another thread may miss a round that ends just now, but is never told it twice.
        end, rounds = self._end, self.rounds
        status, reason, error = _describe(end)
        if error is not None and error.request_id is None:  # a stream's fault does not know it
            error.request_id = self._started.request_id
        part = self._part()
        return Answer(
            text=part.text,
            reasoning=part.reasoning,
            tool_calls=part.tool_calls,
            usage=add_usage([*(each.usage for each in rounds), self._usage]),
            status=status,
            finish_reason=reason,
            model=end.model if isinstance(end, Finished) else None,
            request_id=self._started.request_id or (error.request_id if error else None),
            response_id=self._response_id,
            attempts=self._started.attempts,
            notices=tuple(kept.text for kept in self._kept if isinstance(kept, Notice)),
            error=error,
            reasoning_items=part.reasoning_items,
            rounds=rounds,
            judged=tuple(kept for kept in self._kept if isinstance(kept, Judged)),
        )

    def _part(self, correction: str = "") -> Round:
        """What came since the last round."""
        kept = self._kept
        return Round(
            text=pair_surrogates(self.text),
            reasoning=pair_surrogates("".join(self.reasoning_pieces)),
            tool_calls=tuple(each.call for each in kept if isinstance(each, ToolCallReady)),
            correction=correction,
            usage=self._usage,
            request_id=self._started.request_id,
            response_id=self._response_id,
            reasoning_items=tuple(each.item for each in kept if isinstance(each, ReasoningItem)),
        )

    def _note(self, event: UsageReport | Started | Continuation) -> None:
        match event:
            case UsageReport(usage=usage):
                self._usage = usage
            case Started():
                self._started = event
            case Continuation(response_id=response_id):
                self._response_id = response_id

    def _take_round(self, event: RoundFinished | ToolFinished) -> None:
        if isinstance(event, ToolFinished):
            self.rounds = (*self.rounds[:-1], self.rounds[-1].with_result(event.result))
            return
        self.rounds = (*self.rounds, self._part(event.correction))
        self.text_pieces, self.reasoning_pieces = [], []
        self._kept = [each for each in self._kept if isinstance(each, Notice | Judged)]
        self._usage = self._response_id = None
        self.begun = ()


def fold(events: Iterable[Event]) -> Answer:
    """The answer that these events amount to.

    >>> answer = og.fold([og.TextDelta("Hel"), og.TextDelta("lo"), og.Interrupted("stopped")])
    >>> answer.text, answer.status
    ('Hello', 'interrupted')
    """
    result = AnswerFold()
    for event in events:
        result.add(event)
    return result.answer()


def pair_surrogates(text: str) -> str:
    """Text whose halves of a character are one again.

    JSON escapes an emoji as two halves, and a stream may bring them in two deltas. A half that
    stays alone becomes U+FFFD, because text with it can't be written anywhere.
    """
    if _HALF.search(text) is None:
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _describe(end: Terminal | None) -> tuple[Status, str | None, OCIGenAIError | None]:
    match end:
        case None:
            return "streaming", None, None
        case Finished(reason=reason):
            return "finished", reason, None
        case Failed(error=error):
            return "failed", "error", error
        case Interrupted(reason=reason, error=error):
            return "interrupted", reason, error
