"""An answer on its way to the page, by other chats in a notebook and by ours.

Each fills a chat in a real kernel of its own environment with the same text, token by token at
PACE. The peers get it from a plain generator in the kernel. Ours asks the emulator on this machine,
so its times include a signed request and the stream that answers it.

Counted are all iopub messages (a comm's go there, too) but those that say what the kernel does:
`status` and `execute_input`. Bytes are those that come from the kernel, headers and all. No front
end listens, so nothing is counted that one would ask for, and what it takes to paint is not known.
"""

from __future__ import annotations

import json
import os
import re
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager

from tests.bench.processes import emulator_process
from tests.bench.results import sample

ROUNDS = 3
TOKENS = 2_000
PACE = 1_000.0  # tokens per second
QUIET = 1.5  # seconds without a message, after the last text, until an answer is over
PATIENCE = 120.0  # seconds
UNCOUNTED = ("status", "execute_input")
ANSWER = len(" ".join(map(str, range(1, TOKENS + 1))))  # bytes
PROMPT = f"Count from 1 to {TOKENS}"
OURS = "Ours asked the emulator for them, the others a generator in the kernel."
LAST = re.compile(rb"(?<=[ \"])%d(?![\w.-])" % TOKENS)  # the text of the last token

GENERATOR = f"""
import time
def tokens():
    began = time.perf_counter()
    for number in range(1, {TOKENS} + 1):
        time.sleep(max(0, began + number / {PACE} - time.perf_counter()))
        yield str(number) if number == 1 else f" {{number}}"
"""


@dataclass(frozen=True, slots=True)
class Display:
    """A chat: the cell that shows it, and the one that fills it with an answer."""

    name: str
    peer: str  # its package, and its environment
    show: str
    fill: str
    ready: str = "None"  # a cell in place of what a page does once it shows the chat


# Panel pushes nothing until its script has said that the chat is on the page.
OPEN_PANEL = "for comm, _ in chat._comms.values():\n    comm.init()"

DISPLAYS = (
    Display(
        "ChatPanel",
        "ocigenai_nb",
        "import ocigenai_nb as og\n"
        "from ocigenai_nb.notebook.chat_panel import ChatPanel\n"
        "panel = ChatPanel(og.connect().chat())\n"
        "panel",
        f"_ = panel.chat.send({PROMPT!r})",
    ),
    Display(
        "Chat, echo",
        "chatlas",
        # What Chat.chat() picks in a notebook and gives each piece of an answer to.
        "from chatlas import ChatOpenAI\nchat = ChatOpenAI(api_key='none', model='none')",
        "with chat._markdown_display('output') as shown:\n"
        "    for token in tokens():\n"
        "        shown.echo(token)",
    ),
    Display(
        "ChatInterface, callback",
        "panel",
        "import panel as pn\n"
        "pn.extension()\n"
        "def answer(contents, user, instance):\n"
        "    text = ''\n"
        "    for token in tokens():\n"
        "        text += token\n"
        "        yield text\n"
        "chat = pn.chat.ChatInterface(callback=answer)\n"
        "chat",
        "_ = chat.send('Count.')",
        OPEN_PANEL,
    ),
    Display(
        "ChatInterface.stream()",
        "panel",
        "import panel as pn\npn.extension()\nchat = pn.chat.ChatInterface()\nchat",
        "message = None\n"
        "for token in tokens():\n"
        "    message = chat.stream(token, user='Assistant', message=message)",
        OPEN_PANEL,
    ),
)


@dataclass(frozen=True, slots=True)
class Message:
    """One iopub message: `size` in bytes as it came, and its content with its buffers."""

    kind: str
    arrived: float
    size: int
    content: bytes

    def is_last(self) -> bool:
        """Whether it brings the last token; the prompt names the same number."""
        return bool(LAST.search(self.content.replace(PROMPT.encode(), b"")))


@dataclass(frozen=True, slots=True)
class Sent:
    """One answer: the messages and bytes of it, and seconds until its last text was sent."""

    messages: int
    size: int
    took: float


@dataclass(slots=True)
class Chat:
    """A kernel that shows a chat, and the answers that it sent."""

    display: Display
    client: BlockingKernelClient
    version: str = ""
    answers: list[Sent] = field(default_factory=list)

    def show(self) -> None:
        """Show the chat."""
        self._run(GENERATOR)
        self._run(self.display.show)
        self._run(self.display.ready)
        self.version = self._run(f"print(__import__({self.display.peer!r}).__version__)").strip()

    def fill(self) -> Sent:
        """One answer. Raises RuntimeError where the cell fails, or its last text doesn't come."""
        began = time.monotonic()
        self.client.execute(self.display.fill)
        messages = size = 0
        took = 0.0
        while not took or self._poll(QUIET):
            if not self._poll(PATIENCE):
                raise RuntimeError(f"{self.display.name} did not send the last text.")
            message = self._receive()
            if message.kind in UNCOUNTED:
                continue
            messages += 1
            size += message.size
            if not took and message.is_last():
                took = message.arrived - began
        if took < TOKENS / PACE:
            raise RuntimeError(f"{self.display.name}: something else was taken for the last text.")
        return Sent(messages, size, took)

    def _run(self, code: str) -> str:
        """Run a cell to its end; what it printed. Raises RuntimeError where it fails."""
        printed: list[str] = []

        def note(message: dict[str, Any]) -> None:
            printed.append(message["content"].get("text", ""))

        answer = self.client.execute_interactive(code, timeout=PATIENCE, output_hook=note)
        if answer["content"]["status"] != "ok":
            raise RuntimeError(
                f"{self.display.name}: the cell failed: {answer['content']['evalue']}"
            )
        return "".join(printed)

    def _receive(self) -> Message:
        parts: list[bytes] = self.client.iopub_channel.socket.recv_multipart()
        arrived = time.monotonic()
        _, frames = self.client.session.feed_identities(parts)
        kind = json.loads(frames[1])["msg_type"]
        if kind == "error":
            raise RuntimeError(
                f"{self.display.name}: the cell failed: {json.loads(frames[4])['evalue']}"
            )
        return Message(kind, arrived, sum(map(len, parts)), b"\n".join(frames[4:]))

    def _poll(self, seconds: float) -> bool:
        return bool(self.client.iopub_channel.socket.poll(seconds * 1000))


def measure(pythons: Mapping[str, Path]) -> list[Chat]:
    """Each chat in a kernel of its peer's interpreter, by turns, after an answer that warms it."""
    with ExitStack() as stack:
        emulator = stack.enter_context(emulator_process(pace=PACE))
        chats = [
            stack.enter_context(start(display, pythons[display.peer], emulator.config_file))
            for display in DISPLAYS
        ]
        for chat in chats:
            print(f"{chat.display.name} ...", flush=True)
            chat.show()
            chat.fill()
        for _ in range(ROUNDS):
            for chat in chats:
                chat.show()
                chat.answers.append(chat.fill())
    return chats


@contextmanager
def start(display: Display, python: Path, config_file: str) -> Iterator[Chat]:
    """A kernel of that interpreter, until the block ends."""
    with TemporaryDirectory() as folder:
        spec = Path(folder) / "peer" / "kernel.json"
        spec.parent.mkdir()
        argv = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        spec.write_text(json.dumps({"argv": argv, "display_name": "", "language": "python"}))
        manager = KernelManager(
            kernel_name="peer", kernel_spec_manager=KernelSpecManager(kernel_dirs=[folder])
        )
        manager.start_kernel(
            env={**os.environ, "OCI_CONFIG_FILE": config_file},
            extra_arguments=["--log-level=ERROR"],  # not a warning about TCP from each
        )
        client = manager.blocking_client()
        try:
            client.start_channels()
            client.wait_for_ready(timeout=PATIENCE)
            yield Chat(display, client)
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)


def print_table(chats: Sequence[Chat]) -> None:
    """Medians of what was sent, and the times' spread."""
    head = ["An answer in a notebook", "messages", "kB", "times its text", "last text sent after"]
    print(f"\n{align([head, *map(format_row, chats)])}")
    print(
        f"\nMedians of {ROUNDS} answers of {TOKENS:,} tokens ({ANSWER / 1e3:.1f} kB) that came in"
    )
    print(f"{TOKENS / PACE:.1f} s. {OURS}")


def format_row(chat: Chat) -> list[str]:
    """One row of the table."""
    size = statistics.median(sent.size for sent in chat.answers)
    took = sample([sent.took for sent in chat.answers])
    return [
        f"{chat.display.peer} {chat.version} {chat.display.name}",
        f"{statistics.median(sent.messages for sent in chat.answers):,.0f}",
        f"{size / 1e3:,.0f}",
        f"{size / ANSWER:,.1f}",
        took.format("s", digits=2),
    ]


def align(rows: Sequence[Sequence[str]]) -> str:
    """A table as plain text."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
