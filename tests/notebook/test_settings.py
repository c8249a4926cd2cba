"""`%config OCIChatMagics`: what holds where a cell does not say otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from ocigenai_nb import Journal, errors
from ocigenai_nb.emulator.service import Service
from ocigenai_nb.notebook.magic import OCIChatMagics
from tests.notebook.shell import Shell, read_body, read_messages

GPT = "openai.gpt-4.1"


def configure(shell: Shell, **settings: object) -> None:
    """Set what `%config` sets, as a person types it."""
    for name, value in settings.items():
        shell.run(f"%config OCIChatMagics.{name} = {value!r}")


def test_every_setting_is_listed_with_its_help(
    shell: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.run("%config OCIChatMagics")
    shown = capsys.readouterr().out
    names = OCIChatMagics.class_trait_names(config=True)
    own = set(names) - set(OCIChatMagics.__mro__[1].class_trait_names(config=True))  # type: ignore[attr-defined]
    assert own == {
        "aliases", "format", "journal", "max_tokens", "model", "profile", "raise_error", "system",
        "temperature", "timeout",
    }  # fmt: skip
    for name in own:
        assert f"OCIChatMagics.{name}=" in shown
        assert getattr(OCIChatMagics, name).help in shown
        assert getattr(OCIChatMagics, name).help


def test_settings_hold_until_a_cell_says_otherwise(shell: Shell, service: Service) -> None:
    configure(shell, temperature=0.25, max_tokens=50)
    shell.ask("hi")
    assert (read_body(service)["temperature"], read_body(service)["max_tokens"]) == (0.25, 50)
    shell.ask("hi", "-t 0.5")
    assert (read_body(service)["temperature"], read_body(service)["max_tokens"]) == (0.5, 50)
    configure(shell, temperature=None)
    shell.ask("hi")
    assert "temperature" not in read_body(service)


def test_a_conversation_begins_with_the_model_and_instructions_that_are_set(
    shell: Shell, service: Service
) -> None:
    shell.ask("hi")
    configure(shell, model=GPT, system="Be brief.")
    shell.ask("hi")
    assert read_body(service)["model"] != GPT
    shell.ask("hi", "--new")
    assert read_body(service)["model"] == GPT
    assert read_messages(service)[0] == ("system", "Be brief.")
    shell.ask("hi", "--new -s ''")
    assert read_messages(service) == [("user", "hi")]


def test_the_model_may_be_an_alias(shell: Shell, service: Service) -> None:
    configure(shell, aliases={"fast": GPT}, model="fast")
    assert shell.ask("hi").route.model == GPT


def test_a_model_that_is_set_but_not_there_is_said_when_it_is_asked(
    shell: Shell, service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    configure(shell, model="lama")
    with pytest.raises(UsageError):
        shell.ask("hi")
    assert "There is no model 'lama'. Did you mean" in capsys.readouterr().err


def test_the_form_of_answers_can_be_set(shell: Shell) -> None:
    configure(shell, format="text")
    shell.ask("hi")
    assert set(shell.displays[-1]) == {"text/plain"}
    shell.ask("hi", "-f md")
    assert set(shell.displays[-1]) == {"text/markdown", "text/plain"}


def test_the_time_to_wait_can_be_set(shell: Shell, service: Service) -> None:
    configure(shell, timeout=0.3)
    with service.fault("stall"), pytest.raises(errors.RequestTimeoutError):
        shell.ask("hi")


def test_errors_can_be_shown_and_not_raised(
    shell: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    configure(shell, raise_error=False)
    shell.ask("hi", "meta.llama-9")
    assert capsys.readouterr().err.startswith("NotFoundError: ")
    assert isinstance(shell.reply.error, errors.NotFoundError)


def test_the_profile_can_be_set(shell: Shell, service: Service) -> None:
    configure(shell, profile="TYPICAL")
    shell.ask("hi")
    assert service.journal.last.tenancy == "typical"


def test_the_journal_can_be_kept_in_a_file(shell: Shell, tmp_path: Path) -> None:
    shell.ask("before")
    configure(shell, journal=str(tmp_path / "journal.sqlite"))
    shell.ask("hi")
    with Journal(tmp_path / "journal.sqlite") as journal:
        assert [entry.prompt for entry in journal] == ["hi"]
    shell.session.keep_journal_in("")


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("timeout", -1, "timeout is a number of seconds above 0, not -1.0."),
        ("format", "html", "'html'"),
        ("temperature", 3, "temperature is 3.0; it has to be between 0 and 2."),
        ("max_tokens", 0, "max_tokens is 0; it has to be 1 or more."),
        ("journal", "/", "can't be opened"),
    ],
)
def test_a_setting_that_can_not_be_is_refused_and_nothing_is_changed(
    shell: Shell,
    service: Service,
    caplog: pytest.LogCaptureFixture,
    name: str,
    value: object,
    sentence: str,
) -> None:
    before = shell.session.journal
    configure(shell, **{name: value})
    assert sentence in caplog.text
    caplog.clear()
    shell.run(f"was = get_ipython().magics_manager.registry['OCIChatMagics'].{name}")
    assert shell.names["was"] != value
    assert shell.session.journal is before
    assert shell.ask("hi").status == "finished"


def test_a_configuration_file_can_hold_all_of_it() -> None:
    config = Config()
    config.HistoryManager.enabled = False
    config.OCIChatMagics.model = GPT
    config.OCIChatMagics.aliases = {"fast": GPT}
    magics = OCIChatMagics(InteractiveShell(config=config))
    assert magics.model == GPT
    assert magics.session.aliases == {"fast": GPT}
