"""The harness itself: what the other browser tests stand on."""

from __future__ import annotations

import pytest
from playwright.sync_api import Error

from tests.browser import lab as lab_module
from tests.browser.lab import Lab, Notebook

STREAMING = """\
import time
from IPython.display import Markdown, display
words = "An **answer** streams, *word* by word. 🤖".split()
handle = display(Markdown(""), display_id=True)
for end in range(len(words) + 1):
    handle.update(Markdown(" ".join(words[:end])))
    time.sleep(0.02)
"""


def test_all_cells_of_an_opened_notebook_run_in_order(lab: Lab) -> None:
    opened = lab.open(["x = 1", STREAMING, "print('x is', x)"])
    opened.run_all()
    opened.wait_text("An answer streams, word by word.", index=1)
    assert opened.output(1).locator("strong").inner_text() == "answer"
    assert opened.outputs(2)[0]["text"] == "x is 1\n"
    lab.screenshot("harness")
    opened.close()


def test_a_warm_notebook_forgets_the_names_of_the_test_before(notebook: Notebook) -> None:
    notebook.run(0, "left = 1")
    notebook.reset()
    notebook.run(0, "print('left' in globals())")
    notebook.wait_text("False")


def test_a_running_cell_is_interrupted(notebook: Notebook) -> None:
    notebook.start(0, "import time; print('started', flush=True); time.sleep(60)")
    notebook.wait_text("started")
    notebook.interrupt()
    notebook.finish()
    assert notebook.outputs(0)[-1]["ename"] == "KeyboardInterrupt"


def test_a_cell_that_never_ends_is_an_error_and_not_a_test_that_hangs(
    notebook: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    notebook.start(0, "input()")
    monkeypatch.setattr(lab_module, "LONGEST", 200)
    with pytest.raises(Error, match="It did not end"):
        notebook.finish()
    monkeypatch.undo()
    notebook.interrupt()
    notebook.finish()


def test_what_is_saved_is_what_the_page_shows(notebook: Notebook) -> None:
    notebook.run(0, "print('kept')")
    assert notebook.save()["cells"][0]["outputs"][0]["text"] == ["kept\n"]


@pytest.mark.parametrize(
    ("script", "noted"),
    [
        ("console.error('broken')", "console: broken"),
        ("setTimeout(() => { throw Error('thrown') })", "error: thrown"),
        ("fetch('https://example.com/x').catch(() => null)", "request: https://example.com/x"),
    ],
)
def test_problems_of_the_page_are_noted(lab: Lab, script: str, noted: str) -> None:
    with lab.page.expect_console_message(lambda message: message.text == "done"):
        lab.page.evaluate(f"async () => {{ await {script}; setTimeout(console.info, 50, 'done') }}")
    assert noted in str(lab.problems)
    lab.problems.clear()
