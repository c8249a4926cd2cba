"""The widgets' shared modules in a blank page: no server, no kernel, every request refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.tools import frontend

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

KIT = Path(__file__).with_name("kit.js")
ADDRESS = "http://127.0.0.1:9/"  # a secure page for the clipboard; it is answered here
PAGE = "<!doctype html><meta charset=utf-8><title>test</title><body></body>"


class Kit:
    """A blank page with the modules as `window.kit`; it notes requests, errors and dialogs."""

    def __init__(self, page: Page, folder: Path) -> None:
        self.page = page
        self.requests: list[str] = []
        self.problems: list[str] = []
        self.script = (folder / "kit.js").read_text()
        self.style = (folder / "kit.css").read_text()
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("dialog", self._refuse_dialog)
        page.on("popup", lambda popup: self.problems.append(f"popup: {popup.url}"))
        page.on("console", self._note_console)
        page.route("**/*", self._answer)
        self.open()

    def _refuse_dialog(self, dialog: Any) -> None:
        self.problems.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _note_console(self, message: Any) -> None:
        if message.type == "error":
            self.problems.append(f"console: {message.text}")

    def _answer(self, route: Route) -> None:
        if route.request.url == ADDRESS:
            route.fulfill(body=PAGE, content_type="text/html")
        else:
            self.requests.append(route.request.url)
            route.abort()

    def open(self) -> None:
        """Load the blank page anew, with the modules and styles in it."""
        self.page.goto(ADDRESS)
        self.page.add_style_tag(content=self.style)
        self.page.add_script_tag(content=self.script, type="module")
        self.page.wait_for_function("window.kit !== undefined")

    def clear(self) -> None:
        """Empty the page and forget what was noted."""
        self.page.evaluate("() => document.body.replaceChildren()")
        self.page.set_viewport_size({"width": 900, "height": 700})
        self.requests.clear()
        self.problems.clear()

    def run(self, code: str, argument: object = None) -> Any:
        """The value of the body of an async function that gets `argument`, `root` and the kit."""
        return self.page.evaluate(
            f"""async (argument) => {{
                const root = document.querySelector('.ocigenai') ?? document.body.appendChild(
                    kit.h('div', {{ class: 'ocigenai' }}));
                {code}
            }}""",
            argument,
        )


@pytest.fixture(scope="session")
def warm_kit(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Kit:
    """The page, kept for all tests: use `kit`, which empties it."""
    folder = tmp_path_factory.mktemp("kit")
    assert frontend.build(folder, KIT) == 0
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    return Kit(context.new_page(), folder)


@pytest.fixture
def kit(warm_kit: Kit) -> Iterator[Kit]:
    """An empty page; the test fails on an error in it or a request by it."""
    warm_kit.clear()
    yield warm_kit
    assert not warm_kit.problems
    assert not warm_kit.requests
