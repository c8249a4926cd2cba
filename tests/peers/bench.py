r"""CPU for each streamed token through other clients, beside ours: `python -m tests.peers.bench`.

Each peer has an environment of its own, in `peers` within ours, of exactly the packages that
NAME.txt pins by hash. To move a version, in the checkout:

    uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
        --no-header tests/peers/NAME.in -o tests/peers/NAME.txt

All read the same streams from the same server (`tests.bench.stream_server`), by turns, each in a
process of its own whose CPU time counts. Then come the chats that show an answer in a notebook
(`tests.peers.displays`). A benchmark is no test: the exit status is 1 only where a measurement
failed.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.bench.processes import stream_server_process
from tests.bench.readers import write_identity
from tests.bench.transports import NAMES
from tests.peers import displays
from tests.peers.environments import python_of
from tests.tools import isolation

ROUNDS = 3
TOKENS = 20_000
WARM_UP = 1_000  # tokens; the first reading imports and connects


@dataclass(frozen=True, slots=True)
class Peer:
    """A client: its script, and the tokens that one reading of it asks for."""

    name: str
    module: str
    tokens: int = TOKENS
    limits: str = ""  # why it offers no other shapes


PEERS = (
    Peer("ocigenai_nb", "tests.peers.ours"),
    Peer("locus-sdk", "tests.peers.locus_sdk"),
    Peer("langchain-oci", "tests.peers.langchain_oci"),
    # So slow that a fifth of the tokens takes as long as all of them do elsewhere.
    Peer("litellm", "tests.peers.litellm", 4_000, "its OCI provider speaks the native API only"),
)


@dataclass(slots=True)
class Running:
    """A peer's process, and what it said so far."""

    peer: Peer
    process: subprocess.Popen[str]
    version: str
    shapes: Sequence[str]
    taken: dict[str, list[float]] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)

    def read(self, shape: str, tokens: int) -> float | None:
        """Microseconds for each token of one reading; None where it failed, which is noted."""
        answer = ask(self.process, f"{shape} {tokens}")
        if "error" in answer:
            self.notes[shape] = f"fails: {answer['error']}"
            return None
        if answer["texts"] != tokens:
            self.notes[shape] = f"gives {answer['texts']:,} texts for {tokens:,} tokens."
        took: float = answer["us"]
        return took

    def take(self, shape: str) -> None:
        """One reading that counts."""
        took = self.read(shape, self.peer.tokens)
        if took is not None:
            self.taken.setdefault(shape, []).append(took)


def main() -> int:
    """Make the environments, measure by turns, print the table; 1 where a reading failed."""
    began = time.monotonic()
    names = {peer.name for peer in PEERS} | {display.peer for display in displays.DISPLAYS}
    pythons = {name: python_of(name) for name in sorted(names)}
    made = time.monotonic()
    isolation.clean(os.environ)
    with tempfile.TemporaryDirectory() as folder:
        isolation.move_home(os.environ, Path(folder))
        running = compare_clients(pythons, Path(folder))
        chats = displays.measure(pythons)
    print_table(running)
    displays.print_table(chats)
    print(
        f"\n{time.monotonic() - made:.0f} s (environments: {made - began:.0f} s) on "
        f"{os.cpu_count()} cores with a load of {os.getloadavg()[1]:.1f}; "
        f"Python {platform.python_version()}."
    )
    return int(any(shape not in one.taken for one in running for shape in one.shapes))


def compare_clients(pythons: Mapping[str, Path], folder: Path) -> list[Running]:
    """All clients, measured by turns."""
    with ExitStack() as stack:
        url = stack.enter_context(stream_server_process())
        config_file = str(write_identity(folder))
        running = [
            stack.enter_context(start(peer, pythons[peer.name], url, config_file)) for peer in PEERS
        ]
        measure(running)
    return running


@contextmanager
def start(peer: Peer, python: Path, url: str, config_file: str) -> Iterator[Running]:
    """A peer's process until the block ends."""
    print(f"{peer.name} ...", flush=True)
    command = [str(python), "-m", peer.module, url, config_file]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            hello = listen(process)
            yield Running(peer, process, hello["version"], hello["shapes"])
        finally:
            process.terminate()


def measure(running: Sequence[Running]) -> None:
    """Each peer and shape by turns, so that noise meets all of them alike."""
    for one in running:
        for shape in one.shapes:
            one.read(shape, WARM_UP)
            one.notes.clear()
    for _ in range(ROUNDS):
        for shape in NAMES:
            for one in running:
                if shape in one.shapes:
                    one.take(shape)


def ask(process: subprocess.Popen[str], line: str) -> dict[str, Any]:
    """What a peer answers to a line."""
    assert process.stdin is not None
    print(line, file=process.stdin, flush=True)
    return listen(process)


def listen(process: subprocess.Popen[str]) -> dict[str, Any]:
    """The next JSON line of a peer, past whatever else its packages print."""
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("{"):
            said: dict[str, Any] = json.loads(line)
            return said
    raise RuntimeError("A peer's process ended, see above.")


def print_table(running: Sequence[Running]) -> None:
    """Medians in microseconds for each token, how many times ours, and the notes."""
    head = ["CPU µs per token (times ours)", *NAMES.values()]
    rows = [
        [f"{one.peer.name} {one.version}", *(cell(one, running[0], shape) for shape in NAMES)]
        for one in running
    ]
    print(f"\n{displays.align([head, *rows])}")
    print(f"\nMedians of {ROUNDS} readings of {TOKENS:,} tokens.")
    for one in running:
        for line in notes(one):
            print(f"{one.peer.name}: {line}")


def cell(one: Running, ours: Running, shape: str) -> str:
    """One median, and its ratio to ours."""
    if shape not in one.shapes:
        return "not offered"
    if shape not in one.taken:
        return "fails *"
    median = statistics.median(one.taken[shape])
    mark = " *" if shape in one.notes else ""
    if one is ours or shape not in ours.taken:
        return f"{median:.1f}{mark}"
    return f"{median:.1f} ({median / statistics.median(ours.taken[shape]):.1f}){mark}"


def notes(one: Running) -> Iterator[str]:
    """What the table's cells can't say."""
    if one.peer.tokens != TOKENS:
        yield f"readings of {one.peer.tokens:,} tokens, because it is slow."
    if one.peer.limits:
        yield f"{one.peer.limits}."
    for shape, note in one.notes.items():
        yield f"* {NAMES[shape]} {note}"


if __name__ == "__main__":
    sys.exit(main())
