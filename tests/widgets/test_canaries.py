"""Canary secrets everywhere, all four widgets used: none gets into a file or to a page.

One notebook does it all; nbclient runs and saves it with the widgets' state, nbconvert converts it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import nbformat
import pytest
from nbclient.client import NotebookClient

from ocigenai_nb.chat.export import KINDS
from ocigenai_nb.emulator.service import Service
from tests.executed import Executed
from tests.notebook.kernel import over_files
from tests.widgets.canaries import API_KEY, FOLDER, Canaries, plant, remembering_signatures

WIDGETS: Final = ("chat_panel", "profile_picker", "router_preview", "thread_inspector")

SETUP: Final = f"""
import os, pathlib
import ocigenai_nb as og
from IPython.display import HTML, display
%load_ext ocigenai_nb

journal = og.Journal("journal.sqlite")
by_key = og.connect(
    api_key=os.environ["{API_KEY}"],
    compartment_id=os.environ["GIVEN_COMPARTMENT"],
    project=os.environ["GIVEN_PROJECT"],
    journal=journal,
)

def ask(widget, name, /, **content):
    widget._handle(getattr(widget, f"_on_{{name}}"), {{"type": name, "id": name, **content}})

def end(chat):
    for turn in chat.turns:
        turn.wait(60)
"""
PICK: Final = """
picker = og.ProfilePicker()
display(picker)
for name in [*PROFILES, "(resource principal)"]:
    picker.profile = name
    picker.compartment_id = os.environ["GIVEN_COMPARTMENT"]
    ask(picker, "look")
    ask(picker, "test")
    print(name, [(check.outcome, check.text, check.remedy) for check in picker.test_sign_in()])
print(repr(picker))
display(HTML(picker.to_html()))
"""
CHAT: Final = """
chats = []
def use(connection, **options):
    chat = connection.chat(**options)
    chats.append(chat)
    panel = og.ChatPanel(chat)
    display(panel)
    ask(panel, "send", prompt="Say exactly: first")
    end(chat)
    ask(panel, "regenerate", turn=1)
    end(chat)
    for kind in ("snapshot", "models"):
        ask(panel, kind)
    for kind in ("python", "curl", "markdown", "json", "notebook"):
        ask(panel, "export", format=kind)
    panel.save_to_notebook()
    display(HTML(panel.to_html()))
    print(repr(panel), [reply.text or reply.error for reply in chat.replies])

with og.record("cassette.jsonl"):
    for name in PROFILES:
        use(og.connect(name, journal=journal))
    use(by_key, model="openai.gpt-4.1", transport="responses")
    for transport in ("v1", "responses", "sdk"):
        use(og.connect("SESSION", journal=journal), model="openai.gpt-4.1", transport=transport)
"""
PREVIEW: Final = """
for connection in (by_key, *(og.connect(name) for name in PROFILES)):
    preview = og.RouterPreview(connection, model="openai.gpt-4.1")
    display(preview)
    for transport in ("v1", "responses", "sdk"):
        preview.transport = transport
        ask(preview, "look")
        ask(preview, "export", kind="python")
        ask(preview, "export", kind="curl")
        print(preview.preview)
    print(repr(preview), repr(connection))
    display(connection, HTML(preview.to_html()))
"""
INSPECT: Final = """
def inspect(what, numbers):
    inspector = og.ThreadInspector(what)
    display(inspector)
    ask(inspector, "open")
    for number in numbers:
        ask(inspector, "detail", number=number)
        for part in ("request", "events"):
            ask(inspector, "wire", number=number, part=part)
        ask(inspector, "diff", number=number, other=numbers[0], part="request")
        for kind in ("python", "curl", "markdown", "json", "notebook"):
            ask(inspector, "export", number=number, kind=kind)
        if what is not journal:
            ask(inspector, "service", number=number)
    inspector.selected = numbers[0]
    print(repr(inspector))
    display(HTML(inspector.to_html()))

for chat in chats:
    inspect(chat, [turn.number for turn in chat.turns])
inspect(journal, range(1, len(journal) + 1))
"""
KEEP: Final = """
for number, chat in enumerate(chats):
    chat.save(f"chat{number}.json")
    if all(reply.error is None for reply in chat.replies):
        for kind in ("python", "curl", "markdown", "json", "notebook"):
            pathlib.Path(f"export{number}.{kind}").write_text(chat.export(kind))
display(journal.df())
journal.close()
"""
FAILURES: Final = tuple(
    f"%%ocichat -p {name}\nhi" for name in ("WRONG", "GARBAGE", "MISSING", "SESSION")
)
RAISED: Final = 'og.connect("WRONG").chat().send("hi")'


class Listening(NotebookClient):
    """Runs a notebook, and keeps the text of all that the kernel tells its front ends."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.heard: list[str] = []

    def process_message(self, msg: dict[str, Any], *args: Any) -> Any:
        self.heard.append(str(msg["content"]))
        return super().process_message(msg, *args)


@dataclass(frozen=True, slots=True)
class Ran:
    """The notebook that ran, its folder, and what went to its front ends."""

    canaries: Canaries
    executed: Executed
    heard: list[str]

    @property
    def folder(self) -> Path:
        return self.executed.file.parent


@pytest.fixture(scope="module")
def ran(running_service: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ran]:
    canaries = plant(running_service, tmp_path_factory.mktemp("planted"))
    folder = tmp_path_factory.mktemp("run")
    with remembering_signatures():
        executed, heard = execute(running_service, canaries, folder)
        canaries.add_signatures(running_service)
    yield Ran(canaries, executed, heard)
    running_service.reset()


def execute(service: Service, canaries: Canaries, folder: Path) -> tuple[Executed, list[str]]:
    """Run the notebook in `folder`, with a home in it, and save it as Jupyter does."""
    profiles = f"PROFILES = {list(canaries.profiles)}"
    sources = (SETUP, profiles, PICK, CHAT, PREVIEW, INSPECT, KEEP, *FAILURES, RAISED)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(each) for each in sources])
    for cell in notebook.cells[-len(FAILURES) - 1 :]:
        cell.metadata["tags"] = ["raises-exception"]
    home = folder / "home"
    home.mkdir()
    settings = {
        "HOME": str(home),
        "OCI_CONFIG_FILE": str(canaries.config_file),
        "GIVEN_COMPARTMENT": service.compartment_id,
        "GIVEN_PROJECT": service.project_id,
    }
    resources = {"metadata": {"path": str(folder)}}
    with over_files() as config:
        client = Listening(notebook, timeout=120, resources=resources, config=config)
        client.execute(env=os.environ | canaries.environment | settings)
    nbformat.write(notebook, folder / "saved.ipynb")
    return Executed(folder / "saved.ipynb", home, folder, ""), client.heard


def test_the_canaries_are_where_they_were_planted(ran: Ran) -> None:
    """Else nothing could be found anywhere."""
    places = [ran.canaries.config_file, *ran.canaries.config_file.parent.glob(f"{FOLDER}/*")]
    planted = [path.read_text() for path in places] + list(ran.canaries.environment.values())
    found = ran.canaries.found_in("\n".join(planted))
    assert set(found) == set(ran.canaries.secrets) - {"signatures"}
    assert len(ran.canaries.secrets["signatures"]) > 10


def test_the_widgets_were_used_and_their_state_was_saved(ran: Ran) -> None:
    notebook = nbformat.read(ran.executed.file, as_version=4)
    saved = notebook.metadata["widgets"]["application/vnd.jupyter.widget-state+json"]["state"]
    names = [each["state"].get("_anywidget_id", "") for each in saved.values()]
    assert {name.split(".")[-2] for name in names if name} == set(WIDGETS)
    assert any("'type': 'delta'" in message for message in ran.heard)


def test_no_canary_goes_to_a_page(ran: Ran) -> None:
    assert ran.canaries.found_in("\n".join(ran.heard)) == []


def test_no_canary_is_in_any_file(ran: Ran) -> None:
    files = [path for path in ran.folder.rglob("*") if path.is_file()]
    names = {path.name for path in files}
    assert {"saved.ipynb", "journal.sqlite", "cassette.jsonl", "chat0.json"} <= names
    assert {f"export0.{kind}" for kind in KINDS} <= names
    told = {path.name: ran.canaries.found_in(path.read_text(errors="replace")) for path in files}
    assert {name: found for name, found in told.items() if found} == {}


@pytest.mark.parametrize("kind", ["html", "markdown"])
def test_no_canary_is_in_what_the_notebook_is_converted_to(ran: Ran, kind: str) -> None:
    page = ran.executed.convert(kind)
    assert "ChatPanel: 2 turns" in page
    assert ran.canaries.found_in(page) == []
