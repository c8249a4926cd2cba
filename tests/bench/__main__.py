"""Run the measurements: `python -m tests.bench [NAME ...]`.

All measure what ours costs a client, but for "streams": that is the emulator under load.

A benchmark is no test: the exit status is 0 whether or not a goal is met, and 1 only where a
measurement itself failed.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path

from tests.bench import (
    conversations,
    first,
    inspector,
    load,
    panel,
    signature,
    signing,
    streams,
    tokens,
    traffic,
    transports,
)
from tests.bench.results import Result, format_table
from tests.tools import isolation

MEASUREMENTS: dict[str, Callable[[], list[Result]]] = {
    "load": load.measure,
    "first": first.measure,
    "tokens": tokens.measure,
    "transports": transports.measure,
    "signature": signature.measure,
    "signing": signing.measure,
    "traffic": traffic.measure,
    "conversations": conversations.measure,
    "panel": panel.measure,
    "inspector": inspector.measure,
    "streams": streams.measure,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the measurements that were named, all by default, and print one table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=" ".join(MEASUREMENTS))
    names = parser.parse_args(arguments).names or list(MEASUREMENTS)
    if unknown := set(names) - set(MEASUREMENTS):
        parser.error(
            f"no measurement {', '.join(sorted(unknown))}; known: {', '.join(MEASUREMENTS)}"
        )
    isolation.clean(os.environ)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # a person's second start finds it compiled
    with tempfile.TemporaryDirectory() as home:
        isolation.move_home(os.environ, Path(home))
        return run(names)


def run(names: Sequence[str]) -> int:
    """Run each, then print the table."""
    began, results, failed = time.monotonic(), list[Result](), list[str]()
    for name in names:
        print(f"{name} ... (a busy loop gets {share_of_core():.0%} of a core)", flush=True)
        try:
            results += MEASUREMENTS[name]()
        except Exception:  # noqa: BLE001 (the others are still worth measuring)
            traceback.print_exc()
            failed.append(name)
    print(f"\n{format_table(results)}\n")
    print(f"{sum(result.met for result in results)} of {len(results)} goals met.")
    print(
        f"{time.monotonic() - began:.0f} s on {os.cpu_count()} cores; Python "
        f"{platform.python_version()}, openai {version('openai')}, "
        f"ipykernel {version('ipykernel')}."
    )
    if failed:
        print(f"Failed, see above: {', '.join(failed)}.")
    return int(bool(failed))


def share_of_core() -> float:
    """What a loop that never waits gets of a core: well below 1 where others compete with us."""
    began, used = time.perf_counter(), time.process_time()
    while (wall := time.perf_counter() - began) < 0.3:
        pass
    return (time.process_time() - used) / wall


if __name__ == "__main__":
    sys.exit(main())
