"""The thread inspector in JupyterLab: by mouse, by keyboard, ten thousand turns, no kernel."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from ocigenai_nb import connect
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
"""
TALK = """\
chat = genai.chat("openai.gpt-4.1", transport="responses", system="Be brief.", name="sky")
chat.send("Say exactly: The sky is blue.")
chat.send("Say exactly: Clouds are white.")
chat.regenerate()
chat.send("Say exactly: <img src=x onerror=alert(1)> **bold**")
inspector = ThreadInspector(chat)
inspector
"""
MODEL = "openai.gpt-4.1"
TURNS = 10_000
OPENED_MS = 300
LONGEST_TASK_MS = 100
SHARED = 3  # tasks last longer where other programs run beside; the best of three counts

# From running the cell until the first rows are there. JupyterLab's own part in it is the same for
# an inspector of four turns, so the two are compared.
PREPARE = """() => {
  const cells = window.jupyterapp.shell.currentWidget.content;
  cells.activeCellIndex = 3;
  cells.activeCell.model.sharedModel.setSource('inspector');
}"""
OPEN = """async () => {
  const began = performance.now();
  window.jupyterapp.commands.execute('notebook:run-cell');
  const cell = '.jp-NotebookPanel:not(.lm-mod-hidden) [data-windowed-list-index="3"]';
  const inside = `${cell} .inspector-cell`;
  while (!document.querySelector(inside)) await new Promise(requestAnimationFrame);
  return performance.now() - began;
}"""
SCROLL = """async tree => {
  const tasks = [];
  const observer = new PerformanceObserver(list => tasks.push(...list.getEntries()));
  observer.observe({ type: 'longtask' });
  for (let step = 0; step <= 120; step += 1) {
    tree.scrollTop = (tree.scrollHeight - tree.clientHeight) * (step / 120);
    await new Promise(requestAnimationFrame);
  }
  await new Promise(done => setTimeout(done, 300));
  observer.disconnect();
  return { longest: Math.max(0, ...tasks.map(task => task.duration)),
           rows: tree.querySelectorAll('[role=treeitem]').length };
}"""


@pytest.fixture(scope="module")
def opened(warm_lab: Lab, running_service: Service) -> Iterator[Notebook]:
    """A notebook with a connection, whose second cell shows an inspector."""
    notebook = warm_lab.open([START.format(config=str(running_service.config_file)), "", ""])
    notebook.run(0)
    yield notebook
    notebook.close()


@pytest.fixture
def inspector(lab: Lab, opened: Notebook, service: Service) -> Locator:
    """A new inspector of a new conversation, as the page shows it."""
    return show(opened)


def show(notebook: Notebook) -> Locator:
    notebook.run(1, TALK)
    root = notebook.output(1).locator(".inspector-root")
    expect(row(root, 4)).to_be_visible()
    expect(root.locator(".inspector-heading")).to_have_text("Turn 4")
    root.scroll_into_view_if_needed()
    return root


def row(root: Locator, number: int) -> Locator:
    return root.locator(f"[role=treeitem][data-number='{number}']")


def test_a_click_shows_a_response_and_is_heard_in_the_kernel(
    opened: Notebook, inspector: Locator, lab: Lab
) -> None:
    row(inspector, 1).click()
    expect(inspector.locator(".inspector-heading")).to_have_text("Turn 1")
    expect(inspector.get_by_role("tabpanel")).to_contain_text("The sky is blue.")
    expect(row(inspector, 1)).to_have_attribute("aria-selected", "true")
    assert opened.say("inspector.selected") == "1"
    lab.screenshot("inspector")


def test_what_is_set_in_the_kernel_is_shown(opened: Notebook, inspector: Locator) -> None:
    opened.run(2, "inspector.selected = 2; inspector.query = 'clouds'; inspector.height = '400px'")
    expect(inspector.locator(".inspector-heading")).to_have_text("Turn 2")
    expect(inspector.get_by_role("searchbox")).to_have_value("clouds")
    expect(inspector.get_by_role("treeitem")).to_have_count(2)
    expect(inspector.locator(".inspector")).to_have_css("height", "400px")


def test_everything_goes_by_keyboard_alone(lab: Lab, inspector: Locator) -> None:
    keys = lab.page.keyboard
    inspector.get_by_role("tree", name="Responses").focus()
    keys.press("ArrowUp")
    expect(row(inspector, 3)).to_have_attribute("aria-selected", "true")
    keys.press("ArrowLeft")
    expect(row(inspector, 3)).to_have_attribute("aria-expanded", "false")
    expect(row(inspector, 4)).to_have_count(0)
    keys.press("ArrowRight")
    expect(row(inspector, 4)).to_be_visible()
    keys.press("ArrowDown")
    keys.press("ArrowLeft")
    expect(row(inspector, 3)).to_have_attribute("aria-selected", "true")
    keys.press("Enter")
    expect(inspector.locator(".inspector-heading")).to_be_focused()
    expect(inspector.locator(".inspector-heading")).to_have_text("Turn 3")
    for name in ("Fork from here", "Delete stored…"):
        keys.press("Tab")
        expect(inspector.get_by_role("button", name=name)).to_be_focused()
    keys.press("Tab")
    keys.press("ArrowRight")
    keys.press("Enter")
    expect(inspector.get_by_role("tab", name="Thread")).to_have_attribute("aria-selected", "true")
    expect(inspector.get_by_role("tabpanel")).to_contain_text("at the service")
    keys.press("/")
    expect(inspector.get_by_role("searchbox")).to_be_focused()
    keys.type("white")
    expect(inspector.get_by_role("treeitem")).to_have_count(2)
    expect(inspector.locator(".inspector-total")).to_have_text("2 of 4")


def test_filters_narrow_the_tree(inspector: Locator) -> None:
    inspector.get_by_label("All states").select_option("finished")
    expect(inspector.locator(".inspector-total")).to_have_text("4 responses")
    inspector.get_by_role("searchbox").fill("nowhere")
    expect(inspector).to_contain_text("Nothing fits this search.")


def test_every_tab_shows_its_part(lab: Lab, inspector: Locator) -> None:
    row(inspector, 3).click()
    expect(inspector.locator(".inspector-heading")).to_have_text("Turn 3")
    panel = inspector.get_by_role("tabpanel")
    for name, part in {
        "Items": "System prompt",
        "Thread": "continued resp_",
        "Usage": "complete after",
        "Request": "previous_response_id",
        "Events": "events",
        "Compare": "There is no difference.",
        "Export": "import",
    }.items():
        inspector.get_by_role("tab", name=name).click()
        expect(panel).to_contain_text(part)
        lab.screenshot(f"inspector-{name.lower()}")
    inspector.get_by_role("tab", name="Service").click()
    inspector.get_by_role("button", name="Ask the service").click()
    expect(panel).to_contain_text("The service holds it, with the same words as here.")
    expect(panel.get_by_role("tree", name="The stored response")).to_be_visible()


def test_what_the_model_wrote_stays_text(inspector: Locator) -> None:
    expect(inspector.get_by_role("tabpanel")).to_contain_text(
        "<img src=x onerror=alert(1)> **bold**"
    )
    expect(inspector.locator("img")).to_have_count(0)


def test_a_fork_moves_the_head_in_the_tree(opened: Notebook, inspector: Locator) -> None:
    row(inspector, 2).click()
    expect(inspector.locator(".inspector-heading")).to_have_text("Turn 2")
    inspector.get_by_role("button", name="Fork from here").click()
    expect(row(inspector, 2)).to_contain_text("head")
    assert opened.say("chat.head.number") == "2"
    opened.run(2, "chat.send('Say exactly: on the fork')")
    expect(row(inspector, 5)).to_contain_text("on the fork")


def test_deleting_at_the_service_asks_first(lab: Lab, opened: Notebook, inspector: Locator) -> None:
    button = inspector.get_by_role("button", name="Delete stored…")
    row(inspector, 3).click()
    expect(inspector.locator(".inspector-heading")).to_have_text("Turn 3")
    button.click()
    expect(inspector).to_contain_text("Delete 2 stored responses at the service")
    expect(inspector.get_by_role("button", name="Cancel")).to_be_focused()
    lab.page.keyboard.press("Escape")
    expect(button).to_be_focused()
    assert opened.say("len(chat.lost)") == "0"
    button.click()
    inspector.get_by_role("button", name="Delete", exact=True).click()
    expect(inspector).to_contain_text("2 responses were deleted at the service.")
    assert opened.say("len(chat.lost), len(chat.turns)") == "2 4"
    button.click()
    inspector.get_by_label("Also remove these turns here").check()
    inspector.get_by_role("button", name="Delete", exact=True).click()
    expect(inspector.get_by_role("treeitem")).to_have_count(2)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_keeps_people_out(lab: Lab, inspector: Locator, theme: str) -> None:
    try:
        lab.set_theme(theme)
        row(inspector, 3).click()
        expect(inspector.locator(".inspector-heading")).to_have_text("Turn 3")
        for name in ("Items", "Thread", "Usage", "Request", "Compare", "Export"):
            inspector.get_by_role("tab", name=name).click()
            expect(inspector.get_by_text("Loading…")).to_have_count(0)
            assert find_violations(inspector) == []
        lab.screenshot(f"inspector-{theme.lower()}")
    finally:
        lab.set_theme("light")


@pytest.mark.parametrize("width", [320, 480])
def test_in_a_narrow_place_nothing_sticks_out(lab: Lab, inspector: Locator, width: int) -> None:
    inspector.evaluate("(root, width) => { root.style.width = `${width}px`; }", width)
    for name in ("Thread", "Usage", "Compare", "Export"):
        inspector.get_by_role("tab", name=name).click()
        inside = "root => [...root.querySelectorAll('.inspector-panel, .inspector-bar, header')]"
        wide = f"({inside})(root).every(part => part.scrollWidth <= part.clientWidth)"
        assert inspector.evaluate(f"root => {wide}"), name
    lab.screenshot(f"inspector-{width}")


def test_without_a_kernel_what_is_shown_stays(
    lab: Lab, running_service: Service, service: Service
) -> None:
    config = str(running_service.config_file)
    notebook = lab.open([START.format(config=config), TALK])
    notebook.run(0)
    try:
        root = show(notebook)
        lab.page.evaluate(
            "window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()"
        )
        expect(root).to_contain_text("The kernel is gone.")
        expect(root.get_by_role("tabpanel")).to_contain_text("**bold**")
        root.get_by_role("tab", name="Thread").click()
        expect(root.get_by_role("tabpanel")).to_contain_text("resp_")
        expect(root.get_by_role("button", name="Copy resp_").first).to_be_enabled()
    finally:
        notebook.close()


def write_long_chat(config: Path, folder: Path) -> Path:
    """A saved conversation of ten thousand turns, one after the other."""
    chat = connect(config_file=config).chat(MODEL, transport="responses")
    chat.send("Say exactly: " + "An answer of usual length. " * 12)
    saved = json.loads(chat.save(folder / "first.json").read_text())
    [turn] = saved["conversation"]["turns"]
    saved["conversation"]["turns"] = [
        {**turn, "number": number, "parent": number - 1 or None} for number in range(1, TURNS + 1)
    ]
    saved["conversation"]["head"] = TURNS
    file = folder / "long.json"
    file.write_text(json.dumps(saved))
    return file


def measure_opening(lab: Lab, notebook: Notebook, name: str) -> float:
    """Milliseconds from running the last cell until its inspector's rows are there."""
    notebook.run(2, f"inspector = ThreadInspector({name})")
    notebook.run(3, "None")
    lab.page.evaluate(PREPARE)
    return float(lab.page.evaluate(OPEN))


def test_ten_thousand_turns_open_at_once_and_scroll_smoothly(
    lab: Lab, running_service: Service, service: Service, tmp_path: Path
) -> None:
    file = write_long_chat(running_service.config_file, tmp_path)
    start = START.format(config=str(running_service.config_file))
    notebook = lab.open([start, f"long = genai.load_chat({str(file)!r})\n{TALK}", "", ""])
    try:
        notebook.run(0)
        notebook.run(1)
        opened = {"chat": 0.0, "long": 0.0}
        for name in opened:
            opened[name] = min(measure_opening(lab, notebook, name) for _ in range(3))
        assert opened["long"] - opened["chat"] < OPENED_MS, opened
        tree = notebook.output(3).get_by_role("tree", name="Responses")
        expect(tree.locator(f"[data-number='{TURNS}']")).to_be_visible()
        tree.hover()
        lab.page.mouse.wheel(0, -100)
        found = [tree.evaluate(SCROLL) for _ in range(3)]
        assert min(each["longest"] for each in found) < LONGEST_TASK_MS * SHARED
        assert max(each["rows"] for each in found) < 60
        tree.evaluate("tree => { tree.scrollTop = 52 * 5000; }")
        expect(tree.locator("[data-number='5003']")).to_contain_text("An answer of usual length.")
    finally:
        notebook.close()
