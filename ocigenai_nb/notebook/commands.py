"""What `%ocichat` does: look at, set and export what `%%ocichat` works with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from IPython.core.interactiveshell import InteractiveShell

from ocigenai_nb.core.errors import UsageError
from ocigenai_nb.core.quoting import quote

from .cell import LAST
from .failures import explain, says_all, write_traceback
from .lists import (
    list_aliases,
    list_checks,
    list_costs,
    list_exchanges,
    list_models,
    list_profiles,
    list_threads,
    list_versions,
)
from .output import count, say, shorten, show_both, show_code
from .session import Session
from .settings import Defaults
from .verbs import ALL, Command, describe

if TYPE_CHECKING:
    from ocigenai_nb.chat.conversation import Conversation
    from ocigenai_nb.chat.turn import Turn

_LANGUAGES = {"python": "python", "curl": "bash", "markdown": "markdown"}
_LINES = 20  # of history, unless another number is asked for
_ERRORS = "error"  # the conversation that explanations are in, apart from the person's own
_EXPLAIN = "A cell of my notebook failed. Explain in a few sentences why, and show how to mend it."


class Commands:
    """The verbs, each a method of its name."""

    def __init__(self, session: Session, shell: InteractiveShell, defaults: Defaults) -> None:
        self._session = session
        self._shell = shell
        self._defaults = defaults

    def run(self, command: Command) -> None:
        """Do what the command says, and show it. Raises UsageError for what isn't there."""
        verbs: dict[str, Callable[[Command], None]] = {
            "models": self._models,
            "profiles": self._profiles,
            "threads": self._threads,
            "show": self._show,
            "fork": self._fork,
            "switch": self._switch,
            "reset": self._reset,
            "alias": self._alias,
            "history": self._history,
            "export": self._export,
            "cost": self._cost,
            "doctor": self._doctor,
            "error": self._error,
            "help": self._help,
            "version": self._version,
        }
        verbs[command.verb](command)

    def _models(self, command: Command) -> None:
        list_models(command.words[0] if command.words else "")

    def _profiles(self, _command: Command) -> None:
        list_profiles(self._session)

    def _threads(self, command: Command) -> None:
        if not command.words:
            list_threads(self._session)
            return
        chat = self._session.go_to(command.words[0])
        say(f"Cells go on with {quote(chat.name)}: {count(len(chat.turns), 'turn')}.")

    def _show(self, command: Command) -> None:
        chat = self._current()
        if command.turn is None:
            show_code(chat.tree(), "text")
        else:
            _show_turn(chat.turn(command.turn))

    def _fork(self, command: Command) -> None:
        chat = self._current()
        if command.turn is not None:
            chat.fork(command.turn)
        else:
            chat.fork(chat.head.parent if chat.head else None)
        where = f"after turn {chat.head.number}" if chat.head else "at the beginning"
        say(f"The next prompt starts a branch {where}.")

    def _switch(self, command: Command) -> None:
        chat = self._current()
        assert command.turn is not None  # noqa: S101 (the grammar asks for it)
        end = chat.switch(command.turn)
        say(f"Cells go on after turn {end.number}: {quote(shorten(end.prompt.text))}")

    def _reset(self, command: Command) -> None:
        name = command.words[0] if command.words else self._session.thread
        if self._session.current is None and not command.words:
            say("There is nothing to reset: nothing was said yet.")
            return
        self._session.forget(name)
        say(f"{quote(name)} begins anew. What was said stays in `%ocichat history`.")

    def _alias(self, command: Command) -> None:
        aliases = self._session.aliases
        if command.delete:
            name = command.words[0]
            if name not in aliases:
                raise UsageError(f"There is no alias {name!r}.")
            del aliases[name]
            say(f"{quote(name)} is no alias any more.")
        elif len(command.words) == 2:
            name, model = command.words[0], self._session.resolve(command.words[1])
            self._session.connection(self._session.profile).route(model)
            aliases[name] = model
            say(f"{quote(name)} stands for {quote(model)}.")
        else:
            list_aliases(aliases, command.words)

    def _history(self, command: Command) -> None:
        whole = command.out and not command.last
        frame = self._session.journal.df(
            words=" ".join(command.words), limit=None if whole else command.last or _LINES
        )
        if command.out:
            self._shell.user_ns[command.out] = frame
            say(f"{count(len(frame), 'exchange')} in `{command.out}`.")
        else:
            list_exchanges(frame, words=command.words)

    def _export(self, command: Command) -> None:
        from ocigenai_nb.chat.export import export

        chat = self._current()
        if command.turn == ALL:
            replies: Sequence[Any] = chat.replies
        elif command.turn is not None:
            replies = (chat.turn(command.turn).reply,)
        else:
            replies = chat.replies[-1:]
        kind = command.format or "python"
        text = export(replies, kind)
        if command.out:
            from ocigenai_nb.chat.saving import write_whole

            path = write_whole(Path(command.out).expanduser(), text)
            say(f"Written to {quote(str(path))}.")
            return
        show_code(text, _LANGUAGES.get(kind, "json"))

    def _cost(self, command: Command) -> None:
        from ocigenai_nb.chat.prices import set_price
        from ocigenai_nb.core.routing import family_of

        resolve = self._session.resolve
        prices = [(resolve(name), taken, given) for name, taken, given in command.prices]
        for model, _, _ in prices:
            family_of(model)  # all of them are right before one is set
        for model, taken, given in prices:
            set_price(model, input=taken, output=given)
            say(
                f"{quote(model)}: {taken:g} USD in, {given:g} USD out per million tokens, for "
                "answers from now on."
            )
        if not prices:
            list_costs(self._session.journal.cost())

    def _doctor(self, command: Command) -> None:
        list_checks(self._session, command.profile, offline=command.offline)

    def _error(self, _command: Command) -> None:
        """Explain what failed last. Where the error says it itself, no model is asked."""
        error = self._session.failures.last()
        if error is None:
            say("No cell has failed so far.")
        elif says_all(error):
            lines = explain(error)
            show_both("  \n".join(map(quote, lines)), "\n".join(lines))
        else:
            self._ask_about(error)

    def _ask_about(self, error: BaseException) -> None:
        from ocigenai_nb.core.fences import fence
        from ocigenai_nb.core.messages import Message

        session = self._session
        profile = session.settle_profile(session.profile)
        chat = session.find(profile, _ERRORS)
        if session.current is not None:
            chat.model, chat.transport = session.current.model, session.current.transport
        elif self._defaults.model and not chat.turns:
            chat.model = session.resolve(self._defaults.model)
        chat.fork(None)
        session.threads[profile, _ERRORS] = chat
        say(
            f"{quote(chat.model)} is asked about the traceback, in which secrets are replaced. "
            f"To ask on: `%%ocichat --thread {_ERRORS}`."
        )
        before = len(chat.turns)
        try:
            chat.send(Message.user(f"{_EXPLAIN}\n\n{fence(write_traceback(error), 'text')}"))
        finally:
            if len(chat.turns) > before:
                self._shell.user_ns[LAST] = chat.turns[-1].reply

    def _help(self, _command: Command) -> None:
        print(describe())  # noqa: T201 (help belongs on stdout)

    def _version(self, _command: Command) -> None:
        list_versions()

    def _current(self) -> Conversation:
        chat = self._session.current
        if chat is None or not chat.turns:
            raise UsageError("Nothing was said yet.", remedy="Begin with a cell of %%ocichat.")
        return chat


def _show_turn(turn: Turn) -> None:
    from ocigenai_nb.core.fences import fence
    from ocigenai_nb.core.messages import Image
    from ocigenai_nb.core.safe_markdown import safe_markdown

    from .display import final_text

    markdown, plain = final_text(turn.reply)
    pictures = sum(isinstance(part, Image) for part in turn.prompt.parts)
    title = f"Turn {turn.number}" + (f", with {count(pictures, 'picture')}" if pictures else "")
    prompt = turn.prompt.text
    show_both(
        f"**{title}**\n\n{safe_markdown(fence(prompt, 'text'))}\n\n{markdown}",
        f"{title}\n\n{prompt}\n\n{plain}",
    )
