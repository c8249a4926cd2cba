"""The chat panel in real kernels, from ipykernel 6 on: a front end's messages, heard and answered.

Without a browser: the messages are sent as JupyterLab sends them, on the shell channel, to the
main shell or to a subshell.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, Final

import pytest

from ocigenai_nb.emulator.service import Service
from ocigenai_nb.notebook.feed import count_units
from tests.tools import overlays
from tests.transports.subject import GPT_OSS
from tests.widgets.chat_panels import ask, put_together, say, told
from tests.widgets.kernels import Kernel, Page, View, is_end_of, kernel

COUNTING: Final = "Count from 1 to 5000"  # takes most of a minute at a hundred tokens a second
SHOW: Final = """
import ocigenai_nb as og
panel = og.ChatPanel(og.connect().chat())
panel
"""
PUT_AWAY: Final = """
panel.chat.stop()
for turn in panel.chat.turns:
    turn.wait(60)
panel.close()
"""


@dataclass(frozen=True, slots=True)
class Subject:
    """An ipykernel, the environment's where no overlay is named, and where messages go in it."""

    overlay: overlays.Overlay | None = None
    subshell: bool = False

    @property
    def version(self) -> str:
        return version("ipykernel") if self.overlay is None else self.overlay.installed

    def __str__(self) -> str:
        name = "newest" if self.overlay is None else self.overlay.version.strip("=.*")
        return f"{name}-{'subshell' if self.subshell else 'shell'}"


SUBJECTS: Final = (
    Subject(overlays.IPYKERNEL_6),
    Subject(),
    Subject(subshell=True),
)


@pytest.fixture(scope="module", params=SUBJECTS, ids=str)
def subject(request: pytest.FixtureRequest) -> Subject:
    made: Subject = request.param
    return made


@pytest.fixture(scope="module")
def warm_kernel(subject: Subject, running_service: Service) -> Iterator[Kernel]:
    folder = None if subject.overlay is None else overlays.provide(subject.overlay)
    settings = {"OCI_CONFIG_FILE": str(running_service.config_file)}
    with kernel(settings, folder, subshell=subject.subshell) as running:
        yield running


@pytest.fixture(scope="module")
def warm_page(warm_kernel: Kernel) -> Page:
    return warm_kernel.open()


@pytest.fixture(scope="module")
def other_page(warm_kernel: Kernel) -> Page:
    return warm_kernel.open()


@pytest.fixture
def view(warm_page: Page, service: Service) -> Iterator[View]:
    """A new panel, shown by a cell."""
    warm_page.heard.clear()
    yield warm_page.show(SHOW)
    warm_page.run(PUT_AWAY)


@pytest.fixture
def page(view: View) -> Page:
    return view.page


def read_answer(page: Page, turn: int = 1) -> str:
    """A turn's text, as the conversation in the kernel has it."""
    return page.run(f"print(panel.chat.turn({turn}).text, end='')")


def begin(view: View, service: Service) -> None:
    """Begin an answer that takes longer than a test may."""
    service.pace = 100
    view.ask("send", prompt=COUNTING)
    view.wait(told("delta", 1))


def stop(view: View) -> None:
    view.ask("stop")
    view.wait(told("ended", 1))


def wait_for_more(view: View, length: int) -> None:
    """Wait for a piece beyond so much text."""
    view.wait(lambda message: told("delta", 1)(message) and message["offset"] > length)


def read_turn(snapshot: dict[str, Any]) -> dict[str, Any]:
    (turn,) = snapshot["turns"]
    found: dict[str, Any] = turn
    return found


def follow(view: View, snapshot: str, heard: int, turn: int = 1) -> str:
    """What a view that was given a snapshot has in the end; `heard` messages came before that."""
    text = snapshot
    for message in view.messages[heard:]:
        if told("delta", turn)(message) and message["offset"] + len(message["text"]) > len(text):
            assert message["offset"] <= len(text), "There is a gap."
            text = text[: message["offset"]] + message["text"]
    return text


def test_the_kernel_is_of_the_version_that_is_meant(page: Page, subject: Subject) -> None:
    found = page.run("import ipykernel; print(ipykernel.__version__)")
    assert found.strip() == subject.version


def test_an_answer_comes_in_pieces_that_amount_to_it(
    view: View, page: Page, service: Service
) -> None:
    service.pace = 200
    text = " ".join(f"🤖{number} Grüße" for number in range(60))
    ended = ask(view, say(text))
    assert len([message for message in view.messages if message["type"] == "delta"]) > 5
    assert put_together(view, 1) == read_answer(page) == text
    assert (ended["status"], ended["size"]["text"]) == ("finished", count_units(text))


def test_the_beginning_the_pieces_and_the_end_come_in_this_order(view: View) -> None:
    ask(view, "Count from 1 to 300")
    kinds = [m["type"] for m in view.messages if m["type"] in {"began", "delta", "ended"}]
    assert kinds == ["began", *["delta"] * (len(kinds) - 2), "ended"]


def test_stop_is_heard_at_once_while_the_kernel_is_idle(
    view: View, page: Page, service: Service
) -> None:
    begin(view, service)
    sent = time.monotonic()
    view.ask("stop")
    ended = view.wait(told("ended", 1))["turn"]
    assert time.monotonic() - sent < 20, "The answer would take twice that."
    assert (ended["status"], ended["finish_reason"]) == ("interrupted", "stopped")
    assert put_together(view, 1) == read_answer(page)
    service.journal.wait_for(lambda entry: entry.outcome == "client left")


def test_an_answer_goes_on_while_a_cell_sleeps(view: View, page: Page, service: Service) -> None:
    begin(view, service)
    cell = page.start("import time; time.sleep(1)")
    page.wait(is_end_of(cell))
    of_cell = [each["parent_header"].get("msg_id") == cell for each in page.heard]
    of_types = [each["msg_type"] for each in page.heard]
    busy = next(i for i, mine in enumerate(of_cell) if mine and of_types[i] == "execute_input")
    meanwhile = [read for each in page.heard[busy:] if (read := view.read(each)) is not None]
    pieces = [message for message in meanwhile if told("delta", 1)(message)]
    assert len(pieces) > 5
    stop(view)
    assert put_together(view, 1) == read_answer(page)


def test_what_is_asked_while_a_cell_runs_is_done_in_order_when_it_has_ended_at_the_latest(
    view: View, page: Page
) -> None:
    cell = page.start("import time; time.sleep(1); print(len(panel.chat.turns) < 2)")
    page.wait(lambda message: message["msg_type"] == "execute_input")
    view.tell("settings", model=GPT_OSS)
    number = view.request("send", prompt=say("queued"))
    reply = view.wait(lambda message: message.get("id") == number)
    assert (reply["type"], reply["turn"]) == ("reply", 1)
    ended = view.wait(told("ended", 1))["turn"]
    page.wait(is_end_of(cell))
    assert (ended["status"], ended["model"]) == ("finished", GPT_OSS)
    assert put_together(view, 1) == "queued"
    assert page.run("print(len(panel.chat.turns))") == "1\n"


def test_stop_that_is_asked_while_a_cell_runs_is_not_lost(
    view: View, page: Page, service: Service
) -> None:
    begin(view, service)
    cell = page.start("import time; time.sleep(1)")
    view.tell("stop")
    ended = view.wait(told("ended", 1))["turn"]
    page.wait(is_end_of(cell))
    assert ended["status"] == "interrupted"
    assert put_together(view, 1) == read_answer(page)


def test_a_snapshot_while_an_answer_comes_and_what_follows_it_leave_no_gap(
    view: View, page: Page, service: Service
) -> None:
    begin(view, service)
    wait_for_more(view, 20)
    heard, pieces = len(view.messages), put_together(view, 1)
    turn = read_turn(view.ask("snapshot", page="p"))
    assert turn["status"] == "streaming"
    so_far = turn["text"]
    assert so_far.startswith(pieces)
    wait_for_more(view, len(so_far))
    stop(view)
    answer = read_answer(page)
    assert answer.startswith(so_far)
    assert len(answer) > len(so_far)
    assert follow(view, so_far, heard) == put_together(view, 1) == answer


def test_two_pages_on_a_kernel_are_given_the_same(
    view: View, page: Page, other_page: Page, service: Service
) -> None:
    begin(view, service)
    beside = View(other_page, view.comm_id)
    first = read_turn(view.ask("snapshot", page="a"))
    heard = len(beside.messages)
    second = read_turn(beside.ask("snapshot", page="b"))
    assert second["text"].startswith(first["text"])
    wait_for_more(view, len(second["text"]))
    stop(view)
    beside.wait(told("ended", 1))
    assert follow(beside, second["text"], heard) == put_together(view, 1) == read_answer(page)
    assert read_turn(view.ask("snapshot", page="a")) == read_turn(beside.ask("snapshot", page="b"))
