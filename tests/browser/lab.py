"""JupyterLab in a browser, driven through its own JavaScript API.

Menus and toolbar buttons are never used to run cells: clicked too early they do nothing, and a
test can't tell. The promises of JupyterLab's commands end when the cells have run.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Request, expect

from tests.browser.server import Server

SECONDS = 1000  # Playwright counts in milliseconds
PATIENCE = 30 * SECONDS
LONGEST = 180 * SECONDS  # all the cells of a notebook take 20 where nothing else runs

# Said by JupyterLab itself, not by what is tested.
HARMLESS = (
    "Could not restore the debugger state: Canceled future",  # a kernel stopped early
    "Canceled future for create_subshell_request",  # or was restarted
)

PANEL = """
const app = window.jupyterapp;
const panel = [...app.shell.widgets('main')].find(w => w.context?.path === path);
const focus = index => {
  app.shell.activateById(panel.id);
  panel.content.activeCellIndex = index;
  panel.content.deselectAll();
};
"""


class Lab:
    """One warm JupyterLab page; it notes errors on the console and requests that leave."""

    def __init__(self, server: Server, browser: Browser) -> None:
        self.server = server
        self.problems: list[str] = []
        self.page: Page = browser.new_page(viewport={"width": 1280, "height": 1000})
        self.page.set_default_timeout(PATIENCE)
        self.page.on("console", self._note_console)
        self.page.on("pageerror", self._note_error)
        self.page.on("request", self._note_request)
        self._numbers = count(1)
        self.page.goto(f"{server.url}lab?token={server.token}")
        self.page.wait_for_function("window.jupyterapp !== undefined")
        self.page.evaluate("() => window.jupyterapp.restored")

    def _note_console(self, message: ConsoleMessage) -> None:
        harmless = any(words in message.text for words in HARMLESS)
        if message.type == "error" and not harmless:
            self.problems.append(f"console: {message.text} ({message.location['url']})")

    def _note_error(self, error: object) -> None:
        if not any(words in str(error) for words in HARMLESS):
            self.problems.append(f"error: {error}")

    def _note_request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in {"data", "blob"} and parts.hostname != "127.0.0.1":
            self.problems.append(f"request: {request.url}")

    def open(self, source: Path | Sequence[str]) -> Notebook:
        """Open a copy of a notebook file, or a new notebook with these code cells."""
        name = f"{next(self._numbers)}.ipynb"
        if isinstance(source, Path):
            name = f"{source.stem}-{name}"
            shutil.copyfile(source, self.server.root / name)
        else:
            (self.server.root / name).write_text(json.dumps(new_notebook(source)))
        return Notebook(self, name)

    def set_theme(self, name: str) -> None:
        """Show JupyterLab in its "light" or its "dark" theme."""
        self.page.evaluate(
            "theme => window.jupyterapp.commands.execute('apputils:change-theme', { theme })",
            f"JupyterLab {name.capitalize()}",
        )
        light = "true" if name == "light" else "false"
        expect(self.page.locator("body")).to_have_attribute("data-jp-theme-light", light)
        expect(self.page.locator("#jupyterlab-splash")).to_have_count(0)

    def screenshot(self, name: str) -> None:
        """Save what the page shows as NAME.png in `$OCIGENAI_SCREENSHOTS`, if that is set."""
        if folder := os.environ.get("OCIGENAI_SCREENSHOTS"):
            self.page.screenshot(path=Path(folder) / f"{name}.png")


class Notebook:
    """An open notebook with a kernel of its own."""

    def __init__(self, lab: Lab, path: str) -> None:
        self.lab = lab
        self.path = path
        self._evaluate(
            """
            await window.jupyterapp.commands.execute(
              'docmanager:open', { path, factory: 'Notebook' });
            """,
            panel=False,
        )
        self._evaluate(
            """
            await panel.context.ready;
            await panel.sessionContext.ready;
            await panel.sessionContext.session.kernel.info;
            """
        )

    def _evaluate(self, body: str, *, panel: bool = True, **values: object) -> Any:
        """Run the body of an async JavaScript function that knows app, panel and `values`.

        Playwright would wait for ever for what never ends: here it raises after LONGEST.
        """
        names = ", ".join(["path", *values])
        late = f"setTimeout(reject, {LONGEST}, Error('It did not end.'))"
        code = f"""({{ {names} }}) => Promise.race([
          (async () => {{ {PANEL if panel else ""} {body} }})(),
          new Promise((_, reject) => {late}),
        ])"""
        return self.lab.page.evaluate(code, {"path": self.path, **values})

    @property
    def element(self) -> Locator:
        """The notebook on the page."""
        return self.lab.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")

    def cell(self, index: int) -> Locator:
        """A cell on the page; `index` counts from 0."""
        return self.element.locator(f".jp-Notebook-cell[data-windowed-list-index='{index}']")

    def output(self, index: int) -> Locator:
        """The output area of a cell on the page."""
        return self.cell(index).locator(".jp-Cell-outputArea")

    def say(self, expression: str) -> str:
        """What an expression is in the kernel; the third cell says it."""
        self.run(2, f"print({expression})")
        return str(self.outputs(2)[0]["text"]).strip()

    def run_all(self) -> None:
        """Run every cell, and wait until they have run."""
        self._evaluate("focus(0); await app.commands.execute('notebook:run-all-cells');")

    def run(self, index: int = 0, source: str | None = None) -> None:
        """Run one cell, with a new source if given, and wait until it has run."""
        self.start(index, source)
        self.finish()

    def start(self, index: int = 0, source: str | None = None) -> None:
        """Start one cell, with a new source if given, and don't wait: `finish()` does."""
        self._evaluate(
            """
            const model = panel.content.widgets[index].model.sharedModel;
            if (source !== null) model.setSource(source);
            focus(index);
            window.running = app.commands.execute('notebook:run-cell');
            """,
            index=index,
            source=source,
        )

    def finish(self) -> None:
        """Wait until the started cell has run."""
        self._evaluate("await window.running;")

    def interrupt(self) -> None:
        """Interrupt the kernel, as Stop does."""
        self._evaluate("await panel.sessionContext.session.kernel.interrupt();")

    def reset(self) -> None:
        """Remove the names in the kernel; what it imported and loaded stays."""
        self.run(0, "%reset -f")

    def outputs(self, index: int) -> list[dict[str, Any]]:
        """The outputs of a cell as they would be saved."""
        code = "return panel.content.widgets[index].model.sharedModel.toJSON().outputs ?? [];"
        outputs: list[dict[str, Any]] = self._evaluate(code, index=index)
        return outputs

    def wait_text(self, text: str, *, index: int = 0, seconds: float = 30) -> None:
        """Wait until a cell's output shows `text`."""
        expect(self.output(index)).to_contain_text(text, timeout=seconds * SECONDS)

    def save(self) -> dict[str, Any]:
        """Save the notebook, as Ctrl+S does, and return what is in the file."""
        self._evaluate("await panel.context.save();")
        saved: dict[str, Any] = json.loads((self.lab.server.root / self.path).read_text())
        return saved

    def close(self) -> None:
        """Close the notebook without saving, and stop its kernel."""
        self._evaluate("await panel.sessionContext.shutdown(); panel.dispose();")


def new_notebook(sources: Sequence[str]) -> dict[str, Any]:
    """A notebook file with these code cells, as JSON."""
    cells: list[dict[str, Any]] = [
        {"cell_type": "code", "id": f"cell-{index}", "source": source, "metadata": {}}
        | {"execution_count": None, "outputs": []}
        for index, source in enumerate(sources)
    ]
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": cells}
