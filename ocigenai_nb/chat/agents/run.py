"""One run of an agent: its events, its checkpoints, and when it ends.

It is made on the caller's thread; then everything here happens on the I/O thread. A checkpoint is
written before a tool begins, after each of its results and after each round, so that whoever goes
on knows what ran.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ocigenai_nb.chat.journal import find_journal
from ocigenai_nb.chat.reply import Reply
from ocigenai_nb.chat.rounds import Emit, Rounds, Verdict
from ocigenai_nb.chat.tools.runner import ToolRunner
from ocigenai_nb.chat.turn import Turn
from ocigenai_nb.core.errors import HookError, HookVetoError, OCIGenAIError
from ocigenai_nb.core.events import (
    Event,
    Failed,
    Finished,
    Interrupted,
    Judged,
    Notice,
    RoundFinished,
    Terminal,
    ToolFinished,
    ToolStarted,
)
from ocigenai_nb.core.rounds import Round, add_usage
from ocigenai_nb.core.thread import Answer
from ocigenai_nb.transports.loop import io_thread

from .asides import Asides
from .asking import AgentDelivery
from .hook_calls import HookCalls
from .hooks import HookRun
from .result import AgentResult, make_result
from .state import AgentThread, AgentTurn, Summary
from .termination import Progress

if TYPE_CHECKING:
    from .agent import Agent


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run goes on: the turn `number` of a thread, after the turns of `thread`.

    `given` is a continuation that the caller named, and `known` whether `thread` is all that came
    before. `resumed` is what another process kept of this run.
    """

    thread_id: str
    number: int
    thread: AgentThread
    given: str | None = None
    known: bool = True
    resumed: AgentTurn | None = None


class AgentRun:
    """A run of `agent` at a place; `turn` collects it. `release` lets the thread go at its end."""

    def __init__(self, agent: Agent, place: Place, turn: Turn, release: Callable[[], None]) -> None:
        self.turn = turn
        self.asides = Asides(agent.model, turn.place, f"{place.thread_id} beside")
        self.stopped_by = ""
        self._agent = agent
        self._place = place
        self._release = release
        self._began = time.monotonic()
        self._begun = list(place.resumed.begun) if place.resumed else []
        self._edited = self._warned = False
        self._emit: Emit = turn.take
        self._hooks = HookCalls(agent.hooks, self._view, self._tell)
        self._delivery = self._make_delivery()
        self._rounds = self._make_rounds()

    def _make_delivery(self) -> AgentDelivery:
        agent, place = self._agent, self._place
        return AgentDelivery(
            agent.model,
            self.turn,
            place.thread.turns,
            self.asides,
            self._hooks,
            agent.instruct,
            tuple(each.definition for each in agent.tools),
            self.turn.shape,
            agent.conversation_manager,
            place.thread.summary,
            self._remember,
            place.given,
            place.known,
        )

    def _make_rounds(self) -> Rounds:
        agent, shape = self._agent, self.turn.shape
        runner = ToolRunner(agent.tools, agent.approve, self.turn.desk, hooks=self._hooks)
        if self._place.resumed is not None:
            resumed = self._place.resumed
            known = [result for each in resumed.answer.rounds for result in each.results]
            runner.recall((*known, *resumed.lost()))
        check = shape.check if shape else None
        return Rounds(runner if agent.tools else None, check, agent.max_rounds, guide=self)

    async def run(self, emit: Emit) -> None:
        """The run, each of its events given to `emit`."""
        self._emit = emit
        resumed = self._place.resumed
        try:
            for result in resumed.lost() if resumed else ():
                emit(ToolFinished(result))
            await self._rounds.run(self._delivery.ask, emit, before=self._list_rounds())
        except HookVetoError as error:
            emit(Interrupted("vetoed", error))
        except HookError as error:
            emit(Interrupted("hook", error))
        except OCIGenAIError as error:  # a request that can't be written
            emit(Failed(error))
        finally:
            self.asides.stop()

    def take(self, event: Event) -> None:
        """Take one event, and checkpoint where one is due. It hears each before the reader."""
        self.turn.take(event)
        match event:
            case ToolStarted(call=call):
                self._begun.append(call)
            case ToolFinished(result=result):
                began = [each for each in self._begun if each.id == result.call.id]
                if began:
                    self._begun.remove(began[0])
            case RoundFinished():
                pass
            case _:
                if self.turn.closed:
                    self._end()
                return
        if warning := self._save():
            self._emit(Notice(warning))

    def result(self, *, shown: bool = False) -> AgentResult:
        """What it came to so far; `shown` is whether it streamed to a display."""
        reply = replace(self.turn.reply, shown=shown)
        return make_result(
            reply,
            self._place.thread_id,
            self.stopped_by,
            self.asides.usage,
            before=self._delivery.begins_after,
        )

    def snapshot(self) -> AgentTurn:
        """The run as it is checkpointed."""
        reply = self.turn.reply
        return AgentTurn(
            prompt=self.turn.prompt,
            answer=reply.answer,
            model=self.turn.asked.model,
            transport=self.turn.route.transport,
            begun=tuple(self._begun),
            continuation=self._find_continuation(reply),
            stopped_by=self.stopped_by,
            sent_at=reply.sent_at.isoformat(),
        )

    def _find_continuation(self, reply: Reply) -> str | None:
        """The id from which the service can go on after this run; None where it can't."""
        kept = self.turn.asked.stored and reply.status == "finished" and not self._edited
        # Calls that nobody answered would be asked for again.
        return reply.response_id if kept and not reply.tool_calls else None

    async def weigh(self, answer: Answer, rounds: tuple[Round, ...]) -> Verdict:
        """What the hooks make of an answer, and whether the run ends with it."""
        verdict = await self._hooks.after_model(answer)
        self._edited = verdict.text is not None
        said = answer if verdict.text is None else replace(answer, text=verdict.text)
        if not answer.tool_calls and self._is_met(rounds, said):
            return Verdict(verdict.text, final=True)
        return verdict

    def end(self, rounds: tuple[Round, ...]) -> Terminal | None:
        """What ends the run after these rounds; None where it goes on."""
        return Finished("terminated") if self._is_met(rounds) else None

    def _is_met(self, rounds: tuple[Round, ...], answer: Answer | None = None) -> bool:
        """Whether the run ends after these rounds, and an answer that may be the last."""
        condition = self._agent.termination
        if condition is None:
            return False
        usages = [each.usage for each in rounds]
        counted = add_usage([*usages, answer.usage if answer else None, self.asides.usage])
        progress = Progress(
            prompt=self.turn.prompt,
            rounds=rounds,
            text=answer.text if answer else rounds[-1].text,
            tokens=counted.total if counted else 0,
            seconds=time.monotonic() - self._began,
        )
        try:
            self.stopped_by = condition.find_met(progress)
        except Exception as error:
            why = f"{type(error).__name__}: {error}"
            raise HookError(f"The termination condition failed: {why}.") from error
        return bool(self.stopped_by)

    def _save(self) -> str:
        """Write a checkpoint; where that fails, the run goes on and says so once."""
        checkpointer, place = self._agent.checkpointer, self._place
        try:
            checkpointer.save(place.thread_id, place.number, self.snapshot())
        except OCIGenAIError as error:
            warned, self._warned = self._warned, True
            return "" if warned else f"The run can't be resumed from here: {error.message}"
        return ""

    def _remember(self, summary: Summary) -> None:
        try:
            self._agent.checkpointer.summarize(self._place.thread_id, summary)
        except OCIGenAIError as error:
            self._emit(Notice(f"The summary was not kept: {error.message}"))

    def _end(self) -> None:
        number, reply = self._place.number, self.turn.reply
        self.stopped_by = self.stopped_by or reply.finish_reason or ""
        warnings = [self._save()]
        name = self._place.thread_id
        parent = number - 1 or None
        journal = find_journal(self._agent.model.client)
        warnings.append(journal.record(reply, conversation=name, turn=number, parent=parent) or "")
        self._release()
        self.turn.settle(" ".join(filter(None, warnings)))

    def _list_rounds(self) -> tuple[Round, ...]:
        growing = self.turn.growing
        return growing.rounds if growing is not None else self.turn.reply.rounds

    def _view(self) -> HookRun:
        """The run, for one hook."""
        return HookRun(
            self._place.thread_id,
            self._agent.model,
            prompt=lambda: self.turn.prompt,
            rounds=self._list_rounds,
            ask=self.asides.ask_and_wait,
            emit=self._emit_from_hook,
        )

    def _emit_from_hook(self, event: Judged | Notice) -> None:
        io_thread().loop.call_soon_threadsafe(self._tell, event)

    def _tell(self, event: Judged | Notice) -> None:
        if not self.turn.closed:  # a hook that was left behind may speak late
            self._emit(event)
