"""`%%ocichat`: a cell is a prompt, and its answer streams below it."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, TypeAlias

from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import Magics, line_cell_magic, magics_class, no_var_expand

from ocigenai_nb.core.errors import ConfigError, OCIGenAIError
from ocigenai_nb.core.errors import UsageError as WrongUse

from .arguments import Arguments, make_parser, parse

if TYPE_CHECKING:
    from ocigenai_nb.chat.connection import Connection
    from ocigenai_nb.chat.conversation import Conversation
    from ocigenai_nb.chat.reply import Reply
    from ocigenai_nb.core.parameters import Parameters

LAST = "_oci"

# Profile, model, instructions and transport as they were before a cell.
Before: TypeAlias = tuple[str | None, str, str | None, str | None]


class Stopped(KeyboardInterrupt):
    """The kernel was interrupted while an answer streamed: the cell fails, without a traceback."""

    def _render_traceback_(self) -> list[str]:
        return ["Stopped. What came of the answer is kept, and in _oci."]


@magics_class
class OCIChatMagics(Magics):
    """The magic and what it remembers: a connection and a conversation for each profile."""

    def __init__(self, shell: InteractiveShell) -> None:
        super().__init__(shell)
        self._shell = shell
        self._connections: dict[str | None, Connection] = {}
        self._conversations: dict[str | None, Conversation] = {}
        self._profile: str | None = None
        self._lock = threading.Lock()  # warming up may be under way when the first cell runs

    @no_var_expand
    @line_cell_magic  # as a line too, since IPython refuses a cell magic without a body: `-h`
    def ocichat(self, line: str, cell: str | None = None) -> None:
        """Send the cell to a model of OCI Generative AI and stream its answer.

        `%ocichat -h` shows the options.
        """
        arguments = parse(line)
        if arguments.help:
            print(make_parser().format_help())  # noqa: T201 (help belongs on stdout)
            return
        if cell is None:
            raise UsageError("%ocichat takes -h alone. A prompt goes below a line with %%ocichat.")
        if not cell.strip():
            raise UsageError("%%ocichat: the prompt is empty. Write it below the first line.")
        try:
            self._run(arguments, cell.rstrip("\n"))
        except KeyboardInterrupt:
            raise Stopped from None
        except WrongUse as error:
            raise UsageError("%%ocichat: " + " ".join(error.lines())) from None
        except OCIGenAIError as error:
            raise _brief(error) from None

    def connection(self, profile: str | None) -> Connection:
        """The connection for a profile, made once; None is what `connect()` finds."""
        from ocigenai_nb.chat.connection import connect

        with self._lock:
            if profile not in self._connections:
                self._connections[profile] = connect(profile)
            return self._connections[profile]

    def _run(self, arguments: Arguments, prompt: str) -> None:
        from ocigenai_nb.core.parameters import Parameters

        parameters = Parameters(temperature=arguments.temperature, max_tokens=arguments.max_tokens)
        profile = arguments.profile or self._profile
        conversation = self._conversation(profile, arguments)
        before = self._profile, conversation.model, conversation.system, conversation.transport
        self._profile = profile
        if arguments.model or arguments.transport:
            # A transport is asked for one model: another one goes by its family again.
            conversation.transport = arguments.transport
        conversation.model = arguments.model or conversation.model
        if arguments.system is not None:
            conversation.system = arguments.system
        try:
            if arguments.dry_run:
                self._show_plan(conversation, prompt, parameters, stream=arguments.stream)
                self._restore(conversation, before)
            else:
                self._send(conversation, prompt, parameters, arguments)
        except OCIGenAIError as error:
            # What could not answer is not what to go on with.
            self._restore(conversation, before)
            if isinstance(error, ConfigError):
                self._connections.pop(profile)  # read anew once it is mended
            raise

    def _restore(self, conversation: Conversation, before: Before) -> None:
        self._profile, conversation.model, conversation.system, conversation.transport = before

    def _send(
        self,
        conversation: Conversation,
        prompt: str,
        parameters: Parameters,
        arguments: Arguments,
    ) -> None:
        before = len(conversation.replies)
        try:
            conversation.send(prompt, parameters=parameters, stream=arguments.stream)
        finally:
            if len(conversation.replies) > before:
                self._bind(LAST, conversation.replies[-1])
        if arguments.out:
            self._bind(arguments.out, conversation.replies[-1])

    def _conversation(self, profile: str | None, arguments: Arguments) -> Conversation:
        """The conversation that the cell belongs to. A wrong profile or model changes nothing."""
        from ocigenai_nb.chat.connection import DEFAULT_MODEL

        connection = self.connection(profile)
        last = self._conversations.get(profile)
        if arguments.model or arguments.transport:
            model = arguments.model or (last.model if last else DEFAULT_MODEL)
            connection.model(model, transport=arguments.transport)
        if last is None or arguments.new:
            fresh = (
                connection.chat(last.model, transport=last.transport) if last else connection.chat()
            )
            if arguments.dry_run:
                return fresh
            self._conversations[profile] = last = fresh
        last.connection = connection
        return last

    def _show_plan(
        self, conversation: Conversation, prompt: str, parameters: Parameters, *, stream: bool
    ) -> None:
        from ocigenai_nb.core.messages import Message

        from .display import show

        connection = conversation.connection
        route = connection.route(conversation.model, transport=conversation.transport)
        model = connection.model(conversation.model, transport=conversation.transport, store=False)
        messages = conversation.messages(Message.user(prompt))
        plan = model.plan(messages, parameters=parameters, stream=stream)
        body = json.dumps(plan.body, indent=2, ensure_ascii=False)
        said = "\n\n".join(["Nothing was sent. This would be:", *plan.notices])
        table = route._repr_markdown_()
        markdown = f"{said}\n\n{table}\n\n```json\n{body}\n```"
        show({"text/markdown": markdown, "text/plain": f"{said}\n\n{route}\n\n{body}"})

    def _bind(self, name: str, reply: Reply) -> None:
        self._shell.user_ns[name] = reply


def _brief(error: OCIGenAIError) -> OCIGenAIError:
    """The error, shown by IPython in a few lines instead of a traceback."""

    def render() -> list[str]:
        first, *rest = error.lines()
        return [f"{type(error).__name__}: {first}", *rest]

    error._render_traceback_ = render  # type: ignore[attr-defined]
    return error
