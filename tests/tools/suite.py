"""Everything `make test` runs: `python -m tests.tools.suite`.

The whole suite with the newest `openai`, then the contract tests of the transports again with
the oldest major we support. Nothing may be skipped.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from importlib.metadata import distributions, version
from pathlib import Path

from tests.tools import chromium, environment, frontend

OLDER = "openai<3"
# What openai 2 needs beyond what openai 3 and JupyterLab (which brings httpx) installed.
OLDER_NEEDS = ("distro", "tqdm")


def main() -> int:
    """Run both parts and end with one line; 0 if all passed."""
    started = time.monotonic()
    settings = {"OCIGENAI_CHROMIUM": str(chromium.provide()), "OCIGENAI_NO_SKIPS": "1"}
    frontend.install()
    older = install_older()
    parts = {
        f"all tests with openai {version('openai')}": run_pytest(("tests",), settings),
        f"transports and faults with openai {version_in(older)}": run_pytest(
            ("tests/transports", "tests/faults"), settings | {"PYTHONPATH": str(older)}
        ),
    }
    words = "; ".join(
        f"{part}: {'FAILED' if failed else 'passed'}" for part, failed in parts.items()
    )
    print(f"make test: {words}; {time.monotonic() - started:.0f} s.")
    return int(any(parts.values()))


def install_older() -> Path:
    """openai 2.x in a folder of its own beside the environment's packages."""
    folder = Path(sys.prefix) / "openai2"
    if not folder.is_dir():
        unfinished = folder.with_name("openai2-unfinished")
        install_into(unfinished)
        unfinished.rename(folder)
    return folder


def install_into(folder: Path) -> None:
    """Install the older major and its needs into `folder`, with uv or else with pip."""
    packages: list[str | Path] = ["--no-deps", "--target", folder, OLDER, *OLDER_NEEDS]
    python = Path(sys.executable)
    uv = environment.find_uv(python)
    if uv and environment.run([uv, "pip", "install", "-q", "--python", python, *packages]):
        return
    if not environment.run([python, "-m", "pip", "install", "-q", *packages]):
        sys.exit(f"{OLDER} could not be installed, see above.")


def version_in(folder: Path) -> str:
    """The version of the openai in `folder`."""
    return next(iter(distributions(name="openai", path=[str(folder)]))).version


def run_pytest(tests: tuple[str, ...], settings: dict[str, str]) -> int:
    """Run the tests under some paths in a pytest of their own; its exit code."""
    command = [sys.executable, "-m", "pytest", "--color=no", *tests]
    return subprocess.run(command, check=False, env=os.environ | settings).returncode


if __name__ == "__main__":
    sys.exit(main())
