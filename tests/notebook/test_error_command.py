"""`%ocichat error`: what failed last, explained; a model is asked only where no text says it."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
from IPython.core.error import UsageError

from ocigenai_nb import errors
from ocigenai_nb.emulator.service import Service
from tests.notebook.shell import Shell, read_body, read_messages

KEEPERS = ("last_exc", "last_type", "last_value", "last_traceback")
GPT = "openai.gpt-4.1"
KEY = "sk-" + "a1b2c3d4e5f6g7h8" * 2  # made up here


@pytest.fixture(autouse=True)
def nothing_failed() -> Iterator[None]:
    """No failure of another test is remembered, and none of this one's stays."""
    for name in KEEPERS:
        sys.__dict__.pop(name, None)
    yield
    for name in KEEPERS:
        sys.__dict__.pop(name, None)


def fail(shell: Shell, source: str) -> None:
    """Run a cell that fails."""
    assert not shell.ipython.run_cell(source).success


def test_where_nothing_has_failed_it_says_so(shell: Shell, service: Service) -> None:
    shell.run("%ocichat error")
    assert shell.plain == "No cell has failed so far."
    assert len(service.journal) == 0


def test_our_own_error_is_shown_with_id_and_remedy_and_nobody_is_asked(
    shell: Shell, service: Service
) -> None:
    fail(shell, "%%ocichat meta.llama-9\nhi")
    shell.run("%ocichat error")
    error = shell.reply.error
    assert isinstance(error, errors.NotFoundError)
    what, origin, remedy = shell.plain.splitlines()
    assert what == "NotFoundError: Entity with key meta.llama-9 not found"
    assert origin == f"HTTP 404, opc-request-id {error.request_id}"
    assert remedy == error.remedy
    assert shell.markdown.count("  \n") == 2  # each on a line of its own
    assert len(service.journal) == 1


def test_an_error_that_was_shown_and_not_raised_is_the_last_failure(shell: Shell) -> None:
    fail(shell, "1 / 0")
    shell.run("%%ocichat meta.llama-9 --no-raise-error\nhi")
    shell.run("%ocichat error")
    assert shell.plain.startswith("NotFoundError: ")


def test_a_later_failure_takes_its_place(shell: Shell, service: Service) -> None:
    shell.run("%%ocichat meta.llama-9 --no-raise-error\nhi")
    fail(shell, "1 / 0")
    shell.run("%ocichat error")
    assert "ZeroDivisionError" in read_messages(service)[-1][1]


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("%%ocichat --temprature 1\nhi", "UsageError: %%ocichat: there is no option --temprature."),
        ("raise KeyboardInterrupt", "The last cell was stopped."),
    ],
)
def test_wrong_use_and_a_stop_need_no_model(
    shell: Shell, service: Service, source: str, text: str
) -> None:
    fail(shell, source)
    shell.run("%ocichat error")
    assert shell.plain.startswith(text)
    assert len(service.journal) == 0


def test_another_error_is_explained_by_the_model_and_this_is_said_before(
    shell: Shell, service: Service
) -> None:
    shell.ask("hi", GPT)
    fail(shell, "def halve(x):\n    return 1 / x\nhalve(0)")
    shell.run("%ocichat error")
    said, answer = shell.displays[-2:]
    assert said["text/plain"] == (
        f"{GPT} is asked about the traceback, in which secrets are replaced. "
        "To ask on: `%%ocichat --thread error`."
    )
    assert answer["text/plain"].startswith(shell.reply.text)
    assert read_body(service)["model"] == GPT
    ((role, sent),) = read_messages(service)
    assert role == "user"
    assert sent.startswith("A cell of my notebook failed. Explain")
    assert "ZeroDivisionError: division by zero" in sent
    assert "in halve" in sent
    assert "interactiveshell" not in sent


def test_an_explanation_is_apart_from_the_conversation_and_can_be_gone_on_with(
    shell: Shell, service: Service
) -> None:
    shell.ask("My name is Ada.")
    fail(shell, "undefined_name")
    shell.run("%ocichat error")
    assert shell.ask("What is my name?").text == "Your name is Ada."
    assert len(shell.chat.turns) == 2
    shell.ask("More, please.", "--thread error")
    assert "undefined_name" in read_messages(service)[0][1]
    fail(shell, "another_name")
    shell.run("%ocichat error")
    assert len(read_messages(service)) == 1


def test_secrets_do_not_leave_and_a_long_traceback_is_cut_at_its_beginning(
    shell: Shell, service: Service
) -> None:
    fail(shell, f"raise ValueError('token: Bearer {KEY} ' + 'x' * 20000 + ' the end {KEY}')")
    shell.run("%ocichat error")
    sent = read_messages(service)[-1][1]
    assert KEY not in sent
    assert "the end" in sent
    assert "characters are left out here" in sent
    assert len(sent) < 7000


def test_it_works_before_the_first_prompt_with_the_model_that_is_set(
    shell: Shell, service: Service
) -> None:
    shell.run(f"%config OCIChatMagics.model = {GPT!r}")
    fail(shell, "1 / 0")
    shell.run("%ocichat error")
    assert read_body(service)["model"] == GPT
    assert shell.session.current is None


def test_a_syntax_error_is_explained_too(shell: Shell, service: Service) -> None:
    fail(shell, "x = = 1")
    shell.run("%ocichat error")
    assert "SyntaxError" in read_messages(service)[-1][1]


def test_where_the_model_can_not_be_asked_the_first_failure_is_not_forgotten(
    shell: Shell, service: Service
) -> None:
    fail(shell, "1 / 0")
    with service.fault("status", status=400, times=1):
        fail(shell, "%ocichat error")
    shell.run("%ocichat error")
    assert shell.reply.status == "finished"
    assert len(service.journal) == 2


def test_a_mistyped_verb_is_not_the_failure_to_explain(shell: Shell, service: Service) -> None:
    fail(shell, "1 / 0")
    with pytest.raises(UsageError):
        shell.run("%ocichat eror")
    shell.run("%ocichat error")
    assert "ZeroDivisionError" in read_messages(service)[-1][1]
