"""The chat panel in JupyterLab: by mouse and keys; the kernel busy, gone or shared."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from playwright.sync_api import expect

from ocigenai_nb.emulator.service import Service
from tests.browser.axe import find_violations
from tests.browser.chat_panels import (
    ask,
    begin,
    box,
    button,
    find_panel,
    last,
    words,
)
from tests.browser.lab import PATIENCE, Lab, Notebook

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator

START = """\
import threading
import ocigenai_nb as og
from ocigenai_nb.notebook.chat_panel import ChatPanel
genai = og.connect(config_file={config!r})
"""
SHOW = "chat = genai.chat()\npanel = ChatPanel(chat, height='640px')\npanel"
NARROW = f"""\
from ipywidgets import Layout, VBox
{SHOW.rpartition("panel")[0]}
VBox([panel], layout=Layout(width="340px"))
"""
BUSY: Final = "threading.Event().wait(60)"
PNG: Final = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
MARKDOWN: Final = """\
Say exactly: ## Plan

A **bold** idea with `code`:

| Model | Context |
|:--|--:|
| llama | 128,000 |

```python
def add(a: int, b: int) -> int:
    return a + b
```
"""


@pytest.fixture(scope="module")
def opened(warm_lab: Lab, running_service: Service) -> Iterator[Notebook]:
    """A notebook whose second cell shows a panel, connected to the tests' emulator."""
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


def test_an_answer_is_shown_as_a_page_with_tables_and_colored_code(panel: Locator) -> None:
    ask(panel, MARKDOWN)
    expect(words(panel).locator("strong")).to_have_text("bold")
    expect(words(panel).get_by_role("cell", name="128,000")).to_be_visible()
    expect(words(panel).locator(".tok-kwd").first).to_have_text("def")
    expect(last(panel).locator(".facts summary")).to_contain_text("tokens in")


def test_send_becomes_stop_which_is_heard_at_once(
    lab: Lab, panel: Locator, service: Service
) -> None:
    took = []
    for _ in range(3):
        begin(panel, service)
        expect(button(panel, "Stop")).to_be_visible()
        took.append(
            panel.evaluate(
                """panel => new Promise(resolve => {
                  const began = performance.now();
                  const seen = () => panel.querySelector('.turn.last .mark')
                    ? resolve(performance.now() - began) : requestAnimationFrame(seen);
                  panel.querySelector('button.send').click();
                  seen();
                })"""
            )
        )
        expect(last(panel).locator(".mark")).to_have_text("Stopped")
    assert min(took) < 200, took
    assert service.journal.last.outcome == "client left"


def test_an_answer_goes_on_while_another_cell_runs(
    opened: Notebook, panel: Locator, service: Service
) -> None:
    begin(panel, service)
    opened.start(2, BUSY)
    expect(words(panel)).to_contain_text(" 150 ")
    opened.interrupt()
    opened.finish()
    button(panel, "Stop").click()


def test_while_the_kernel_is_busy_a_prompt_waits_and_the_panel_says_so(
    opened: Notebook, panel: Locator
) -> None:
    # A lock of the conversation's own: from ipykernel 7 on a running cell holds up nobody.
    opened.start(2, f"with chat._lock: {BUSY}")
    box(panel).fill("Say exactly: at last")
    box(panel).press("Enter")
    expect(panel.locator(".status")).to_have_text("The kernel is busy; this waits for its turn.")
    expect(panel.locator(".pending .bubble")).to_have_text("Say exactly: at last")
    opened.interrupt()
    opened.finish()
    expect(words(panel)).to_have_text("at last")
    expect(panel.locator(".status")).to_be_hidden()


def test_twenty_thousand_tokens_flat_out_arrive_complete(panel: Locator) -> None:
    ask(panel, "Count from 1 to 20000")
    text = words(panel).inner_text()
    assert text.split() == [str(number) for number in range(1, 20001)]


def test_a_second_page_that_opens_while_an_answer_comes_shows_all_of_it(
    browser: Browser, lab: Lab, opened: Notebook, panel: Locator, service: Service
) -> None:
    begin(panel, service)
    opened.save()
    page = browser.new_page()
    where = f"lab/workspaces/second/tree/{opened.path}?token={lab.server.token}"
    page.goto(lab.server.url + where)
    other = page.locator(".chat-panel")
    expect(words(other)).to_contain_text("1 2 3 4 5", timeout=PATIENCE)
    expect(button(other, "Stop")).to_be_visible()
    button(other, "Stop").click()
    expect(last(panel).locator(".mark")).to_have_text("Stopped")
    expect(last(other).locator(".mark")).to_have_text("Stopped")
    assert words(other).inner_text() == words(panel).inner_text()
    page.close()


def test_two_views_and_a_cell_stay_in_step(opened: Notebook, panel: Locator) -> None:
    opened.run(2, "panel")
    second = find_panel(opened, 2)
    ask(second, "Say exactly: from the second view")
    expect(words(panel)).to_have_text("from the second view")
    opened.run(2, "chat.send('Say exactly: from a cell'); None")
    expect(words(panel)).to_have_text("from a cell")
    expect(panel.locator("article.turn")).to_have_count(2)


def test_another_try_stands_beside_the_first(panel: Locator) -> None:
    ask(panel, "Say exactly: one")
    button(last(panel), "Regenerate").click()
    group = panel.get_by_role("group", name="Version 2 of 2")
    expect(group).to_be_visible()
    group.get_by_role("button", name="Previous version").click()
    expect(panel.get_by_role("group", name="Version 1 of 2")).to_be_visible()
    expect(panel.locator("article.turn")).to_have_count(1)


def test_prompt_and_answer_can_be_put_in_other_words(panel: Locator) -> None:
    ask(panel, "Say exactly: one")
    button(last(panel), "Edit and resend").click()
    editor = panel.get_by_label("The prompt in other words")
    editor.fill("Say exactly: two")
    editor.press("Enter")
    expect(words(panel)).to_have_text("two")
    expect(panel.get_by_role("group", name="Version 2 of 2")).to_be_visible()
    button(last(panel), "Edit the answer").click()
    area = panel.get_by_label("The model's answer in other words")
    area.fill("**three**")
    area.press("Control+Enter")
    expect(words(panel).locator("strong")).to_have_text("three")
    expect(last(panel).locator(".speaker .badge")).to_have_text("edited by hand")


def test_a_stopped_answer_is_gone_on_with(panel: Locator, service: Service) -> None:
    begin(panel, service)
    button(panel, "Stop").click()
    service.pace = None
    last(panel).get_by_role("button", name=re.compile("go on where")).click()
    expect(panel.locator(".continued .bubble")).to_have_text("Asked to continue")
    expect(panel.locator("article.turn")).to_have_count(2)


def test_everything_goes_by_keyboard_alone(
    lab: Lab, opened: Notebook, panel: Locator, service: Service
) -> None:
    keys = lab.page.keyboard
    box(panel).focus()
    keys.type("Count from 1 to 5000")
    keys.press("Shift+Enter")
    keys.type("please")
    expect(box(panel)).to_have_value("Count from 1 to 5000\nplease")
    service.pace = 100
    keys.press("Enter")
    expect(words(panel)).to_contain_text("1 2 3")
    keys.press("Escape")
    expect(last(panel).locator(".mark")).to_have_text("Stopped")
    service.pace = None
    keys.press("ArrowUp")
    editor = panel.get_by_label("The prompt in other words")
    expect(editor).to_be_focused()
    keys.press("Escape")
    expect(button(last(panel), "Edit and resend")).to_be_focused()
    keys.press("Tab")
    expect(button(last(panel), "Copy the answer")).to_be_focused()
    keys.press("Tab")
    expect(button(last(panel), "Regenerate")).to_be_focused()
    keys.press("Enter")
    expect(panel.get_by_role("group", name="Version 2 of 2")).to_be_visible()
    assert opened.cell(1).evaluate("cell => !cell.classList.contains('jp-mod-editMode')")


def test_settings_hold_for_the_next_turn_and_a_bad_one_is_refused_beside_it(
    lab: Lab, panel: Locator, service: Service
) -> None:
    button(panel, "Settings").click()
    model = panel.get_by_label("Model", exact=True)
    expect(model).to_be_focused()
    model.fill("openai.gpt-oss-120b")
    model.press("Tab")
    expect(panel.locator(".head .model")).to_have_text("openai.gpt-oss-120b")
    panel.get_by_label("System prompt").fill("Be concise.")
    panel.get_by_label("Temperature").fill("9")
    panel.get_by_label("Max tokens").fill("300")
    expect(panel.get_by_role("alert")).to_contain_text("between 0 and 2")
    panel.get_by_label("Temperature").fill("0.5")
    panel.get_by_label("Temperature").press("Enter")
    expect(panel.locator(".settings .note")).to_be_hidden()
    lab.screenshot("chat-panel-settings")
    lab.page.keyboard.press("Escape")
    expect(panel.locator(".settings")).to_be_hidden()
    ask(panel, "Say exactly: set")
    assert service.journal.last.model == "openai.gpt-oss-120b"
    assert "Be concise." in str(service.journal.last.body)


def test_files_go_along_by_button_paste_and_drop(
    panel: Locator, service: Service, tmp_path: Path
) -> None:
    picture = tmp_path / "dot.png"
    picture.write_bytes(PNG)
    panel.locator("input[type=file]").set_input_files(picture)
    expect(panel.locator(".composer .chip")).to_have_text("dot.png")
    for kind, target in (("paste", "textarea"), ("drop", ".transcript")):
        panel.locator(target).first.evaluate(
            """(element, kind) => {
              const data = new DataTransfer();
              data.items.add(new File(['buy milk'], `${kind}.txt`, { type: 'text/plain' }));
              element.dispatchEvent(kind === 'paste'
                ? new ClipboardEvent(kind, { clipboardData: data, bubbles: true, cancelable: true })
                : new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true }));
            }""",
            kind,
        )
    expect(panel.locator(".composer .chip")).to_have_count(3)
    button(panel, "Remove drop.txt").click()
    button(panel, "Settings").click()
    panel.get_by_label("Model", exact=True).fill("meta.llama-3.2-90b-vision-instruct")
    panel.get_by_label("Model", exact=True).press("Enter")
    ask(panel, "Say exactly: seen")
    expect(panel.locator(".bubble .chip")).to_have_text(["Image 1", "paste.txt"])
    body = str(service.journal.last.body)
    assert base64.b64encode(PNG).decode() in body
    assert "buy milk" in body
    button(panel, "Image 1").click()
    expect(panel.locator(".bubble img")).to_be_visible()


def test_a_failure_is_shown_with_its_remedy_and_tried_again(
    panel: Locator, service: Service
) -> None:
    service.fault("status", status=404)
    ask(panel, "Say exactly: found")
    error = last(panel).locator(".note.error")
    expect(error).to_contain_text("HTTP 404")
    error.get_by_role("button", name="Retry").click()
    expect(words(panel)).to_have_text("found")


def test_what_may_be_charged_twice_is_asked_for_first(
    opened: Notebook, panel: Locator, service: Service
) -> None:
    opened.run(2, "chat.model, chat.transport = 'openai.gpt-4.1', 'responses'")
    service.fault("cut", after_events=0)
    ask(panel, "Say exactly: twice")
    last(panel).get_by_role("button", name="Retry").click()
    expect(last(panel).locator(".question")).to_contain_text("charged twice")
    assert len(service.journal) == 1
    button(panel, "Yes, ask again").click()
    expect(words(panel)).to_have_text("twice")


def test_a_prompt_that_is_refused_comes_back(opened: Notebook, panel: Locator) -> None:
    opened.run(2, "chat.model = 'no-such-model'")
    box(panel).fill("hi")
    box(panel).press("Enter")
    expect(panel.locator(".composer .note")).to_contain_text("no-such-model")
    expect(box(panel)).to_have_value("hi")


def test_reasoning_is_folded(opened: Notebook, panel: Locator) -> None:
    opened.run(2, "chat.model = 'openai.gpt-oss-120b'")
    ask(panel, "Say exactly: thought")
    folded = last(panel).locator(".reasoning")
    expect(folded.locator(".thoughts")).to_be_hidden()
    folded.locator("summary").click()
    expect(folded.locator(".thoughts")).to_contain_text("The request is")


def test_only_what_is_saved_on_purpose_is_in_the_notebook(opened: Notebook, panel: Locator) -> None:
    ask(panel, "Say exactly: canary **bold**")
    assert "canary" not in str(opened.save())
    button(panel, "Save to notebook").click()
    expect(opened.output(1).locator(".jp-RenderedMarkdown strong")).to_have_text("bold")
    saved = opened.save()["cells"][1]["outputs"]
    assert [name for output in saved for name in output["data"] if name == "text/markdown"]
    assert "canary **bold**" in "".join(saved[-1]["data"]["text/markdown"])


def test_it_is_read_to_a_screen_reader_in_sentences_and_at_the_end(panel: Locator) -> None:
    live = panel.locator("[aria-live=polite]")
    expect(live).to_have_count(1)
    ask(panel, "Say exactly: Said aloud.")
    expect(live).to_contain_text("The answer is complete.")


def test_without_its_kernel_it_says_so_and_still_copies_and_exports(
    lab: Lab, running_service: Service, service: Service
) -> None:
    start = START.format(config=str(running_service.config_file))
    notebook = lab.open([start, SHOW])
    notebook.run_all()
    panel = find_panel(notebook)
    ask(panel, "Say exactly: kept")
    begin(panel, service)
    notebook._evaluate("await panel.sessionContext.session.kernel.restart();")
    expect(panel.locator(".status")).to_contain_text("The kernel is gone")
    expect(button(panel, "Send")).to_be_disabled()
    expect(last(panel).locator(".mark")).to_have_text("Broken off")
    panel.get_by_label("Export", exact=True).click()
    with lab.page.expect_download() as waiting:
        button(panel, "Export: Markdown").click()
    exported = waiting.value.path().read_text()
    assert "Say exactly: kept" in exported
    assert waiting.value.suggested_filename == "conversation.md"
    expect(button(last(panel), "Copy the answer")).to_be_enabled()
    notebook.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_keeps_people_out(
    lab: Lab, opened: Notebook, panel: Locator, service: Service, theme: str
) -> None:
    lab.set_theme(theme)
    assert find_violations(panel) == []
    lab.screenshot(f"chat-panel-empty-{theme}")
    ask(panel, MARKDOWN)
    button(last(panel), "Regenerate").click()
    expect(panel.get_by_role("group", name="Version 2 of 2")).to_be_visible()
    service.fault("status", status=404)
    ask(panel, "hi")
    opened.run(2, "chat.model = 'openai.gpt-oss-120b'")
    ask(panel, "Write a Python function that reverses a string")
    assert find_violations(panel) == []
    lab.screenshot(f"chat-panel-{theme}")
    lab.set_theme("light")


def test_it_fits_a_narrow_place(lab: Lab, opened: Notebook, service: Service) -> None:
    opened.run(1, NARROW)
    panel = find_panel(opened)
    ask(panel, MARKDOWN)
    assert panel.evaluate("panel => panel.scrollWidth <= panel.clientWidth")
    lab.screenshot("chat-panel-narrow")
    button(panel, "Settings").click()
    assert panel.evaluate("panel => panel.scrollWidth <= panel.clientWidth")
    assert find_violations(panel) == []
    lab.screenshot("chat-panel-narrow-settings")
