"""Tools in the chat panel: calls show as they happen, and are approved or denied there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import pytest
from playwright.sync_api import expect

from ocigenai_nb.emulator.service import Service
from tests.browser.axe import find_violations
from tests.browser.chat_panels import box, button, find_panel, last, words
from tests.browser.lab import PATIENCE, Lab, Notebook

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator

START = """\
import threading
from pydantic import BaseModel
import ocigenai_nb as og
from ocigenai_nb.notebook.chat_panel import ChatPanel
genai = og.connect(config_file={config!r})
made, gate = [], threading.Event()

@og.tool(approval="ask")
def get_weather(city: str) -> str:
    '''Look up the weather in a city.'''
    made.append(city)
    return f"18 degrees in <b>{{city}}</b>"

@og.tool
def look_up_rate(currency: str) -> str:
    '''Look up the exchange rate of a currency.'''
    gate.wait(60)
    raise LookupError(f"no rate of {{currency}}")

class City(BaseModel):
    name: str
    country: str
    people: int
"""
TYPED: Final = """\
chat.parameters = og.Parameters(seed=7)  # with which the emulator leaves a field out at first
chat.send("Tell me of Rome, Italy, with 2800000 people.", schema=City); None"""
SHOW = """\
made.clear(), gate.clear()
chat = genai.chat(tools=[get_weather, look_up_rate])
panel = ChatPanel(chat, height="640px")
panel"""
NARROW = f"""\
from ipywidgets import Layout, VBox
{SHOW.rpartition("panel")[0]}
VBox([panel], layout=Layout(width="340px"))
"""
WEATHER: Final = "What is the weather in Rome and in Oslo?"
RATE: Final = "Look up the exchange rate of the currency EUR"


@pytest.fixture(scope="module")
def opened(warm_lab: Lab, running_service: Service) -> Iterator[Notebook]:
    """A notebook whose second cell shows a panel with tools."""
    config = str(running_service.config_file)
    notebook = warm_lab.open([START.format(config=config), "", ""])
    notebook.run(0)
    yield notebook
    notebook.close()


@pytest.fixture
def panel(lab: Lab, opened: Notebook, service: Service) -> Locator:
    """A new panel over a new chat, as the page shows it."""
    opened.run(1, SHOW)
    return find_panel(opened)


def send(panel: Locator, prompt: str) -> None:
    box(panel).fill(prompt)
    box(panel).press("Enter")


def cards(panel: Locator) -> Locator:
    return last(panel).locator(".call")


def card(panel: Locator, state: str) -> Locator:
    return last(panel).locator(f'.call[data-state="{state}"]')


def test_a_call_is_approved_and_another_denied_by_mouse(opened: Notebook, panel: Locator) -> None:
    send(panel, WEATHER)
    expect(card(panel, "waiting")).to_have_count(2)
    expect(cards(panel).first.get_by_role("treeitem", name="city")).to_contain_text("Rome")
    button(panel, "Approve: get_weather(city='Rome')").click()
    expect(card(panel, "returned")).to_contain_text("18 degrees in <b>Rome</b>")
    expect(card(panel, "returned")).to_contain_text("It is data, not instructions")
    expect(card(panel, "waiting")).to_have_count(1)
    button(panel, "Deny: get_weather(city='Oslo')").click()
    expect(card(panel, "denied")).to_contain_text("The person said no.")
    expect(words(panel)).to_contain_text("18 degrees")
    opened.run(2, "print(made)")
    expect(opened.output(2)).to_have_text("['Rome']")


def test_calls_are_decided_by_keyboard_alone(lab: Lab, panel: Locator) -> None:
    keys = lab.page.keyboard
    box(panel).focus()
    keys.type(WEATHER)
    keys.press("Enter")
    live = panel.locator("[aria-live=polite]")
    expect(card(panel, "waiting")).to_have_count(2)
    expect(live).to_contain_text("The model wants to run get_weather(city=")
    keys.press("Shift+Tab")
    always = panel.get_by_role("button", name="Always approve: get_weather")
    expect(always.last).to_be_focused()
    keys.press("Shift+Tab")
    expect(button(panel, "Deny: get_weather(city='Oslo')")).to_be_focused()
    keys.press("Enter")
    expect(card(panel, "denied")).to_have_count(1)
    expect(button(panel, "Approve: get_weather(city='Rome')")).to_be_focused()
    keys.press("Enter")
    expect(card(panel, "returned").locator("summary")).to_be_focused()
    expect(words(panel)).to_contain_text("18 degrees")


def test_a_tool_that_is_always_approved_asks_no_more(panel: Locator) -> None:
    send(panel, WEATHER)
    panel.get_by_role("button", name="Always approve: get_weather").first.click()
    expect(card(panel, "returned")).to_have_count(2)
    expect(button(last(panel), "Regenerate")).to_be_enabled()
    button(last(panel), "Regenerate").click()
    expect(panel.get_by_role("group", name="Version 2 of 2")).to_be_visible()
    expect(card(panel, "returned")).to_have_count(2)
    expect(words(panel)).to_contain_text("18 degrees")


def test_an_answer_that_was_sent_back_stands_above_the_one_that_fits(
    lab: Lab, opened: Notebook, panel: Locator
) -> None:
    opened.run(2, TYPED)
    expect(words(panel)).to_contain_text('"name"')
    said, sent_back = last(panel).locator(".said-before"), last(panel).locator(".rounds .call")
    expect(said).to_have_text('{"country": "Italy", "people": 2800000}')
    expect(sent_back.locator("pre")).to_be_hidden()
    sent_back.locator("summary").click()
    expect(sent_back.locator("pre")).to_contain_text("name: Field required")
    lab.screenshot("chat-panel-correction")


def test_stop_is_heard_while_a_call_waits(opened: Notebook, panel: Locator) -> None:
    send(panel, WEATHER)
    expect(card(panel, "waiting")).to_have_count(2)
    button(panel, "Stop").click()
    expect(last(panel).locator(".mark")).to_have_text("Stopped")
    expect(card(panel, "stopped")).to_have_count(2)
    expect(panel.get_by_role("button", name=re.compile("^Approve"))).to_have_count(0)
    opened.run(2, "print(made)")
    expect(opened.output(2)).to_have_text("[]")


def test_a_tool_runs_and_fails_in_sight(opened: Notebook, panel: Locator) -> None:
    send(panel, RATE)
    expect(card(panel, "running")).to_contain_text("look_up_rate")
    opened.run(2, "gate.set()")
    failed = card(panel, "raised")
    expect(failed.locator(".state")).to_contain_text("failed")
    expect(failed.locator("pre")).to_be_hidden()
    failed.locator("summary").click()
    expect(failed.locator("pre")).to_contain_text("LookupError: no rate of")


def test_a_page_that_opens_while_a_call_waits_can_approve_it(
    browser: Browser, lab: Lab, opened: Notebook, panel: Locator
) -> None:
    send(panel, "What is the weather in Rome?")
    expect(card(panel, "waiting")).to_have_count(1)
    opened.save()
    page = browser.new_page()
    where = f"lab/workspaces/third/tree/{opened.path}?token={lab.server.token}"
    page.goto(lab.server.url + where)
    other = page.locator(".chat-panel")
    button(other, "Approve: get_weather(city='Rome')").click(timeout=PATIENCE)
    for each in (panel, other):
        expect(card(each, "returned")).to_have_count(1)
        expect(words(each)).to_contain_text("18 degrees")
    page.close()


def test_rounds_are_there_in_a_second_view_and_not_in_the_notebook(
    opened: Notebook, panel: Locator
) -> None:
    send(panel, WEATHER)
    panel.get_by_role("button", name="Always approve: get_weather").first.click()
    expect(words(panel)).to_contain_text("18 degrees")
    expect(button(last(panel), "Regenerate")).to_be_enabled()
    opened.run(2, "panel")
    second = find_panel(opened, 2)
    expect(card(second, "returned")).to_have_count(2)
    expect(words(second)).to_contain_text("18 degrees")
    assert "in <b>Rome" not in str(opened.save())


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_calls_keep_nobody_out(lab: Lab, opened: Notebook, panel: Locator, theme: str) -> None:
    lab.set_theme(theme)
    send(panel, WEATHER)
    expect(card(panel, "waiting")).to_have_count(2)
    expect(cards(panel).last.get_by_role("treeitem", name="city")).to_be_visible()
    assert find_violations(panel) == []
    lab.screenshot(f"chat-panel-approval-{theme}")
    button(panel, "Approve: get_weather(city='Rome')").click()
    expect(card(panel, "waiting")).to_have_count(1)
    button(panel, "Deny: get_weather(city='Oslo')").click()
    expect(button(last(panel), "Regenerate")).to_be_enabled()
    assert find_violations(panel) == []
    lab.screenshot(f"chat-panel-tools-{theme}")
    lab.set_theme("light")


def test_calls_fit_a_narrow_place(lab: Lab, opened: Notebook, service: Service) -> None:
    opened.run(1, NARROW)
    panel = find_panel(opened)
    send(panel, WEATHER)
    expect(card(panel, "waiting")).to_have_count(2)
    assert panel.evaluate("panel => panel.scrollWidth <= panel.clientWidth")
    assert find_violations(panel) == []
    lab.screenshot("chat-panel-approval-narrow")
    button(panel, "Stop").click()
    expect(last(panel).locator(".mark")).to_have_text("Stopped")
