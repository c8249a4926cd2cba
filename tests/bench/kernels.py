"""A real kernel in a process of its own, and everything it says on its iopub channel."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import start_new_kernel

PATIENCE = 120.0  # seconds without any message before a cell is given up


@dataclass(frozen=True, slots=True)
class Message:
    """One iopub message; `arrived` on the monotonic clock, `size` in bytes as it came."""

    arrived: float
    size: int
    kind: str
    content: dict[str, Any]


@dataclass(frozen=True, slots=True)
class CellRun:
    """One cell: when it was sent, and what came of it."""

    sent: float
    messages: tuple[Message, ...]

    @property
    def displays(self) -> list[Message]:
        """What a front end shows and updates as rich output."""
        kinds = ("display_data", "update_display_data")
        return [message for message in self.messages if message.kind in kinds]

    @property
    def printed(self) -> str:
        """What the cell printed."""
        return "".join(m.content["text"] for m in self.messages if m.kind == "stream")


class Kernel:
    """A kernel that runs one cell at a time."""

    def __init__(self, client: BlockingKernelClient) -> None:
        self._client = client

    def run(self, code: str) -> CellRun:
        """Run a cell to its end. Raises RuntimeError where it fails."""
        sent = time.monotonic()
        request = self._client.execute(code)
        messages = []
        while True:
            message = self._receive(request)
            if message is None:
                continue
            messages.append(message)
            if message.kind == "status" and message.content["execution_state"] == "idle":
                break
        if self._client.get_shell_msg(timeout=PATIENCE)["content"]["status"] != "ok":
            raise RuntimeError("\n".join(["The cell failed:", code, *map(_traceback, messages)]))
        return CellRun(sent, tuple(messages))

    def evaluate(self, code: str) -> Any:
        """Run a cell that prints JSON; its value."""
        return json.loads(self.run(code).printed)

    def _receive(self, request: str) -> Message | None:
        """The next message, if it belongs to the request."""
        channel = self._client.iopub_channel
        socket = channel.socket
        if not socket.poll(PATIENCE * 1000):
            raise RuntimeError(f"The kernel said nothing for {PATIENCE:.0f} s.")
        parts: list[bytes] = socket.recv_multipart()
        arrived = time.monotonic()
        _, frames = self._client.session.feed_identities(parts)
        message = self._client.session.deserialize(frames)
        if message["parent_header"].get("msg_id") != request:
            return None
        size = sum(map(len, parts))
        return Message(arrived, size, message["msg_type"], message["content"])


@contextmanager
def running_kernel(**settings: str) -> Iterator[Kernel]:
    """A fresh kernel with `settings` in its environment."""
    manager, client = start_new_kernel(
        kernel_name="python3",
        env={**os.environ, **settings},
        extra_arguments=["--log-level=ERROR"],  # not a warning about TCP from each
    )
    try:
        yield Kernel(client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def _traceback(message: Message) -> str:
    return "\n".join(message.content["traceback"]) if message.kind == "error" else ""
