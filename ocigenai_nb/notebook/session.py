"""What the magics remember: a connection for each profile, conversations by name, aliases."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from ocigenai_nb.core.errors import OCIGenAIError, UsageError

from .failures import Failures

if TYPE_CHECKING:
    from ocigenai_nb.chat.connection import Connection
    from ocigenai_nb.chat.conversation import Conversation
    from ocigenai_nb.chat.journal import Journal
    from ocigenai_nb.chat.turn import Turn

FIRST_THREAD = "chat-1"
DEFAULT_PROFILE = "DEFAULT"

# A profile and a name: what is said to one tenancy is never shown to another.
ThreadKey: TypeAlias = tuple[str | None, str]


class Before:
    """How things stood before a cell: what could not answer is not what to go on with."""

    def __init__(self, session: Session, chat: Conversation) -> None:
        self._session = session
        self._chat = chat
        self._here = (session.profile, session.thread)
        self._there = (chat.model, chat.transport, chat.system, chat.store, chat.tools)
        self._head = chat.head
        self._count = len(chat.turns)

    @property
    def new(self) -> tuple[Turn, ...]:
        """The turns that were asked since."""
        return self._chat.turns[self._count :]

    def restore(self) -> None:
        """Put it back. The turns stay: nothing that was said is lost."""
        chat = self._chat
        self._session.profile, self._session.thread = self._here
        chat.model, chat.transport, chat.system, chat.store, chat.tools = self._there
        if not self.new and chat.head is not self._head:
            chat.fork(self._head)
        if not chat.turns:
            self._session.discard(chat)


@dataclass(slots=True)
class Session:
    """The state behind `%%ocichat` and `%ocichat`.

    `profile` None is what `connect()` finds. `thread` is the name of the conversation that cells
    go on with.
    """

    profile: str | None = None
    thread: str = FIRST_THREAD
    journal_path: str = ""
    aliases: dict[str, str] = field(default_factory=dict)
    failures: Failures = field(default_factory=Failures)
    threads: dict[ThreadKey, Conversation] = field(default_factory=dict)
    _connections: dict[str | None, Connection] = field(default_factory=dict)
    _makers: dict[str | None, Callable[[], Connection]] = field(default_factory=dict)
    _journal: Journal | None = None
    _forgotten: Conversation | None = None  # the next one begins with its model
    # Warming up may be under way when the first cell runs.
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def connection(self, profile: str | None) -> Connection:
        """The connection for a profile, made once."""
        from ocigenai_nb.chat.connecting import connect

        with self._lock:
            if profile not in self._connections:
                journal = self._open_journal()
                make = self._makers.get(profile, partial(connect, profile, journal=journal))
                made = self._connections[profile] = make()
                made.journal = journal
            return self._connections[profile]

    def use(
        self, profile: str | None, connection: Connection, again: Callable[[], Connection]
    ) -> None:
        """Let cells go on over `connection`, which `profile` stands for from now on.

        `again` makes it anew where the configuration has to be read again.
        """
        with self._lock:
            connection.journal = self._open_journal()
            self._connections[profile], self._makers[profile] = connection, again
        self.profile = profile

    @property
    def journal(self) -> Journal:
        """Where every exchange of this session is taken down."""
        with self._lock:
            return self._open_journal()

    @property
    def current(self) -> Conversation | None:
        """The conversation that a cell would go on with; None where there is none yet."""
        return self.threads.get((self.profile, self.thread))

    def find(self, profile: str | None, name: str) -> Conversation:
        """The conversation of that name, a new one with the model used last where there is none.

        A new one is not kept before `keep`.
        """
        connection = self.connection(profile)
        found = self.threads.get((profile, name))
        if found is not None:
            found.connection = connection
            return found
        last = self.threads.get((profile, self.thread), self._forgotten)
        if last is None:
            return connection.chat(name=name)
        return connection.chat(last.model, transport=last.transport, name=name)

    def keep(self, profile: str | None, conversation: Conversation) -> None:
        """Keep a conversation, and let cells go on with it."""
        self.profile, self.thread = profile, conversation.name
        self.threads[profile, conversation.name] = conversation

    def profile_names(self) -> list[str]:
        """The profiles of the OCI configuration. Raises ConfigError where it can't be read."""
        from ocigenai_nb.chat.connecting import list_profiles

        return list(list_profiles()[1])

    def new_name(self) -> str:
        """A name that no conversation has yet."""
        taken = {name for _, name in self.threads}
        count = len(taken) + 1
        while f"chat-{count}" in taken:
            count += 1
        return f"chat-{count}"

    def go_to(self, name: str) -> Conversation:
        """Let cells go on with the conversation of that name. Raises UsageError without one."""
        from ocigenai_nb.core.suggestions import suggest

        own = [profile for profile, known in self.threads if known == name]
        if own:
            self.profile = self.profile if self.profile in own else own[0]
            self.thread = name
            return self.threads[self.profile, name]
        names = [known for _, known in self.threads]
        raise UsageError(
            f"There is no conversation {name!r}.{suggest(name, names)}",
            remedy=f"There are: {', '.join(names)}." if names else "Begin one with %%ocichat.",
        )

    def forget(self, name: str) -> None:
        """Forget a conversation; one of that name begins anew. Raises UsageError without one."""
        here = (self.profile, self.thread)
        self._forgotten = self.go_to(name)
        del self.threads[self.profile, name]
        self.profile, self.thread = here

    def discard(self, conversation: Conversation) -> None:
        """Let go of a conversation in which nothing was said."""
        kept = {key: each for key, each in self.threads.items() if each is not conversation}
        self.threads = kept

    def settle_profile(self, name: str | None) -> str | None:
        """None where that profile is the one that is used anyway, so that both are one."""
        if name is None or name != os.environ.get("OCI_PROFILE", DEFAULT_PROFILE):
            return name
        try:
            return None if name in self.profile_names() else name
        except OCIGenAIError:
            return name

    def resolve(self, name: str) -> str:
        """The model that an alias stands for, or the name itself."""
        return self.aliases.get(name, name)

    def keep_journal_in(self, path: str) -> None:
        """Take exchanges down in that file from now on; in memory where it is empty.

        Raises what `Journal` raises; the journal stays as it was then.
        """
        with self._lock:
            if path == self.journal_path:
                return
            old, self._journal = self._journal, _open_journal(path)
            self.journal_path = path
            for connection in self._connections.values():
                connection.journal = self._journal
        if old is not None and old.path is not None:
            old.close()

    def drop_connection(self, profile: str | None) -> None:
        """Read the configuration anew when the profile is next needed."""
        self._connections.pop(profile, None)

    def _open_journal(self) -> Journal:
        if self._journal is None:
            self._journal = _open_journal(self.journal_path)
        return self._journal


_active: list[Session] = []  # of the extension that is loaded: one, or none


def active_session() -> Session | None:
    """What the magics of this notebook remember; None where the extension isn't loaded."""
    return _active[-1] if _active else None


def activate(session: Session | None) -> None:
    """Say whose magics are loaded: `load` and `unload` do."""
    _active[:] = [session] if session is not None else []


def _open_journal(path: str) -> Journal:
    from ocigenai_nb.chat.journal import Journal, session_journal

    return Journal(path) if path else session_journal()
