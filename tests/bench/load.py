"""`%load_ext ocigenai_nb` in a running kernel: how long it keeps the person waiting."""

from __future__ import annotations

from tests.bench.kernels import running_kernel
from tests.bench.results import Result, sample

ROUNDS = 7
GOAL_MS = 10
HEAVY = ("httpx", "httpx2", "ipywidgets", "oci", "openai", "pandas")

CELL = f"""
import json, sys, time
_began = time.perf_counter()
get_ipython().run_line_magic("load_ext", "ocigenai_nb")
_took = time.perf_counter() - _began
_found = [name for name in {HEAVY} if name in sys.modules]
print(json.dumps([_took * 1000, _found]))
"""


def measure() -> list[Result]:
    """Load it in fresh kernels, and look at once which heavy packages are there."""
    load_once()  # compiles what has not been imported before
    rounds = [load_once() for _ in range(ROUNDS)]
    took_ms = sample([took for took, _ in rounds])
    found = {name for _, heavy in rounds for name in heavy}
    return [
        Result(
            name="%load_ext in a running kernel",
            measured=took_ms.format("ms"),
            against=f"{GOAL_MS} ms",
            ratio=took_ms.median / GOAL_MS,
            goal="< 1",
            met=took_ms.median < GOAL_MS,
        ),
        Result(
            name="heavy packages imported by then",
            measured=", ".join(sorted(found)) or "none",
            against=f"{len(HEAVY)} looked for",
            ratio=None,
            goal="none",
            met=not found,
        ),
    ]


def load_once() -> tuple[float, list[str]]:
    """Milliseconds, and the heavy packages found, of one fresh kernel."""
    with running_kernel() as kernel:
        took, heavy = kernel.evaluate(CELL)
    return took, heavy
