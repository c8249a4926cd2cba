"""A question to a model and its answer, whatever wire format they travel in.

Known deviations: tokens are pieces of text by a simple rule, not a model's own, and images count
for nothing; the part of a prompt before the last user message counts as cached once it is 1,024
tokens, in steps of 128, whether or not it was ever sent before.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal, Protocol

from ocigenai_nb.emulator.brain import Question, ToolUse, Turn, think
from ocigenai_nb.emulator.dialects import Dialect
from ocigenai_nb.emulator.text_pieces import count_pieces, split_pieces, take_pieces
from ocigenai_nb.model_facts import ModelFacts

_TOKENS_PER_MESSAGE: Final = 4
_CACHE_STEP: Final = 128
_CACHE_FROM: Final = 1024
_NO_EFFORT: Final = ("none", "minimal")


@dataclass(frozen=True, slots=True)
class Ask:
    """What a request asks of a model."""

    model: str
    turns: Sequence[Turn]
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()
    seed: int = 0
    tools: Sequence[Mapping[str, Any]] = ()
    """Functions: name, description, parameters as a JSON schema."""
    tool_choice: str = "auto"
    """"auto", "none", "required", or the name of the function that must be called."""
    parallel_tool_calls: bool = True
    schema: Mapping[str, Any] | None = None
    """What the answer's JSON must look like; ``{}`` for any object, ``None`` for plain text."""
    reasoning_effort: str | None = None
    """A lower-case word; with "none" or "minimal" there is no reasoning."""
    sampling: Mapping[str, float] = field(default_factory=dict)
    """Temperature and the like, by OpenAI's names; the script goes without."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as a model's server counted them."""

    prompt: int
    completion: int
    cached: int
    reasoning: int | None


class Coming(Protocol):
    """An answer that may still be coming: the reasoning first, the text, then the whole."""

    @property
    def shows_reasoning(self) -> bool:
        """Whether the reasoning's text comes along."""

    @property
    def begins_with_calls(self) -> bool:
        """Whether tool calls come before any text."""

    def stream_reasoning(self) -> Iterator[str]:
        """Yield the pieces of the reasoning."""

    def stream_text(self) -> Iterator[str]:
        """Yield the pieces of the text."""

    def whole(self) -> Answer:
        """Return all of it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the model says, and what it costs."""

    text: str
    calls: tuple[tuple[str, str], ...]
    """Name and arguments (JSON text, broken off where the tokens ran out) of each tool call."""
    reasoning: str
    shows_reasoning: bool
    finish_reason: Literal["stop", "length", "tool_calls", "content_filter"]
    prompt_tokens: int
    cached_tokens: int
    refused: bool = False
    """Whether ``text`` says that the model won't answer."""
    stopped: bool = False
    """Whether a stop sequence ended it."""
    usage: Usage | None = None
    """What it cost, where that was counted elsewhere."""

    @property
    def begins_with_calls(self) -> bool:
        """Whether tool calls come before any text."""
        return bool(self.calls) and not self.text

    def stream_reasoning(self) -> Iterator[str]:
        """Yield the pieces of the reasoning."""
        return split_pieces(self.reasoning)

    def stream_text(self) -> Iterator[str]:
        """Yield the pieces of the text."""
        return split_pieces(self.text)

    def whole(self) -> Answer:
        """Return it: all of it is there."""
        return self

    @property
    def reasoning_tokens(self) -> int:
        """Tokens of the reasoning, shown or not."""
        if self.usage is not None and self.usage.reasoning is not None:
            return self.usage.reasoning
        return count_pieces(self.reasoning)

    @property
    def completion_tokens(self) -> int:
        """Tokens of everything the model made, reasoning included."""
        if self.usage is not None:
            return self.usage.completion
        made = [self.reasoning, self.text, *(a for _, a in self.calls)]
        return sum(map(count_pieces, made)) + len(self.calls)

    @property
    def total_tokens(self) -> int:
        """Tokens of the prompt and of what was made of it."""
        return self.prompt_tokens + self.completion_tokens


class PromptTooLongError(Exception):
    """A prompt does not fit into the model's context; each wire format has its words for it."""

    def __init__(self, *, limit: int, tokens: int) -> None:
        super().__init__(f"{tokens} tokens are more than the {limit} of the model's context.")
        self.limit = limit
        self.tokens = tokens


def make_answer(ask: Ask, dialect: Dialect, facts: ModelFacts) -> Answer:
    """Let the brain answer ``ask`` within its limits.

    Raises:
        PromptTooLongError: If the prompt is longer than the model's context.
    """
    prompt_tokens = check_prompt(ask, facts)
    thought = think(pose(ask))
    text = _cut_at_stop(thought.text, ask.stop)
    answer = Answer(
        text=text,
        calls=tuple((use.name, _write_arguments(use)) for use in thought.calls),
        reasoning=thought.reasoning if reasons(ask, dialect, facts) else "",
        shows_reasoning=dialect.reasoning == "shown",
        finish_reason="tool_calls" if thought.calls else "stop",
        prompt_tokens=prompt_tokens,
        cached_tokens=_count_cached(ask.turns),
        refused=thought.refused,
        stopped=text != thought.text,
    )
    return answer if ask.max_tokens is None else _limit(answer, ask.max_tokens)


def check_prompt(ask: Ask, facts: ModelFacts) -> int:
    """Return the tokens of the prompt.

    Raises:
        PromptTooLongError: If it is longer than the model's context.
    """
    tokens = count_prompt(ask.turns)
    limit = facts["context_tokens"]
    if limit is not None and tokens > limit:
        raise PromptTooLongError(limit=limit, tokens=tokens)
    return tokens


def reasons(ask: Ask, dialect: Dialect, facts: ModelFacts) -> bool:
    """Tell whether the model reasons before it answers ``ask``."""
    able = dialect.reasoning != "none" and "reasoning" in facts["capabilities"]
    return able and ask.reasoning_effort not in _NO_EFFORT


def pose(ask: Ask) -> Question:
    """Return ``ask`` as the script reads it."""
    return Question(
        model=ask.model,
        turns=ask.turns,
        tools=ask.tools,
        tool_choice=ask.tool_choice,
        parallel_tool_calls=ask.parallel_tool_calls,
        schema=ask.schema,
        seed=ask.seed,
    )


def _write_arguments(use: ToolUse) -> str:
    return json.dumps(use.arguments, ensure_ascii=False)


def _cut_at_stop(text: str, stop: tuple[str, ...]) -> str:
    ends = [position for word in stop if (position := text.find(word)) >= 0]
    return text[: min(ends)] if ends else text


def _limit(answer: Answer, tokens: int) -> Answer:
    """Break ``answer`` off after so many tokens: reasoning, then text, then tool calls."""
    reasoning = take_pieces(answer.reasoning, tokens)
    left = tokens - count_pieces(reasoning)
    text = take_pieces(answer.text, left)
    left -= count_pieces(text)
    calls = []
    for name, arguments in answer.calls:
        if left <= 0:
            break
        kept = take_pieces(arguments, left - 1)
        calls.append((name, kept))
        left -= 1 + count_pieces(kept)
    limited = replace(answer, reasoning=reasoning, text=text, calls=tuple(calls))
    return answer if limited == answer else replace(limited, finish_reason="length")


def count_prompt(turns: Iterable[Turn]) -> int:
    """Return the tokens of a prompt."""
    return sum(_TOKENS_PER_MESSAGE + count_pieces(turn.text) for turn in turns)


def _count_cached(turns: Iterable[Turn]) -> int:
    known = list(turns)
    while known and known.pop().role != "user":
        pass
    tokens = count_prompt(known)
    return tokens // _CACHE_STEP * _CACHE_STEP if tokens >= _CACHE_FROM else 0
