"""A real kernel, driven by messages: nothing here sleeps, every wait is for a message."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager
from traitlets.config import Config

from ocigenai_nb.emulator.service import Service

SECONDS = 60

Message = dict[str, Any]
"""A message of the kernel's: `msg_type` and `content`."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What a cell did: the status of its reply, what it put out, and the texts of new cells."""

    status: str
    output: list[Message]
    next_cells: list[str]

    def texts(self, mime: str) -> list[str]:
        """What its displays showed, each update by itself, the first first."""
        shown = [m for m in self.output if m["msg_type"].endswith("display_data")]
        return [message["content"]["data"][mime] for message in shown]

    @property
    def errors(self) -> list[Message]:
        """The contents of its errors."""
        return [m["content"] for m in self.output if m["msg_type"] == "error"]

    def stream(self, name: str) -> str:
        """What it wrote to stdout or stderr."""
        written = [m["content"] for m in self.output if m["msg_type"] == "stream"]
        return "".join(content["text"] for content in written if content["name"] == name)


class Kernel:
    """A running kernel that takes one cell at a time."""

    def __init__(self, manager: KernelManager, client: BlockingKernelClient) -> None:
        self._manager = manager
        self._client = client
        self._cell = ""
        self._output: list[Message] = []

    def run(self, source: str) -> Ran:
        """Run a cell to its end."""
        self.start(source)
        return self.finish()

    def start(self, source: str) -> None:
        """Start a cell; `finish()` waits for its end."""
        self._cell = self._client.execute(source)
        self._output = []

    def wait_for(self, wanted: Callable[[str], bool]) -> None:
        """Wait until the started cell shows a text that is `wanted`."""
        while True:
            message = self._next()
            assert not _is_idle(message), "The cell ended before."
            if wanted(message["content"].get("data", {}).get("text/plain", "")):
                return

    def interrupt(self) -> None:
        """Send SIGINT, as the Stop button does."""
        self._manager.interrupt_kernel()

    def finish(self) -> Ran:
        """Wait for the started cell's end."""
        while not _is_idle(self._next()):
            pass
        while True:
            reply = self._client.get_shell_msg(timeout=SECONDS)
            if reply["parent_header"]["msg_id"] == self._cell:
                content = reply["content"]
                return Ran(content["status"], self._output, _find_cells(content))

    def _next(self) -> Message:
        while True:
            message: Message = self._client.get_iopub_msg(timeout=SECONDS)
            if message["parent_header"].get("msg_id") == self._cell:
                self._output.append(message)
                return message


def _find_cells(content: dict[str, Any]) -> list[str]:
    wanted = content.get("payload", [])
    return [each["text"] for each in wanted if each["source"] == "set_next_input"]


def _is_idle(message: Message) -> bool:
    return bool(message["content"].get("execution_state") == "idle")


@contextmanager
def running(service: Service) -> Iterator[Kernel]:
    """A kernel of its own, with the extension loaded; its profiles are the emulator's."""
    with started({"OCI_CONFIG_FILE": str(service.config_file)}) as (manager, client):
        kernel = Kernel(manager, client)
        assert kernel.run("%load_ext ocigenai_nb").status == "ok"
        yield kernel


@contextmanager
def started(settings: dict[str, str]) -> Iterator[tuple[KernelManager, BlockingKernelClient]]:
    """A kernel that is ready, with these environment variables, and a client of it."""
    with over_files() as config:
        manager = KernelManager(config=config)
        manager.start_kernel(env=os.environ | settings)
        client = manager.blocking_client()
        client.start_channels()
        try:
            client.wait_for_ready(timeout=SECONDS)
            yield manager, client
        finally:
            client.stop_channels()
            manager.shutdown_kernel()
            manager.cleanup_resources()


@contextmanager
def over_files() -> Iterator[Config]:
    """The configuration of a kernel's manager or of nbclient: the kernel's sockets are files.

    TCP ports are chosen before the kernel binds them, and may be another process's by then.
    """
    with tempfile.TemporaryDirectory() as folder:  # a short name: a socket's may have 100 letters
        file = str(Path(folder, "kernel.json"))
        yield Config(KernelManager={"transport": "ipc", "connection_file": file})
