"""Make the environment that `make` works in: `python -m tests.tools.environment FOLDER`.

Standard library only: it runs before anything is installed. It works again only when
pyproject.toml, the Python or the place of the checkout changed. The machine's own settings of
pip and uv (indexes, certificates, caches) are passed on and never set.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.tools import debian

ROOT = Path(__file__).resolve().parents[2]
EXTRAS = ".[lab,test]"

# By the name that uv has for it now, and by the one that it had before.
_SYSTEM_CERTIFICATES = {"UV_SYSTEM_CERTS": "1", "UV_NATIVE_TLS": "1"}


def main(folder: Path) -> None:
    """Make or renew the environment in `folder`."""
    stamp = folder / "installed.txt"
    wanted = fingerprint(folder)
    if stamp.is_file() and stamp.read_text() == wanted and works(python_in(folder)):
        return
    print(f"Making the environment in {folder} ...", flush=True)
    make(folder)
    install(python_in(folder))
    stamp.write_text(wanted)


def fingerprint(folder: Path) -> str:
    """What the environment in `folder` depends on, as one line."""
    parts = (sys.version, str(ROOT), str(folder.resolve()), (ROOT / "pyproject.toml").read_text())
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def python_in(folder: Path) -> Path:
    """The interpreter of the environment in `folder`."""
    return folder.resolve() / "bin" / "python"


def works(python: Path) -> bool:
    """Whether that interpreter starts: its base may have been removed or moved."""
    return python.is_file() and run([python, "-c", ""], quiet=True)


def make(folder: Path) -> None:
    """Make an empty environment, in place of one that is there."""
    package = f"python3.{sys.version_info.minor}-venv"  # Debian's Python comes without ensurepip
    if importlib.util.find_spec("ensurepip") is None and not debian.install(package):
        sys.exit(f"{sys.executable} has no ensurepip: install {package}, or set PYTHON.")
    if not run([sys.executable, "-m", "venv", "--clear", folder]):
        sys.exit(f"{sys.executable} -m venv failed, see above.")


def install(python: Path) -> None:
    """Install the project and its extras with uv, or with pip where uv fails."""
    said = install_with_uv(find_uv(python), python, "--editable", EXTRAS)
    if said is None:
        return
    print("Installing with pip instead of uv: this takes a few minutes ...", flush=True)
    if not run([python, "-m", "pip", "install", "--quiet", "--editable", EXTRAS]):
        sys.exit(f"The packages could not be installed, see above. uv said: {said}")


def install_packages(python: Path, *packages: str | Path, settings: dict[str, str]) -> bool:
    """Install into the environment of `python`, with uv or else with pip; did it work?"""
    uv = find_uv(Path(sys.executable))
    said = install_with_uv(uv, python, *packages, settings=settings)
    if said is None:
        return True
    pip: list[str | Path] = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet"]
    worked = run([*pip, *packages], settings=settings)
    if not worked:
        print(f"uv said: {said}", file=sys.stderr, flush=True)
    return worked


def install_with_uv(
    uv: Path | None, python: Path, *packages: str | Path, settings: Mapping[str, str] | None = None
) -> str | None:
    """Install into the environment of `python`; None where it worked, else what uv said.

    uv has certificates of its own: where they don't do, as behind a proxy, the machine's are tried.
    """
    if uv is None:
        return "it is not there."
    command = [uv, "pip", "install", "--quiet", "--python", python, *packages]
    given = os.environ if settings is None else settings
    said = ""
    for more in ({}, _SYSTEM_CERTIFICATES):
        done = subprocess.run(
            command, check=False, cwd=ROOT, env={**given, **more}, capture_output=True, text=True
        )
        if done.returncode == 0:
            return None
        said = (done.stdout + done.stderr).strip()
        if "certificate" not in said.lower():
            break
    return said


def find_uv(python: Path) -> Path | None:
    """The uv beside `python` or on PATH, else one that pip brings into the environment."""
    beside = python.with_name("uv")
    if beside.is_file():
        return beside
    if found := shutil.which("uv"):
        return Path(found)
    run([python, "-m", "pip", "install", "--quiet", "uv"])
    return beside if beside.is_file() else None


def run(
    command: list[str | Path], *, quiet: bool = False, settings: dict[str, str] | None = None
) -> bool:
    """Run `command` in the checkout, with other environment variables if given; did it work?"""
    output = subprocess.DEVNULL if quiet else None
    done = subprocess.run(
        command, check=False, cwd=ROOT, env=settings, stdout=output, stderr=output
    )
    return done.returncode == 0


if __name__ == "__main__":
    main(Path(sys.argv[1]))
