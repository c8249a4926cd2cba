"""A front end without a browser over a real kernel: comm messages out and in, as Jupyter's."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from queue import Empty
from typing import Any

from jupyter_client.blocking.client import BlockingKernelClient

from tests.notebook.kernel import Message, started
from tests.widgets.comms import PATIENCE

VIEW = "application/vnd.jupyter.widget-view+json"


class Page:
    """A page that is open on a kernel: it runs cells, and all that the kernel says is kept.

    With `subshell` its comm messages go there, as JupyterLab's do where the kernel has subshells.
    """

    def __init__(self, client: BlockingKernelClient, subshell: str | None = None) -> None:
        self._client = client
        self._subshell = subshell
        self.heard: list[Message] = []

    def run(self, source: str) -> str:
        """Run a cell to its end; what it wrote to stdout."""
        cell = self.start(source)
        self.wait(is_end_of(cell))
        mine = [each for each in self.heard if each["parent_header"].get("msg_id") == cell]
        errors = [each["content"] for each in mine if each["msg_type"] == "error"]
        assert not errors, errors
        return "".join(each["content"]["text"] for each in mine if each["msg_type"] == "stream")

    def start(self, source: str) -> str:
        """Start a cell; the id of its request."""
        cell: str = self._client.execute(source)
        return cell

    def show(self, source: str) -> View:
        """Run a cell that displays a widget; a view of it."""
        before = len(self.heard)
        self.run(source)
        (comm_id,) = {
            each["content"]["data"][VIEW]["model_id"]
            for each in self.heard[before:]
            if each["msg_type"] == "display_data" and VIEW in each["content"]["data"]
        }
        return View(self, comm_id)

    def send(self, comm_id: str, content: Mapping[str, Any]) -> None:
        """Send a widget a custom message."""
        data = {"method": "custom", "content": content}
        message = self._client.session.msg("comm_msg", {"comm_id": comm_id, "data": data})
        if self._subshell is not None:
            message["header"]["subshell_id"] = self._subshell
        self._client.shell_channel.send(message)

    def wait(self, matches: Callable[[Message], bool]) -> Message:
        """The first message of the kernel's that matches, as soon as it has come."""
        place, deadline = 0, time.monotonic() + PATIENCE
        while True:
            for message in self.heard[place:]:
                place += 1
                if matches(message):
                    return message
            try:
                left = max(0, deadline - time.monotonic())
                self.heard.append(self._client.get_iopub_msg(timeout=left))
            except Empty:
                kinds = [each["msg_type"] for each in self.heard]
                raise AssertionError(f"it never came; the last were {kinds[-20:]}") from None


def is_end_of(cell: str) -> Callable[[Message], bool]:
    """Whether a message says that the cell has ended."""

    def matches(message: Message) -> bool:
        idle = message["content"].get("execution_state") == "idle"
        return bool(idle and message["parent_header"].get("msg_id") == cell)

    return matches


class View:
    """A widget's view on a page: what `comms.FrontEnd` is without a kernel."""

    def __init__(self, page: Page, comm_id: str) -> None:
        self.page = page
        self.comm_id = comm_id
        self._ids = count(1)

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The custom messages that came, in order."""
        return [read for each in self.page.heard if (read := self.read(each)) is not None]

    def read(self, message: Message) -> dict[str, Any] | None:
        """The custom message to this view that a message of the kernel's is, if it is one."""
        content = message["content"]
        if message["msg_type"] != "comm_msg" or content["comm_id"] != self.comm_id:
            return None
        data = content["data"]
        return data["content"] if data.get("method") == "custom" else None

    def tell(self, kind: str, /, **content: Any) -> None:
        """Send a message."""
        self.page.send(self.comm_id, {"type": kind, **content})

    def ask(self, kind: str, /, **content: Any) -> dict[str, Any]:
        """Send a request, and wait for its answer: the reply or the error."""
        name = self.request(kind, **content)
        return self.wait(lambda message: message.get("id") == name)

    def request(self, kind: str, /, **content: Any) -> str:
        """Send a request; its id, which the answer will have."""
        name = f"{id(self)}-{next(self._ids)}"
        self.tell(kind, id=name, **content)
        return name

    def wait(self, matches: Callable[[Mapping[str, Any]], bool]) -> dict[str, Any]:
        """The first custom message that matches, as soon as it has come."""

        def find(message: Message) -> bool:
            read = self.read(message)
            return read is not None and matches(read)

        found = self.read(self.page.wait(find))
        assert found is not None
        return found


@dataclass(frozen=True, slots=True)
class Kernel:
    """A running kernel; `open` opens a page on it, while nothing else goes on."""

    open: Callable[[], Page]


@contextmanager
def kernel(settings: dict[str, str], overlay: Path | None, *, subshell: bool) -> Iterator[Kernel]:
    """A kernel with the packages of an overlay before the environment's."""
    folders = filter(None, (str(overlay or ""), os.environ.get("PYTHONPATH")))
    path = {"PYTHONPATH": os.pathsep.join(folders)}
    clients: list[BlockingKernelClient] = []
    with started(settings | path) as (manager, client):
        shell = make_subshell(client) if subshell else None

        def open_page() -> Page:
            clients.append(manager.blocking_client())
            clients[-1].start_channels()
            clients[-1].wait_for_ready(timeout=PATIENCE)
            return Page(clients[-1], shell)

        try:
            yield Kernel(open_page)
        finally:
            for each in clients:
                each.stop_channels()


def make_subshell(client: BlockingKernelClient) -> str:
    """Let the kernel make a subshell; its id."""
    client.control_channel.send(client.session.msg("create_subshell_request"))
    reply = client.get_control_msg(timeout=PATIENCE)
    made: str = reply["content"]["subshell_id"]
    return made
