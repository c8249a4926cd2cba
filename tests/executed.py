"""Notebooks, executed by `jupyter execute` with a home of their own and no network."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import nbformat

from tests.tools import binder, isolation

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"

ENVIRONMENTS = ("developer", "binder")

SECRETS = ("BEGIN", "PRIVATE KEY", "ST$", "Signature ", "keyId", "authorization", "_file=")

# What `jupyter execute` says of itself, and ipykernel 7 of every kernel with Jupyter's own ports.
ORDINARY = ("[NbClientApp] ", "[IPKernelApp] WARNING | Kernel is running over TCP without")

# So it ends, with no cell run, where another process took a port that was chosen for the kernel:
# `jupyter execute` can't be told to use other sockets. Once more, then.
UNBORN = "Kernel died before replying to kernel_info"

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
    name: str = ""
    seconds: float = 0

    @property
    def complaints(self) -> list[str]:
        """What was said on stderr, but for the ordinary."""
        lines = self.stderr.splitlines()
        return [line for line in lines if line and not line.startswith(ORDINARY)]

    @property
    def text(self) -> str:
        return self.file.read_text(encoding="utf-8")

    @property
    def work(self) -> Path:
        """The copy of the folder `notebooks` in which it ran."""
        return self.file.with_name("notebooks")

    @property
    def widgets(self) -> Any:
        """The state of the widgets that is saved."""
        return nbformat.read(self.file, as_version=4).metadata.get("widgets", {})

    @property
    def code_cells(self) -> list[Any]:
        notebook = nbformat.read(self.file, as_version=4)
        return [cell for cell in notebook.cells if cell.cell_type == "code"]

    @property
    def outputs(self) -> list[Any]:
        """The outputs of every cell, in their order."""
        return [output for cell in self.code_cells for output in cell.outputs]

    @property
    def shown(self) -> str:
        """What the outputs show, in every form that is text."""
        forms = (output.get("data") or {"text": output.get("text", "")} for output in self.outputs)
        return "\n".join(str(text) for form in forms for text in form.values())

    def convert(self, kind: str) -> str:
        """What nbconvert makes of the saved file, with no kernel."""
        command = [sys.executable, "-m", "jupyter", "nbconvert", "--stdout", "--to", kind]
        done = subprocess.run([*command, self.file], check=True, capture_output=True)
        return done.stdout.decode()


class Executions:
    """Notebooks that run without a network: each once in each environment, for all its tests.

    As many run at a time as there are cores.
    """

    def __init__(self, folder: Path, pool: Executor) -> None:
        self._folder = folder
        self._pool = pool
        self._begun: dict[tuple[str, str], Future[Executed]] = {}

    def begin(self, name: str, environment: str = "developer") -> Future[Executed]:
        """Run a notebook of the folder `notebooks` in one of ENVIRONMENTS, unless it was begun.

        What it needs of this process, as environment variables, is read before this returns.
        """
        key = (name, environment)
        if key not in self._begun:
            folder = Path(tempfile.mkdtemp(prefix=f"{name}-{environment}-", dir=self._folder))
            place = binder.provide() if environment == "binder" else None
            ready = prepare(NOTEBOOKS / f"{name}.ipynb", folder, network_prefix(), place)
            self._begun[key] = self._pool.submit(ready.execute)
        return self._begun[key]

    def get(self, name: str, environment: str = "developer") -> Executed:
        """The notebook, run."""
        return self.begin(name, environment).result()


@cache
def network_prefix() -> tuple[str, ...]:
    """What a command is put after so that it has no network, where that is allowed."""
    try:
        subprocess.run([*ALONE, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return ()  # the guard holds everywhere
    return ALONE


@dataclass(frozen=True, slots=True)
class Ready:
    """A copy of a notebook, with its neighbors, and the command that runs it."""

    name: str
    folder: Path
    command: tuple[str, ...]
    environment: dict[str, str]

    def execute(self) -> Executed:
        """Run it, and wait."""
        started = time.monotonic()
        done = self._run()
        if UNBORN in done.stderr:
            done = self._run()
        assert done.returncode == 0, done.stderr
        return Executed(
            file=self.folder / "saved.ipynb",
            home=self.folder / "home",
            temporary=self.folder / "temporary",
            stderr=done.stderr,
            name=self.name,
            seconds=time.monotonic() - started,
        )

    def _run(self) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command,
            check=False,
            cwd=self.folder / "notebooks",
            env=self.environment,
            stderr=subprocess.PIPE,
            text=True,
        )


def prepare(
    notebook: Path, folder: Path, prefix: tuple[str, ...] = (), place: binder.Binder | None = None
) -> Ready:
    """A copy of the notebook in `folder`, to be run here, or as Binder would.

    Its processes will reach loopback only.
    """
    environment = surround(folder, place)
    ignored = shutil.ignore_patterns(".*", "__pycache__")
    shutil.copytree(notebook.parent, folder / "notebooks", ignore=ignored)
    python = str(place.python) if place else sys.executable
    command = (python, "-m", "jupyter", "execute", "--output=../saved.ipynb", notebook.name)
    return Ready(notebook.stem, folder, (*prefix, *command), environment)


def surround(folder: Path, place: binder.Binder | None) -> dict[str, str]:
    """The environment variables of a process that runs here, or at Binder; its home is made."""
    home = folder / "home"
    if place:
        shutil.copytree(place.home, home)
        environment = place.variables(home)
    else:
        home.mkdir(exist_ok=True)
        environment = dict(os.environ)
        isolation.move_home(environment, home)
        environment["MPLCONFIGDIR"] = str(warm_fonts())
    for name in ("guard", "temporary"):
        (folder / name).mkdir()
    (folder / "guard" / "sitecustomize.py").write_text(GUARD)
    paths = (str(folder / "guard"), environment.get("PYTHONPATH"))
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    environment["TMPDIR"] = str(folder / "temporary")
    return environment


@cache
def warm_fonts() -> Path:
    """Matplotlib's folder, with its list of fonts: making that takes seconds, and it says so."""
    folder = Path(sys.prefix) / "matplotlib"
    command = [sys.executable, "-c", "import matplotlib.font_manager"]
    environment = os.environ | {"MPLCONFIGDIR": str(folder)}
    subprocess.run(command, check=True, env=environment, capture_output=True)
    return folder
