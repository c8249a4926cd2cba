"""What the badge opens: the quickstart in Binder's JupyterLab, answered by the emulator."""

from __future__ import annotations

import os
import re
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.front_ends import RUN_ALL, find_port
from tests.browser.lab import PATIENCE
from tests.browser.server import start
from tests.executed import NOTEBOOKS, surround
from tests.tools import binder

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

# The port is named, since Jupyter Server 2.17 doesn't say which one it took for 0.
OPTIONS = ("--no-browser", "--allow-root", "--ip=127.0.0.1", "--expose-app-in-browser")

README = (NOTEBOOKS.parent / "README.md").read_text(encoding="utf-8")
(URL_PATH,) = set(re.findall(r"https://mybinder\.org/v2/gh/[^)]*\?urlpath=([^)]*)", README))


@pytest.fixture(scope="module")
def hosts() -> set[str | None]:
    """Whom the page asked; None for what it had within itself."""
    return set()


@pytest.fixture(scope="module")
def page(
    browser: Browser, hosts: set[str | None], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Page]:
    """The page that a visitor sees, as soon as it has the quickstart; nothing is run yet."""
    folder = tmp_path_factory.mktemp("binder")
    place = binder.provide()
    token = {"JUPYTER_TOKEN": secrets.token_hex(), "JUPYTER_RUNTIME_DIR": str(folder / "runtime")}
    environment = surround(folder, place) | token
    shutil.copytree(NOTEBOOKS, folder / "root" / "notebooks")
    lab = [str(place.python), "-m", "jupyterlab", *OPTIONS, f"--port={find_port()}"]
    with start(lab, folder / "root", environment) as server:
        page = browser.new_page(viewport={"width": 1280, "height": 1000})
        page.on("request", lambda request: hosts.add(urlsplit(request.url).hostname))
        page.goto(f"{server.url}{URL_PATH}?token={server.token}")
        page.wait_for_selector(".jp-NotebookPanel .jp-MarkdownOutput", timeout=2 * PATIENCE)
        yield page
        page.close()


def test_the_quickstart_is_open_and_nothing_is_asked(page: Page) -> None:
    expect(page.locator(".jp-NotebookPanel h1")).to_contain_text("Quickstart")
    expect(page.locator(".Toastify__toast, .jp-Dialog")).to_have_count(0)


def test_its_cells_run_and_the_emulator_answers(page: Page) -> None:
    page.set_viewport_size({"width": 1280, "height": 4000})
    page.evaluate(RUN_ALL)
    # What was said, not what is in sight: JupyterLab hides the cells that it has scrolled away.
    outputs = page.locator(".jp-NotebookPanel .jp-Cell-outputArea")
    expect(outputs.filter(has_text="Your name is Ada.")).not_to_have_count(0, timeout=PATIENCE)
    expect(outputs.filter(has_text="so the built-in emulator answers")).not_to_have_count(0)
    if folder := os.environ.get("OCIGENAI_SCREENSHOTS"):
        page.screenshot(path=Path(folder) / "binder.png")


def test_no_request_leaves(page: Page, hosts: set[str | None]) -> None:
    assert hosts - {None} == {"127.0.0.1"}
