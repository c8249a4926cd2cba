"""One run of `%%ocichat`: from what its line and its cell say to a reply."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ocigenai_nb.core.data_urls import name_data_urls
from ocigenai_nb.core.errors import ConfigError, OCIGenAIError, UsageError
from ocigenai_nb.core.fences import fence
from ocigenai_nb.core.quoting import quote
from ocigenai_nb.core.safe_markdown import safe_markdown

from .arguments import BEFORE_LAST, Arguments
from .output import say, show_both
from .session import Before, Session
from .settings import Defaults

if TYPE_CHECKING:
    from ocigenai_nb.chat.conversation import Conversation
    from ocigenai_nb.chat.tools.function import FunctionTool
    from ocigenai_nb.chat.turn import Turn
    from ocigenai_nb.core.messages import Message
    from ocigenai_nb.core.parameters import Parameters

LAST = "_oci"


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell with its line read. `names` are the person's variables, `bind` sets one of them.

    `live` is whether what was shown can be updated; `next_cell` puts text into a new cell.
    """

    session: Session
    defaults: Defaults
    arguments: Arguments
    names: Mapping[str, object]
    bind: Callable[[str, object], None]
    next_cell: Callable[[str], None]
    live: bool

    def run(self, text: str) -> None:
        """Ask, show, and bind what came.

        Raises the error that it ended in; of several models, one that sums up which have failed.
        """
        said = self.arguments
        parameters = self._parameters()
        self._find_schema()
        prompt = self._fill(text)
        profile = self.session.settle_profile(said.profile or self.session.profile)
        name = self.session.new_name() if said.new else said.thread or self.session.thread
        chat = self.session.find(profile, name)
        models = self._models(chat)
        named = bool(said.models or said.transport) or models != (chat.model,)
        transport = said.transport if named else chat.transport
        for model in models:
            chat.connection.model(model, transport=transport)
        before = Before(self.session, chat)
        try:
            # A transport is asked for one model: another one goes by its family again.
            chat.transport = transport
            self._settle(chat, models)
            if said.dry_run:
                self._show_plans(chat, prompt, models, parameters)
                before.restore()
            else:
                self.session.keep(profile, chat)
                self._ask(chat, prompt, models, parameters)
        except OCIGenAIError as error:
            if not any(turn.text or turn.reply.rounds for turn in before.new):
                before.restore()
            if isinstance(error, ConfigError):
                self.session.drop_connection(profile)
            raise

    def _fill(self, text: str) -> Message:
        """The prompt, its placeholders filled, with what is attached."""
        from ocigenai_nb.chat.attachments import read_attachments
        from ocigenai_nb.chat.values import render_value
        from ocigenai_nb.core.interpolation import fill
        from ocigenai_nb.core.messages import Message, Text

        if not self.arguments.raw_prompt:
            filled = fill(text, self.names, render=render_value)
            for warning in filled.warnings:
                _warn(warning)
            text = filled.text
        attached = read_attachments(self.arguments.attach, self.names)
        return Message("user", (Text(text), *attached))

    def _models(self, chat: Conversation) -> tuple[str, ...]:
        names = self.arguments.models or (() if chat.turns else (self.defaults.model,))
        models = tuple(self.session.resolve(name) for name in names if name) or (chat.model,)
        twice = [model for model, times in Counter(map(str.lower, models)).items() if times > 1]
        if twice:
            raise UsageError(f"The model {twice[0]} is named twice; name it once.")
        return models

    def _settle(self, chat: Conversation, models: tuple[str, ...]) -> None:
        """Let the conversation have what the line says for this cell and those that follow."""
        said = self.arguments
        if said.system is not None:
            chat.system = said.system
        elif not chat.turns and chat.system is None:
            chat.system = self.defaults.system
        if said.store is not None:
            chat.store = said.store
            self._warn_of_store(chat, models)
        if said.tools is not None or chat.tools:
            chat.tools = self._find_tools(chat)
        if said.fork == BEFORE_LAST:
            chat.fork(chat.head.parent if chat.head else None)
        elif said.fork is not None:
            chat.fork(said.fork)

    def _find_tools(self, chat: Conversation) -> tuple[FunctionTool, ...]:
        """The tools that the line names, or those of before; as they are in the notebook now."""
        from .named_things import find_tools, renew_tools

        said = self.arguments.tools
        return renew_tools(chat.tools, self.names) if said is None else find_tools(said, self.names)

    def _find_schema(self) -> Any:
        """The type that the line names; None where it names none."""
        from .named_things import find_type

        said = self.arguments.schema
        return None if said is None else find_type(said, self.names)

    def _warn_of_store(self, chat: Conversation, models: tuple[str, ...]) -> None:
        option = "--store" if self.arguments.store else "--no-store"
        for model in models:
            route = chat.connection.route(model, transport=chat.transport)
            if route.transport != "responses":
                _warn(
                    f"{option} means nothing to {model} over {route.transport}: only Responses "
                    "keeps a thread at the service."
                )

    def _ask(
        self,
        chat: Conversation,
        prompt: Message,
        models: tuple[str, ...],
        parameters: Parameters,
    ) -> None:
        """Ask the models one after the other: beside each other, so that none sees another's."""
        failed: dict[str, OCIGenAIError] = {}
        start, count = chat.head, len(chat.turns)
        try:
            with self._tape():
                for model in models:
                    chat.fork(start)
                    chat.model = model
                    if len(models) > 1 and not self.arguments.quiet:
                        show_both(f"### {quote(model)}", model)
                    try:
                        self._send(chat, prompt, parameters)
                    except OCIGenAIError as error:
                        failed[model] = error
                        if len(models) > 1:
                            _warn(f"{model}: " + "\n".join(error.lines()))
        finally:
            if len(models) > 1:
                self._bind_all(chat.turns[count:])
        if len(failed) < len(models):
            self._tell_of_tape()
        if self.arguments.out and len(models) == 1 and not failed:
            self.bind(self.arguments.out, chat.turns[-1].reply)
        if failed:
            _go_on_from_an_answer(chat, len(models))
            raise _sum_up(failed, len(models))

    def _bind_all(self, turns: tuple[Turn, ...]) -> None:
        """Bind what several models answered, those that failed among them."""
        from ocigenai_nb.chat.comparison import Comparison

        if self.arguments.out and turns:
            self.bind(self.arguments.out, Comparison(tuple(turn.reply for turn in turns)))

    def _send(self, chat: Conversation, prompt: Message, parameters: Parameters) -> None:
        from .formats import show_as, watch_as

        said = self.arguments
        format = said.format or self.defaults.format  # noqa: A001 (the option's own name)
        count = len(chat.turns)
        try:
            chat.send(
                prompt,
                system=self._instructions(chat, format),
                parameters=parameters,
                schema=self._find_schema(),
                stream=said.stream,
                timeout=said.timeout or self.defaults.timeout,
                watch=watch_as(format, live=self.live, quiet=said.quiet),
            )
        finally:
            if len(chat.turns) > count:
                self.bind(LAST, chat.turns[-1].reply)
        if not said.quiet:
            show_as(format, chat.turns[-1].reply, next_cell=self.next_cell)

    def _show_plans(
        self,
        chat: Conversation,
        prompt: Message,
        models: tuple[str, ...],
        parameters: Parameters,
    ) -> None:
        format = self.arguments.format or self.defaults.format  # noqa: A001 (the option's own name)
        for model in models:
            chat.model = model
            plan = chat.plan(
                prompt,
                system=self._instructions(chat, format),
                parameters=parameters,
                schema=self._find_schema(),
                stream=self.arguments.stream,
            )
            route = chat.connection.route(model, transport=chat.transport)
            body = json.dumps(name_data_urls(plan.body), indent=2, ensure_ascii=False)
            text = "\n\n".join(["Nothing was sent. This would be:", *plan.notices])
            code = safe_markdown(fence(body, "json"))
            show_both(
                f"{text}\n\n{route._repr_markdown_()}\n\n{code}", f"{text}\n\n{route}\n\n{body}"
            )

    def _instructions(self, chat: Conversation, format: str) -> str | None:  # noqa: A002 (as above)
        from .formats import INSTRUCTIONS

        added = None if self.arguments.schema else INSTRUCTIONS.get(format)
        return "\n\n".join(filter(None, (chat.system, added))) if added else None

    def _parameters(self) -> Parameters:
        from ocigenai_nb.core.parameters import Parameters

        said = self.arguments
        given = Parameters(temperature=said.temperature, max_tokens=said.max_tokens)
        standing = Parameters(
            temperature=self.defaults.temperature, max_tokens=self.defaults.max_tokens
        )
        return given.over(standing)

    def _tape(self) -> AbstractContextManager[object]:
        said = self.arguments
        if not said.record and not said.replay:
            return nullcontext()
        from ocigenai_nb.transports.cassette import record, replay

        path = os.path.expanduser(said.record or said.replay or "")  # noqa: PTH111 (never raises)
        return record(path) if said.record else replay(path)

    def _tell_of_tape(self) -> None:
        said = self.arguments
        if said.quiet:
            return
        if said.record:
            say(f"Recorded in {quote(said.record)}.")
        elif said.replay:
            say(f"Replayed from {quote(said.replay)}: nothing was sent.")


def _go_on_from_an_answer(chat: Conversation, asked: int) -> None:
    """Where only some of the models have answered, cells go on from the last of these."""
    turns = chat.turns[-asked:]
    answered = [turn for turn in turns if turn.text]
    if answered:
        chat.fork(answered[-1])
        chat.model = answered[-1].asked.model


def _sum_up(failed: dict[str, OCIGenAIError], asked: int) -> OCIGenAIError:
    """The error of the one model, or one that names those of several that failed."""
    first = next(iter(failed.values()))
    if asked == 1:
        return first
    return type(first)(
        f"{len(failed)} of {asked} models failed: {', '.join(failed)}.",
        remedy="Why is said above; what the others answered is kept.",
    )


def _warn(text: str) -> None:
    print(f"%%ocichat: {text}", file=sys.stderr)  # noqa: T201 (a warning's place)
