"""The front ends beside JupyterLab that show widgets: Notebook 7, Voilà and marimo.

Each opens the same cells in a page; Notebook 7's server also serves Voilà's pages.
"""

from __future__ import annotations

import json
import random
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from textwrap import indent
from typing import TYPE_CHECKING

from tests.browser.lab import PATIENCE, SECONDS, new_notebook
from tests.browser.server import START_SECONDS, Server, prepare, serve, stop

if TYPE_CHECKING:
    from playwright.sync_api import Page

NAME = "widgets.ipynb"
OPTIONS = ("--JupyterNotebookApp.expose_app_in_browser=True",)
RUN_ALL = """async () => {
  const app = window.jupyterapp;
  await app.restored;
  const panel = [...app.shell.widgets('main')].find(widget => widget.context);
  await panel.context.ready;
  await panel.sessionContext.ready;
  await app.commands.execute('notebook:run-all-cells');
}"""
APP = "import marimo\n\napp = marimo.App()\n"
CELL = "\n\n@app.cell\ndef _():\n{code}\n    return\n"


@contextmanager
def serve_notebook(folder: Path, cells: Sequence[str]) -> Iterator[Server]:
    """Notebook 7, and Voilà on the same server, with a notebook of these cells."""
    with serve(folder, "notebook", OPTIONS) as server:
        (server.root / NAME).write_text(json.dumps(new_notebook(cells)))
        yield server


def open_in_notebook(page: Page, server: Server) -> None:
    """Open the notebook in Notebook 7, and run its cells."""
    page.goto(f"{server.url}notebooks/{NAME}?token={server.token}")
    page.wait_for_function("window.jupyterapp !== undefined", timeout=2 * PATIENCE)
    page.evaluate(RUN_ALL)


def open_in_voila(page: Page, server: Server) -> None:
    """Open the notebook as a page of Voilà, which runs its cells before it answers."""
    url = f"{server.url}voila/render/{NAME}?token={server.token}"
    page.goto(url, timeout=START_SECONDS * SECONDS, wait_until="domcontentloaded")


@contextmanager
def serve_marimo(folder: Path, cells: Sequence[str]) -> Iterator[str]:
    """marimo with an app of these cells; the app's address. They run when a page opens it."""
    environment, _ = prepare(folder / "home")
    environment["MARIMO_SKIP_UPDATE_CHECK"] = "1"
    app = folder / "app.py"
    app.write_text(APP + "".join(CELL.format(code=indent(code, "    ")) for code in cells))
    port = find_port()
    command = [sys.executable, "-m", "marimo", "-q", "-y", "run", str(app)]
    command += ["--headless", "--no-token", f"--port={port}"]
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
        try:
            yield wait_until_ready(f"http://127.0.0.1:{port}/", process, folder)
        finally:
            stop(process)


def find_port() -> int:
    """A free port for a server that takes no 0 or doesn't say which it took.

    It is none of those that the system hands out, so that nobody is given it meanwhile.
    """
    while True:
        port = random.randrange(20_000, 30_000)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


def wait_until_ready(url: str, process: subprocess.Popen[bytes], folder: Path) -> str:
    """The address, once the server there says that it is healthy."""
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{url}health", timeout=5):
                return url
        except OSError:
            time.sleep(0.05)
    log = (folder / "server.log").read_text(errors="replace")
    raise RuntimeError(f"marimo did not start in {START_SECONDS} s:\n{log[-4000:]}")
