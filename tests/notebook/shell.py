"""An IPython shell for tests: what its cells raise is raised, what they display is kept."""

from __future__ import annotations

import atexit
import threading
from typing import Any

from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from ocigenai_nb import Conversation, Reply
from ocigenai_nb.emulator.service import Service
from ocigenai_nb.notebook.magic import OCIChatMagics
from ocigenai_nb.notebook.session import Session


class Shell:
    """The process's one IPython shell, which `display` finds; `close()` ends it."""

    def __init__(self) -> None:
        quiet = Config({"HistoryManager": {"enabled": False}})
        self.ipython = InteractiveShell.instance(config=quiet)
        self.displayed = CapturingDisplayPublisher(parent=self.ipython, shell=self.ipython)
        self.ipython.display_pub = self.displayed
        self.names: dict[str, Any] = self.ipython.user_ns

    def close(self) -> None:
        """Let the next shell be the process's one."""
        # At exit each shell would collect the garbage of all tests: minutes, with hundreds of them.
        atexit.unregister(self.ipython.atexit_operations)
        InteractiveShell.clear_instance()

    def run(self, source: str) -> None:
        """Run a cell, and raise what it raised."""
        self.ipython.run_cell(source).raise_error()

    def ask(self, prompt: str, line: str = "") -> Reply:
        """Run a cell of the magic, and return what `_oci` holds then."""
        self.run(f"%%ocichat {line}\n{prompt}")
        return self.reply

    @property
    def reply(self) -> Reply:
        """What `_oci` holds."""
        reply = self.names["_oci"]
        assert isinstance(reply, Reply)
        return reply

    @property
    def displays(self) -> list[dict[str, str]]:
        """What is displayed, each with its updates applied, the first first."""
        final: dict[object, dict[str, str]] = {}
        for place, output in enumerate(self.displayed.outputs):
            transient = output["transient"] or {}  # only what can be updated has one
            final[transient.get("display_id", place)] = output["data"]
        return list(final.values())

    @property
    def session(self) -> Session:
        """What the magics remember."""
        magics = self.ipython.magics_manager.registry["OCIChatMagics"]
        assert isinstance(magics, OCIChatMagics)
        return magics.session

    @property
    def chat(self) -> Conversation:
        """The conversation that cells go on with."""
        chat = self.session.current
        assert chat is not None
        return chat

    @property
    def markdown(self) -> str:
        """The Markdown of the last display."""
        return self.displays[-1]["text/markdown"]

    @property
    def plain(self) -> str:
        """The plain text of the last display."""
        return self.displays[-1]["text/plain"]

    @property
    def rows(self) -> list[list[str]]:
        """The cells of the table that was shown last, without its head."""
        lines = [line for line in self.markdown.splitlines() if line.startswith("|")]
        return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def wait_until_warm() -> None:
    """Wait for what loading began in the background."""
    for thread in threading.enumerate():
        if thread.name == "ocigenai-warm":
            thread.join()


def read_body(service: Service) -> Any:
    """The JSON body of the request that came in last."""
    return service.journal.last.body


def read_messages(service: Service) -> list[tuple[str, str]]:
    """Role and content of each message of the request that came in last."""
    return [(message["role"], message["content"]) for message in read_body(service)["messages"]]
