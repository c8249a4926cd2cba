"""Tools in a plain cell of a real JupyterLab: a person is asked below it, and Stop is heard."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import pytest
from playwright.sync_api import expect

from ocigenai_nb.emulator.service import Service
from tests.browser.axe import find_violations
from tests.browser.lab import PATIENCE, Lab, Notebook

if TYPE_CHECKING:
    from playwright.sync_api import Locator

expect.set_options(timeout=PATIENCE)

LOAD: Final = """\
import os
os.environ["OCI_CONFIG_FILE"] = {config!r}
%load_ext ocigenai_nb
import ocigenai_nb as og
made = []

@og.tool(approval="ask")
def get_weather(city: str) -> str:
    '''Look up the weather in a city.'''
    made.append(city)
    return f"18 degrees and *sunny* in {{city}}"
"""
ASK: Final = "%%ocichat --new --tools get_weather\nWhat is the weather in Rome and in Oslo?"


@pytest.fixture(scope="module")
def opened(warm_lab: Lab, running_service: Service) -> Iterator[Notebook]:
    """A notebook whose first cell defines a tool that asks."""
    notebook = warm_lab.open([LOAD.format(config=str(running_service.config_file)), "", ""])
    notebook.run(0)
    yield notebook
    notebook.close()


@pytest.fixture
def chat(lab: Lab, opened: Notebook, service: Service) -> Notebook:
    """The notebook, its requests answered by the tests' emulator."""
    opened.run(2, "made.clear()")
    return opened


def question(chat: Notebook) -> Locator:
    """The line that is written in below the second cell; an answered one stays for 0.5 s."""
    waiting = ".jp-OutputArea-stdin-item:not(.jp-OutputArea-stdin-hiding)"
    return chat.output(1).locator(f"{waiting} .jp-Stdin-input")


def shown(chat: Notebook) -> Locator:
    """Where the second cell shows Markdown."""
    return chat.output(1).locator(".jp-RenderedMarkdown")


def test_a_person_is_asked_call_by_call_below_the_cell(lab: Lab, chat: Notebook) -> None:
    chat.start(1, ASK)
    expect(chat.output(1)).to_contain_text("The model wants to call get_weather(city='Rome')")
    lab.screenshot("magic-approval-asked")
    question(chat).fill("y")
    question(chat).press("Enter")
    expect(chat.output(1)).to_contain_text("The model wants to call get_weather(city='Oslo')")
    question(chat).fill("n")
    question(chat).press("Enter")
    chat.finish()
    expect(shown(chat)).to_have_count(1)
    expect(shown(chat)).to_contain_text(
        "⚙ get_weather(city='Rome') → 18 degrees and *sunny* in Rome"
    )
    expect(shown(chat)).to_contain_text("→ get_weather was not run: The person said no.")
    expect(shown(chat).locator("sub")).to_contain_text("1 round, 2 calls")
    assert find_violations(shown(chat)) == []
    lab.screenshot("magic-approval-decided")
    chat.run(2, "print(made)")
    expect(chat.output(2)).to_have_text("['Rome']")


def test_the_cell_is_interrupted_while_it_asks(chat: Notebook) -> None:
    chat.start(1, ASK)
    expect(question(chat)).to_be_visible()
    chat.interrupt()
    chat.finish()
    expect(chat.output(1)).to_contain_text("Stopped. What came of the answer is kept")
    chat.run(2, "print(made)")
    expect(chat.output(2)).to_have_text("[]")
