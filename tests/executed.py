"""Notebooks, executed by `jupyter execute` with a home of their own and no network."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import nbformat

from tests.tools import isolation

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"

SECRETS = ("BEGIN", "PRIVATE KEY", "ST$", "Signature ", "keyId", "authorization", "_file=")

# A network of its own in which only loopback is up. Not everybody may make one.
ALONE = ("unshare", "--net", "--map-root-user", "sh", "-c", 'ip link set lo up && exec "$@"', "sh")
GUARD = f"{Path(isolation.__file__).read_text()}\nimport sys\nsys.addaudithook(watch_sockets)\n"


@dataclass(frozen=True, slots=True)
class Executed:
    """A notebook that `jupyter execute` has run, with a home and a temporary folder of its own."""

    file: Path
    home: Path
    temporary: Path
    stderr: str

    @property
    def text(self) -> str:
        return self.file.read_text(encoding="utf-8")

    @property
    def code_cells(self) -> list[Any]:
        notebook = nbformat.read(self.file, as_version=4)
        return [cell for cell in notebook.cells if cell.cell_type == "code"]

    def convert(self, kind: str) -> str:
        """What nbconvert makes of the saved file, with no kernel."""
        command = [sys.executable, "-m", "jupyter", "nbconvert", "--stdout", "--to", kind]
        done = subprocess.run([*command, self.file], check=True, capture_output=True)
        return done.stdout.decode()


@cache
def network_prefix() -> tuple[str, ...]:
    """What a command is put after so that it has no network, where that is allowed."""
    try:
        subprocess.run([*ALONE, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return ()  # the guard holds everywhere
    return ALONE


def execute(notebook: Path, folder: Path, prefix: tuple[str, ...] = ()) -> Executed:
    """Run a copy of the notebook in `folder`; its processes can reach loopback only."""
    for name in ("guard", "home", "temporary"):
        (folder / name).mkdir(exist_ok=True)
    (folder / "guard" / "sitecustomize.py").write_text(GUARD)
    (folder / "copy.ipynb").write_text(notebook.read_text(encoding="utf-8"))
    environment = dict(os.environ)
    isolation.move_home(environment, folder / "home")
    environment["TMPDIR"] = str(folder / "temporary")
    paths = (str(folder / "guard"), environment.get("PYTHONPATH"))
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    command = [*prefix, sys.executable, "-m", "jupyter", "execute", "--output=saved.ipynb"]
    done = subprocess.run(
        [*command, "copy.ipynb"],
        check=False,
        cwd=folder,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return Executed(folder / "saved.ipynb", folder / "home", folder / "temporary", done.stderr)
