"""The emulator under load: 2,000 streams at once at 10 tokens a second each, then flat out.

The emulator, its clients (`tests.bench.crowd`) and this are processes of their own. Every request
is signed; all three wire formats take part alike. A stream's lag is how far the event that is
latest, measured against a steady pace, is behind the one that is earliest. Flat out, the same
clients ask a server that always says the same small thing, by turns: what they can do at most.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.processes import Emulator, emulator_process, fixed_server_process
from tests.bench.results import Result, sample

STREAMS = 2_000
PACE = 10.0  # tokens per second of each
TOKENS = 200
STARTS = 250.0  # a second
PROMPT = f"Count from 1 to {TOKENS}."
ANSWER = " ".join(map(str, range(1, TOKENS + 1)))
GOAL_RATE = (0.99, 1.05)  # below it they fall behind, above it they make up for it
GOAL_SECONDS = 5.0  # for which all are open
SHORT_PROMPT, SHORT_ANSWER = "What is 17 * 23?", "17 * 23 = 391"
AT_ONCE = (1, 16, 64)
REQUESTS = 256  # of each kind in a round
ROUNDS = 3
FILES = STREAMS + 200  # file descriptors of each process


@dataclass(frozen=True, slots=True)
class Load:
    """What a process has used so far: seconds of a core, and megabytes at most."""

    cpu: float
    megabytes: float


def measure() -> list[Result]:
    """Together at a pace, then flat out."""
    allow_files(FILES)
    with emulator_process(pace=PACE) as emulator:
        before = read_load(emulator.pid)
        plan = {"streams": STREAMS, "pace": PACE, "starts": STARTS}
        taken = _run_crowd(plan, [_write_order(emulator, PROMPT, ANSWER)])
        after = read_load(emulator.pid)
    return [*_tell_together(taken), _tell_load(taken, before, after), *_measure_flat_out()]


def allow_files(wanted: int) -> None:
    """Let this process and those it starts open so many files. RuntimeError where they may not."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < wanted:
        raise RuntimeError(
            f"{wanted} open files are needed and {hard} allowed: raise the hard limit (ulimit -Hn)."
        )
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def read_load(pid: int) -> Load | None:
    """What a process has used; `None` where the system doesn't say (it is Linux that does)."""
    folder = Path("/proc", str(pid))
    if not folder.exists():
        return None
    fields = (folder / "stat").read_text().rpartition(")")[2].split()
    ticks = int(fields[11]) + int(fields[12])
    status = dict(line.split(":", 1) for line in (folder / "status").read_text().splitlines())
    return Load(ticks / os.sysconf("SC_CLK_TCK"), int(status["VmHWM"].split()[0]) / 1e3)


def _write_order(emulator: Emulator, prompt: str, answer: str) -> dict[str, str]:
    return {
        "url": emulator.url,
        "config_file": emulator.config_file,
        "profile": emulator.profile,
        "compartment_id": emulator.compartment_id,
        "prompt": prompt,
        "answer": answer,
    }


def _run_crowd(plan: Mapping[str, Any], orders: Sequence[Mapping[str, str]]) -> Any:
    done = subprocess.run(
        (sys.executable, "-m", "tests.bench.crowd"),
        input=json.dumps({**plan, "orders": orders}),
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    return json.loads(done.stdout)


def _tell_together(taken: Mapping[str, Any]) -> list[Result]:
    name = f"{STREAMS:,} streams at {PACE:g} tokens/s"
    rate, wanted = taken["together_rate"], STREAMS * PACE
    lags, first, (low, high) = taken["lags"], taken["first"], GOAL_RATE
    return [
        Result(
            name=f"{name}: complete, with the right text",
            measured=f"{taken['good']:,}",
            against=f"{STREAMS:,}",
            ratio=taken["good"] / STREAMS,
            goal="= 1",
            met=taken["good"] == STREAMS,
        ),
        Result(
            name=f"{name}: events/s while all are open",
            measured=f"{rate:,.0f}/s for {taken['together_seconds']:.1f} s",
            against=f"{wanted:,.0f}/s",
            ratio=rate / wanted,
            goal=f"{low} to {high}, for {GOAL_SECONDS:g} s or more",
            met=low <= rate / wanted <= high and taken["together_seconds"] >= GOAL_SECONDS,
        ),
        Result(
            name=f"{name}: worst lag",
            measured=f"{lags[-1] * 1e3:.0f} ms (half of them {statistics.median(lags) * 1e3:.0f})",
            against=f"a token each {1e3 / PACE:.0f} ms",
            ratio=lags[-1] * PACE,
            goal="stated",
            met=True,
        ),
        Result(
            name=f"{name}: first event comes after",
            measured=f"{statistics.median(first) * 1e3:.0f} ms, at worst {first[-1] * 1e3:.0f}",
            against=f"{STARTS:g} begun in a second",
            ratio=None,
            goal="stated",
            met=True,
        ),
    ]


def _tell_load(taken: Mapping[str, Any], before: Load | None, after: Load | None) -> Result:
    server, memory = "unknown here", ""
    if before and after:
        server = f"{(after.cpu - before.cpu) / taken['seconds']:.0%} of a core"
        memory = f", {before.megabytes:.0f} to {after.megabytes:.0f} MB"
    return Result(
        name=f"{STREAMS:,} streams at {PACE:g} tokens/s: what the emulator takes",
        measured=f"{server}{memory}",
        against=f"clients {taken['seconds_of_cpu'] / taken['seconds']:.0%} of a core",
        ratio=None,
        goal="stated",
        met=True,
    )


def _measure_flat_out() -> list[Result]:
    plan = {"requests": REQUESTS, "rounds": ROUNDS, "at_once": AT_ONCE}
    with emulator_process() as emulator, fixed_server_process() as url:
        order = _write_order(emulator, SHORT_PROMPT, SHORT_ANSWER)
        taken = _run_crowd(plan, [order, {**order, "url": url, "answer": ""}])
    return [_tell_flat_out(kind) for kind in taken]


def _tell_flat_out(kind: Mapping[str, Any]) -> Result:
    ours, fixed = zip(*kind["rounds"], strict=True)
    rate, most = (sample([found["rate"] for found in founds]) for founds in (ours, fixed))
    took = sorted(moment for found in ours for moment in found["ms"])
    p50, p99 = statistics.median(took), took[int(len(took) * 0.99)]
    way = "streamed" if kind["streamed"] else "whole"
    return Result(
        name=f"flat out: {kind['shape']}, {way}, {kind['at_once']} at once",
        measured=f"{rate.format('/s', digits=0)}, p50 {p50:.1f} ms, p99 {p99:.1f} ms",
        against=f"fixed answer {most.format('/s', digits=0)}",
        ratio=rate.median / most.median,
        goal="stated",
        met=True,
    )
