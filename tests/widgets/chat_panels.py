"""What a chat panel's front end asks for, and what it is told, in a word."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ocigenai_nb.notebook.feed import count_units
from tests.widgets.comms import View


def say(word: str) -> str:
    return f"Say exactly: {word}"


def told(kind: str, turn: int) -> Callable[[Mapping[str, Any]], bool]:
    """Whether a message tells that of a turn."""

    def matches(message: Mapping[str, Any]) -> bool:
        of = message.get("turn")
        return message["type"] == kind and turn == (of["number"] if isinstance(of, dict) else of)

    return matches


def ask(view: View, prompt: str) -> dict[str, Any]:
    """Send a prompt, and wait for the turn's end; what was told of it then."""
    number = view.ask("send", prompt=prompt)["turn"]
    ended: dict[str, Any] = view.wait(told("ended", number))["turn"]
    return ended


def put_together(view: View, turn: int) -> str:
    """The text that the deltas of a turn amount to, each at its place."""
    text = ""
    for message in view.messages:
        if message["type"] == "delta" and message["turn"] == turn and message["channel"] == "text":
            assert message["offset"] == count_units(text)
            text += message["text"]
    return text
