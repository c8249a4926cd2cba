"""What travels of a thread that has grown long, where the service does not keep it.

Whole turns and whole rounds are left out, never parts of one: so a tool call and its result stay
together, and roles alternate.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from ocigenai_nb.core.errors import OCIGenAIError, UsageError
from ocigenai_nb.core.history import Past, answered
from ocigenai_nb.core.rounds import Round

from .state import Summary

AskBeside: TypeAlias = Callable[[str], Awaitable[str]]

MESSAGES = 40
"""The most messages that travel, unless another number is given."""

_WORDS = 200
_LONGEST = 4_000  # characters of one message in what is summarized
_SUMMARIZE = (
    "Summarize this conversation in at most {words} words, for somebody who goes on with it. Keep "
    "names, numbers, decisions and open questions.\n\n{talk}"
)


@dataclass(frozen=True, slots=True)
class Talk:
    """What would travel: the turns before, and the rounds of the one under way.

    `summary` stands for the first of all turns, which are not among `turns`. `notices` are for
    the person.
    """

    turns: tuple[Past, ...]
    rounds: tuple[Round, ...] = ()
    summary: Summary | None = None
    notices: tuple[str, ...] = ()


class ConversationManager(ABC):
    """Shortens what travels. It is asked before each request that carries the history."""

    @abstractmethod
    async def shorten(self, talk: Talk, ask: AskBeside) -> Talk:
        """What travels of `talk`. `ask` puts a question to the model, beside the run."""


@dataclass(frozen=True, slots=True)
class SlidingWindowManager(ConversationManager):
    """The newest turns of a thread, as many as fit in `messages` messages.

    The prompt and the last round of the turn under way always travel.
    """

    messages: int = MESSAGES

    def __post_init__(self) -> None:
        _check(self.messages)

    async def shorten(self, talk: Talk, ask: AskBeside) -> Talk:  # noqa: ARG002 (asks nothing)
        """See `ConversationManager`."""
        left = self.messages - 1 - sum(map(_count_round, talk.rounds[-1:]))
        rounds = _fit(talk.rounds[:-1], _count_round, left)
        left -= sum(map(_count_round, rounds))
        turns = () if len(rounds) < len(talk.rounds) - 1 else _fit(talk.turns, _count_turn, left)
        return replace(talk, turns=turns, rounds=(*rounds, *talk.rounds[-1:]))


@dataclass(frozen=True, slots=True)
class SummarizingManager(ConversationManager):
    """The newest turns, and a summary of the older ones, which the model itself is asked for.

    Where there are more than `messages` messages, the oldest turns fall out until half as many are
    left, so that not every turn costs a summary; the last turn always stays. Where the summary
    can't be had, they are left out without one, a notice says so, and it is tried again next time.
    The rounds of the turn under way all travel.
    """

    messages: int = MESSAGES
    words: int = _WORDS

    def __post_init__(self) -> None:
        _check(self.messages)
        _check(self.words)

    async def shorten(self, talk: Talk, ask: AskBeside) -> Talk:
        """See `ConversationManager`."""
        now = 1 + sum(map(_count_round, talk.rounds))
        if now + sum(map(_count_turn, talk.turns)) <= self.messages:
            return talk
        kept = _fit(talk.turns, _count_turn, self.messages // 2 - now)
        if not any(answered(turn.answer) for turn in kept):
            kept = _from_last_answered(talk.turns)
        gone = talk.turns[: len(talk.turns) - len(kept)]
        if not gone:
            return talk
        before = talk.summary or Summary("", 0)
        asked = _SUMMARIZE.format(words=self.words, talk=_write(before, gone))
        try:
            text = await ask(asked)
        except OCIGenAIError as error:
            why = f"The oldest turns are left out: they could not be summarized ({error.message})"
            return replace(talk, turns=kept, notices=(*talk.notices, why))
        return replace(talk, turns=kept, summary=Summary(text, before.turns + len(gone)))


def _fit(parts: tuple[Any, ...], count: Callable[[Any], int], left: int) -> tuple[Any, ...]:
    """The last of the parts, as many as fit."""
    first = len(parts)
    while first and (left := left - count(parts[first - 1])) >= 0:
        first -= 1
    return parts[first:]


def _from_last_answered(turns: tuple[Past, ...]) -> tuple[Past, ...]:
    places = [place for place, turn in enumerate(turns) if answered(turn.answer)]
    return turns[places[-1] :] if places else ()


def _count_round(each: Round) -> int:
    return 1 + len(each.replies)


def _count_turn(turn: Past) -> int:
    if not answered(turn.answer):
        return 0
    return 2 + sum(_count_round(each) for each in turn.answer.rounds if each.tool_calls)


def _write(before: Summary, turns: Sequence[Past]) -> str:
    """What is to be summarized, as text."""
    lines = [f"Summary of what came before: {before.text}"] if before.text else []
    for turn in turns:
        if not answered(turn.answer):
            continue
        lines.append(f"User: {_cut(turn.prompt.text)}")
        for each in turn.answer.rounds:
            lines += [f"Tool {r.call.name}: {_cut(r.text)}" for r in each.results]
        lines.append(f"Assistant: {_cut(turn.answer.text)}")
    return "\n".join(lines)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _check(number: object) -> None:
    if isinstance(number, bool) or not isinstance(number, int) or number < 1:
        raise UsageError(f"{number!r} is no number of messages or words.", remedy="Give 1 or more.")
