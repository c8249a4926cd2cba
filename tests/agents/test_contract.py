"""Everything at once on every transport: the same events, the same result, the same thread."""

from __future__ import annotations

from itertools import pairwise

from ocigenai_nb import (
    Hook,
    Judged,
    MaxRounds,
    MaxTokens,
    Memory,
    Retry,
    SlidingWindowManager,
    SQLiteCheckpointer,
    ToolCall,
    fold,
    tool,
)
from ocigenai_nb.chat.agents.hooks import HookRun
from ocigenai_nb.core.events import (
    Continuation,
    Event,
    ReasoningDelta,
    ServiceEvent,
    ToolFinished,
    ToolStarted,
    UsageReport,
)
from ocigenai_nb.core.thread import Answer
from tests.agents.conftest import Make
from tests.agents.watching import holds_history, sent_texts
from tests.chat.tools.functions import WEATHER, Calls
from tests.transports.subject import Transport

# What one wire has and another has not, and what comes in any order.
OWN = (Continuation, ReasoningDelta, ServiceEvent, UsageReport, ToolStarted)


class Judge(Hook):
    """Counts the calls, and has the first answer given once more."""

    most_corrections = 1

    def __init__(self) -> None:
        self.calls: list[str] = []

    def before_tool(self, call: ToolCall, run: HookRun) -> None:
        self.calls.append(call.name)

    def after_model(self, answer: Answer, run: HookRun) -> Retry | None:
        if answer.tool_calls:
            return None
        good = run.corrections > 0
        run.emit(Judged("Judge", "good" if good else "again", score=float(good)))
        return None if good else Retry("Say exactly: please")


def name_events(events: list[Event], transport: Transport) -> list[str]:
    """The kinds of events in order, each once where several follow one another."""
    names = [type(event).__name__ for event in events if not isinstance(event, OWN)]
    if transport.name == "sdk-cohere" and names[1] == "TextDelta":  # it says that it will call
        names = [names[0], *names[names.index("ToolCallDelta") :]]
    return [names[0], *(now for before, now in pairwise(names) if now != before)]


def test_all_of_it_together_is_the_same_on_every_transport(
    make: Make, transport: Transport, checkpoints: SQLiteCheckpointer
) -> None:
    calls, memory, judge = Calls(), Memory(), Judge()
    memory.remember("The user is Ada.")
    agent = make(
        tool(calls.get_weather, idempotent=True),
        system_prompt="You are concise.",
        memory=memory,
        hooks=[judge],
        termination=MaxRounds(9) | MaxTokens(1_000_000),
        conversation_manager=SlidingWindowManager(20),
        checkpointer=checkpoints,
    )
    stream = agent.run(WEATHER, thread_id="t")
    events = list(stream)
    assert name_events(events, transport) == [
        "Started",
        "ToolCallDelta",
        "ToolCallReady",
        "RoundFinished",
        "ToolFinished",
        "Started",
        "TextDelta",
        "Judged",
        "RoundFinished",
        "Started",
        "TextDelta",
        "Judged",
        "Finished",
    ]
    result = stream.result
    assert result.message == "please"
    assert (result.stopped_by, result.thread_id) == ("stop", "t")
    assert calls.cities == ["Oslo", "Rome"]
    assert judge.calls == ["get_weather", "get_weather"]
    assert [each.verdict for each in result.answer.judged] == ["again", "good"]
    assert [bool(each.correction) for each in result.rounds] == [False, True]
    sent = sent_texts(transport)
    assert "You are concise." in sent
    assert "The user is Ada." in sent
    assert (WEATHER in sent) is not holds_history(transport)
    kept = checkpoints.load("t")
    assert kept is not None
    assert kept.turns[0].answer == result.answer
    assert bool(result.provider_state) is holds_history(transport)


def test_the_events_of_a_run_make_its_answer(make: Make) -> None:
    stream = make(Calls().get_weather).run(WEATHER)
    events = list(stream)
    assert fold(events) == stream.result.answer
    assert sum(isinstance(event, ToolFinished) for event in events) == 2
