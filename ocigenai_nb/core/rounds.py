"""Rounds: the parts of an answer that ended in tool calls, with what the tools returned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

from .messages import Message, ToolCall, Usage

Outcome: TypeAlias = Literal[
    "returned", "raised", "timed out", "invalid", "unknown", "denied", "repeated", "lost"
]

_STOPPED = (
    "{name} was stopped before it returned. Whether it did anything is not known: find out before "
    "you call it once more."
)


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What came of one call; `text` is what the model is told.

    `outcome` is "returned" or "raised" where the function ran, "timed out" where it was given up,
    "repeated" where an earlier run's result was given again, and "invalid" (arguments), "unknown"
    (no such tool) or "denied" where nothing ran. "lost" is a call that had begun when its turn
    or its program was ended: nobody knows what became of it. `seconds` is how long it ran.
    """

    call: ToolCall
    text: str
    outcome: Outcome = "returned"
    seconds: float = 0.0

    @property
    def message(self) -> Message:
        """The result as a message of the history."""
        return Message.tool(self.call, self.text)


@dataclass(frozen=True, slots=True)
class Round:
    """One part of an answer that was not the last: it ended in `tool_calls`, or was put right.

    `results` are in the order of the calls; there are fewer where the turn ended before all had
    run. `correction` is what the model was told where its answer did not fit what was asked for.
    """

    text: str = ""
    reasoning: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    results: tuple[ToolResult, ...] = ()
    correction: str = ""
    usage: Usage | None = None
    request_id: str | None = None
    response_id: str | None = None
    reasoning_items: tuple[Mapping[str, Any], ...] = field(default=(), repr=False, hash=False)

    @property
    def whole(self) -> bool:
        """Whether every call has its result, so that a model can be shown the round."""
        return len(self.results) == len(self.tool_calls)

    @property
    def unanswered(self) -> tuple[ToolCall, ...]:
        """The calls that have no result yet."""
        answered = Counter(result.call.id for result in self.results)
        left: list[ToolCall] = []
        for call in self.tool_calls:
            answered[call.id] -= 1  # ids may repeat
            if answered[call.id] < 0:
                left.append(call)
        return tuple(left)

    @property
    def texts(self) -> tuple[str, ...]:
        """All that was said in it, with the tools' names, arguments and results."""
        calls = (*self.tool_calls, *(result.call for result in self.results))
        called = (text for call in calls for text in (call.name, call.arguments))
        returned = (result.text for result in self.results)
        return (self.text, self.reasoning, *called, *returned, self.correction)

    @property
    def pairs(self) -> tuple[tuple[ToolCall, ToolResult | None], ...]:
        """Each call with its result, None where it has none; each result counts for one call."""
        results = list(self.results)
        return tuple((call, _take_result(results, call)) for call in self.tool_calls)

    @property
    def replies(self) -> tuple[Message, ...]:
        """What the model is told after it: the results, or the correction."""
        results = tuple(result.message for result in self.results)
        return (*results, Message.user(self.correction)) if self.correction else results

    @property
    def messages(self) -> tuple[Message, ...]:
        """The round as messages of the history."""
        said = Message.assistant(
            self.text, tool_calls=self.tool_calls, reasoning_items=self.reasoning_items
        )
        return (said, *self.replies)

    def closed(self) -> Round:
        """The round of a turn that was stopped: calls that did not return have a result, too."""
        closed = self
        for call in self.unanswered:
            closed = closed.with_result(ToolResult(call, _STOPPED.format(name=call.name), "lost"))
        return closed

    def with_result(self, result: ToolResult) -> Round:
        """The round with one more result, in the order of the calls."""
        results = [*self.results, result]
        # By the call itself, since ids may repeat; by its id where a hook or a file made it anew.
        places = {call.id: place for place, call in reversed([*enumerate(self.tool_calls)])}
        own = {id(call): place for place, call in enumerate(self.tool_calls)}
        results.sort(key=lambda each: own.get(id(each.call), places.get(each.call.id, len(own))))
        return replace(self, results=tuple(results))


def name_calls(rounds: Sequence[Round]) -> str:
    """How many calls there were, and of which tools, such as "2 calls: f, g"; "" for none."""
    calls = [call for each in rounds for call in each.tool_calls]
    if not calls:
        return ""
    count = "1 call" if len(calls) == 1 else f"{len(calls)} calls"
    return f"{count}: {', '.join(dict.fromkeys(call.name for call in calls))}"


def _take_result(results: list[ToolResult], call: ToolCall) -> ToolResult | None:
    """The result of a call, taken out: by the call itself, since ids may repeat; else by its id."""
    own = [each for each in results if each.call is call]
    found = next(iter(own or [each for each in results if each.call.id == call.id]), None)
    if found is not None:
        results.remove(found)
    return found


def add_usage(usages: Sequence[Usage | None]) -> Usage | None:
    """What several requests cost together; None where none was counted."""
    counted = [usage for usage in usages if usage is not None]
    if len(counted) < 2:
        return counted[0] if counted else None
    return Usage(
        input=sum(usage.input for usage in counted),
        output=sum(usage.output for usage in counted),
        total=sum(usage.total for usage in counted),
        cached=_add(usage.cached for usage in counted),
        reasoning=_add(usage.reasoning for usage in counted),
    )


def _add(counts: Any) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None
