"""`%%ocichat --tools`: which functions the model may call, and what a cell shows of it."""

from __future__ import annotations

from typing import Final

import nbformat
import pytest
from IPython.core.error import UsageError
from nbclient.client import NotebookClient

from ocigenai_nb import errors
from ocigenai_nb.emulator.service import Service
from tests.notebook.kernel import over_files
from tests.notebook.shell import Shell, read_body

ROME: Final = "What is the weather in Rome?"
MAIL: Final = "Send a mail to a person"
WEATHER: Final = "What is the weather in Rome and in Oslo?"
DEFINE: Final = '''\
import ocigenai_nb as og
from pydantic import BaseModel
made = []

def get_weather(city: str) -> str:
    """Look up the weather in a city."""
    made.append(city)
    return f"18 degrees in *{city}* <b>"

@og.tool(approval="ask")
def send_mail(recipient: str) -> str:
    """Send a mail to a person."""
    made.append(recipient)
    return "sent"

def get_rain(city: str) -> str:
    """Look up the rain in a city."""
    raise LookupError("no *rain*")

class City(BaseModel):
    name: str

number = 3
'''


@pytest.fixture
def tools(shell: Shell) -> Shell:
    """A shell in which functions are defined."""
    shell.run(DEFINE)
    return shell


def refuse(shell: Shell, line: str) -> str:
    """The sentence that a cell with that line is refused with."""
    with pytest.raises(UsageError) as raised:
        shell.ask("hi", line)
    return str(raised.value)


def test_calls_stand_above_the_answer_a_line_each_in_both_forms(tools: Shell) -> None:
    tools.ask(WEATHER, "--tools get_weather")
    (shown,) = tools.displays
    plain, markdown = shown["text/plain"], shown["text/markdown"]
    assert plain.startswith(
        "⚙ get_weather(city='Rome') → 18 degrees in *Rome* <b>\n"
        "⚙ get_weather(city='Oslo') → 18 degrees in *Oslo* <b>\n\nAccording to get_weather"
    )
    assert markdown.startswith(
        "⚙ <code>get_weather(city='Rome')</code> → 18 degrees in &#42;Rome&#42; &#60;b&#62;  \n⚙ "
    )
    assert tools.names["made"] == ["Rome", "Oslo"] or tools.names["made"] == ["Oslo", "Rome"]


def test_the_provenance_counts_calls_and_rounds(tools: Shell) -> None:
    tools.ask(WEATHER, "--tools get_weather")
    assert "1 round, 2 calls" in tools.plain
    assert "1 round, 2 calls" in tools.markdown


def test_tools_stay_with_the_conversation_until_none(tools: Shell, service: Service) -> None:
    tools.ask("hi", "--tools get_weather,send_mail")
    tools.ask(ROME)
    assert tools.names["made"] == ["Rome"]
    tools.ask(ROME, "--tools none")
    assert tools.names["made"] == ["Rome"]
    assert "tools" not in read_body(service)


def test_another_conversation_has_no_tools(tools: Shell, service: Service) -> None:
    tools.ask("hi", "--tools get_weather")
    tools.ask(ROME, "--new")
    assert "tools" not in read_body(service)


def test_a_function_that_is_defined_anew_is_called_anew(tools: Shell) -> None:
    tools.ask(ROME, "--tools get_weather")
    tools.run(DEFINE.replace("18 degrees", "-3 degrees"))
    assert "-3 degrees" in tools.ask(ROME).rounds[0].results[0].text


def test_what_is_allowed_once_stays_allowed(tools: Shell) -> None:
    tools.ask("hi", "--tools send_mail")
    tools.chat.allow("send_mail")
    assert tools.ask(MAIL).rounds[0].results[0].outcome == "returned"


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        ("get_wether", "There is no function 'get_wether'. Did you mean 'get_weather'?"),
        ("nothing_like_it", "There is no function 'nothing_like_it'. Define it in a cell first."),
        ("number", "number is of type int: a tool has to be a function."),
        ("City", "City is a type: for an answer of that type write --schema City."),
    ],
)
def test_a_name_that_is_no_function_is_one_sentence(
    tools: Shell, service: Service, names: str, sentence: str
) -> None:
    assert refuse(tools, f"--tools {names}") == f"%%ocichat: {sentence}"
    assert len(service.journal) == 0


def test_tools_that_can_not_be_had_change_nothing(tools: Shell) -> None:
    tools.ask("hi", "--tools get_weather")
    refuse(tools, "--tools get_weather,number")
    assert [each.name for each in tools.chat.tools] == ["get_weather"]


def test_a_function_without_types_is_refused_with_what_to_write(tools: Shell) -> None:
    tools.run("def add(a, b): return a + b")
    assert "Annotate it, for example a: str." in refuse(tools, "--tools add")


def test_a_dry_run_shows_the_schemas_and_keeps_no_tools(tools: Shell, service: Service) -> None:
    tools.ask("hi")
    tools.run(f"%%ocichat --tools get_weather --dry-run\n{ROME}")
    for text in (tools.plain, tools.markdown):
        assert '"description": "Look up the weather in a city."' in text
        assert '"required": [' in text
    assert tools.chat.tools == ()
    assert len(service.journal) == 1


def test_a_notebook_that_is_executed_without_a_person_denies_the_call(service: Service) -> None:
    source = f"import os; os.environ['OCI_CONFIG_FILE'] = {str(service.config_file)!r}"
    cells = [source, "%load_ext ocigenai_nb", DEFINE, f"%%ocichat --tools send_mail\n{MAIL}"]
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell) for cell in [*cells, "print(made)"]]
    )
    with over_files() as config:
        NotebookClient(notebook, timeout=60, config=config).execute()
    *_, asked, made = notebook.cells
    assert "→ send_mail was not run: Nobody is there to approve it." in str(asked.outputs)
    assert made.outputs[0]["text"] == "[]\n"


def test_where_nobody_can_be_asked_the_call_is_denied(
    tools: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    tools.ask(MAIL, "--tools send_mail")
    assert "The model wants to call send_mail(" in capsys.readouterr().out
    assert "→ send_mail was not run: Nobody is there to approve it." in tools.plain
    assert tools.names["made"] == []


def test_what_a_tool_raises_is_shown_in_its_line(tools: Shell) -> None:
    tools.ask("How much rain is there in Rome? Get the rain.", "--tools get_rain")
    assert tools.plain.startswith("⚙ get_rain(city='Rome') → failed: LookupError: no *rain*\n")
    assert "</code> → failed: LookupError: no &#42;rain&#42;\n" in tools.markdown


@pytest.mark.parametrize("form", ["json", "df", "code"])
def test_in_a_form_of_its_own_the_calls_are_shown_and_once(tools: Shell, form: str) -> None:
    with pytest.raises(errors.AnswerFormatError):
        tools.ask(ROME, f"--tools get_weather -f {form}")
    calls, answer = tools.displays
    assert calls["text/plain"] == "⚙ get_weather(city='Rome') → 18 degrees in *Rome* <b>"
    assert answer["text/plain"].startswith("According to get_weather")


def test_as_text_calls_are_text(tools: Shell) -> None:
    tools.ask(ROME, "--tools get_weather -f text")
    (shown,) = tools.displays
    assert set(shown) == {"text/plain"}
    assert shown["text/plain"].startswith("⚙ get_weather(city='Rome') → 18 degrees")


def test_a_conversation_in_a_cell_shows_its_rounds_too(tools: Shell, service: Service) -> None:
    tools.run(
        f"chat = og.connect(config_file={str(service.config_file)!r}).chat(tools=[get_weather])"
    )
    tools.run(f"chat.send({ROME!r}); None")
    assert tools.plain.startswith("⚙ get_weather(city='Rome') → 18 degrees")


def test_help_tells_of_tools_and_types(shell: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    shell.run("%ocichat help")
    shown = capsys.readouterr().out + "".join(each["text/plain"] for each in shell.displays)
    assert "--tools F,G" in shown
    assert "--schema TYPE" in shown
