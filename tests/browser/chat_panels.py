"""The parts of a chat panel on a page, and what one does with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from playwright.sync_api import expect

from ocigenai_nb.emulator.service import Service
from tests.browser.lab import Notebook

if TYPE_CHECKING:
    from playwright.sync_api import Locator

COUNTING: Final = "Count from 1 to 5000"


def find_panel(notebook: Notebook, index: int = 1) -> Locator:
    root = notebook.output(index).locator(".chat-panel")
    expect(root.locator(".head .model")).not_to_be_empty()
    root.scroll_into_view_if_needed()
    return root


def box(panel: Locator) -> Locator:
    return panel.get_by_label("Message", exact=True)


def last(panel: Locator) -> Locator:
    return panel.locator(".turn.last")


def words(panel: Locator) -> Locator:
    """The text of the last answer."""
    return last(panel).locator(".words")


def button(panel: Locator, name: str) -> Locator:
    return panel.get_by_role("button", name=name, exact=True)


def ask(panel: Locator, prompt: str) -> None:
    """Send a prompt, and wait for the end of its answer."""
    count = panel.locator("article.turn").count()
    box(panel).fill(prompt)
    box(panel).press("Enter")
    expect(panel.locator("article.turn")).to_have_count(count + 1)
    expect(button(last(panel), "Regenerate")).to_be_enabled(timeout=60_000)


def begin(panel: Locator, service: Service, *, pace: float = 100) -> None:
    """Begin an answer that goes on for long."""
    service.pace = pace
    box(panel).fill(COUNTING)
    box(panel).press("Enter")
    expect(words(panel)).to_contain_text("1 2 3")
