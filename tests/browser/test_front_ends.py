"""Every widget opens in Notebook 7, Voilà and marimo, and hears its kernel there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser import front_ends
from tests.browser.lab import PATIENCE

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.browser.server import Server

FRONT_ENDS = ("notebook", "voila", "marimo")

# What Voilà's own template asks for; there is no network, and it does without.
THEIRS = {"cdn.jsdelivr.net", "cdnjs.cloudflare.com"}


@dataclass(frozen=True, slots=True)
class Shown:
    """One widget: a cell that shows it, the class of its root, and words that the kernel sent.

    marimo wants names of their own in each cell; those with an underscore stay in theirs.
    """

    code: str
    root: str
    words: str


CHAT = "_chat = _og.connect().chat()\n_reply = _chat.send('Say hello.')\n"
WIDGETS = {
    "RouterPreview": Shown(
        "from ocigenai_nb.notebook.router_preview import RouterPreview\nRouterPreview()",
        "router-preview",
        "/openai/v1/chat/completions",
    ),
    "ProfilePicker": Shown(
        "from ocigenai_nb.notebook.profile_picker import ProfilePicker\nProfilePicker()",
        "profile-picker",
        "emulator",
    ),
    "ChatPanel": Shown(
        "import ocigenai_nb as _og\nfrom ocigenai_nb.notebook.chat_panel import ChatPanel\n"
        f"{CHAT}ChatPanel(_chat)",
        "chat-panel",
        "Say hello.",
    ),
    "ThreadInspector": Shown(
        "import ocigenai_nb as _og\n"
        "from ocigenai_nb.notebook.thread_inspector import ThreadInspector\n"
        f"{CHAT}ThreadInspector(_chat)",
        "inspector-root",
        "Say hello.",
    ),
}
CELLS = [shown.code for shown in WIDGETS.values()]


@pytest.fixture(scope="module")
def notebook_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Notebook 7 and Voilà."""
    with front_ends.serve_notebook(tmp_path_factory.mktemp("notebook"), CELLS) as server:
        yield server


@pytest.fixture(scope="module")
def marimo_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A marimo app."""
    with front_ends.serve_marimo(tmp_path_factory.mktemp("marimo"), CELLS) as url:
        yield url


@pytest.fixture(scope="module", params=FRONT_ENDS)
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """A page of each front end in turn, with every widget on it."""
    page = browser.new_page(viewport={"width": 1200, "height": 1000})
    page.set_default_timeout(PATIENCE)
    asked: set[str] = set()
    page.on("request", lambda sent: asked.add(urlsplit(sent.url).hostname or ""))
    if request.param == "marimo":
        page.goto(request.getfixturevalue("marimo_url"))
    else:
        server = request.getfixturevalue("notebook_server")
        getattr(front_ends, f"open_in_{request.param}")(page, server)
    yield page
    page.close()
    theirs = THEIRS if request.param == "voila" else set()
    assert asked - theirs <= {"127.0.0.1", ""}


@pytest.mark.parametrize("name", WIDGETS)
def test_the_widget_opens_and_hears_its_kernel(browser: Browser, page: Page, name: str) -> None:
    root = page.locator(f".{WIDGETS[name].root}")
    expect(root).to_contain_text(WIDGETS[name].words, timeout=2 * PATIENCE)
    expect(root).to_be_visible()


def test_the_kernel_hears_the_widget(browser: Browser, page: Page) -> None:
    root = page.locator(".router-preview")
    root.get_by_label("Prompt", exact=True).fill("Why is grass green?")
    body = root.get_by_role("tabpanel")
    expect(body).to_contain_text('"content": "Why is grass green?"', timeout=PATIENCE)
