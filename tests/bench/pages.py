"""JupyterLab in a browser of its own, what its kernels' websockets carry, and its heap."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Page, WebSocket, expect, sync_playwright

from tests.browser.lab import PATIENCE, Lab
from tests.browser.server import serve
from tests.tools import chromium

# Notes main-thread tasks of 50 ms and more: the browser tells of no shorter ones.
WATCH_TASKS: Final = """
const tasks = [];
const observer = new PerformanceObserver(list => tasks.push(...list.getEntries()));
observer.observe({ type: 'longtask' });
const frame = () => new Promise(requestAnimationFrame);
const settle = async () => {
  await new Promise(done => setTimeout(done, 500));
  observer.disconnect();
  return tasks.map(task => task.duration);
};
"""


@dataclass(frozen=True, slots=True)
class Frame:
    """One kernel message on a websocket: `size` in bytes as it went, `content` of its content."""

    kind: str
    size: int
    content: int


class Wire:
    """What a page's websockets carry, both ways, from the next one that opens."""

    def __init__(self, page: Page) -> None:
        self._frames: list[Frame] = []
        self._page = page
        page.on("websocket", self._listen)

    def take(self) -> list[Frame]:
        """The messages of widgets since the last call."""
        self._page.evaluate("null")  # comes after all that was said before
        taken, self._frames = self._frames, []
        return [frame for frame in taken if frame.kind == "comm_msg"]

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framereceived", self._note)
        socket.on("framesent", self._note)

    def _note(self, payload: str | bytes) -> None:
        if isinstance(payload, bytes):  # else it is no kernel's: JupyterLab's own events are text
            self._frames.append(read_frame(payload))


def read_frame(payload: bytes) -> Frame:
    """A message as `v1.kernel.websocket.jupyter.org` writes it: offsets, then its parts."""
    count = int.from_bytes(payload[:8], "little")
    at = [int.from_bytes(payload[8 * i : 8 * i + 8], "little") for i in range(1, count + 1)]
    header = json.loads(payload[at[1] : at[2]])
    return Frame(header["msg_type"], len(payload), at[5] - at[4])


@contextmanager
def running_lab() -> Iterator[Lab]:
    """JupyterLab in a headless browser."""
    path = chromium.find()
    if path is None:
        raise RuntimeError(chromium.MISSING)
    expect.set_options(timeout=PATIENCE)
    with (
        tempfile.TemporaryDirectory() as folder,
        serve(Path(folder)) as server,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=path, args=list(chromium.FLAGS))
        yield Lab(server, browser)
        browser.close()


def measure_heap(page: Page) -> int:
    """Bytes that the page's scripts hold after a garbage collection."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    used = session.send("Runtime.getHeapUsage")["usedSize"]
    session.detach()
    return int(used)


def time_busiest_task(page: Page, act: Callable[[], object]) -> float:
    """Milliseconds of processor time of the longest main-thread task while `act` runs.

    Unlike the clock it leaves out what other programs took meanwhile. Tracing costs something, and
    tens of megabytes a second.
    """
    browser = page.context.browser
    assert browser is not None
    browser.start_tracing(page=page, categories=["disabled-by-default-devtools.timeline"])
    try:
        act()
    finally:
        trace = browser.stop_tracing()
    return find_busiest(json.loads(trace)["traceEvents"])


def find_busiest(events: list[dict[str, Any]]) -> float:
    """The most processor time of one task on a page's main thread, in milliseconds."""
    main = {
        (event["pid"], event["tid"])
        for event in events
        if event["name"] == "thread_name" and event["args"]["name"] == "CrRendererMain"
    }
    tasks = [
        event["tdur"]
        for event in events
        if event["name"].endswith("RunTask") and "tdur" in event
        if (event["pid"], event["tid"]) in main
    ]
    return float(max(tasks)) / 1e3
