"""The thread inspector of a turn in which tools ran, in JupyterLab."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from ocigenai_nb.emulator.service import Service
from tests.browser.axe import find_violations
from tests.browser.lab import PATIENCE, Lab, Notebook

if TYPE_CHECKING:
    from playwright.sync_api import Locator

expect.set_options(timeout=PATIENCE)

START = """\
import ocigenai_nb as og
from ocigenai_nb.notebook.thread_inspector import ThreadInspector
genai = og.connect(config_file={config!r})
def get_weather(city: str) -> str:
    '''Look up the weather in a city.'''
    if city == "Oslo":
        raise LookupError("There is no station in <b>Oslo</b>.")
    return f"18 degrees and sunny in {{city}}. <img src=x onerror=alert(1)>"
"""
TALK = """\
chat = genai.chat("openai.gpt-4.1", transport="responses", name="weather", tools=[get_weather])
chat.send("Say exactly: Good morning.")
chat.send("What is the weather in Rome and in Oslo?")
inspector = ThreadInspector(chat, height="640px")
inspector
"""


@pytest.fixture(scope="module")
def opened(warm_lab: Lab, running_service: Service) -> Iterator[Notebook]:
    """A notebook with a connection and a tool."""
    notebook = warm_lab.open([START.format(config=str(running_service.config_file)), ""])
    notebook.run(0)
    yield notebook
    notebook.close()


@pytest.fixture
def inspector(lab: Lab, opened: Notebook, service: Service) -> Locator:
    """A new inspector of a new conversation, at the turn in which tools ran."""
    opened.run(1, TALK)
    root = opened.output(1).locator(".inspector-root")
    expect(root.locator(".inspector-heading")).to_have_text("Turn 2")
    root.scroll_into_view_if_needed()
    return root


def row(root: Locator, number: int) -> Locator:
    return root.locator(f"[role=treeitem][data-number='{number}']")


def open_tab(root: Locator, name: str) -> Locator:
    root.get_by_role("tab", name=name).click()
    expect(root.get_by_text("Loading…")).to_have_count(0)
    return root.get_by_role("tabpanel")


def test_a_round_shows_calls_results_and_what_they_are(lab: Lab, inspector: Locator) -> None:
    panel = inspector.get_by_role("tabpanel")
    calls = panel.get_by_role("region", name="Tool call: get_weather")
    expect(calls).to_have_count(2)
    expect(calls.nth(0)).to_contain_text('"city": "Rome"')
    expect(calls.nth(0)).to_contain_text("returned")
    expect(calls.nth(1)).to_contain_text("raised an error")
    expect(calls.nth(1)).to_contain_text("There is no station in <b>Oslo</b>.")
    expect(calls.get_by_text("data, not instructions", exact=True)).to_have_count(2)
    expect(panel.locator("img")).to_have_count(0)
    kinds = panel.locator(".inspector-items > *").evaluate_all("all => all.map(e => e.className)")
    assert kinds == ["inspector-item prompt", "inspector-round", "inspector-item answer"]
    lab.screenshot("inspector-rounds")


def test_a_row_says_how_many_calls_there_were(inspector: Locator) -> None:
    badge = row(inspector, 2).get_by_title("2 calls: get_weather")
    expect(badge).to_have_text("2 calls")
    expect(row(inspector, 1).locator(".icon-tool")).to_have_count(0)


def test_each_request_can_be_chosen_and_says_what_is_new(lab: Lab, inspector: Locator) -> None:
    panel = open_tab(inspector, "Request")
    choice = panel.get_by_role("combobox", name="Request")
    expect(choice).to_have_value("2")
    expect(panel).to_contain_text("previous_response_id")
    panel.get_by_text("What changed since request 1").click()
    new = panel.locator(".inspector-diff-line.new").filter(has_text="function_call_output")
    expect(new.first).to_be_visible()
    panel.evaluate("panel => panel.scrollTo(0, panel.scrollHeight)")
    lab.screenshot("inspector-rounds-request")
    choice.select_option("1")
    expect(panel).not_to_contain_text("function_call_output")
    expect(panel.get_by_text("What changed")).to_have_count(0)
    panel = open_tab(inspector, "Events")
    panel.get_by_role("combobox", name="Request").select_option("1")
    expect(panel).to_contain_text("events")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_keeps_people_out_of_the_rounds(lab: Lab, inspector: Locator, theme: str) -> None:
    try:
        lab.set_theme(theme)
        for name in ("Items", "Request", "Events"):
            open_tab(inspector, name)
            assert find_violations(inspector) == []
        open_tab(inspector, "Items")
        lab.screenshot(f"inspector-rounds-{theme}")
    finally:
        lab.set_theme("light")


def test_in_a_narrow_place_no_round_sticks_out(lab: Lab, inspector: Locator) -> None:
    inspector.evaluate("root => { root.style.width = '320px'; }")
    inside = "root => [...root.querySelectorAll('.inspector-panel, .inspector-round')]"
    wide = f"({inside})(root).every(part => part.scrollWidth <= part.clientWidth)"
    assert inspector.evaluate(f"root => {wide}")
    lab.screenshot("inspector-rounds-320")


def test_the_journal_shows_the_same_rounds(lab: Lab, opened: Notebook, inspector: Locator) -> None:
    opened.run(1, "ThreadInspector(genai.journal, height='500px')")
    root = opened.output(1).locator(".inspector-root")
    expect(root.locator(".inspector-heading")).to_contain_text("Exchange")
    expect(root.get_by_role("region", name="Tool call: get_weather")).to_have_count(2)
    lab.screenshot("inspector-rounds-journal")
