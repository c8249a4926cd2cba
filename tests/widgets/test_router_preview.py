"""RouterPreview without a browser: its traits, its messages, and what it is in text."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from ipywidgets import HBox, Layout

from ocigenai_nb import Connection
from ocigenai_nb.chat.preview import Preview
from ocigenai_nb.core.errors import UnknownOptionError
from ocigenai_nb.emulator.service import Service
from ocigenai_nb.notebook.router_preview import FIRST_MODEL, RouterPreview, list_models
from tests.widgets.comms import FrontEnd

GPT = "openai.gpt-4.1"


@pytest.fixture
def widget(connection: Connection) -> RouterPreview:
    return RouterPreview(connection, model=GPT)


@pytest.fixture
def view(widget: RouterPreview) -> FrontEnd:
    return FrontEnd(widget)


def test_it_starts_with_a_model_that_people_have_and_a_prompt(connection: Connection) -> None:
    widget = RouterPreview(connection)
    assert widget.model == FIRST_MODEL
    assert widget.preview.problems == ()


def test_without_a_connection_it_connects() -> None:
    assert RouterPreview().connection.emulated


def test_the_route_is_that_of_the_connection(widget: RouterPreview, connection: Connection) -> None:
    assert widget.route == connection.route(GPT)
    widget.transport = "responses"
    assert widget.route == connection.route(GPT, transport="responses")


def test_every_wish_is_a_trait_and_an_option(connection: Connection) -> None:
    wishes: dict[str, Any] = {
        "model": GPT,
        "transport": "sdk",
        "prompt": "hi",
        "system": "Be brief.",
        "temperature": 0.5,
        "max_tokens": 7,
        "stream": False,
        "store": False,
    }
    widget = RouterPreview(connection, **wishes)
    assert {name: getattr(widget, name) for name in wishes} == wishes
    assert widget.preview.plan is not None
    assert widget.preview.plan.body["chatRequest"]["temperature"] == 0.5


def test_a_changed_trait_changes_the_preview_and_is_told(
    widget: RouterPreview, view: FrontEnd
) -> None:
    seen: list[Preview] = []
    widget.observe(lambda change: seen.append(change["new"]), "preview")
    widget.prompt = "Why is grass green?"
    assert [preview.draft.prompt for preview in seen] == ["Why is grass green?"]
    assert "Why is grass green?" in view.messages[-1]["body"]
    assert view.messages[-1]["type"] == "preview"


def test_a_view_sets_the_traits(widget: RouterPreview, view: FrontEnd) -> None:
    view.set_traits(model="xai.grok-4.3", temperature=1, max_tokens=50)
    assert (widget.model, widget.temperature, widget.max_tokens) == ("xai.grok-4.3", 1, 50)
    assert widget.route is not None
    assert widget.route.family == "grok-reasoning"


def test_a_view_that_opens_gets_the_catalog_and_the_preview(view: FrontEnd) -> None:
    reply = view.ask("look")
    assert [facts["id"] for facts in reply["models"]] == [facts["id"] for facts in list_models()]
    assert reply["region"] == "us-chicago-1"
    assert reply["preview"]["route"]["transport"] == "v1"
    assert json.loads(reply["preview"]["body"])["model"] == GPT
    json.dumps(reply)


def test_models_that_have_an_end_are_listed_last() -> None:
    ends = [facts["retired"] is not None for facts in list_models()]
    assert ends == sorted(ends)


@pytest.mark.parametrize(("kind", "words"), [("python", "OpenAI("), ("curl", "curl http")])
def test_a_view_gets_the_request_as_a_program(view: FrontEnd, kind: str, words: str) -> None:
    assert words in view.ask("export", kind=kind)["text"]


def test_an_export_that_does_not_exist_is_a_sentence(view: FrontEnd) -> None:
    answer = view.ask("export", kind="cobol")
    assert (answer["type"], answer["message"]) == (
        "error",
        "There is no export of the kind 'cobol'.",
    )


@pytest.mark.parametrize(
    ("trait", "value", "words"),
    [
        ("temperature", 9, "temperature is 9; it has to be between 0 and 2."),
        ("max_tokens", 1.5, "max_tokens is a whole number, not 1.5."),
        ("model", "lama", "Did you mean 'meta.llama-3.3-70b-instruct'?"),
        ("transport", "v3", "There is no transport 'v3'."),
        ("prompt", "", "The prompt is empty."),
    ],
)
def test_a_wrong_value_is_a_sentence_and_breaks_nothing(
    widget: RouterPreview, view: FrontEnd, trait: str, value: object, words: str
) -> None:
    before = getattr(widget, trait)
    view.set_traits(**{trait: value})
    (problem,) = view.messages[-1]["problems"]
    assert problem["field"] == trait
    assert words in problem["message"]
    assert view.messages[-1]["body"] is None
    setattr(widget, trait, before)
    assert view.messages[-1]["problems"] == []
    assert view.messages[-1]["body"] is not None


def test_nothing_is_sent(view: FrontEnd, widget: RouterPreview, service: Service) -> None:
    view.ask("look")
    for transport in ("v1", "sdk", "responses", ""):
        widget.transport = transport
        view.ask("export", kind="python")
        widget.to_html()
    assert len(service.journal) == 0


def test_only_what_a_person_sets_is_synced(widget: RouterPreview) -> None:
    own = {name for name in widget.get_state() if name in RouterPreview.class_own_traits()}
    assert own == {
        "model", "transport", "prompt", "system", "temperature", "max_tokens", "stream", "store",
    }  # fmt: skip
    assert "compartment" not in json.dumps(
        {name: value for name, value in widget.get_state().items() if name in own}
    )


def test_no_key_is_in_what_is_told(view: FrontEnd, service: Service) -> None:
    look = view.ask("look")
    told = json.dumps([look, view.ask("export", kind="python")])
    profile = service.config_file.read_text()
    fingerprint = next(line for line in profile.splitlines() if line.startswith("fingerprint"))
    assert fingerprint.partition("=")[2].strip() not in told
    assert "PRIVATE KEY" not in told
    headers = {header["name"]: header["value"] for header in look["preview"]["headers"]}
    assert 'keyId="redacted",signature="redacted"' in headers["authorization"]


def test_an_unknown_option_is_refused_with_a_suggestion(connection: Connection) -> None:
    with pytest.raises(UnknownOptionError, match="Did you mean 'model'"):
        RouterPreview(connection, modle=GPT)  # type: ignore[call-arg]


def test_in_text_it_is_one_line(widget: RouterPreview) -> None:
    url = "/openai/v1/chat/completions"
    assert repr(widget).startswith("openai.gpt-4.1 → v1 OCIOpenAIModel, POST http://127.0.0.1:")
    assert repr(widget).endswith(url)
    widget.temperature = 9
    assert repr(widget).endswith("; temperature is 9; it has to be between 0 and 2.")
    widget.model = "lama"
    assert repr(widget).startswith("RouterPreview: There is no model 'lama'.")


def test_its_html_needs_no_script_and_escapes_what_was_typed(widget: RouterPreview) -> None:
    widget.prompt = "<script>alert(1)</script>"
    page = widget.to_html()
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "<td>OCIOpenAIModel</td>" in page
    assert "most tenancies have no access" in page
    assert "Nothing was sent." in page
    widget.model = "lama"
    assert "There is no model &#x27;lama&#x27;." in widget.to_html()


def test_it_stands_in_a_box_with_a_layout(connection: Connection) -> None:
    widget = RouterPreview(connection, layout=Layout(width="50%"))
    assert HBox([widget]).children == (widget,)
    assert widget.layout.width == "50%"


def test_an_answer_takes_a_few_milliseconds(widget: RouterPreview) -> None:
    """The goal is 20 ms, of which a busy machine may take the larger part once or twice."""
    widget.temperature = 0.1
    took = []
    for number in range(20):
        before = time.thread_time()
        widget.prompt = f"Why {number}?"
        took.append(time.thread_time() - before)
    assert min(took) < 0.02
