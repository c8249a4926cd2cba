"""`-f md|text|json|code|df`: each form as it is shown, and what happens where it does not fit."""

from __future__ import annotations

import pandas as pd
import pytest

from ocigenai_nb import errors
from ocigenai_nb.emulator.service import Service
from ocigenai_nb.notebook.formats import INSTRUCTIONS
from tests.notebook.shell import Shell, read_messages

PLANETS = "A table of the planets and their diameters, please."
PRIMES = "Write Python code that prints primes."


@pytest.fixture
def next_cells(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was put into new cells."""
    cells: list[str] = []
    monkeypatch.setattr(shell.ipython, "set_next_input", cells.append)
    return cells


def test_text_is_shown_as_it_is_and_not_as_markdown(shell: Shell) -> None:
    reply = shell.ask(PLANETS, "-f text")
    (shown,) = shell.displays
    assert set(shown) == {"text/plain"}
    assert shown["text/plain"] == f"{reply.text}\n\n[{reply.provenance()}]"


def test_text_is_fit_for_a_terminal(shell: Shell) -> None:
    shell.ask("Say exactly: red \x1b[31m\x1b]0;title\x07 and \u202egnp", "-f text")
    assert shell.plain.startswith("red  and gnp\n")
    assert "\x1b" in shell.reply.text


def test_json_is_shown_neatly_however_it_came(shell: Shell) -> None:
    reply = shell.ask('Say exactly: Here: {"name": "Zoë", "tags": [1]} — as asked.', "-f json")
    neat = '{\n  "name": "Zoë",\n  "tags": [\n    1\n  ]\n}'
    (shown,) = shell.displays
    assert shown["text/markdown"].startswith(f"```json\n{neat}\n```\n\n<sub>")
    assert shown["text/plain"] == f"{neat}\n\n[{reply.provenance()}]"


def test_half_a_surrogate_pair_in_json_can_be_shown(shell: Shell) -> None:
    shell.ask(r'Say exactly: ["\ud800"]', "-f json")
    assert '"\\ud800"' in shell.plain


def test_code_is_shown_in_its_language_and_goes_to_a_new_cell(
    shell: Shell, next_cells: list[str]
) -> None:
    reply = shell.ask(PRIMES, "-f code")
    assert shell.markdown.startswith("```python\ndef is_prime(n: int) -> bool:\n")
    assert shell.plain.startswith("def is_prime(n: int) -> bool:\n")
    assert next_cells == [reply.code]


def test_a_table_is_shown_as_a_dataframe_with_its_provenance_below(shell: Shell) -> None:
    reply = shell.ask(PLANETS, "-f df -o people")
    table, end = shell.displays
    assert "<td>Mercury</td>" in table["text/html"]
    assert "Mercury" in table["text/plain"]
    assert end["text/plain"] == f"[{reply.provenance()}]"
    frame = shell.names["people"].df
    assert isinstance(frame, pd.DataFrame)
    assert frame.shape == (8, 2)


@pytest.mark.parametrize("name", ["json", "code", "df"])
def test_an_answer_that_has_not_the_form_is_shown_as_it_came(
    shell: Shell, next_cells: list[str], name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    with pytest.raises(errors.AnswerFormatError):
        shell.ask("hi", f"-m openai.gpt-4.1 -f {name} -o answer")
    assert shell.markdown.startswith("Hello! What would you like to know?\n\n<sub>openai.gpt-4.1")
    shown = capsys.readouterr().out
    assert shown.startswith("AnswerFormatError: The answer ")
    assert shown.endswith("The answer is above, and in _oci.\n")
    assert shell.reply.text == "Hello! What would you like to know?"
    assert "answer" not in shell.names
    assert next_cells == []
    assert shell.chat.model == "openai.gpt-4.1"  # it has answered


def test_json_that_is_cut_off_is_shown_with_what_to_do(shell: Shell) -> None:
    with pytest.raises(errors.AnswerFormatError):
        shell.ask(
            'Say exactly: {"a": "a long text that is cut somewhere"}', "-f json --max-tokens 5"
        )
    assert shell.plain.startswith('{"a"')
    assert (
        "> The answer reached its token limit: raise max_tokens (--max-tokens)." in shell.markdown
    )


def test_an_answer_that_breaks_off_is_shown_as_it_came(shell: Shell, service: Service) -> None:
    with service.fault("cut", after_events=5), pytest.raises(errors.StreamCutError):
        shell.ask("Count from 1 to 50", "-f json")
    assert shell.plain.startswith("1 2")
    assert "Broken off: this answer is not complete." in shell.plain


@pytest.mark.parametrize("name", ["json", "code", "df"])
def test_the_form_is_asked_for_along_with_the_standing_instructions(
    shell: Shell, service: Service, name: str
) -> None:
    shell.run(f"%%ocichat -s 'Be brief.' -f {name} --no-raise-error\nhi")
    assert read_messages(service)[0] == ("system", f"Be brief.\n\n{INSTRUCTIONS[name]}")
    shell.ask("hi")
    assert read_messages(service)[0] == ("system", "Be brief.")


@pytest.mark.parametrize("name", ["md", "text"])
def test_markdown_and_text_need_no_instructions(shell: Shell, service: Service, name: str) -> None:
    shell.ask("hi", f"-f {name}")
    assert read_messages(service) == [("user", "hi")]


def test_a_dry_run_shows_what_a_form_adds(shell: Shell) -> None:
    shell.run("%%ocichat -f json --dry-run\nhi")
    assert INSTRUCTIONS["json"] in shell.plain


def test_a_quiet_cell_neither_shows_nor_checks_the_form(
    shell: Shell, next_cells: list[str]
) -> None:
    shell.ask("hi", "-q -f json")
    shell.ask(PRIMES, "-q -f code")
    assert shell.displays == []
    assert next_cells == []
