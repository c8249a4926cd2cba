"""`%%ocichat` in a real JupyterLab: text appears while it streams, and Stop keeps it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, expect

from ocigenai_nb.emulator.service import Service
from tests.browser.lab import PATIENCE, Lab, Notebook

expect.set_options(timeout=PATIENCE)

LOAD = """\
import os
os.environ["OCI_CONFIG_FILE"] = {config!r}
%load_ext ocigenai_nb
"""
COUNTING = "%%ocichat --new\nCount from 1 to 5000"  # takes two minutes


@pytest.fixture(scope="module")
def warm_chat(warm_lab: Lab, running_service: Service) -> Iterator[Notebook]:
    """A notebook of three cells, the first of them loads the extension."""
    opened = warm_lab.open([LOAD.format(config=str(running_service.config_file)), "", ""])
    opened.run(0)
    yield opened
    opened.close()


@pytest.fixture
def chat(lab: Lab, warm_chat: Notebook, service: Service) -> Notebook:
    """The notebook, its requests answered by the tests' emulator."""
    return warm_chat


def answer(chat: Notebook) -> Locator:
    """Where the second cell shows Markdown."""
    return chat.output(1).locator(".jp-RenderedMarkdown")


def test_an_answer_grows_on_the_page_before_it_is_complete(
    chat: Notebook, service: Service
) -> None:
    service.pace = 40
    chat.start(1, COUNTING)
    expect(answer(chat)).to_contain_text("1 2 3 4 5")
    first = answer(chat).inner_text()
    expect(answer(chat)).not_to_have_text(first)
    second = answer(chat).inner_text()
    assert second.startswith(f"{first} ")
    assert "opc-request-id" not in second
    assert service.journal.last.outcome == "open"
    chat.interrupt()
    chat.finish()


def test_the_end_of_an_answer_replaces_what_was_shown_while_it_came(
    chat: Notebook, service: Service
) -> None:
    service.pace = 60
    chat.run(1, "%%ocichat --new\nCount from 1 to 40")
    expect(answer(chat)).to_have_count(1)
    expect(answer(chat).locator("p").first).to_have_text(" ".join(map(str, range(1, 41))))
    expect(answer(chat).locator("sub")).to_contain_text("stop · opc-request-id")


def test_the_stop_command_keeps_what_came_and_the_next_cell_works(
    chat: Notebook, lab: Lab, service: Service
) -> None:
    service.pace = 40
    chat.start(1, COUNTING)
    expect(answer(chat)).to_contain_text("1 2 3 4 5")
    lab.page.evaluate("window.jupyterapp.commands.execute('notebook:interrupt-kernel')")
    chat.finish()
    expect(answer(chat)).to_contain_text("1 2 3 4 5")
    expect(answer(chat)).to_contain_text("Stopped: this answer is not complete.")
    expect(answer(chat)).not_to_contain_text("5000")
    expect(chat.output(1)).to_contain_text("Stopped. What came of the answer is kept, and in _oci.")
    expect(chat.output(1)).not_to_contain_text("Traceback")
    service.journal.wait_for(lambda entry: entry.outcome == "client left")
    lab.screenshot("stopped")
    chat.run(2, "print(_oci.status, len(_oci.text) > 8)")
    chat.wait_text("interrupted True", index=2)


def test_an_error_is_a_few_lines_on_the_page(chat: Notebook, lab: Lab) -> None:
    chat.run(1, "%%ocichat meta.llama-3.3-70b --new\nhi")
    expect(chat.output(1)).to_contain_text("NotFoundError: Entity with key meta.llama-3.3-70b")
    expect(chat.output(1)).to_contain_text("Did you mean 'meta.llama-3.3-70b-instruct'")
    assert len(chat.output(1).inner_text().strip().splitlines()) <= 4
    lab.screenshot("error")


def test_code_emoji_and_formulas_of_an_answer_are_rendered(chat: Notebook, lab: Lab) -> None:
    prompt = "Say exactly: **bold** 🤖 and $x^2$\n\n```python\nprint(1)\n```"
    chat.run(1, f"%%ocichat --new\n{prompt}")
    expect(answer(chat).locator("strong")).to_have_text("bold")
    expect(answer(chat).locator("code")).to_have_text("print(1)\n")
    expect(answer(chat)).to_contain_text("🤖")
    expect(answer(chat).locator("mjx-container, .MathJax").first).to_be_visible()
    lab.screenshot("rendered")
