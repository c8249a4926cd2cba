"""Everything `make test` runs: `python -m tests.tools.suite`.

The whole suite with the newest `openai`, then the contract tests of the transports again with
the oldest major we support. Nothing may be skipped.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from importlib.metadata import version

from tests.tools import binder, chromium, frontend, overlays


def main() -> int:
    """Run both parts and end with one line; 0 if all passed."""
    started = time.monotonic()
    settings = {"OCIGENAI_CHROMIUM": str(chromium.provide()), "OCIGENAI_NO_SKIPS": "1"}
    frontend.install()
    for overlay in overlays.ALL:
        overlays.provide(overlay)
    binder.provide()
    older = overlays.OPENAI_2
    parts = {
        f"all tests with openai {version('openai')}": run_pytest(("tests",), settings),
        f"transports and faults with openai {older.installed}": run_pytest(
            ("tests/transports", "tests/faults"), settings | {"PYTHONPATH": str(older.folder)}
        ),
    }
    words = "; ".join(
        f"{part}: {'FAILED' if failed else 'passed'}" for part, failed in parts.items()
    )
    print(f"make test: {words}; {time.monotonic() - started:.0f} s.")
    return int(any(parts.values()))


def run_pytest(tests: tuple[str, ...], settings: dict[str, str]) -> int:
    """Run the tests under some paths in a pytest of their own; its exit code."""
    command = [sys.executable, "-m", "pytest", "--color=no", *tests]
    return subprocess.run(command, check=False, env=os.environ | settings).returncode


if __name__ == "__main__":
    sys.exit(main())
