"""The quickstart in a real JupyterLab: every cell runs, and its answers look right."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.lab import PATIENCE, Lab, Notebook

expect.set_options(timeout=PATIENCE)

QUICKSTART = Path(__file__).parents[2] / "notebooks" / "01_quickstart.ipynb"
PROVENANCE = "meta.llama-3.3-70b-instruct · v1 · us-chicago-1 (emulator) · first token"

TIDY = """() => {  // scroll to the top, and show no cell as the active one
  document.querySelector('.jp-NotebookPanel .jp-WindowedPanel-outer').scrollTop = 0;
  document.querySelectorAll('.jp-cell-toolbar').forEach(toolbar => toolbar.remove());
  for (const name of ['jp-mod-active', 'jp-mod-selected'])
    document.querySelectorAll(`.jp-Cell.${name}`).forEach(cell => cell.classList.remove(name));
}"""


@pytest.fixture(scope="module")
def quickstart(warm_lab: Lab) -> Iterator[Notebook]:
    """The quickstart, all its cells run."""
    warm_lab.problems.clear()
    opened = warm_lab.open(QUICKSTART)
    opened.run_all()
    assert not warm_lab.problems
    if folder := os.environ.get("OCIGENAI_SCREENSHOTS"):
        photograph(opened, Path(folder))
    yield opened
    opened.close()


def photograph(notebook: Notebook, folder: Path) -> None:
    """Save the whole notebook in both themes: notebooks/quickstart.png shows the light one."""
    page = notebook.lab.page
    before = page.viewport_size
    assert before
    page.set_viewport_size({"width": 1280, "height": 4000})
    page.evaluate("window.jupyterapp.commands.execute('application:toggle-left-area')")
    for theme in ("dark", "light"):
        notebook.lab.set_theme(theme)
        page.evaluate(TIDY)
        cells = notebook.element.locator(".jp-WindowedPanel-viewport")
        cells.screenshot(path=folder / f"quickstart-{theme}.png")
    page.evaluate("window.jupyterapp.commands.execute('application:toggle-left-area')")
    page.set_viewport_size(before)


def find(notebook: Notebook, text: str) -> int:
    """The index of the one cell that has `text` in its source."""
    cells = notebook.save()["cells"]
    (index,) = [i for i, cell in enumerate(cells) if text in "".join(cell["source"])]
    return index


def test_every_cell_runs_and_none_fails(lab: Lab, quickstart: Notebook) -> None:
    cells = [cell for cell in quickstart.save()["cells"] if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    kinds = {output["output_type"] for cell in cells for output in cell["outputs"]}
    assert kinds == {"display_data", "execute_result", "stream"}


def test_a_markdown_table_is_a_table_on_the_page(lab: Lab, quickstart: Notebook) -> None:
    output = quickstart.output(find(quickstart, "A table of the planets"))
    rows = output.locator("table tr")
    expect(rows).to_have_count(9)
    assert rows.nth(5).locator("td").all_inner_texts() == ["Jupiter", "142,984"]


def test_an_answer_ends_with_its_provenance(lab: Lab, quickstart: Notebook) -> None:
    line = quickstart.output(find(quickstart, "Why is the sky blue?")).locator("sub")
    line.scroll_into_view_if_needed()
    expect(line).to_be_visible()
    expect(line).to_contain_text(PROVENANCE)
    expect(line).to_contain_text("opc-request-id")


def test_a_dry_run_shows_the_route_as_a_table_and_the_request_as_code(
    lab: Lab, quickstart: Notebook
) -> None:
    output = quickstart.output(find(quickstart, "%%ocichat --dry-run"))
    expect(output.locator("table")).to_contain_text("the built-in emulator")
    expect(output.locator("pre code")).to_contain_text('"model": "meta.llama-3.3-70b-instruct"')


def test_no_table_is_wider_than_the_page(lab: Lab, quickstart: Notebook) -> None:
    tables = quickstart.element.locator(".jp-OutputArea-output table")
    expect(tables).to_have_count(3)
    hidden = tables.evaluate_all(
        """tables => tables.map(t => t.closest('.jp-OutputArea-output'))
                           .map(area => area.scrollWidth - area.clientWidth)"""
    )
    assert hidden == [0, 0, 0]
