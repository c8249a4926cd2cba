"""A Jupyter server of our own: loopback, a free port, settings in a fresh folder."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.tools import isolation

START_SECONDS = 60

# No question about news, no files changed behind a test's back, no look-up of newer versions.
SETTINGS = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "docmanager-extension/plugin": {"autosave": False},
}
OPTIONS = ("--no-browser", "--allow-root", "--ip=127.0.0.1", "--port=0")
LAB_OPTIONS = (
    "--expose-app-in-browser",
    "--LanguageServerManager.autodetect=False",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
)


@dataclass(frozen=True, slots=True)
class Server:
    """A running Jupyter server: its address, its token, and the folder whose files it shows."""

    url: str
    token: str
    root: Path


@contextmanager
def serve(
    folder: Path, module: str = "jupyterlab", options: Sequence[str] = LAB_OPTIONS
) -> Iterator[Server]:
    """Run JupyterLab, or another Jupyter application with options of its own; stop it at the end.

    Everything it writes is inside `folder`.
    """
    root = folder / "root"
    root.mkdir()
    environment, _ = prepare(folder / "home")
    with start([sys.executable, "-m", module, *OPTIONS, *options], root, environment) as server:
        yield server


@contextmanager
def start(command: Sequence[str], root: Path, environment: Mapping[str, str]) -> Iterator[Server]:
    """Run a Jupyter server's command in the folder that it shows; stop it at the end."""
    log = root.with_name("server.log")
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, f"--ServerApp.root_dir={root}"],
            cwd=root,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
        try:
            url = wait_until_ready(process, log, environment)
            yield Server(url, environment["JUPYTER_TOKEN"], root)
        finally:
            stop(process)


def stop(process: subprocess.Popen[bytes]) -> None:
    """End the server, which ends its kernels first."""
    process.terminate()
    try:
        process.wait(timeout=30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def prepare(home: Path) -> tuple[dict[str, str], str]:
    """The environment variables of a server with its own home folder, and its new token."""
    token = secrets.token_hex()
    environment = dict(os.environ)
    isolation.move_home(environment, home)
    environment["JUPYTER_TOKEN"] = token
    for name, settings in SETTINGS.items():
        file = Path(environment["JUPYTERLAB_SETTINGS_DIR"], "@jupyterlab", name)
        file = file.with_name(f"{file.name}.jupyterlab-settings")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(settings))
    return environment, token


def wait_until_ready(
    process: subprocess.Popen[bytes], log: Path, environment: Mapping[str, str]
) -> str:
    """The server's address, once it answers; it writes the address to its runtime folder."""
    runtime = Path(environment["JUPYTER_RUNTIME_DIR"])
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        for file in runtime.glob("jpserver-*.json"):
            if url := answering(file.read_text()):
                return url
        time.sleep(0.05)
    said = log.read_text(errors="replace")
    raise RuntimeError(f"The server did not start in {START_SECONDS} s:\n{said[-4000:]}")


def answering(info: str) -> str | None:
    """The address in a server's info file, or None while the file or the server isn't ready."""
    try:
        url = str(json.loads(info)["url"])
        with urllib.request.urlopen(f"{url}api", timeout=5):
            return url
    except (ValueError, OSError):  # half written, or not listening, or too busy to answer
        return None
