"""Several `-m`: all are asked, one after the other, and none sees another's answer."""

from __future__ import annotations

import pytest
from IPython.core.error import UsageError

from ocigenai_nb import Comparison, errors
from ocigenai_nb.emulator.service import Service
from tests.notebook.shell import Shell, read_messages
from tests.transports.interrupts import interrupted_once

LLAMA = "meta.llama-3.3-70b-instruct"
GPT = "openai.gpt-4.1"
R_PLUS = "cohere.command-r-plus-08-2024"
LOST = "meta.llama-9"


def name(*models: str) -> str:
    """The options that name the models."""
    return " ".join(f"-m {model}" for model in models)


def titles(shell: Shell) -> list[str]:
    """What is displayed, by the first line of each."""
    return [shown["text/markdown"].splitlines()[0] for shown in shell.displays]


def test_each_answers_under_its_name(shell: Shell) -> None:
    shell.ask("What is 17 * 23?", name(GPT, R_PLUS))
    answer = shell.reply.text
    assert "391" in answer
    assert titles(shell) == [f"### {GPT}", answer, f"### {R_PLUS}", answer]
    assert shell.reply.route.model == R_PLUS


def test_answers_stand_beside_each_other(shell: Shell, service: Service) -> None:
    shell.ask("hi")
    shell.ask("What is 17 * 23?", name(GPT, R_PLUS))
    _, first, second = shell.chat.turns
    assert (first.parent, second.parent) == (1, 1)
    for entry in list(service.journal)[1:]:
        assert "hi" in str(entry.body)
        assert "391" not in str(entry.body)
    assert shell.chat.head is second


def test_the_last_model_is_kept_with_its_answer(shell: Shell) -> None:
    shell.ask("What is 17 * 23?", name(LLAMA, GPT))
    assert shell.ask("hi").route.model == GPT
    assert shell.chat.turns[-1].parent == 2


def test_the_replies_are_bound_as_a_comparison(shell: Shell) -> None:
    shell.ask("hi", f"{name(LLAMA, GPT)} -o replies")
    replies = shell.names["replies"]
    assert isinstance(replies, Comparison)
    assert [reply.route.model for reply in replies] == [LLAMA, GPT]
    assert replies[GPT] is shell.reply
    assert list(replies.df["model"]) == [LLAMA, GPT]


def test_what_came_before_an_interrupt_is_bound(shell: Shell, service: Service) -> None:
    service.fault("stall", after_events=5, model=GPT)

    def wait_for_the_second() -> None:
        service.journal.wait_for(lambda entry: entry.model == GPT and entry.outcome == "open")

    with interrupted_once(wait_for_the_second):
        shell.run(f"%%ocichat {name(LLAMA, GPT)} -o replies\nCount from 1 to 20.")
    first, second = shell.names["replies"]
    assert (first.status, second.status) == ("finished", "interrupted")


def test_a_comparison_can_be_put_into_a_prompt(shell: Shell, service: Service) -> None:
    shell.ask("Say exactly: hi", f"{name(LLAMA, GPT)} -o replies")
    shell.ask("Which is best?\n\n{{replies}}", "--new")
    [(_, said)] = read_messages(service)
    assert said == f"Which is best?\n\n## {LLAMA}\n\nhi\n\n## {GPT}\n\nhi"


def test_one_that_fails_keeps_none_of_the_others_from_being_asked(
    shell: Shell, service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(errors.NotFoundError) as raised:
        shell.ask("hi", f"{name(LLAMA, LOST, GPT)} -o replies")
    assert raised.value.message == f"1 of 3 models failed: {LOST}."
    assert [entry.model for entry in service.journal] == [LLAMA, LOST, GPT]
    replies = shell.names["replies"]
    assert replies.models == (LLAMA, LOST, GPT)
    assert [type(reply.error).__name__ for reply in replies if reply.error] == ["NotFoundError"]
    assert titles(shell)[2] == f"### {LOST}"
    shown = capsys.readouterr()
    assert shown.err.startswith(f"%%ocichat: {LOST}: Entity with key {LOST} not found\nHTTP 404")
    assert shown.out.startswith(f"NotFoundError: 1 of 3 models failed: {LOST}.\n")


def test_cells_go_on_from_the_last_that_has_answered(shell: Shell) -> None:
    with pytest.raises(errors.NotFoundError):
        shell.ask("My name is Ada.", name(GPT, LOST))
    reply = shell.ask("What is my name?")
    assert reply.text == "Your name is Ada."
    assert reply.route.model == GPT
    assert shell.chat.turns[-1].parent == 1


def test_where_all_fail_the_model_before_is_kept(shell: Shell) -> None:
    shell.ask("hi")
    with pytest.raises(errors.NotFoundError, match="2 of 2 models failed"):
        shell.ask("hi", name(LOST, "meta.llama-8"))
    assert shell.chat.model == LLAMA
    assert [turn.status for turn in shell.chat.turns] == ["finished", "failed", "failed"]


def test_a_model_that_is_not_there_keeps_all_from_being_asked(
    shell: Shell, service: Service
) -> None:
    with pytest.raises(UsageError):
        shell.ask("hi", name(LLAMA, "lama"))
    assert len(service.journal) == 0


def test_two_names_of_one_model_are_refused(
    shell: Shell, service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.run(f"%ocichat alias fast {GPT}")
    for line in (name("fast", GPT), name("fast", GPT.upper())):
        with pytest.raises(UsageError):
            shell.ask("hi", line)
        assert "is named twice; name it once." in capsys.readouterr().err
    assert len(service.journal) == 0


def test_several_can_be_planned_without_asking_one(shell: Shell, service: Service) -> None:
    shell.run(f"%%ocichat {name(GPT, R_PLUS)} --dry-run\nhi")
    assert len(service.journal) == 0
    for model, shown in zip((GPT, R_PLUS), shell.displays, strict=True):
        assert f'"{model}"' in shown["text/plain"]


def test_several_that_are_quiet_show_nothing_but_what_failed(
    shell: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.run(f"%%ocichat {name(GPT, LOST)} -q --no-raise-error -o replies\nhi")
    assert shell.displays == []
    assert [reply.status for reply in shell.names["replies"]] == ["finished", "failed"]
    assert f"%%ocichat: {LOST}: " in capsys.readouterr().err
