"""The thread inspector over 10,000 responses in JupyterLab: opening, and scrolling to the end.

Opening counts from running the cell until the first rows are on the page, so JupyterLab's own way
to the kernel and back is in it; what that takes is seen beside, with an inspector of one turn.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

from ocigenai_nb import connect, emulator
from ocigenai_nb.emulator.service import Service
from tests.bench.conversations import LONG, MODEL, write_conversation
from tests.bench.pages import WATCH_TASKS, running_lab, time_busiest_task
from tests.bench.results import Result, Sample, interleave, sample
from tests.browser.lab import Lab, Notebook

ROUNDS = 5
GOAL_OPEN = 300  # ms
GOAL_TASK = 50  # ms: what a browser calls long

START = """\
import ocigenai_nb as og
from ocigenai_nb.notebook.thread_inspector import ThreadInspector
genai = og.connect(config_file={config!r})
chats = {{"long": genai.load_chat({file!r}), "short": genai.chat({model!r})}}
chats["short"].send("Say exactly: hi")
"""
MAKE = "inspector = ThreadInspector(chats[{name!r}])"
CELL = 2
PREPARE: Final = """index => {
  const cells = window.jupyterapp.shell.currentWidget.content;
  cells.activeCellIndex = index;
  cells.activeCell.model.sharedModel.setSource('inspector');
}"""
OPEN = """async index => {
  const cell = `.jp-NotebookPanel:not(.lm-mod-hidden) [data-windowed-list-index="${index}"]`;
  const began = performance.now();
  window.jupyterapp.commands.execute('notebook:run-cell');
  const there = () => document.querySelector(`${cell} .inspector-cell`);
  while (!there()) await new Promise(requestAnimationFrame);
  return performance.now() - began;
}"""
SCROLL = f"""async tree => {{
  {WATCH_TASKS}
  for (let step = 0; step <= 120; step += 1) {{
    tree.scrollTop = (tree.scrollHeight - tree.clientHeight) * (step / 120);
    await frame();
  }}
  return Math.max(0, ...await settle());
}}"""


def measure() -> list[Result]:
    """Open by turns, then scroll through the long one."""
    with (
        emulator.start() as service,
        running_lab() as lab,
        tempfile.TemporaryDirectory() as folder,
    ):
        notebook = lab.open([_write_start(service, Path(folder)), "", ""])
        notebook.run(0)
        time_opening(lab, notebook, "short")
        taken = interleave(
            ROUNDS,
            {name: lambda n=name: time_opening(lab, notebook, n) for name in ("short", "long")},  # type: ignore[misc]
        )
        tree = notebook.output(CELL).get_by_role("tree", name="Responses")
        longest = sample([float(tree.evaluate(SCROLL)) for _ in range(ROUNDS)])
        work = time_busiest_task(lab.page, lambda: tree.evaluate(SCROLL))
    return [
        _compare_opening(taken["long"], taken["short"]),
        _find_longest(longest),
        _find_busiest(work),
    ]


def time_opening(lab: Lab, notebook: Notebook, name: str) -> float:
    """Milliseconds from running the cell until its inspector's rows are there."""
    notebook.run(1, MAKE.format(name=name))
    notebook.run(CELL, "None")
    lab.page.evaluate(PREPARE, CELL)
    return float(lab.page.evaluate(OPEN, CELL))


def _write_start(service: Service, folder: Path) -> str:
    config = str(service.config_file)
    file = write_conversation(connect(config_file=config), folder, LONG)
    return START.format(config=config, file=str(file), model=MODEL)


def _compare_opening(long: Sample, short: Sample) -> Result:
    return Result(
        name=f"inspector: {LONG:,} responses opened",
        measured=long.format("ms", digits=0),
        against=f"one response {short.format('ms', digits=0)}",
        ratio=long.median / GOAL_OPEN,
        goal=f"<= 1 ({GOAL_OPEN} ms)",
        met=long.median <= GOAL_OPEN,
    )


def _find_longest(longest: Sample) -> Result:
    return Result(
        name=f"inspector: longest main-thread task, scrolled through {LONG:,} responses",
        measured=longest.format("ms", digits=0) if longest.high else f"below {GOAL_TASK} ms",
        against=f"{GOAL_TASK} ms",
        ratio=longest.median / GOAL_TASK,
        goal="< 1",
        met=longest.median < GOAL_TASK,
    )


def _find_busiest(work: float) -> Result:
    """By the processor's clock, which others don't slow down."""
    return Result(
        name="inspector: the most processor time of a task, scrolled through the same",
        measured=f"{work:.0f} ms",
        against=f"{GOAL_TASK} ms",
        ratio=work / GOAL_TASK,
        goal="< 1",
        met=work < GOAL_TASK,
    )
