"""One client's flows, each in its turn, with what reached the emulator meanwhile."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ocigenai_nb.emulator import Entry, Service
from tests.peers.environments import python_of
from tests.peers.flows import FLOWS, PREFIX, Aim
from tests.peers.table import Cell, Client, Row
from tests.tools.environment import ROOT


def run_client(client: Client, service: Service, aim: Aim, log: Path) -> Row:
    """Every flow of a client; its process's standard error goes to `log`."""
    with start(client, aim, log) as process:
        hello = listen(process)
        if hello is None:
            why = f"its process ended before it said anything: {last_line(log)}"
            return Row(client, "", {flow: Cell("failed", why) for flow in FLOWS})
        cells = {flow: run_flow(client, service, process, flow) for flow in FLOWS}
    return Row(client, hello["version"], cells)


@contextmanager
def start(client: Client, aim: Aim, log: Path) -> Iterator[subprocess.Popen[str]]:
    """A client's process until the block ends."""
    settings = {PREFIX + name.upper(): value for name, value in asdict(aim).items()}
    settings["PYTHONPATH"] = str(ROOT)
    with (
        log.open("w") as stderr,
        subprocess.Popen(
            [str(python_of(client.environment)), "-m", f"tests.peers.clients.{client.script}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            cwd=ROOT,
            env=os.environ | settings,
        ) as process,
    ):
        try:
            yield process
        finally:
            process.kill()


def run_flow(client: Client, service: Service, process: subprocess.Popen[str], flow: str) -> Cell:
    """One flow, and what the journal says of it."""
    service.journal.clear()
    answer = ask(process, flow)
    if answer is None:
        return Cell("failed", "its process ended")
    entries = tuple(service.journal)
    return Cell(
        answer["result"],
        answer["remark"] or "",
        accepted=sum(entry.key_id_kind == client.key for entry in entries),
        complaints=tuple(complain(client, answer["result"], entries)),
        errors=tuple(sorted({say_error(e) for e in entries if e.answer and not e.refused})),
    )


def complain(client: Client, result: str, entries: tuple[Entry, ...]) -> Iterator[str]:
    """What is wrong with the requests of a flow."""
    for entry in entries:
        if entry.refused:
            yield f"{entry.method} {entry.path} was refused: {entry.refused}"
        elif entry.key_id_kind != client.key:
            yield f"{entry.method} {entry.path} came by {entry.key_id_kind}, not {client.key}"
        if entry.status >= 500 or entry.status in {0, 401}:
            yield f"{entry.method} {entry.path} was answered with {entry.status}"
    if result == "ok" and not entries:
        yield "nothing reached the emulator"
    if result not in {"ok", "failed"} and entries:
        yield f"{len(entries)} requests reached the emulator, though nothing was to be shown there"


def say_error(entry: Entry) -> str:
    """An error answer in a line."""
    return f"{entry.status} at {entry.path.partition('?')[0]} ({entry.answer})"


def ask(process: subprocess.Popen[str], line: str) -> dict[str, Any] | None:
    """What a client answers to a line; None where its process has ended."""
    assert process.stdin is not None
    try:
        print(line, file=process.stdin, flush=True)
    except BrokenPipeError:
        return None
    return listen(process)


def listen(process: subprocess.Popen[str]) -> dict[str, Any] | None:
    """The next line of a client, if there is one."""
    assert process.stdout is not None
    line = process.stdout.readline()
    said: dict[str, Any] | None = json.loads(line) if line else None
    return said


def last_line(log: Path) -> str:
    """The end of what a client's packages printed."""
    lines = log.read_text(errors="replace").split("\n")
    return next((line for line in reversed(lines) if line.strip()), "")[:200]
