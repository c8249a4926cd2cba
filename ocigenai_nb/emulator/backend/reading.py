"""What has come of an answer so far, put together from a backend's chunks.

Rules: of a chunk only the first choice counts, its delta or whole message; reasoning comes as
``reasoning_content`` or ``reasoning``; fragments of a tool call are told apart by ``index``; an
``error`` ends it. Source: OpenAI's API reference; what llama.cpp, vLLM and Ollama send.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from ocigenai_nb.emulator.answer import Usage
from ocigenai_nb.emulator.backend.failures import BackendError

Piece = tuple[Literal["reasoning", "text", "call"], str]
"""A piece of what it says; a call's says nothing."""

_REASONING: Final = ("reasoning_content", "reasoning")


@dataclass(slots=True)
class _Call:
    name: str = ""
    arguments: str = ""


@dataclass(slots=True)
class Reading:
    """An answer as far as it has come."""

    forced: str | None
    """The function whose arguments the text is, if it is."""
    reasoning: list[str] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    refused: bool = False
    finish: str | None = None
    usage: Usage | None = None
    _calls: dict[object, _Call] = field(default_factory=dict)

    @property
    def calls(self) -> tuple[tuple[str, str], ...]:
        """Name and arguments of the calls that have a name."""
        return tuple((c.name, c.arguments or "{}") for c in self._calls.values() if c.name)

    def take(self, chunk: Mapping[str, Any]) -> Iterator[Piece]:
        """Add ``chunk`` and yield the pieces in it.

        Raises:
            BackendError: If it reports an error, or is no chunk at all.
        """
        if chunk.get("error"):
            raise BackendError(f"The backend reports an error: {str(chunk['error'])[:300]}")
        self.usage = _read_usage(chunk.get("usage")) or self.usage
        choices = chunk.get("choices")
        if not isinstance(choices, list):
            raise BackendError("The backend answered with JSON that is no chat completion.")
        choice = _read_object(choices[0]) if choices else {}
        yield from self._take_delta(_read_object(choice.get("delta") or choice.get("message")))
        finish = choice.get("finish_reason")
        self.finish = finish if isinstance(finish, str) else self.finish

    def _take_delta(self, delta: Mapping[str, Any]) -> Iterator[Piece]:
        for thought in (_read_text(delta.get(name)) for name in _REASONING):
            if thought:
                self.reasoning.append(thought)
                yield "reasoning", thought
                break
        refusal = _read_text(delta.get("refusal"))
        self.refused = self.refused or bool(refusal)
        said = _read_text(delta.get("content")) + refusal
        if said and self.forced is not None:
            self._calls.setdefault(0, _Call(self.forced)).arguments += said
            yield "call", ""
        elif said:
            self.text.append(said)
            yield "text", said
        fragments = delta.get("tool_calls")
        for place, fragment in enumerate(fragments if isinstance(fragments, list) else ()):
            self._take_call(_read_object(fragment), place)
            yield "call", ""

    def _take_call(self, fragment: Mapping[str, Any], place: int) -> None:
        index = fragment.get("index")
        call = self._calls.setdefault(index if isinstance(index, int) else place, _Call())
        function = _read_object(fragment.get("function"))
        call.name = call.name or _read_text(function.get("name"))
        arguments = function.get("arguments")
        if isinstance(arguments, dict):
            call.arguments = json.dumps(arguments, ensure_ascii=False)
        else:
            call.arguments += _read_text(arguments)


def _read_object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _read_text(value: object) -> str:
    """Return ``value`` if it is text, half characters replaced: they can't be sent on."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else ""


def _read_usage(value: object) -> Usage | None:
    found = _read_object(value)
    prompt, completion = found.get("prompt_tokens"), found.get("completion_tokens")
    if not isinstance(prompt, int) or not isinstance(completion, int):
        return None
    cached = _read_object(found.get("prompt_tokens_details")).get("cached_tokens")
    reasoned = _read_object(found.get("completion_tokens_details")).get("reasoning_tokens")
    return Usage(
        prompt=prompt,
        completion=completion,
        cached=cached if isinstance(cached, int) else 0,
        reasoning=reasoned if isinstance(reasoned, int) else None,
    )
