"""Answers put before a hook that judges, with a model that says what a test wants it to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, cast

from ocigenai_nb import Hook, Judged, Message, Model, Notice, Retry, ToolCall
from ocigenai_nb.chat.agents.hooks import HookRun
from ocigenai_nb.core.rounds import Round, ToolResult
from ocigenai_nb.core.thread import Answer
from ocigenai_nb.emulator.service import Service

ROME: Final = "What is the weather in Rome?"
CHATTY: Final = "You are chatty."  # the emulator's script makes things up then
TRUE: Final = "According to get_weather: 18 degrees in Rome."
INVENTED: Final = "It has been like that for 12 days."
GUESSED: Final = "It may well stay so."

Say = Callable[[str, str, Any], Any]


def get_weather(city: str) -> str:
    """Look up the weather in a city."""
    return f"18 degrees in {city}"


class BreakTheJudge(Hook):
    """Before the hooks after it: the request that comes next is refused."""

    def __init__(self, service: Service) -> None:
        self.service = service

    def after_model(self, answer: Answer, run: HookRun) -> None:
        if not answer.tool_calls:
            self.service.fault("status", status=400)


@dataclass(frozen=True)
class Judgment:
    """What a hook did with an answer."""

    said: Any
    judged: tuple[Judged, ...]
    asked: int

    @property
    def verdict(self) -> str:
        return self.judged[-1].verdict

    @property
    def claims(self) -> list[tuple[str, str, str]]:
        return [(each.verdict, each.basis, each.source) for each in self.judged[-1].claims]

    @property
    def correction(self) -> str:
        assert isinstance(self.said, Retry)
        return self.said.correction


def tell(text: str, arguments: str = '{"city": "Rome"}', outcome: Any = "returned") -> ToolResult:
    """What the tool returned for Rome."""
    return ToolResult(ToolCall("c", "get_weather", arguments), text, outcome)


def judge(
    hook: Any,
    text: str,
    *results: ToolResult,
    say: Say | None = None,
    calls: tuple[ToolCall, ...] = (),
    reason: str = "stop",
) -> Judgment:
    """Have a hook look at an answer that came after these results; the model answers `say`."""
    events: list[Judged | Notice] = []
    asked: list[str] = []

    def ask(prompt: str, system: str, schema: Any) -> Any:
        asked.append(prompt)
        assert say is not None, "nothing was to be asked"
        return say(prompt, system, schema)

    rounds = tuple(Round(tool_calls=(each.call,), results=(each,)) for each in results)
    run = HookRun(
        "t",
        cast("Model", None),
        prompt=lambda: Message.user(ROME),
        rounds=lambda: rounds,
        ask=ask,
        emit=events.append,
    )
    said = hook.after_model(Answer(text, tool_calls=calls, finish_reason=reason), run)
    judged = tuple(event for event in events if isinstance(event, Judged))
    return Judgment(said, judged, len(asked))
