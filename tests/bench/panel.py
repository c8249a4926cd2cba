"""The chat panel in JupyterLab: long answers painted, their traffic, tasks and memory; Stop.

The source's time is what the emulator's pace makes of the tokens, counted from the click on Send:
the time to the first token counts, too. Painted is the second frame after the last token is on the
page. Traffic is what the kernel's websocket carries of widgets' messages, both ways, in whole
messages; `content` is what they carry without Jupyter's headers. A task is long from 50 ms on;
shorter ones are not told of, and a task lasts longer where other programs run beside: so its
processor time is measured, too, in answers of their own, because tracing is not free.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from playwright.sync_api import Locator, expect

from ocigenai_nb import emulator
from ocigenai_nb.emulator.service import Service
from tests.bench.pages import (
    WATCH_TASKS,
    Frame,
    Wire,
    measure_heap,
    running_lab,
    time_busiest_task,
)
from tests.bench.results import Result, sample
from tests.browser.chat_panels import begin, box, button, find_panel, last, words
from tests.browser.lab import Lab, Notebook

TOKENS = 20_000
PACE = 1_000.0  # tokens per second
BESIDE = 2_000  # tokens, of the answer that HTML shows, too: its traffic grows with the square
TRACED = 5_000  # tokens: a trace of 20 seconds would be too large
AGAIN = 4  # answers that are compared in memory
STOPS = 7
GOAL_TIME = 1.05  # times the source's
GOAL_BYTES = 2.5  # times the answer's
GOAL_TASK = 100  # ms
GOAL_WORK = 50  # ms of processor time in one task
GOAL_STOP = 200  # ms
NONE = "below 50 ms"

START = """\
import time
import ipywidgets
import ocigenai_nb as og
from ocigenai_nb.notebook.chat_panel import ChatPanel
genai = og.connect(config_file={config!r})
genai.chat().send("Say exactly: warm")
"""
SHOW: Final = "panel = ChatPanel(genai.chat(), height='640px')\npanel"
SHOW_HTML: Final = "page = ipywidgets.HTML()\npage"
FILL_HTML: Final = """\
for event in genai.chat().stream("Count from 1 to {tokens}"):
    page.value += getattr(event, "text", "")
"""
SEND_ALONE: Final = """\
began = time.perf_counter()
genai.chat().send("Count from 1 to {tokens}")
print(time.perf_counter() - began)
"""

SEND = f"""async (panel, final) => {{
  {WATCH_TASKS}
  const turns = panel.querySelectorAll('article.turn').length;
  const ends = () => panel.querySelectorAll('article.turn').length > turns
    && panel.querySelector('.turn.last .words').lastElementChild?.textContent.endsWith(final);
  const began = performance.now();
  panel.querySelector('button.send').click();
  while (!ends()) await frame();
  await frame();
  return {{ painted: performance.now() - began, tasks: await settle() }};
}}"""
RUN = f"""async (shown, final) => {{
  {WATCH_TASKS}
  const began = performance.now();
  window.jupyterapp.commands.execute('notebook:run-cell');
  while (!shown.textContent.endsWith(final)) await frame();
  await frame();
  return {{ painted: performance.now() - began, tasks: await settle() }};
}}"""
CLICK = "button => { const at = Date.now(); button.click(); return at; }"


@dataclass(frozen=True, slots=True)
class Shown:
    """One answer: `painted` and its `longest` task in ms (0: none was long), and its traffic."""

    tokens: int
    painted: float
    longest: float
    frames: tuple[Frame, ...]

    @property
    def answer(self) -> int:
        """The answer's bytes."""
        return len(write_answer(self.tokens))

    @property
    def size(self) -> int:
        """Bytes of the messages."""
        return sum(frame.size for frame in self.frames)

    @property
    def content(self) -> int:
        """Bytes of the messages without Jupyter's headers."""
        return sum(frame.content for frame in self.frames)

    def describe_traffic(self) -> str:
        """Size and number of the messages."""
        content = f"content {self.content / 1e3:,.0f} kB, {self.content / self.answer:.1f} times"
        return f"{self.size / 1e3:,.0f} kB in {len(self.frames)} messages ({content})"


class Bench:
    """A notebook with a panel, and the emulator that it talks to."""

    def __init__(self, lab: Lab, service: Service) -> None:
        self.lab = lab
        self.service = service
        self.wire = Wire(lab.page)
        start = START.format(config=str(service.config_file))
        self.notebook: Notebook = lab.open([start, "", "", ""])
        self.notebook.run(0)

    def show(self) -> Locator:
        """A new panel over a new conversation, warm."""
        self.service.pace = None
        self.notebook.run(1, SHOW)
        panel = find_panel(self.notebook)
        self.answer(panel, 20)
        return panel

    def answer(self, panel: Locator, tokens: int) -> Shown:
        """Ask for so many tokens, and wait until they are painted. Raises if one is lost."""
        box(panel).fill(f"Count from 1 to {tokens}")
        self.wire.take()
        seen = panel.evaluate(SEND, str(tokens))
        expect(button(last(panel), "Regenerate")).to_be_enabled()
        if words(panel).inner_text().split() != write_answer(tokens).split():
            raise RuntimeError("The panel does not show the whole answer.")
        return self._note(tokens, seen)

    def fill_html(self, tokens: int) -> Shown:
        """The same answer in `ipywidgets.HTML`, its whole text set for each token."""
        self.notebook.run(2, SHOW_HTML)
        shown = self.notebook.output(2).locator(".widget-html-content")
        self.notebook.run(3, "None")
        self.lab.page.evaluate(
            """source => {
              const cells = window.jupyterapp.shell.currentWidget.content;
              cells.activeCellIndex = 3;
              cells.activeCell.model.sharedModel.setSource(source);
            }""",
            FILL_HTML.format(tokens=tokens),
        )
        self.wire.take()
        return self._note(tokens, shown.evaluate(RUN, str(tokens)))

    def time_send(self, tokens: int) -> float:
        """Milliseconds that the answer takes in the kernel alone."""
        self.notebook.run(2, SEND_ALONE.format(tokens=tokens))
        return float(self.notebook.outputs(2)[0]["text"]) * 1e3

    def stop(self, panel: Locator) -> float:
        """Milliseconds from the click on Stop until the emulator notes that the client left."""
        begin(panel, self.service)
        clicked = button(panel, "Stop").evaluate(CLICK)
        while self.service.journal.last.outcome == "open":
            time.sleep(0.001)
        heard = time.time() * 1e3 - clicked
        assert self.service.journal.last.outcome == "client left"
        expect(button(last(panel), "Regenerate")).to_be_enabled()
        return float(heard)

    def _note(self, tokens: int, seen: dict[str, Any]) -> Shown:
        longest = max(seen["tasks"], default=0)
        return Shown(tokens, seen["painted"], longest, tuple(self.wire.take()))


def measure() -> list[Result]:
    """All in one page, the panel's answers each in a panel of their own."""
    with _bench() as bench:
        flat = bench.answer(bench.show(), TOKENS)
        alone = bench.time_send(TOKENS)
        paced = _answer_paced(bench, TOKENS)
        beside = _answer_paced(bench, BESIDE)
        html = bench.fill_html(BESIDE)
        return [
            _compare_times(paced),
            _compare_flat_out(flat, alone),
            _find_longest(paced, "at 1,000 tokens/s"),
            _find_longest(flat, "flat out"),
            _find_busiest(bench, TRACED, "at 1,000 tokens/s", PACE),
            _find_busiest(bench, TOKENS, "flat out", None),
            _weigh(paced),
            *_compare_html(beside, html),
            _measure_memory(bench),
            _measure_stop(bench),
        ]


@contextmanager
def _bench() -> Iterator[Bench]:
    with emulator.start() as service, running_lab() as lab:
        yield Bench(lab, service)


def _answer_paced(bench: Bench, tokens: int) -> Shown:
    panel = bench.show()
    bench.service.pace = PACE
    return bench.answer(panel, tokens)


def _compare_times(paced: Shown) -> Result:
    source = paced.tokens / PACE * 1e3
    return Result(
        name=f"panel: {paced.tokens:,} tokens at 1,000 tokens/s, whole and painted",
        measured=f"{paced.painted / 1e3:.2f} s",
        against=f"the source {source / 1e3:.0f} s",
        ratio=paced.painted / source,
        goal=f"<= {GOAL_TIME}",
        met=paced.painted <= GOAL_TIME * source,
    )


def _compare_flat_out(flat: Shown, alone: float) -> Result:
    return Result(
        name=f"panel: {flat.tokens:,} tokens flat out, none lost",
        measured=f"{flat.painted / 1e3:.2f} s",
        against=f"send() without a panel {alone / 1e3:.2f} s",
        ratio=flat.painted / alone,
        goal="complete",
        met=True,
    )


def _find_longest(shown: Shown, how: str) -> Result:
    return Result(
        name=f"panel: longest main-thread task, {shown.tokens:,} tokens {how}",
        measured=_describe_task(shown),
        against=f"{GOAL_TASK} ms",
        ratio=shown.longest / GOAL_TASK,
        goal="< 1",
        met=shown.longest < GOAL_TASK,
    )


def _find_busiest(bench: Bench, tokens: int, how: str, pace: float | None) -> Result:
    panel = bench.show()
    bench.service.pace = pace
    work = time_busiest_task(bench.lab.page, lambda: bench.answer(panel, tokens))
    return Result(
        name=f"panel: the most processor time of a task, {tokens:,} tokens {how}",
        measured=f"{work:.0f} ms",
        against=f"{GOAL_WORK} ms",
        ratio=work / GOAL_WORK,
        goal="< 1",
        met=work < GOAL_WORK,
    )


def _describe_task(shown: Shown) -> str:
    return f"{shown.longest:.0f} ms" if shown.longest else NONE


def _weigh(paced: Shown) -> Result:
    return Result(
        name=f"panel: messages of {paced.tokens:,} tokens at 1,000 tokens/s",
        measured=paced.describe_traffic(),
        against=f"answer of {paced.answer / 1e3:.0f} kB",
        ratio=paced.size / paced.answer,
        goal=f"< {GOAL_BYTES}",
        met=paced.size < GOAL_BYTES * paced.answer,
    )


def _compare_html(panel: Shown, html: Shown) -> list[Result]:
    """Beside `ipywidgets.HTML` with its whole text set for each token."""
    what = f"panel beside ipywidgets.HTML, {panel.tokens:,} tokens at 1,000 tokens/s:"
    times = Result(
        name=f"{what} painted",
        measured=f"{panel.painted / 1e3:.2f} s, longest task {_describe_task(panel)}",
        against=f"{html.painted / 1e3:.2f} s, longest task {_describe_task(html)}",
        ratio=panel.painted / html.painted,
        goal="stated",
        met=True,
    )
    traffic = Result(
        name=f"{what} messages",
        measured=panel.describe_traffic(),
        against=html.describe_traffic(),
        ratio=panel.size / html.size,
        goal="stated",
        met=True,
    )
    return [times, traffic]


def _measure_memory(bench: Bench) -> Result:
    """The page's heap after one long answer, and after as many versions of it more."""
    panel = bench.show()
    before = measure_heap(bench.lab.page)
    shown = bench.answer(panel, TOKENS)
    held = [measure_heap(bench.lab.page)]
    for version in range(2, AGAIN + 1):
        button(last(panel), "Regenerate").click()
        expect(panel.get_by_role("group", name=f"Version {version} of {version}")).to_be_visible()
        expect(button(last(panel), "Regenerate")).to_be_enabled()
        held.append(measure_heap(bench.lab.page))
    grown = (held[-1] - held[0]) / (AGAIN - 1)
    megabytes = ", ".join(f"{size / 1e6:.1f}" for size in (before, *held))
    return Result(
        name=f"panel: heap of the page before and after each of {AGAIN} answers of {TOKENS:,}",
        measured=f"{megabytes} MB, {grown / 1e3:.0f} kB an answer",
        against=f"answer of {shown.answer / 1e3:.0f} kB",
        ratio=grown / shown.answer,
        goal="stated",
        met=True,
    )


def _measure_stop(bench: Bench) -> Result:
    panel = bench.show()
    bench.stop(panel)
    taken = sample([bench.stop(panel) for _ in range(STOPS)])
    return Result(
        name="panel: click on Stop until the service notices, kernel idle",
        measured=taken.format("ms", digits=0),
        against=f"{GOAL_STOP} ms",
        ratio=taken.median / GOAL_STOP,
        goal="< 1",
        met=taken.median < GOAL_STOP,
    )


def write_answer(tokens: int) -> str:
    """What the emulator answers."""
    return " ".join(map(str, range(1, tokens + 1)))
