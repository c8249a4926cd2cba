"""`%ocichat VERB`: what each shows, in Markdown and in plain text, and what it changes."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest
from IPython.core.error import UsageError

import ocigenai_nb as og
from ocigenai_nb import errors
from ocigenai_nb.emulator.service import Service
from tests.notebook.shell import Shell, read_messages

LLAMA = "meta.llama-3.3-70b-instruct"
GPT = "openai.gpt-4.1"


@pytest.fixture(autouse=True)
def empty_journal(shell: Shell) -> None:
    """No exchange of another test is in the journal of this process."""
    shell.session.journal.clear()


def refuse(shell: Shell, capsys: pytest.CaptureFixture[str], line: str) -> str:
    """The one line on stderr with which a command is refused."""
    capsys.readouterr()
    with pytest.raises(UsageError):
        shell.run(line)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("UsageError: %ocichat")
    assert shown.err.count("\n") == 1
    return shown.err


# Before anything was said


@pytest.mark.parametrize(
    ("verb", "sentence"),
    [
        ("threads", "There is no conversation yet: a cell of `%%ocichat` begins one."),
        ("history", "Nothing was said yet."),
        ("history rivers", "No exchange has rivers in it."),
        ("cost", "Nothing was asked yet, so nothing was spent."),
        ("alias", "There is no alias yet: `%ocichat alias NAME MODEL` sets one."),
        ("reset", "There is nothing to reset: nothing was said yet."),
    ],
)
def test_where_there_is_nothing_it_says_so(shell: Shell, verb: str, sentence: str) -> None:
    shell.run(f"%ocichat {verb}")
    assert shell.displays[-1] == {"text/markdown": sentence, "text/plain": sentence}


@pytest.mark.parametrize("verb", ["show", "show 1", "fork", "fork 1", "switch 1", "export"])
def test_without_a_conversation_it_says_how_to_begin_one(
    shell: Shell, capsys: pytest.CaptureFixture[str], verb: str
) -> None:
    shown = refuse(shell, capsys, f"%ocichat {verb}")
    assert shown.endswith("Nothing was said yet. Begin with a cell of %%ocichat.\n")


# The conversation


def test_conversations_are_listed_and_gone_to(
    shell: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.ask("What is *this* | that?")
    shell.ask("hi", f"--thread ideas {GPT}")
    shell.run("%ocichat threads")
    first, second = [line.split("  ") for line in shell.plain.splitlines()[1:]]
    assert first[0] == "chat-1"
    assert "What is *this* | that?" in first
    assert second[-1] == "◀ cells go on here"
    assert "What is &#42;this&#42; &#124; that?" in shell.markdown
    shell.run("%ocichat threads chat-1")
    assert shell.plain == "Cells go on with chat-1: 1 turn."
    assert shell.chat.name == "chat-1"
    shown = refuse(shell, capsys, "%ocichat threads ides")
    assert "Did you mean 'ideas'? There are: chat-1, ideas." in shown
    assert shell.chat.name == "chat-1"


def test_the_tree_and_each_turn_are_shown(shell: Shell) -> None:
    shell.ask("My name is Ada.")
    shell.ask("What is my name?")
    shell.ask("hi", "--fork")
    shell.run("%ocichat show")
    assert shell.plain == shell.chat.tree()
    assert shell.markdown == f"```text\n{shell.chat.tree()}\n```"
    shell.run("%ocichat show 1")
    reply = shell.chat.turn(1).reply
    assert shell.plain == f"Turn 1\n\nMy name is Ada.\n\n{reply.text}\n\n[{reply.provenance()}]"
    assert shell.markdown.startswith("**Turn 1**\n\n```text\nMy name is Ada.\n```\n\nNice to")


def test_a_fork_and_a_switch_move_where_cells_go_on(
    shell: Shell, service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    for prompt in ("one", "two", "three"):
        shell.ask(prompt)
    shell.run("%ocichat fork 1")
    assert shell.plain == "The next prompt starts a branch after turn 1."
    shell.ask("other two")
    assert [text for role, text in read_messages(service) if role == "user"] == ["one", "other two"]
    shell.run("%ocichat switch 2")
    assert shell.plain == "Cells go on after turn 3: three"
    shell.run("%ocichat fork")
    assert shell.plain == "The next prompt starts a branch after turn 2."
    for _ in range(3):
        shell.run("%ocichat fork")
    assert shell.plain == "The next prompt starts a branch at the beginning."
    for verb in ("fork", "switch", "show"):
        assert "no turn 9. Its turns: 4" in refuse(shell, capsys, f"%ocichat {verb} 9")
    assert shell.chat.head is None


def test_a_reset_begins_anew_with_the_same_model_and_forgets_no_history(
    shell: Shell, service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.ask("My name is Ada.", GPT)
    shell.run("%ocichat reset")
    assert shell.plain == "chat-1 begins anew. What was said stays in `%ocichat history`."
    reply = shell.ask("What is my name?")
    assert read_messages(service) == [("user", "What is my name?")]
    assert reply.route.model == GPT
    assert len(shell.session.journal) == 2
    assert "no conversation 'ides'" in refuse(shell, capsys, "%ocichat reset ides")


def test_another_conversation_can_be_reset_without_going_there(shell: Shell) -> None:
    shell.ask("hi")
    shell.ask("hi", "--thread ideas")
    shell.run("%ocichat threads chat-1")
    shell.run("%ocichat reset ideas")
    assert list(shell.session.threads) == [(None, "chat-1")]
    assert shell.chat.name == "chat-1"


# Names, history, costs


def test_aliases_are_set_listed_and_deleted(
    shell: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.run(f"%ocichat alias fast {GPT}")
    assert shell.plain == f"fast stands for {GPT}."
    shell.run("%ocichat alias quick fast")
    shell.run("%ocichat alias")
    assert shell.rows == [["fast", GPT], ["quick", GPT]]
    shell.run("%ocichat alias quick")
    assert shell.rows == [["quick", GPT]]
    assert shell.ask("hi", "fast").route.model == GPT
    shell.run("%ocichat alias fast --delete")
    assert list(shell.session.aliases) == ["quick"]
    assert "There is no alias 'fast'." in refuse(shell, capsys, "%ocichat alias fast --delete")
    assert "%ocichat alias fast MODEL" in refuse(shell, capsys, "%ocichat alias fast")
    assert "Did you mean" in refuse(shell, capsys, "%ocichat alias x lama")
    assert list(shell.session.aliases) == ["quick"]


def test_history_is_listed_and_searched(shell: Shell) -> None:
    shell.ask("The *longest* river is the Nile. " + "So they say. " * 9)
    with pytest.raises(errors.NotFoundError):
        shell.ask("lost", "meta.llama-9")
    shell.run("%ocichat history")
    (_, first, model, prompt, _), (_, second, _, _, answer) = shell.rows
    assert (first, model, second, answer) == ("chat-1 1", LLAMA, "chat-1 2", "(failed)")
    assert prompt.startswith("The &#42;longest&#42; river is")
    assert prompt.endswith("…")
    shell.run("%ocichat history LONGEST nile")
    assert len(shell.rows) == 1
    shell.run("%ocichat history -n 1")
    assert [row[1] for row in shell.rows] == ["chat-1 2"]
    shell.run("%ocichat history river -o found")
    assert shell.plain == "1 exchange in `found`."
    assert list(shell.names["found"]["turn"]) == [1]


def test_costs_are_called_estimates_and_the_price_can_be_set(
    shell: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.ask("hi")
    shell.ask("hi", "--new cohere.command-a-vision")
    shell.run("%ocichat cost")
    known = {row[0]: row[1:] for row in shell.rows}
    assert known[LLAMA][:2] == ["the service", "1"]
    assert known[LLAMA][-1].endswith(" USD")
    assert "not a bill" in shell.plain
    assert "no price; write MODEL=IN/OUT" in refuse(shell, capsys, "%ocichat cost --price x")
    refuse(shell, capsys, f"%ocichat cost --price {GPT}=1/2 --price lama=1/2")
    shell.run(f"%ocichat cost --price {GPT}=1000000/0")
    assert shell.plain.startswith(f"{GPT}: 1e+06 USD in, 0 USD out per million tokens")
    try:
        reply = shell.ask("hi", f"--new {GPT}")
        assert reply.usage is not None
        assert reply.cost is not None
        assert reply.cost.amount == reply.usage.input
    finally:
        og.set_price(GPT, input=None, output=None)


# Export


def test_what_ran_is_exported_to_the_page_and_to_a_file(
    shell: Shell, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.ask("one")
    shell.ask("two")
    shell.run("%ocichat export")
    assert shell.markdown.startswith("```python\n# What ran: meta.llama")
    compile(shell.plain, "exported", "exec")
    shell.run("%ocichat export 1 -f curl")
    assert '"one"' in shell.plain
    assert '"two"' not in shell.plain
    shell.run(f"%ocichat export all -f notebook -o '{tmp_path}/chat.ipynb'")
    assert shell.plain == f"Written to {tmp_path}/chat.ipynb."
    nbformat.validate(nbformat.read(tmp_path / "chat.ipynb", as_version=4))
    shell.run("%ocichat export all -f json")
    assert len(json.loads(shell.plain)["replies"]) == 2
    assert "there is no format 'pdf'." in refuse(shell, capsys, "%ocichat export -f pdf")


def test_a_file_that_can_not_be_written_is_said_and_an_old_one_stays(
    shell: Shell, tmp_path: Path
) -> None:
    shell.ask("hi")
    with pytest.raises(errors.SaveFailedError):
        shell.run(f"%ocichat export -o {tmp_path}/none/chat.py")
    assert list(tmp_path.iterdir()) == []


def test_help_has_every_verb(shell: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    shell.run("%ocichat help")
    shown = capsys.readouterr().out
    for verb in ("models [WORD]", "switch TURN", "export [TURN|all]", "error", "version"):
        assert f"\n  {verb}" in shown
