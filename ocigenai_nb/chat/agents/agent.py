"""An agent: a model with instructions, tools and what else it takes to work on a prompt."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from ocigenai_nb.chat.reply import Reply, Timing
from ocigenai_nb.chat.retention import Place as Keeper
from ocigenai_nb.chat.rounds import MAX_ROUNDS
from ocigenai_nb.chat.structured import Shape, read_shape
from ocigenai_nb.chat.tools.approval import Approve
from ocigenai_nb.chat.tools.function import read_tools
from ocigenai_nb.chat.turn import Asked, Turn
from ocigenai_nb.chat.turn_stream import see_through
from ocigenai_nb.chat.watching import default_watch
from ocigenai_nb.core.errors import UsageError
from ocigenai_nb.core.messages import Message
from ocigenai_nb.core.options import strict_options
from ocigenai_nb.core.sourced import EMULATOR
from ocigenai_nb.transports.base import read_prompt
from ocigenai_nb.transports.factory import get_model
from ocigenai_nb.transports.loop import EventStream
from ocigenai_nb.transports.model import Model

from .checkpoints import Checkpointer, MemoryCheckpointer, taken
from .hooks import Hook
from .managers import ConversationManager
from .memory import Memory
from .result import PREVIOUS, AgentResult, ProviderState
from .run import AgentRun, Place
from .state import AgentThread, AgentTurn
from .stream import AgentStream, tell_again
from .termination import Condition


class Agent:
    """A model, given as an object or as a string like `"oci:openai.gpt-5.5"`, that works for you.

    >>> agent = og.Agent("oci:openai.gpt-5.5", system_prompt="You are concise.")
    >>> agent.run_sync("What is 17 * 23?", thread_id="sums").message
    '17 * 23 = 391'
    >>> agent.run_sync("What did I just ask?", thread_id="sums").message
    'You said: “What is 17 * 23?”'

    `tools` are functions that it may call, in `max_rounds` rounds a run; where one asks first,
    `approve` is called with the call, in a thread of its own; without it, `run_sync` asks in the
    cell, and elsewhere the call waits for `approve` or `deny` of the stream. `output_schema` is a
    type that the answer shall have: it is in `result.parsed`. `memory` holds facts from run to
    run. `hooks` stand before and after each question to the model and each tool call.
    `termination` ends a run early. `conversation_manager` shortens what travels, where the service
    does not hold the history. `checkpointer` keeps threads, by default in memory.

    Everything is the same on every transport; over Responses with `store=True` only what is new
    travels.

    Raises what `get_model` raises for a string, and UsageError for tools that can't be described
    and a type that has no schema.
    """

    @strict_options
    def __init__(
        self,
        model: Model | str,
        *,
        tools: Sequence[Callable[..., Any]] = (),
        system_prompt: str | None = None,
        output_schema: Any = None,
        memory: Memory | None = None,
        hooks: Sequence[Hook] = (),
        termination: Condition | None = None,
        conversation_manager: ConversationManager | None = None,
        checkpointer: Checkpointer | None = None,
        approve: Approve | None = None,
        max_rounds: int = MAX_ROUNDS,
    ) -> None:
        self.model = get_model(model) if isinstance(model, str) else model
        self.tools = read_tools(tools)
        self.system_prompt = system_prompt
        self.output_schema = output_schema
        self.memory = memory
        self.hooks = tuple(hooks)
        self.termination = termination
        self.conversation_manager = conversation_manager
        self.checkpointer: Checkpointer = checkpointer or MemoryCheckpointer()
        self.approve = approve
        self.max_rounds = max_rounds
        self._shape: Shape | None = None
        if output_schema is not None:
            self._shape = read_shape(output_schema, self.model.model)
        self._busy: set[str] = set()
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"Agent({self.model!r})"

    @strict_options
    def run(
        self,
        prompt: str | Message,
        *,
        thread_id: str | None = None,
        provider_state: ProviderState | None = None,
    ) -> AgentStream:
        """Begin a run and return its events as they come, for `for` and `async for`.

        `thread_id` goes on with a thread of the checkpointer, or begins it; without one a new
        thread begins. `provider_state` of a result goes on after it where the service keeps the
        history. What goes wrong is the last event; leaving the loop early stops the run.

        Raises UsageError for what can't be sent at all, and where a run is under way in the thread.
        """
        return self._begin(self._find_place(prompt, thread_id, provider_state), prompt)

    @strict_options
    def run_sync(
        self,
        prompt: str | Message,
        *,
        thread_id: str | None = None,
        provider_state: ProviderState | None = None,
    ) -> AgentResult:
        """A run to its end, with the options of `run`; in a running event loop, too.

        An interrupt (KeyboardInterrupt) closes the socket at once; what came is kept in the thread.
        In a notebook with the extension loaded the answer streams into the cell.

        Raises the typed error that the run ended in, and AnswerFormatError where the answer does
        not fit the `output_schema`.
        """
        place = self._find_place(prompt, thread_id, provider_state)
        return self._see_through(self._begin(place, prompt))

    @strict_options
    def resume(self, thread_id: str) -> AgentStream:
        """Go on with the last run of a thread where its process, a hook or an error ended it.

        What tools returned is not asked for again. Calls that had not begun run now. Of those that
        had begun and did not come to their end nobody knows what they did: they don't run again,
        and the model is told so. Where the run had come to its answer, that is told once more.

        Raises UsageError where there is no such thread.
        """
        thread = self.checkpointer.load(thread_id)
        if thread is None or not thread.turns:
            raise UsageError(
                f"There is no thread {thread_id!r} to go on with.",
                remedy="Begin it: run(prompt, thread_id=...), with the same checkpointer.",
            )
        last, number = thread.turns[-1], len(thread.turns)
        if last.whole:
            return tell_again(self._make_turn(last.prompt, number, last), thread_id, last)
        before = AgentThread(thread.turns[:-1], thread.summary)
        place = Place(thread_id, number, before, resumed=last)
        return self._begin(place, last.prompt)

    @strict_options
    def resume_sync(self, thread_id: str) -> AgentResult:
        """`resume` to the end. Raises as `resume` and `run_sync`."""
        return self._see_through(self.resume(thread_id))

    def instruct(self) -> str:
        """What the model is told with every request: the system prompt and the facts remembered."""
        facts = self.memory.tell() if self.memory is not None else ""
        return "\n\n".join(filter(None, (self.system_prompt, facts)))

    def _find_place(
        self, prompt: str | Message, thread_id: str | None, state: ProviderState | None
    ) -> Place:
        """Where a new run goes on. Raises UsageError for what the transport can't send."""
        given = _read_state(state)
        self.model.plan(read_prompt(prompt), continuation=given)
        if thread_id is None and given is not None:
            return self._find_continued(given)
        name = thread_id or _new_thread()
        thread = (self.checkpointer.load(name) if thread_id else None) or AgentThread()
        if not thread.turns:
            return _after(name, thread, given, known=given is None)
        if given is not None and given not in thread.response_ids:
            raise UsageError(
                f"The provider state does not belong to the last run of the thread {name!r}.",
                remedy="Give one of the two: thread_id= goes on here, provider_state= there.",
            )
        return _after(name, thread, None, known=True)

    def _find_continued(self, given: str) -> Place:
        """After the run of which the service gave that id; in a thread of its own if not the last.

        Where the checkpointer does not have it, the service alone knows what came before.
        """
        found = self.checkpointer.find(given)
        thread = self.checkpointer.load(found[0]) if found else None
        if found is None or thread is None:
            return _after(_new_thread(), AgentThread(), given, known=False)
        name, number = found
        if number == len(thread.turns):
            return _after(name, thread, None, known=True)
        name, summary = _new_thread(), thread.summary
        summary = summary if summary and summary.turns <= number else None
        branch = AgentThread(thread.turns[:number], summary)
        for position, turn in enumerate(branch.turns, 1):
            self.checkpointer.begin(name, position, turn)
        if summary is not None:
            self.checkpointer.summarize(name, summary)
        return _after(name, branch, None, known=True)

    def _begin(self, place: Place, prompt: str | Message) -> AgentStream:
        said = Message.user(prompt) if isinstance(prompt, str) else prompt
        turn = self._make_turn(said, place.number)
        self._claim(place.thread_id)
        try:
            run = AgentRun(self, place, turn, lambda: self._busy.discard(place.thread_id))
            if place.resumed is None:
                self.checkpointer.begin(place.thread_id, place.number, run.snapshot())
            else:
                turn.go_on_from(place.resumed.answer.rounds)
        except BaseException:
            self._busy.discard(place.thread_id)
            raise
        events = EventStream(run.run, tap=run.take)
        turn.stop = events.stopper()
        return AgentStream(turn, events, run.result)

    def _claim(self, thread_id: str) -> None:
        with self._lock:
            if thread_id in self._busy:
                raise taken(thread_id)
            self._busy.add(thread_id)

    def _make_turn(self, prompt: Message, number: int, made: AgentTurn | None = None) -> Turn:
        model, shape = self.model, self._shape
        settings = model.client.identity.settings
        asked = Asked(
            model.model,
            model.transport,
            self.system_prompt,
            model.parameters,
            shape.format if shape and shape.how == "schema" else None,
            stored=model.server_stateful,
        )
        keeper = Keeper(settings.endpoint.value, settings.compartment.value)
        emulated = settings.endpoint.source == EMULATOR
        reply = None
        if made is not None:
            at = datetime.fromisoformat(made.sent_at)
            timing = Timing(None, 0.0)
            reply = Reply(prompt, made.answer, model.route, timing, shape=shape, sent_at=at)
        parent = number - 1 or None
        turn = Turn(
            number, parent, prompt, asked, model.route, keeper, reply=reply, emulated=emulated
        )
        turn.shape = shape
        return turn

    def _see_through(self, stream: AgentStream) -> AgentResult:
        watch = default_watch()
        see_through(stream.turn, stream.events, watch)
        result = stream.take_result(shown=watch is not None)
        if result.answer.error is not None:
            raise result.answer.error
        if self._shape is not None and result.stopped_by == result.answer.finish_reason:
            result.parsed  # noqa: B018 (what does not fit is raised here)
        return result


def _after(name: str, thread: AgentThread, given: str | None, *, known: bool) -> Place:
    turns = tuple(turn.closed() for turn in thread.turns)
    return Place(name, len(turns) + 1, AgentThread(turns, thread.summary), given, known)


def _new_thread() -> str:
    return f"agent-{uuid.uuid4().hex[:12]}"


def _read_state(state: ProviderState | None) -> str | None:
    """The continuation in a provider state. Raises UsageError for what is none."""
    given = dict(state or {})
    found = given.pop(PREVIOUS, None)
    if given:
        raise UsageError(
            f"A provider state holds {PREVIOUS!r} alone, not {next(iter(given))!r}.",
            remedy="Pass on the provider_state of a result.",
        )
    return found
