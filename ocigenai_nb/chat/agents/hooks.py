"""Hooks: what stands before and after each question to the model and each tool call of a run.

A hook may change what passes, end the run, or have an answer given once more. It may ask the model
itself, and say what it found as an event.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar, overload

from ocigenai_nb.core.events import Judged, Notice
from ocigenai_nb.core.messages import Message, Tool, ToolCall
from ocigenai_nb.core.parameters import Parameters
from ocigenai_nb.core.rounds import Round, ToolResult
from ocigenai_nb.core.thread import Answer
from ocigenai_nb.transports.model import Model

T = TypeVar("T")

MOST_CORRECTIONS = 2


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """What the model is about to be asked.

    `instructions` are the system prompt with the facts, and hold for this request alone.
    `prompt` may be changed before the first request of a run only, and is then what is kept.
    `rounds`, what came since, is there to be read. `tools` are those that are offered; `parameters`
    go over those of the model.
    """

    instructions: str
    prompt: Message
    rounds: tuple[Round, ...] = ()
    tools: tuple[Tool, ...] = ()
    parameters: Parameters = Parameters()


@dataclass(frozen=True, slots=True)
class Veto:
    """No. Before and after the model it ends the run; of a tool call the model is told `reason`."""

    reason: str


@dataclass(frozen=True, slots=True)
class Retry:
    """Once more: the model is told the `correction` and answers again.

    Where its answer called tools, none of them runs: each call is answered with the correction.
    """

    correction: str


Requested: TypeAlias = ModelRequest | Veto | None
Answered: TypeAlias = str | Retry | Veto | None
Called: TypeAlias = ToolCall | Veto | None
Returned: TypeAlias = ToolResult | Veto | None


class Hook:
    """A hook that does nothing: override what you need, as plain methods or with `async def`.

    >>> class Insist(og.Hook):
    ...     def after_model(self, answer, run):
    ...         return None if "please" in answer.text else og.Retry("Say exactly: hi, please")
    >>> og.Agent("oci:openai.gpt-5.5", hooks=[Insist()]).run_sync("Say exactly: hi").message
    'hi, please'

    None leaves everything as it is. Methods run in threads of their own, so they may block, and one
    at a time in a run. One that raises ends the run with a HookError; what came is kept.

    `most_corrections` is how often in a run it may have the answer given once more; after that the
    answer stands, and a notice says so.
    """

    most_corrections: int = MOST_CORRECTIONS

    @property
    def name(self) -> str:
        """What errors and notices call it."""
        return type(self).__name__

    def before_model(self, request: ModelRequest, run: HookRun) -> Requested | Awaitable[Requested]:
        """Before each request: another one to be sent instead, or a `Veto` of the run."""

    def after_model(self, answer: Answer, run: HookRun) -> Answered | Awaitable[Answered]:
        """After each answer, those that call tools too: a text to stand instead, or what is done.

        `answer` is the part that came last; those before are in `run.rounds`. Where a text stands
        instead, the service has the model's own: the thread travels anew with the next prompt.
        """

    def before_tool(self, call: ToolCall, run: HookRun) -> Called | Awaitable[Called]:
        """Before each call: another one to be made instead, of the same id, or a `Veto` of it."""

    def after_tool(self, result: ToolResult, run: HookRun) -> Returned | Awaitable[Returned]:
        """After each call: what the model is told instead, or a `Veto` that withholds it."""


class HookRun:
    """The run, as one of its hooks sees it. To be used from that hook's methods.

    `thread_id` names its thread, `model` is what is asked.
    """

    def __init__(
        self,
        thread_id: str,
        model: Model,
        *,
        prompt: Callable[[], Message],
        rounds: Callable[[], tuple[Round, ...]],
        ask: Callable[[str, str, Any], Any],
        emit: Callable[[Judged | Notice], None],
    ) -> None:
        self.thread_id = thread_id
        self.model = model
        self.corrections = 0
        """How often this hook had the answer given once more in this run."""
        self._prompt = prompt
        self._rounds = rounds
        self._ask = ask
        self._emit = emit

    @property
    def prompt(self) -> Message:
        """What was asked, as it is kept."""
        return self._prompt()

    @property
    def rounds(self) -> tuple[Round, ...]:
        """What came before the answer: tool calls with their results, and corrections."""
        return self._rounds()

    @property
    def results(self) -> tuple[ToolResult, ...]:
        """What the tools returned so far."""
        return tuple(result for each in self.rounds for result in each.results)

    @overload
    def ask(self, prompt: str, *, system: str = "") -> str: ...

    @overload
    def ask(self, prompt: str, *, system: str = "", schema: type[T]) -> T: ...

    def ask(self, prompt: str, *, system: str = "", schema: Any = None) -> Any:
        """Ask the model beside the run, and wait: the text of its answer, or a `schema` of it.

        The service keeps nothing of it, the thread does not have it, and its tokens count.

        Raises the typed error that the question ended in, such as AnswerFormatError where the
        answer does not fit the type.
        """
        return self._ask(prompt, system, schema)

    def emit(self, event: Judged | Notice) -> None:
        """Add an event to those of the run."""
        self._emit(event)
