"""Run the measurements: `python -m tests.bench [NAME ...]`.

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

from tests.bench import first, load, signing, tokens, traffic
from tests.bench.results import Result, format_table
from tests.tools import isolation

MEASUREMENTS: dict[str, Callable[[], list[Result]]] = {
    "load": load.measure,
    "first": first.measure,
    "tokens": tokens.measure,
    "signing": signing.measure,
    "traffic": traffic.measure,
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
    """Run each, then print the table and what the machine was doing meanwhile."""
    began, results, failed = time.monotonic(), list[Result](), list[str]()
    load_before = os.getloadavg()[0]
    for name in names:
        print(f"{name} ...", flush=True)
        try:
            results += MEASUREMENTS[name]()
        except Exception:  # noqa: BLE001 (the others are still worth measuring)
            traceback.print_exc()
            failed.append(name)
    print(f"\n{format_table(results)}\n")
    print(f"{sum(result.met for result in results)} of {len(results)} goals met.")
    print(
        f"{time.monotonic() - began:.0f} s on {os.cpu_count()} cores, load {load_before:.1f} "
        f"before and {os.getloadavg()[0]:.1f} after; Python {platform.python_version()}, "
        f"openai {version('openai')}, ipykernel {version('ipykernel')}."
    )
    if failed:
        print(f"Failed, see above: {', '.join(failed)}.")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
