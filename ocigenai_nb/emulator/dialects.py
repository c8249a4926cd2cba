"""How model families differ on the OpenAI-compatible endpoint: what they refuse and how they speak.

Source: published observations of the live service and the vendors' own error texts.

Known deviations: the refusals answer in OpenAI's envelope for every family; xAI's and Google's
own envelopes were not observed through this endpoint. Not emulated: double-encoded tool arguments
(seen with Llama), numbers as strings in them (GPT-5), empty answers of Gemini with tools.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal, TypeVar

Reasoning = Literal["none", "hidden", "shown"]
"""Whether a model reasons, and whether its reasoning text comes along."""

T = TypeVar("T")

MIXING_FAULTS: Final = ("interleaved_calls", "shared_index")
"""Faults that mix the pieces of tool calls; with the second one all have index 0."""

_PENALTIES: Final = ("presence_penalty", "frequency_penalty")


@dataclass(frozen=True, slots=True)
class Dialect:
    """What one family does its own way."""

    reasoning: Reasoning = "none"
    refuses: Mapping[str, str] = field(default_factory=dict)
    """Parameters that are refused even with their default value, and the words."""
    refuses_references: bool = False
    """Whether ``$ref`` and ``$defs`` in schemas are refused."""
    refuses_empty_tools: bool = False
    fragments_calls: bool = False
    """Whether a streamed tool call comes in pieces, of which only the first has id and name."""
    numbers_calls: bool = True
    """Whether tool calls are told apart by ``index``; otherwise all have index 0."""
    names_calls: bool = True
    """Whether tool calls carry an id."""
    mixes_calls: bool = False
    """Whether the pieces of several calls come by turns, each with the id of its own."""
    answers_once: bool = False
    """Whether it gives one answer a request, without log probabilities."""
    ends_with_null_delta: bool = False
    """Whether the delta of the last chunk is null instead of empty."""


def _refuse_openai(name: str) -> str:
    return f"Unsupported parameter: '{name}' is not supported with this model."


def _refuse_xai(name: str) -> str:
    head, _, tail = name.partition("_")
    return f"Argument not supported on this model: {head}{tail.capitalize()}"


_OPENAI_REASONING: Final = Dialect(
    reasoning="hidden",
    refuses={
        "max_tokens": _refuse_openai("max_tokens") + " Use 'max_completion_tokens' instead.",
        **{n: _refuse_openai(n) for n in ("temperature", "top_p", *_PENALTIES, "stop")},
    },
    fragments_calls=True,
    answers_once=True,
)
_GROK: Final = Dialect(
    refuses={name: _refuse_xai(name) for name in _PENALTIES},
    refuses_empty_tools=True,
    numbers_calls=False,
)
_GROK_REASONING: Final = Dialect(
    reasoning="shown",
    refuses=_GROK.refuses,
    refuses_empty_tools=True,
    numbers_calls=False,
)
_GEMINI: Final = Dialect(
    reasoning="hidden",
    refuses_references=True,
    names_calls=False,
    ends_with_null_delta=True,
)
_DIALECTS: Final[Mapping[str, Dialect]] = {
    "openai-chat": Dialect(fragments_calls=True),
    "openai-reasoning": _OPENAI_REASONING,
    "gpt-oss": Dialect(reasoning="shown", fragments_calls=True),
    "grok": _GROK,
    "grok-reasoning": _GROK_REASONING,
    "gemini": _GEMINI,
    "cohere-command": Dialect(reasoning="shown"),
}
_PLAIN: Final = Dialect()


def mix_calls(dialect: Dialect, fault: str | None) -> Dialect:
    """Return ``dialect`` as it writes calls under the fault of this name."""
    if fault not in MIXING_FAULTS:
        return dialect
    return replace(
        dialect,
        fragments_calls=True,
        names_calls=True,
        mixes_calls=True,
        numbers_calls=fault == "interleaved_calls",
    )


def take_turns(calls: Iterable[Iterator[T]]) -> Iterator[T]:
    """Yield a piece of each call in turn, until there are none."""
    waiting = list(calls)
    while waiting:
        for call in tuple(waiting):
            try:
                yield next(call)
            except StopIteration:
                waiting.remove(call)


def find_dialect(family: str) -> Dialect:
    """Return the ways of ``family``, a name of ``model_facts.FAMILIES``."""
    return _DIALECTS.get(family, _PLAIN)
