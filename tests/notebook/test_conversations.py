"""`--thread`, `--new`, `--fork`, `--store`: which conversation a cell goes on with, and where."""

from __future__ import annotations

import pytest
from IPython.core.error import UsageError

from ocigenai_nb import errors
from ocigenai_nb.emulator.service import Service
from tests.notebook.shell import Shell, read_body, read_messages

RESPONSES = "--transport responses -m openai.gpt-4.1"


def prompts(service: Service) -> list[str]:
    """What a person said, in the request that came in last."""
    return [text for role, text in read_messages(service) if role == "user"]


def test_a_named_conversation_is_begun_and_gone_on_with(shell: Shell, service: Service) -> None:
    shell.ask("My name is Ada.")
    shell.ask("My name is Bob.", "--thread other")
    assert prompts(service) == ["My name is Bob."]
    assert shell.ask("What is my name?").text == "Your name is Bob."
    assert shell.ask("What is my name?", "--thread chat-1").text == "Your name is Ada."
    assert [(name, len(chat.turns)) for (_, name), chat in shell.session.threads.items()] == [
        ("chat-1", 2),
        ("other", 2),
    ]


def test_a_name_may_have_spaces(shell: Shell) -> None:
    shell.ask("hi", "--thread 'my ideas'")
    assert shell.chat.name == "my ideas"


def test_each_new_conversation_has_a_name_of_its_own(shell: Shell, service: Service) -> None:
    for line in ("--new", "--thread chat-3", "--new", "--new"):
        shell.ask("hi", line)
        assert prompts(service) == ["hi"]
    assert [name for _, name in shell.session.threads] == ["chat-1", "chat-3", "chat-4", "chat-5"]


def test_a_bare_fork_asks_in_the_place_of_the_last_prompt(shell: Shell, service: Service) -> None:
    shell.ask("one")
    shell.ask("two")
    shell.ask("three", "--fork")
    assert prompts(service) == ["one", "three"]
    assert [turn.parent for turn in shell.chat.turns] == [None, 1, 1]
    assert shell.ask("four").text
    assert prompts(service) == ["one", "three", "four"]


def test_a_bare_fork_before_a_model_takes_it_for_a_model(shell: Shell, service: Service) -> None:
    shell.ask("one")
    shell.ask("two", "--fork openai.gpt-4.1")
    assert read_body(service)["model"] == "openai.gpt-4.1"
    assert prompts(service) == ["two"]


def test_a_fork_goes_on_from_a_turn_by_number_or_response_id(
    shell: Shell, service: Service
) -> None:
    shell.ask("one", RESPONSES)
    first = shell.reply.response_id
    assert first is not None
    shell.ask("two")
    shell.ask("three", "--fork 1")
    assert read_body(service)["previous_response_id"] == first
    shell.ask("four", f"--fork {first}")
    assert read_body(service)["previous_response_id"] == first
    assert [turn.parent for turn in shell.chat.turns] == [None, 1, 1, 1]


@pytest.mark.parametrize(
    ("fork", "sentence"),
    [
        ("9", "This conversation has no turn 9. Its turns: 1, numbered from 1."),
        ("resp_x", "This conversation has no turn 'resp_x'."),
        ("0", "There is no model '0'."),
    ],
)
def test_a_turn_that_is_not_there_moves_nothing(
    shell: Shell, service: Service, capsys: pytest.CaptureFixture[str], fork: str, sentence: str
) -> None:
    shell.ask("one")
    capsys.readouterr()
    with pytest.raises(UsageError):
        shell.ask("two", f"-m openai.gpt-4.1 --fork {fork}")
    assert sentence in capsys.readouterr().err
    assert shell.chat.head is shell.chat.turns[-1]
    assert len(service.journal) == 1


def test_thread_new_and_fork_are_three_ways_of_which_one_can_be_taken(
    shell: Shell, service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    for line in ("--new --fork", "--thread x --new", "--fork 1 --thread x"):
        with pytest.raises(UsageError):
            shell.ask("hi", line)
        assert "not allowed with argument" in capsys.readouterr().err
    assert len(service.journal) == 0


def test_a_failed_first_prompt_is_not_lost(shell: Shell) -> None:
    with pytest.raises(errors.NotFoundError):
        shell.ask("a long prompt", "meta.llama-9 --thread other")
    (turn,) = shell.session.threads[None, "other"].turns
    assert (turn.prompt.text, turn.status) == ("a long prompt", "failed")


def test_the_service_keeps_the_thread_unless_it_is_told_not_to(
    shell: Shell, service: Service
) -> None:
    shell.ask("one", f"{RESPONSES} --no-store")
    assert read_body(service)["store"] is False
    shell.ask("two")
    assert read_body(service)["store"] is False
    assert "previous_response_id" not in read_body(service)
    shell.ask("three", "--store")
    assert read_body(service).get("store", True) is True
    shell.ask("four")
    assert "previous_response_id" in read_body(service)


@pytest.mark.parametrize("option", ["--store", "--no-store"])
def test_a_wish_about_the_thread_that_means_nothing_is_said(
    shell: Shell, capsys: pytest.CaptureFixture[str], option: str
) -> None:
    capsys.readouterr()
    shell.ask("hi", option)
    shown = capsys.readouterr().err
    assert shown.startswith(f"%%ocichat: {option} means nothing to meta.llama-3.3-70b-instruct")
    assert shown.count("\n") == 1


def test_the_default_profile_by_its_name_is_the_same_conversation(shell: Shell) -> None:
    shell.ask("My name is Ada.")
    assert shell.ask("What is my name?", "-p DEFAULT").text == "Your name is Ada."
    assert list(shell.session.threads) == [(None, "chat-1")]


def test_a_model_set_anew_goes_by_its_family_again(shell: Shell, service: Service) -> None:
    shell.ask("hi", RESPONSES)
    shell.run("%config OCIChatMagics.model = 'cohere.command-r-plus-08-2024'")
    shell.ask("hi", "--new")
    assert service.journal.last.path == "/20231130/actions/chat"
