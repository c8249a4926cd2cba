"""An answer to a chat-completions request, before it takes any wire format.

Known deviations: tokens are pieces of text by a simple rule, not a model's own; the part of a
prompt before the last user message counts as cached once it is 1,024 tokens, in steps of 128,
whether or not it was ever sent before.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from ocigenai_nb.emulator.brain import Question, Thought, ToolUse, Turn, think
from ocigenai_nb.emulator.chat_messages import read_text
from ocigenai_nb.emulator.chat_request import ChatRequest
from ocigenai_nb.emulator.dialects import Dialect, Reasoning
from ocigenai_nb.emulator.parameters import refuse
from ocigenai_nb.emulator.text_pieces import count_pieces, take_pieces
from ocigenai_nb.model_facts import ModelFacts

_TOKENS_PER_MESSAGE: Final = 4
_CACHE_STEP: Final = 128
_CACHE_FROM: Final = 1024
_NO_EFFORT: Final = ("none", "minimal")
_ROLES: Final[Mapping[str, Literal["system", "user", "assistant", "tool"]]] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
    "tool": "tool",
}


@dataclass(frozen=True, slots=True)
class ChatAnswer:
    """What the model says, and what it costs."""

    text: str
    calls: tuple[tuple[str, str], ...]
    """Name and arguments (JSON text, broken off where the tokens ran out) of each tool call."""
    reasoning: str
    shows_reasoning: bool
    finish_reason: Literal["stop", "length", "tool_calls"]
    prompt_tokens: int
    cached_tokens: int

    @property
    def reasoning_tokens(self) -> int:
        """Tokens of the reasoning, shown or not."""
        return count_pieces(self.reasoning)

    @property
    def completion_tokens(self) -> int:
        """Tokens of everything the model made, reasoning included."""
        made = [self.reasoning, self.text, *(a for _, a in self.calls)]
        return sum(map(count_pieces, made)) + len(self.calls)

    def describe_usage(self) -> dict[str, Any]:
        """Return the ``usage`` object."""
        completion = self.completion_tokens
        return {
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": completion,
            "total_tokens": self.prompt_tokens + completion,
            "prompt_tokens_details": {"cached_tokens": self.cached_tokens},
            "completion_tokens_details": {"reasoning_tokens": self.reasoning_tokens},
        }


def make_answer(request: ChatRequest, dialect: Dialect, facts: ModelFacts) -> ChatAnswer:
    """Let the brain answer ``request`` within its limits.

    Raises:
        RefusedError: If the prompt is longer than the model's context.
    """
    prompt_tokens = _count_tokens(request.messages)
    _check_context(prompt_tokens, facts["context_tokens"])
    thought = think(_pose(request))
    reasoning = _limit_reasoning(thought, request, _find_reasoning(dialect, facts))
    answer = ChatAnswer(
        text=_cut_at_stop(thought.text, request.stop),
        calls=tuple((use.name, _write_arguments(use)) for use in thought.calls),
        reasoning=reasoning,
        shows_reasoning=dialect.reasoning == "shown",
        finish_reason="tool_calls" if thought.calls else "stop",
        prompt_tokens=prompt_tokens,
        cached_tokens=_count_cached(request.messages),
    )
    return answer if request.max_tokens is None else _limit(answer, request.max_tokens)


def _find_reasoning(dialect: Dialect, facts: ModelFacts) -> Reasoning:
    return dialect.reasoning if "reasoning" in facts["capabilities"] else "none"


def _limit_reasoning(thought: Thought, request: ChatRequest, reasoning: Reasoning) -> str:
    if reasoning == "none" or request.reasoning_effort in _NO_EFFORT:
        return ""
    return thought.reasoning


def _pose(request: ChatRequest) -> Question:
    return Question(
        model=request.model,
        turns=list(_read_turns(request.messages)),
        tools=request.tools,
        tool_choice=request.tool_choice,
        parallel_tool_calls=request.parallel_tool_calls,
        schema=request.schema,
        seed=request.seed,
    )


def _read_turns(messages: Iterable[Mapping[str, Any]]) -> Iterable[Turn]:
    names: dict[object, str] = {}
    for message in messages:
        for call in message.get("tool_calls") or ():
            names[call.get("id")] = (call.get("function") or {}).get("name", "")
        tool = names.get(message.get("tool_call_id")) or message.get("name")
        yield Turn(_ROLES[message["role"]], read_text(message), tool)


def _write_arguments(use: ToolUse) -> str:
    return json.dumps(use.arguments, ensure_ascii=False)


def _cut_at_stop(text: str, stop: tuple[str, ...]) -> str:
    ends = [position for word in stop if (position := text.find(word)) >= 0]
    return text[: min(ends)] if ends else text


def _limit(answer: ChatAnswer, tokens: int) -> ChatAnswer:
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


def _count_tokens(messages: Iterable[Mapping[str, Any]]) -> int:
    return sum(_TOKENS_PER_MESSAGE + count_pieces(read_text(message)) for message in messages)


def _count_cached(messages: Iterable[Mapping[str, Any]]) -> int:
    known = list(messages)
    while known and known.pop()["role"] != "user":
        pass
    tokens = _count_tokens(known)
    return tokens // _CACHE_STEP * _CACHE_STEP if tokens >= _CACHE_FROM else 0


def _check_context(tokens: int, limit: int | None) -> None:
    if limit is not None and tokens > limit:
        refuse(
            f"This model's maximum context length is {limit} tokens. However, your messages "
            f"resulted in {tokens} tokens. Please reduce the length of the messages.",
            param="messages",
            code="context_length_exceeded",
        )
