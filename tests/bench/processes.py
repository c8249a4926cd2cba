"""Servers in processes of their own, so that their work is not measured."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

MODEL = "meta.llama-3.3-70b-instruct"


@dataclass(frozen=True, slots=True)
class Emulator:
    """What a client needs to know of a running emulator."""

    url: str
    config_file: str
    profile: str
    compartment_id: str
    pid: int


@contextmanager
def emulator_process(*, pace: float = 0) -> Iterator[Emulator]:
    """An emulator; `pace` is in tokens per second, 0 is flat out."""
    with tempfile.TemporaryDirectory() as folder:
        arguments = ("ocigenai_nb.emulator", "--dir", folder, "--pace", str(pace))
        with _serving(arguments) as (line, pid):
            known = json.loads(line)
            url, config_file, profile = (known[name] for name in ("url", "config_file", "profile"))
            yield Emulator(url, config_file, profile, known["compartment_id"], pid)


@contextmanager
def fixed_server_process() -> Iterator[str]:
    """A server that gives every request the same small completion; its URL."""
    with _serving(("tests.bench.fixed_server",)) as (line, _):
        yield line.strip()


@contextmanager
def stream_server_process() -> Iterator[str]:
    """A server that streams long answers in every wire format; its URL."""
    with _serving(("tests.bench.stream_server",)) as (line, _):
        yield line.strip()


@contextmanager
def _serving(module: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Run a module as a server until the block ends; the first line it prints, and its process."""
    with subprocess.Popen(
        [sys.executable, "-m", *module], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line:
                raise RuntimeError(f"{module[0]} did not start.")
            yield line, process.pid
        finally:
            process.terminate()
