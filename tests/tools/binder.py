"""Binder's environment, made here: `provide()` follows the steps of repo2docker's Dockerfile.

Three things stand in for others: uv or pip for mamba, PyPI's packages for conda-forge's (in the
versions that repo2docker names), and this machine for Ubuntu. The environment is in a folder
beside the overlays, and is made again only when something that it depends on has changed.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.tools import environment, isolation

FILES = environment.ROOT / "binder"
REPO2DOCKER = "jupyter-repo2docker==2026.4.0"

# conda-forge's names, where PyPI has others.
RENAMED = {
    "brotli-python": "brotli",
    "jupyterhub-base": "jupyterhub",
    "nbconvert-core": "nbconvert",
    "python-fastjsonschema": "fastjsonschema",
}

# The PATH of the image that Binder's begins with.
PROGRAMS = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

# A line of the base's lock: ".../ipykernel-7.0.1-pyha191276_0.conda#..."; Python packages only.
_LOCKED = re.compile(r"/([^/]+)-([^-/]+)-py[^-/]*\.(?:conda|tar\.bz2)")

# The steps that `make` takes; that these are repo2docker's is tested.
INSTALL = '${KERNEL_PYTHON_PREFIX}/bin/pip install --no-cache-dir -r "binder/requirements.txt"'
POST_BUILD = "./binder/postBuild"


@dataclass(frozen=True, slots=True)
class Binder:
    """The folder of the environment, of the home in which it was built, and of repo2docker."""

    folder: Path

    @property
    def prefix(self) -> Path:
        """Where the packages are, as `/srv/conda/envs/notebook` at Binder."""
        return self.folder / "environment"

    @property
    def python(self) -> Path:
        """The interpreter that runs JupyterLab and the kernels."""
        return self.prefix / "bin" / "python"

    @property
    def home(self) -> Path:
        """What building left in the home folder: every visitor begins with a copy."""
        return self.folder / "home"

    @property
    def stamp(self) -> Path:
        """What it was made from."""
        return self.folder / "made.txt"

    def variables(self, home: Path) -> dict[str, str]:
        """Every environment variable that a process at Binder has here."""
        return {
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "PATH": f"{self.prefix}/bin:{PROGRAMS}",
            "PYTHONUNBUFFERED": "1",
            "SHELL": "/bin/bash",
        }


@cache
def provide() -> Binder:
    """Binder's environment: made by this call, unless it was before."""
    binder = Binder(Path(sys.prefix) / "binder")
    wanted = fingerprint(binder)
    if not (binder.stamp.is_file() and binder.stamp.read_text() == wanted):
        shutil.rmtree(binder.folder, ignore_errors=True)
        binder.home.mkdir(parents=True)
        make(binder)
        binder.stamp.write_text(wanted)
    return binder


def fingerprint(binder: Binder) -> str:
    """What the environment depends on, as one line."""
    files = [*sorted(FILES.iterdir()), Path(__file__)]
    parts = [environment.fingerprint(binder.folder), *(file.read_text() for file in files)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def make(binder: Binder) -> None:
    """Take the steps of the Dockerfile, one by one; end with a sentence where one fails."""
    repo2docker = binder.folder / "repo2docker"
    make_empty(repo2docker, Path(sys.executable))
    install(repo2docker, REPO2DOCKER)
    interpreter = find_interpreter()
    print(f"Making Binder's environment with {interpreter} ...", flush=True)
    make_empty(binder.prefix, interpreter)
    locked = binder.folder / "base.txt"
    locked.write_text("".join(f"{name}=={version}\n" for name, version in read_base(binder)))
    install(binder.prefix, "--no-deps", "--requirement", locked)
    install(binder.prefix, "--requirement", FILES / "requirements.txt")
    variables = binder.variables(binder.home)
    if not environment.run(["sh", "-c", POST_BUILD], settings=variables):
        sys.exit(f"{POST_BUILD} failed, see above.")


def find_interpreter() -> Path:
    """The Python that runtime.txt names, or the one that runs where that isn't there."""
    wanted = read_runtime()
    running = Path(sys.executable)
    if sys.version.startswith(f"{wanted}."):
        return running
    found = shutil.which(f"python{wanted}")
    return Path(found) if found and environment.works(Path(found)) else running


def read_runtime() -> str:
    """The version of Python in runtime.txt, as "3.11"."""
    return (FILES / "runtime.txt").read_text().strip().removeprefix("python-")


def read_base(binder: Binder) -> list[tuple[str, str]]:
    """The Python packages of Binder's base for this Python, and their versions."""
    (library,) = binder.prefix.glob("lib/python3.*")
    version = library.name.removeprefix("python")
    buildpacks = "repo2docker/lib/*/site-packages/repo2docker/buildpacks"
    (lock,) = binder.folder.glob(f"{buildpacks}/conda/environment.py-{version}-linux-64.lock")
    found = _LOCKED.findall(lock.read_text())
    return [(RENAMED.get(name, name), number) for name, number in found if name != "cpython"]


def make_empty(folder: Path, interpreter: Path) -> None:
    """An environment with no packages."""
    if not environment.run([interpreter, "-m", "venv", "--without-pip", folder]):
        sys.exit(f"{interpreter} -m venv failed, see above.")


def install(folder: Path, *packages: str | Path) -> None:
    """Install into an environment, with uv or else with pip, as the person has set them."""
    settings = isolation.before or dict(os.environ)
    if not environment.install_packages(folder / "bin" / "python", *packages, settings=settings):
        sys.exit(f"{packages} could not be installed, see above.")


def render(binder: Binder) -> str:
    """The Dockerfile that Binder would build from."""
    program = binder.folder / "repo2docker" / "bin" / "jupyter-repo2docker"
    options = ("--no-build", "--debug", "--user-id=1000", "--user-name=jovyan")
    done = subprocess.run(
        [program, *options, environment.ROOT], check=True, capture_output=True, text=True
    )
    return done.stdout
