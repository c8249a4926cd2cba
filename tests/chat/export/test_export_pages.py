"""What is exported for reading, as data, and as a notebook."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

import nbformat
import pytest

from ocigenai_nb import Image, Message
from ocigenai_nb.chat.export import KINDS, export
from ocigenai_nb.chat.reply import Raw, Reply
from ocigenai_nb.core.errors import UsageError
from ocigenai_nb.core.messages import ResponseFormat
from ocigenai_nb.core.parameters import Parameters
from ocigenai_nb.core.plain_data import from_data
from ocigenai_nb.core.thread import Answer
from tests.chat.export.asker import Asker
from tests.notebook.shell import Shell, wait_until_warm
from tests.transports.subject import COHERE_R, COUNT, COUNTED, LLAMA, LLAMA_VISION

KEY: Final = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC"
SECRET: Final = f"-----BEGIN PRIVATE KEY-----\n{KEY}\n-----END PRIVATE KEY-----"
SENT_AT: Final = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


@pytest.fixture
def shell(asker: Asker) -> Iterator[Shell]:
    made = Shell()
    yield made
    wait_until_warm()
    made.run("%unload_ext ocigenai_nb")
    made.close()


def read_cells(text: str) -> list[Any]:
    notebook = nbformat.reads(text, as_version=nbformat.NO_CONVERT)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    return list(notebook.cells)


# The notebook


def test_a_notebooks_cells_ask_the_same_again(asker: Asker, shell: Shell) -> None:
    system = '-You are "concise" — and don\'t $HOME.'
    wishes = Parameters(temperature=0.25, max_tokens=200)
    first = asker.ask("My name is Ada.", system=system)
    second = asker.ask(
        "Say exactly: {{name}} {x}\n  %%time\n\n!ls", before=(first,), system=system, stream=False
    )
    third = asker.ask(
        COUNT, COHERE_R, before=(first, second), system="Two\nlines.", parameters=wishes
    )
    fourth = asker.ask("What is my name?", transport="sdk", before=(first, second, third))
    sent = [entry.body for entry in asker.service.journal]
    asker.service.journal.clear()
    cells = read_cells(export([first, second, third, fourth], "notebook"))
    config_file = asker.service.config_file
    assert cells[1].source == f"%env OCI_CONFIG_FILE={config_file}\n%load_ext ocigenai_nb"
    assert cells[3].source.splitlines()[0] == f"%%ocichat {LLAMA} --no-stream --raw-prompt"
    for cell in cells[1:]:
        shell.run(cell.source)
    assert [entry.body for entry in asker.service.journal] == sent


def test_a_notebook_holds_the_answers_that_came(asker: Asker) -> None:
    cells = read_cells(export(asker.ask(COUNT), "notebook"))
    (output,) = cells[-1].outputs
    assert output.data == {"text/markdown": COUNTED, "text/plain": COUNTED}


def test_a_notebook_says_what_its_cells_can_not_say(asker: Asker) -> None:
    connection = asker.connect(region="us-ashburn-1")
    wishes = Parameters(seed=7)
    reply = asker.ask(
        COUNT, connection=connection, parameters=wishes, response_format=ResponseFormat()
    )
    about = read_cells(export(reply, "notebook"))[0].source
    assert "The cells can't say these wishes: response_format, seed." in about
    assert "Given to connect(), which the cells don't call: region." in about


def test_a_picture_is_attached_from_its_file(asker: Asker) -> None:
    prompt = Message.user("What is this?", Image.from_bytes(bytes(5_000), "image/png"))
    cells = read_cells(export(asker.ask(prompt, LLAMA_VISION), "notebook"))
    assert "-a image-1.png" in cells[-1].source
    assert "beside this as image-1.png" in cells[0].source


# The page


def test_a_page_has_every_turn_with_its_model_and_provenance(asker: Asker) -> None:
    first = asker.ask("My name is Ada.", system="You are concise.")
    second = asker.ask(COUNT, COHERE_R, before=(first,), system="You are concise.")
    page = export([first, second], "markdown")
    assert page.count("You are concise.") == 1
    assert f"## {LLAMA}\n\nNice to meet you, Ada.\n\n*{LLAMA} · v1 · us-chicago-1" in page
    assert f"## User\n\n```text\n{COUNT}\n```\n\n## {COHERE_R}\n\n{COUNTED}" in page


def test_a_code_block_that_an_answer_left_open_ends_with_it(asker: Asker) -> None:
    open_block = Answer(text="```python\nx = 1", status="finished")
    page = export(replace(asker.ask(COUNT), answer=open_block), "markdown")
    assert "\n\n```python\nx = 1\n```\n\n*meta" in page


def test_what_a_model_wrote_fetches_nothing_and_runs_nothing(asker: Asker) -> None:
    text = "<img src=x onerror=alert(1)> ![x](https://evil.example/x.png) \x1b[2J"
    reply = replace(asker.ask(COUNT), answer=Answer(text=text, status="finished"))
    output = read_cells(export(reply, "notebook"))[-1].outputs[0]
    for shown in (export(reply, "markdown"), output.data["text/markdown"]):
        assert "<img" not in shown
        assert "![" not in shown
    assert "\x1b" not in output.data["text/plain"]


def test_a_prompts_own_backticks_end_no_block(asker: Asker) -> None:
    reply = asker.ask("Say exactly: ````\n# Not a heading")
    assert "`````text\nSay exactly: ````\n# Not a heading\n`````" in export(reply, "markdown")


# Data


def test_the_data_can_be_read_back(asker: Asker) -> None:
    reply = replace(asker.ask(COUNT), sent_at=SENT_AT)
    data = json.loads(export(reply, "json"))
    (found,) = data["replies"]
    assert from_data(Message, found["prompt"]) == reply.prompt
    assert from_data(Answer, found["answer"]).text == COUNTED
    assert found["request"] == reply.raw.request
    assert datetime.fromisoformat(found["sent_at"]) == SENT_AT
    assert data["version"] == 1


# All kinds


@pytest.mark.parametrize("kind", KINDS)
def test_no_export_holds_a_secret_that_somebody_wrote_or_answered(asker: Asker, kind: str) -> None:
    reply = asker.ask(f"Say exactly: {SECRET}", system=f"Keep {SECRET}")
    assert SECRET in reply.text
    assert KEY not in export(reply, kind)


@pytest.mark.parametrize("kind", ["python", "curl", "markdown", "notebook"])
def test_an_export_says_what_ran_and_when(asker: Asker, kind: str) -> None:
    reply = replace(asker.ask(COUNT), sent_at=SENT_AT)
    text = export(reply, kind)
    assert LLAMA in text
    assert reply.request_id is not None
    assert reply.request_id in text
    assert kind == "markdown" or "2026-03-04 05:06:07 UTC" in text


@pytest.mark.parametrize("kind", ["python", "curl", "notebook"])
def test_what_was_not_kept_can_not_be_sent_again(asker: Asker, kind: str) -> None:
    reply = replace(asker.ask(COUNT), raw=Raw({}))
    with pytest.raises(UsageError, match="not known, so it can't be exported"):
        export(reply, kind)
    assert COUNTED in export(reply, "markdown")
    assert COUNTED in export(reply, "json")


def test_an_unknown_kind_is_refused_with_the_right_one(asker: Asker) -> None:
    with pytest.raises(UsageError, match="Did you mean 'python'"):
        export(asker.ask(COUNT), "pyton")


def test_nothing_can_not_be_exported() -> None:
    nothing: list[Reply] = []
    with pytest.raises(UsageError, match="There is no reply to export"):
        export(nothing)
