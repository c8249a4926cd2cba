"""`%%ocichat --schema`: an answer of a type, shown as what it is."""

from __future__ import annotations

from typing import Any, Final

import pandas as pd
import pytest
from IPython.core.error import UsageError

from ocigenai_nb import Parameters, errors
from ocigenai_nb.emulator.service import Service
from tests.notebook.shell import Shell, read_body, read_messages

GPT: Final = "-m openai.gpt-4.1"
ROME: Final = "Tell me of Rome, Italy, with 2800000 people."
DEFINE: Final = """\
from pydantic import BaseModel
class City(BaseModel):
    name: str
    country: str
    people: int
class Note(BaseModel):
    text: str
    tags: list[str] = []
Cities = list[City]
number = 3
"""


@pytest.fixture
def types(shell: Shell) -> Shell:
    """A shell in which types are defined."""
    shell.run(DEFINE)
    return shell


def test_an_object_is_shown_as_a_table_of_its_fields(types: Shell) -> None:
    reply = types.ask(ROME, f"--schema City {GPT}")
    assert reply.parsed.people == 2_800_000
    assert types.rows == [["name", "Rome"], ["country", "Italy"], ["people", "2800000"]]
    assert types.plain.startswith("field    value\nname     Rome\ncountry  Italy\n")
    assert "City by schema" in types.plain


@pytest.mark.parametrize("name", ["list[City]", "Cities"])
def test_a_list_is_a_table_and_with_df_a_dataframe(types: Shell, name: str) -> None:
    types.ask(ROME, f"--schema {name} {GPT}")
    assert types.rows == [["Rome", "Italy", "2800000"]]
    types.ask(ROME, f"--schema {name} -f df -o found")
    table, end = types.displays[-2:]
    assert "<td>Rome</td>" in table["text/html"]
    assert end["text/plain"].startswith("[openai.gpt-4.1")
    found: Any = types.names["found"]
    assert isinstance(found.df, pd.DataFrame)
    assert found.parsed[0].country == "Italy"


def test_what_is_neither_is_shown_as_it_is(types: Shell) -> None:
    types.ask("How many people live in Rome? 2800000", f"--schema int {GPT}")
    assert types.markdown.startswith("```json\n2800000\n```\n")
    assert types.plain.startswith("2800000\n")


def test_values_are_shown_and_form_nothing(types: Shell) -> None:
    types.ask("Say exactly: <b>*x*</b> | y", f"--schema Note {GPT}")
    assert types.reply.parsed.text == "<b>*x*</b> | y"
    assert types.rows[0] == ["text", "&#60;b&#62;&#42;x&#42;&#60;/b&#62; &#124; y"]
    assert "text   <b>*x*</b> | y\n" in types.plain


def test_a_form_asks_for_nothing_beside_the_schema(types: Shell, service: Service) -> None:
    types.ask(ROME, f"--schema list[City] -f df {GPT}")
    assert read_messages(service) == [("user", ROME)]
    assert read_body(service)["response_format"]["json_schema"]["name"] == "list_City"


def test_a_dry_run_shows_the_schema(types: Shell, service: Service) -> None:
    types.run(f"%%ocichat --schema City --dry-run {GPT}\n{ROME}")
    assert '"json_schema"' in types.plain
    assert len(service.journal) == 0


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("Cty", "There is no type 'Cty'. Did you mean 'City'?"),
        ("number", "number is of type int: a schema has to be a type."),
        ("'City, Note'", "'City, Note' is no type: write --schema NAME, or --schema list[NAME]."),
        ("Thing", "There is no type 'Thing'. Define it in a cell first."),
    ],
)
def test_a_name_that_is_no_type_is_one_sentence(
    types: Shell, service: Service, name: str, sentence: str
) -> None:
    with pytest.raises(UsageError) as raised:
        types.ask("hi", f"--schema {name}")
    assert str(raised.value) == f"%%ocichat: {sentence}"
    assert len(service.journal) == 0


@pytest.mark.parametrize("form", ["md", "df"])
def test_an_answer_that_does_not_fit_is_shown_as_it_came(types: Shell, form: str) -> None:
    with pytest.raises(errors.AnswerFormatError):
        types.ask("Say exactly: no object", f"--schema City -f {form} --max-tokens 1 {GPT}")
    assert "The answer reached its token limit" in types.plain
    assert types.reply.text in types.plain


def test_a_correction_is_told_in_a_line(types: Shell) -> None:
    types.ask("hi")
    types.chat.parameters = Parameters(
        seed=7
    )  # with which the emulator leaves a field out at first
    types.ask(ROME, "--schema City")
    assert "\n\n↻ Sent back: The answer does not fit City: name: Field required\n" in types.plain
    assert "City by prompt, 1 correction" in types.plain
