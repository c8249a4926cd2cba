"""An environment for each peer, within ours: made once, and again where its pins move.

As in `tests.tools.environment`, the machine's own settings of pip and uv are passed on, never set.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

from tests.tools import environment

HERE = Path(__file__).parent


def python_of(name: str) -> Path:
    """The interpreter of a peer's environment; ours where it has no pins of its own."""
    pins = HERE / f"{name}.txt"
    if not pins.is_file():
        return Path(sys.executable)
    folder = Path(sys.prefix) / "peers" / name
    python = environment.python_in(folder)
    stamp = folder / "installed.txt"
    wanted = hashlib.sha256(f"{sys.version}\0{pins.read_text()}".encode()).hexdigest()
    if stamp.is_file() and stamp.read_text() == wanted and environment.works(python):
        return python
    print(f"Making the environment of {name} ...", flush=True)
    environment.make(folder)
    install(python, pins)
    stamp.write_text(wanted)
    return python


def install(python: Path, pins: Path) -> None:
    """Install exactly what is pinned, each file checked against its hash."""
    uv = environment.find_uv(Path(sys.executable))
    command: list[str | Path] = ["--quiet", "--require-hashes"]
    if uv and environment.run([uv, "pip", "sync", *command, "--python", python, pins]):
        return
    if not environment.run([python, "-m", "pip", "install", *command, "-r", pins]):
        sys.exit(f"The packages of {pins.stem} could not be installed, see above.")
