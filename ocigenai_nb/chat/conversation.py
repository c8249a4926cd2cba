"""A conversation: a tree of turns kept here, whatever the service keeps.

Nothing is lost: a turn that fails, breaks off or is stopped stays, with its prompt and whatever
came of the answer; another try, or another wording, stands beside it. A partial answer is part of
what the model is shown next; a turn without any answer is not, because roles have to alternate.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from ocigenai_nb.core.errors import OutcomeUnknownError, UsageError
from ocigenai_nb.core.events import Event
from ocigenai_nb.core.messages import Message, ResponseFormat
from ocigenai_nb.core.options import strict_options
from ocigenai_nb.core.parameters import Parameters
from ocigenai_nb.core.requests import Plan
from ocigenai_nb.core.suggestions import suggest
from ocigenai_nb.transports.loop import EventStream

from . import saving, stored
from .asking import Wish, make_delivery
from .delivery import refuse_own_turn
from .reply import Reply
from .resuming import CONTINUE, check_resumable
from .rounds import MAX_ROUNDS, check_limit
from .tools.approval import Approve
from .tools.function import FunctionTool, read_tools
from .tree_view import draw
from .turn import Turn
from .turn_stream import TurnStream, see_through
from .turn_tree import Change, TurnName, TurnTree
from .watching import Watch, default_watch

if TYPE_CHECKING:
    from .connection import Connection


class Conversation(TurnTree):
    """Turns with a model; `connection.chat(model)` makes one.

    >>> chat = og.connect().chat("meta.llama-3.3-70b-instruct", system="You are concise.")
    >>> chat.send("My name is Ada.")
    Reply('Nice to meet you, Ada.', model='meta.llama-3.3-70b-instruct', status='finished')
    >>> "".join(e.text for e in chat.stream("What is my name?") if isinstance(e, og.TextDelta))
    'Your name is Ada.'
    >>> print(chat.edit(1, "My name is Grace."))  # on a branch of its own
    Nice to meet you, Grace.

    `model`, `transport`, `system`, `parameters` and `store` may be set between turns, and hold
    from then on. `store` lets the Responses API keep the thread, so that only new turns travel;
    elsewhere it means nothing. The other transports always carry the whole history.

    `tools` are functions that the model may call, in `max_rounds` rounds a turn; they run here, and
    the answer goes on with what they returned. Where a tool asks first, `approve` is called with
    the call, in a thread of its own; without it, `send` asks in the cell, and elsewhere the call
    waits for `turn.approve` or `turn.deny`.

    A turn is named by itself, its number or its response id; UsageError tells of one that is
    not there.
    """

    def __init__(
        self,
        connection: Connection,
        model: str,
        *,
        system: str | None = None,
        transport: str | None = None,
        parameters: Parameters = Parameters(),
        store: bool = True,
        name: str = "chat",
        tools: Sequence[Callable[..., Any]] = (),
        approve: Approve | None = None,
        max_rounds: int = MAX_ROUNDS,
    ) -> None:
        super().__init__()
        self.connection = connection
        self.model = model
        self.system = system
        self.transport = transport
        self.parameters = parameters
        self.store = store
        self.name = name
        self.tools = tools
        self.approve = approve
        self.max_rounds = check_limit(max_rounds)
        self.lost: set[str] = set()
        self._last: Turn | None = None  # the one turn that may be under way, or those waiting

    def __repr__(self) -> str:
        return f"Conversation({self.name!r}, model={self.model!r}, {len(self._tree)} turns)"

    @property
    def tools(self) -> tuple[FunctionTool, ...]:
        """What the model may call; functions that are set become tools.

        Setting raises UsageError for what can't be described to a model.
        """
        return self._tools

    @tools.setter
    def tools(self, tools: Sequence[Callable[..., Any]]) -> None:
        self._tools = read_tools(tools)

    def allow(self, name: str) -> None:
        """Let a tool that asks run without being asked for, from now on, waiting calls included.

        Raises UsageError where there is no tool of that name.
        """
        names = [each.name for each in self.tools]
        if name not in names:
            raise UsageError(f"There is no tool {name!r}.{suggest(name, names)}")
        self._tools = tuple(
            replace(each, approval="always") if each.name == name else each for each in self.tools
        )
        for turn in self.turns:
            turn.desk.allow(name)

    @property
    def busy(self) -> bool:
        """Whether a turn is under way."""
        return self._last is not None and not self._last.done

    def messages(self, prompt: Message | None = None) -> tuple[Message, ...]:
        """What the model would be shown: system prompt, answered turns, and `prompt`."""
        said = prompt or Message.user("?")
        shown = make_delivery(self, said, Wish(said)).messages()
        return shown if prompt else shown[:-1]

    @strict_options
    def plan(
        self,
        prompt: str | Message,
        *,
        attach: Sequence[object] = (),
        system: str | None = None,
        parameters: Parameters = Parameters(),
        response_format: ResponseFormat | None = None,
        schema: Any = None,
        instead_of: TurnName | None = None,
        stream: bool = True,
    ) -> Plan:
        """What `send` would send, with these options of its. Nothing is sent or recorded."""
        wish = Wish(prompt, attach, system, parameters, response_format, schema, instead_of, stream)
        delivery = make_delivery(self, wish.message, wish)
        plan = delivery.write()[0].plan
        return replace(plan, notices=(*delivery.said_on_switching(), *plan.notices))

    @strict_options
    def send(
        self,
        prompt: str | Message,
        *,
        attach: Sequence[object] = (),
        system: str | None = None,
        parameters: Parameters = Parameters(),
        response_format: ResponseFormat | None = None,
        schema: Any = None,
        instead_of: TurnName | None = None,
        stream: bool = True,
        timeout: float | None = None,
        watch: Watch | None = None,
    ) -> Reply:
        """Send, wait, and return the reply; `watch` is called as the answer grows.

        `attach` takes images and text files. `system` and `parameters` are for this turn, over
        those of the conversation. `instead_of` puts the turn beside another one instead of after
        the head. `schema` is a type that the answer shall have (a pydantic model, a dataclass, a
        TypedDict, or a list of one): it is in `reply.parsed`. A turn that is under way is waited
        for, but from within its own tools and `approve` nothing can be sent here. `timeout` is in
        seconds; what came until then is kept. In a notebook with the extension loaded the answer
        streams into the cell.

        Raises the typed error that the turn ended in; the turn, with what came, stays. An
        interrupt (KeyboardInterrupt) closes the socket at once and does the same.
        """
        wish = Wish(
            prompt, attach, system, parameters, response_format, schema, instead_of, stream, timeout
        )
        turn, events = self._begin(wish)
        watch = watch or default_watch()
        see_through(turn, events, watch)
        reply = replace(turn.reply, shown=watch is not None)
        if reply.error is not None:
            raise reply.error
        if schema is not None:
            reply.parsed  # noqa: B018 (what does not fit is raised here)
        return reply

    @strict_options
    def stream(
        self,
        prompt: str | Message,
        *,
        attach: Sequence[object] = (),
        system: str | None = None,
        parameters: Parameters = Parameters(),
        response_format: ResponseFormat | None = None,
        schema: Any = None,
        instead_of: TurnName | None = None,
        timeout: float | None = None,
    ) -> TurnStream:
        """Send and return the turn's events, for `for` and `async for`; options as of `send`.

        What goes wrong is the last event. Leaving the loop early stops the turn.
        """
        wish = Wish(
            prompt, attach, system, parameters, response_format, schema, instead_of, timeout=timeout
        )
        return TurnStream(*self._begin(wish))

    def stop(self) -> None:
        """Stop every turn that is under way or waits; what came of its answer is kept."""
        for turn in self.turns:
            if not turn.done:
                turn.stop()

    @strict_options
    def resume(self, *, watch: Watch | None = None) -> Reply:
        """Ask the model to go on where the head's answer was stopped or broke off.

        Where it was stopped while tools ran, the model is told what they returned, and of the
        others that they did not. An answer that was to have a type is not gone on with: two parts
        of one do not fit it.

        Raises UsageError where the answer is complete or of a type, or where nothing of it came.
        """
        head = self.head
        check_resumable(head.reply if head else None)
        return self.send(CONTINUE, watch=watch)

    @strict_options
    def regenerate(
        self, turn: TurnName | None = None, *, resend: bool = False, watch: Watch | None = None
    ) -> Reply:
        """Ask a turn's prompt again, the head's by default; the new answer stands beside the old.

        What was asked for with it is asked for again: parameters, format, type.

        Raises OutcomeUnknownError where the service may hold an answer that never came here,
        unless `resend` says that it may be asked, and charged, once more.
        """
        again = self._again(turn)
        if again.unknown and not resend:
            raise OutcomeUnknownError(
                f"Whether turn {again.number} was answered and stored is not known: it broke off "
                "before its id came.",
                remedy="To ask, and perhaps be charged, once more: regenerate(resend=True).",
            )
        return self.send(
            again.prompt,
            parameters=again.asked.parameters,
            response_format=again.wished_format,
            schema=again.wished_type,
            instead_of=again,
            watch=watch,
        )

    @strict_options
    def edit(self, turn: TurnName, prompt: str | Message, *, watch: Watch | None = None) -> Reply:
        """Send a turn's prompt in other words; both stay, side by side. Raises what `send` does.

        Parameters, format and type are those that the turn was asked with.
        """
        edited = self.turn(turn)
        return self.send(
            prompt,
            parameters=edited.asked.parameters,
            response_format=edited.wished_format,
            schema=edited.wished_type,
            instead_of=edited,
            watch=watch,
        )

    @strict_options
    def delete_stored(self, turn: TurnName | None = None, *, drop: bool = False) -> tuple[str, ...]:
        """Delete at the service what it stored of a turn and all that follows it; None is all.

        The turns stay here, and the next one carries the whole history; `drop` takes them out
        here, too. Returns the ids that were deleted. Raises what the service refuses it with.
        """
        firsts = self.children(None) if turn is None else (self.turn(turn),)
        below = [self._tree[each] for first in firsts for each in self._tree.below(first.number)]
        deleted = stored.delete(self.connection, below)
        self.lost.update(deleted)
        if drop:
            for first in firsts:
                self.drop(first)
        return deleted

    def look_up_stored(self) -> stored.Holdings:
        """What the service holds of the branch that is on, beside what is held here."""
        return stored.look_up(self.connection, self.path)

    def tree(self) -> str:
        """All turns on all branches, drawn in text."""
        return draw(self)

    def export(self, kind: str = "python") -> str:
        """What ran on the branch that is on, as text; kinds and errors as of `Reply.export`."""
        from .export import export

        return export(self.replies, kind)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Save all of it as a JSON file; `connection.load_chat(path)` reads it.

        Raises SaveFailedError where the file can't be written; nothing here is lost then.
        """
        return saving.save(self, path)

    @classmethod
    def load(
        cls,
        connection: Connection,
        path: str | os.PathLike[str],
        *,
        tools: Sequence[Callable[..., Any]] = (),
        approve: Approve | None = None,
        max_rounds: int = MAX_ROUNDS,
    ) -> Self:
        """A saved conversation, to go on with over `connection`; a file holds no functions.

        Raises DataFormatError for a file that isn't one, or holds what does not fit.
        """
        saved = saving.read(path)
        self = cls(
            connection,
            saved.model,
            system=saved.system,
            transport=saved.transport,
            parameters=saved.parameters,
            store=saved.store,
            name=saved.name,
            tools=tools,
            approve=approve,
            max_rounds=max_rounds,
        )
        for turn in saving.restore_turns(saved):
            self._tree.add(turn, under=turn.parent, number=turn.number)
        self._tree.head = saved.head
        self.lost.update(saved.lost)
        return self

    def _begin(self, wish: Wish) -> tuple[Turn, EventStream]:
        message = wish.message
        refuse_own_turn(self.turns)
        with self._lock:
            delivery = make_delivery(self, message, wish)
            delivery.after = self._last if self.busy else None
            delivery.prepare()
            turn = self._last = delivery.turn
            turn.origin = self.connection.announce()
            self._tree.add(turn, under=turn.parent)
        self._tell(Change("began", turn))
        events = EventStream(delivery.run, tap=lambda event: self._take(turn, event))
        turn.stop = events.stopper()
        return turn, events

    def _take(self, turn: Turn, event: Event) -> None:
        turn.take_down(event, self.connection.journal, self.name, lambda: self._tell_of_end(turn))

    def _tell_of_end(self, turn: Turn) -> None:
        if turn.text or turn.status == "finished":
            self.connection.note_announced()  # a failure without an answer does not tell it
        self._tell(Change("ended", turn))

    def _again(self, turn: TurnName | None) -> Turn:
        head = self.head if turn is None else self.turn(turn)
        if head is None:
            raise UsageError("There is no turn to ask again.", remedy="Send a prompt.")
        return head
