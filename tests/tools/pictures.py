"""The README's pictures, from the real thing: `python -m tests.tools.pictures [NAME...]`.

JupyterLab, Chromium and the emulator run as they do in the tests, with a home of their own, so no
picture shows a path or an account of this machine. NAME is a key of MAKERS; by default all of them.
"""

from __future__ import annotations

import base64
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

import nbformat
from PIL import Image

from tests.browser.lab import Lab, Notebook
from tests.browser.server import serve
from tests.tools import chromium, isolation

if TYPE_CHECKING:
    from playwright.sync_api import CDPSession, Locator

NOTEBOOKS: Final = Path(__file__).parents[2] / "notebooks"
QUICKSTART: Final = NOTEBOOKS / "01_quickstart.ipynb"
PORT: Final = 8080  # of the emulator whose profiles are shown: the same in every picture
COLORS: Final = 256

# The film: what is run, and for how long its end can be read.
SCENES: Final = (
    ("Why is the sky blue?", 1.6),
    ("My name is Ada.", 0.9),
    ("What is my name?", 1.4),
    ("A table of the planets", 4.0),
)
OPENING_SECONDS: Final = 1.2
PACE: Final = 45.0  # tokens per second, as many hosted models stream; the emulator's own is 120

# Run in the kernel without a trace on the page: the emulator that answers is the kernel's own.
SLOW_DOWN: Final = f"""
from ocigenai_nb.chat import connecting
connecting._service().pace = {PACE}
"""

CHAT: Final = """\
import ocigenai_nb as og
genai = og.connect()
chat = genai.chat("openai.gpt-oss-120b", system="You are concise.", name="tour")
og.ChatPanel(chat, height="640px")
"""
TALK: Final = """\
chat.send("A table of the planets and their diameters, please.")
chat.send("Write a Python function that reverses a string")
chat.regenerate()
None
"""
# Nothing is sent, so the profile may lead to the real service.
PREVIEW: Final = """\
import ocigenai_nb as og
from pathlib import Path
config = og.emulator.start().config_file
lines = config.read_text().splitlines()
config.write_text("\\n".join(line for line in lines if "ocigenai_endpoint" not in line))
genai = og.connect(config_file=config)
og.RouterPreview(genai, model="openai.gpt-5", temperature=0.2)
"""
INSPECT: Final = f"""\
import ocigenai_nb as og
service = og.emulator.start(port={PORT})
genai = og.connect(config_file=service.config_file)
chat = genai.chat("openai.gpt-4.1", transport="responses", name="ada")
chat.send("My name is Ada.")
chat.send("What is my name?")
chat.edit(1, "My name is Grace.")
chat.send("What is my name?")
chat.switch(1)
inspector = og.ThreadInspector(chat, height="640px")
inspector.selected = 2
inspector
"""
SIGN_IN: Final = f"""\
import ocigenai_nb as og
from pathlib import Path
service = og.emulator.start(directory=Path.home() / ".oci", port={PORT})
og.ProfilePicker()
"""

SIMPLE: Final = """async () => {
  const { commands } = window.jupyterapp;
  await commands.execute('application:toggle-left-area');
  for (const side of ['left', 'right'])
    await commands.execute('application:toggle-side-tabbar', { side });
  await commands.execute('statusbar:toggle');
}"""
START: Final = """async ([path, index]) => {
  const { commands, shell } = window.jupyterapp;
  const panel = [...shell.widgets('main')].find(widget => widget.context?.path === path);
  panel.content.activeCellIndex = index;
  window.over = false;
  commands.execute('notebook:run-cell').then(() => { window.over = true; });
}"""
UNSEEN: Final = """([path, code]) => {
  const panel = [...window.jupyterapp.shell.widgets('main')].find(w => w.context?.path === path);
  return panel.sessionContext.session.kernel.requestExecute({ code, silent: true }).done;
}"""
SCROLL: Final = """([index, part]) => {
  const cells = '.jp-NotebookPanel:not(.lm-mod-hidden) .jp-Notebook-cell';
  const cell = document.querySelector(`${cells}[data-windowed-list-index="${index}"]`);
  const outer = cell.closest('.jp-WindowedPanel-outer');
  const top = cell.getBoundingClientRect().top - outer.getBoundingClientRect().top;
  outer.scrollTop += top - outer.clientHeight * part;
}"""
TIDY: Final = """() => {  // show no cell as the active one
  document.querySelectorAll('.jp-cell-toolbar').forEach(bar => { bar.style.display = 'none'; });
  for (const name of ['jp-mod-active', 'jp-mod-selected'])
    document.querySelectorAll(`.jp-Cell.${name}`).forEach(cell => cell.classList.remove(name));
}"""


class Camera:
    """Takes pictures of a page in its device's pixels, which Playwright's own don't have."""

    def __init__(self, lab: Lab, width: int, height: int, scale: float) -> None:
        self.page = lab.page
        self.page.set_viewport_size({"width": width, "height": height})
        self._session: CDPSession = self.page.context.new_cdp_session(self.page)
        metrics = {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": False}
        self._session.send("Emulation.setDeviceMetricsOverride", metrics)

    def take(self, element: Locator | None = None) -> Image.Image:
        """The page as it is now, or one element of it."""
        options: dict[str, object] = {"format": "png", "optimizeForSpeed": True}
        if element is not None:
            box = element.bounding_box()
            assert box
            options["clip"] = {**box, "scale": 1}
        answer = self._session.send("Page.captureScreenshot", options)
        return Image.open(BytesIO(base64.b64decode(answer["data"]))).convert("RGB")


class Film:
    """Frames and the seconds for which each is shown; equal ones are one."""

    def __init__(self, camera: Camera) -> None:
        self._camera = camera
        self.frames: list[Image.Image] = []
        self.seconds: list[float] = []

    def shoot(self) -> None:
        """Take a frame, shown for as long as taking it lasted."""
        began = time.monotonic()
        frame = self._camera.take()
        if not self.frames or frame.tobytes() != self.frames[-1].tobytes():
            self.frames.append(frame)
            self.seconds.append(0.0)
        self._camera.page.wait_for_timeout(20)
        self.seconds[-1] += time.monotonic() - began

    def hold(self, seconds: float) -> None:
        """Show the last frame for longer."""
        self.shoot()
        self.seconds[-1] += seconds

    def save(self, path: Path) -> None:
        """Write an animated WebP without loss, which goes on forever."""
        self.frames[0].save(
            path,
            save_all=True,
            append_images=self.frames[1:],
            duration=[max(20, round(1000 * seconds)) for seconds in self.seconds],
            loop=0,
            lossless=True,
            quality=100,
            method=6,
            minimize_size=True,
        )


def film_quickstart(lab: Lab, target: Path) -> None:
    """Run cells of the quickstart, and film JupyterLab while the answers stream in."""
    camera = Camera(lab, 1000, 640, 1.25)
    notebook, cells = open_quickstart(lab)
    film = Film(camera)
    run_unseen(notebook, SLOW_DOWN)
    notebook.run(find(cells, "%load_ext"))
    lab.page.wait_for_timeout(3000)  # until what was loaded behind it is there
    film.hold(OPENING_SECONDS)
    for text, seconds in SCENES:
        index = find(cells, text)
        lab.page.evaluate(SCROLL, [index, 0.3])
        lab.page.evaluate(START, [notebook.path, index])
        while not lab.page.evaluate("window.over"):
            film.shoot()
        film.hold(seconds)
    notebook.close()
    film.save(target)


def take_quickstart(lab: Lab, target: Path) -> None:
    """The quickstart up to its first table, without the rest of JupyterLab."""
    camera = Camera(lab, 1100, 3000, 1.25)
    notebook, cells = open_quickstart(lab)
    last = find(cells, SCENES[-1][0])
    for index in range(last + 1):
        if cells[index].cell_type == "code":
            notebook.run(index)
    lab.page.wait_for_timeout(500)
    lab.page.evaluate(TIDY)
    page = camera.take()
    first, end = (notebook.cell(index).bounding_box() for index in (0, last))
    assert first
    assert end
    scale = page.width / 1100
    sides = (first["x"], first["y"], first["x"] + first["width"], end["y"] + end["height"] + 8)
    left, upper, right, lower = (round(scale * side) for side in sides)
    save(page.crop((left, upper, right, lower)), target)
    notebook.close()


@dataclass(frozen=True, slots=True)
class Shot:
    """A widget: the cells that show it, the first of them does; the page's width; what to press."""

    cells: tuple[str, ...]
    width: int = 800
    press: str = ""
    until: str = ""

    def take(self, lab: Lab, target: Path) -> None:
        """Show the widget, press what is to be pressed, and take its picture."""
        camera = Camera(lab, self.width, 1500, 1.5)
        notebook = lab.open(self.cells)
        for index in range(len(self.cells)):
            notebook.run(index)
        widget = notebook.output(0).locator(".ocigenai").first
        widget.scroll_into_view_if_needed()
        if self.press:
            widget.get_by_text(self.press, exact=True).click()
        if self.until:
            widget.get_by_text(self.until, exact=True).wait_for()
        lab.page.mouse.move(2, 2)
        lab.page.wait_for_timeout(2000)  # until what glides and fades in has done so
        save(camera.take(widget), target)
        notebook.close()


MAKERS: Final[dict[str, Callable[[Lab, Path], None]]] = {
    "quickstart.webp": film_quickstart,
    "quickstart.png": take_quickstart,
    "chat_panel.png": Shot((CHAT, TALK)).take,
    "router_preview.png": Shot((PREVIEW,), width=1040, press="Decisions").take,
    "thread_inspector.png": Shot((INSPECT,), width=960, press="Thread").take,
    "profile_picker.png": Shot((SIGN_IN,), press="Test sign-in", until="Signed in").take,
}


def open_quickstart(lab: Lab) -> tuple[Notebook, list[nbformat.NotebookNode]]:
    """The quickstart under its own name, and its cells."""
    shutil.copyfile(QUICKSTART, lab.server.root / QUICKSTART.name)
    return Notebook(lab, QUICKSTART.name), nbformat.read(QUICKSTART, as_version=4).cells


def find(cells: list[nbformat.NotebookNode], text: str) -> int:
    """The number of the code cell that holds `text`."""
    pairs = enumerate(cells)
    return next(i for i, cell in pairs if cell.cell_type == "code" and text in cell.source)


def run_unseen(notebook: Notebook, code: str) -> None:
    """Run code in the notebook's kernel that neither the page nor its counts show."""
    notebook.lab.page.evaluate(UNSEEN, [notebook.path, code])


def save(picture: Image.Image, path: Path) -> None:
    """Write a PNG of few colors: a page hardly has more, and it is a third of the size."""
    few = picture.quantize(COLORS, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    few.save(path, optimize=True)


@contextmanager
def open_lab() -> Iterator[Lab]:
    """JupyterLab in a browser, with nothing of this machine or its person in it."""
    from playwright.sync_api import sync_playwright

    isolation.clean(os.environ)
    browser_path = chromium.provide()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=browser_path, args=list(chromium.FLAGS)
        )
        with serve(Path(folder)) as server:
            lab = Lab(server, browser)
            lab.page.evaluate(SIMPLE)
            yield lab


def main(names: list[str]) -> None:
    """Make the pictures with these names."""
    with open_lab() as lab:
        for name in names:
            MAKERS[name](lab, NOTEBOOKS / name)
            print(f"{name}: {(NOTEBOOKS / name).stat().st_size // 1000} kB")
        if lab.problems:
            sys.exit("\n".join(lab.problems))


if __name__ == "__main__":
    main(sys.argv[1:] or list(MAKERS))
