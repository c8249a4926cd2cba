"""A conversation as the skills see it."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import Literal

_QUOTE_LENGTH = 60
# What a client says of a result on a line before it, in brackets, is not part of it.
_NOTE = re.compile(r"\A\[[^\]\n]*\]\n")


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call that was made: arguments as JSON text, an id where the family has them."""

    id: str | None
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Turn:
    """One message; a tool's result carries the tool's name."""

    role: Literal["system", "user", "assistant", "tool"]
    text: str
    tool: str | None = None
    calls: tuple[Call, ...] = ()
    """The tools that it calls."""
    call_id: str | None = None
    """The id of the call whose result it is."""
    images: tuple[str, ...] = ()
    """The addresses of the images that came with it, as URLs."""

    @property
    def result(self) -> str:
        """What the tool returned, without what the client says of it."""
        return _NOTE.sub("", self.text)


@dataclass(frozen=True)
class Talk:
    """The conversation so far, and the seed that picks between equally good answers."""

    model: str
    turns: tuple[Turn, ...]
    seed: int = 0

    @functools.cached_property
    def prompt(self) -> str:
        """What the user said last."""
        return next((t.text.strip() for t in reversed(self.turns) if t.role == "user"), "")

    @functools.cached_property
    def images(self) -> tuple[str, ...]:
        """The images that came with what the user said last."""
        return next((t.images for t in reversed(self.turns) if t.role == "user"), ())

    @functools.cached_property
    def earlier(self) -> tuple[str, ...]:
        """What the user said before, the first first."""
        said = [turn.text.strip() for turn in self.turns if turn.role == "user"]
        return tuple(said[:-1])

    @functools.cached_property
    def last_answer(self) -> str:
        """What was answered last, or nothing."""
        said = (t.text.strip() for t in reversed(self.turns) if t.role == "assistant")
        return next((text for text in said if text), "")

    @functools.cached_property
    def instructions(self) -> str:
        """All system messages."""
        return "\n".join(turn.text for turn in self.turns if turn.role == "system")

    @functools.cached_property
    def tool_results(self) -> tuple[Turn, ...]:
        """The tool results that the conversation ends in, if it does."""
        results: list[Turn] = []
        for turn in reversed(self.turns):
            if turn.role != "tool":
                break
            results.append(turn)
        return tuple(reversed(results))

    def choose(self, *answers: str) -> str:
        """Return one of equally good ``answers``, always the same for the same seed."""
        return answers[self.seed % len(answers)]


def shorten_quote(text: str) -> str:
    """Return ``text`` on one line, cut to 60 characters."""
    line = " ".join(text.split())
    return line if len(line) <= _QUOTE_LENGTH else line[: _QUOTE_LENGTH - 1].rstrip() + "…"
