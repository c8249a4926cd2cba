"""The options of `%%ocichat` that say what goes along, how long to wait and what to do then."""

from __future__ import annotations

import base64
from pathlib import Path

import pandas as pd
import pytest
from IPython.core.error import UsageError

from ocigenai_nb import errors
from ocigenai_nb.emulator.service import Service
from tests.notebook.shell import Shell, read_body, read_messages

LLAMA = "meta.llama-3.3-70b-instruct"
GPT = "openai.gpt-4.1"
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)
COUNTING = "Count from 1 to 5000"


def test_files_and_variables_go_along_with_the_prompt(
    shell: Shell, service: Service, tmp_path: Path
) -> None:
    (tmp_path / "notes.txt").write_text("Remember the milk.")
    (tmp_path / "pixel.png").write_bytes(PIXEL)
    shell.names["table"] = pd.DataFrame({"city": ["Oslo"]})
    line = f"-m {GPT} -a '{tmp_path}/notes.txt' -a {tmp_path}/pixel.png -a {{{{table}}}}"
    shell.ask("What is this?", line)
    content = read_body(service)["messages"][0]["content"]
    texts = "".join(part.get("text", "") for part in content)
    assert texts.startswith("What is this?")
    assert "notes.txt:\n\n```txt\nRemember the milk.\n```" in texts
    assert "table.csv:\n\n```csv\ncity\nOslo\n```" in texts
    assert str(tmp_path) not in texts
    (image,) = [part["image_url"]["url"] for part in content if part["type"] == "image_url"]
    assert image == f"data:image/png;base64,{base64.b64encode(PIXEL).decode()}"


@pytest.mark.parametrize(
    ("attached", "sentence"),
    [
        ("/no/such.txt", "'/no/such.txt' is not there."),
        ("{{nothing}}", "{{nothing}} has no value: there is no variable 'nothing'."),
        ("/", "'/' is a folder; name the files in it."),
    ],
)
def test_what_can_not_be_attached_is_said_before_anything_is_sent(
    shell: Shell, service: Service, capsys: pytest.CaptureFixture[str], attached: str, sentence: str
) -> None:
    shell.ask("hi")
    capsys.readouterr()
    with pytest.raises(UsageError):
        shell.ask("look", f"--thread other -a {attached}")
    shown = capsys.readouterr().err
    assert shown.startswith(f"UsageError: %%ocichat: {sentence}")
    assert shown.count("\n") == 1
    assert len(service.journal) == 1
    assert [name for _, name in shell.session.threads] == ["chat-1"]
    assert shell.session.thread == "chat-1"


def test_a_prompt_can_be_sent_as_it_is(
    shell: Shell, service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.names["x"] = "filled"
    shell.ask("{{x}} \\{{x}} {{nope}}", "--raw-prompt")
    assert read_messages(service) == [("user", "{{x}} \\{{x}} {{nope}}")]
    assert capsys.readouterr().err == ""


def test_a_cell_gives_up_in_time_and_keeps_what_came(
    shell: Shell, service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    service.pace = 50
    with pytest.raises(errors.RequestTimeoutError):
        shell.ask(COUNTING, f"-m {GPT} -o answer --timeout 1.5")
    assert capsys.readouterr().out.startswith(
        "RequestTimeoutError: The answer was not complete after 1.5 seconds."
    )
    partial = shell.reply.text
    assert partial.startswith("1 2 3")
    assert shell.reply.status == "interrupted"
    assert shell.markdown.startswith(partial)
    assert "answer" not in shell.names
    service.pace = None
    shell.ask("Go on.")
    assert read_messages(service)[:2] == [("user", COUNTING), ("assistant", partial)]
    assert read_body(service)["model"] == GPT


def test_an_error_can_be_shown_and_the_cells_that_follow_run(
    shell: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.run("%%ocichat meta.llama-9 --no-raise-error -o answer\nhi")
    shown = capsys.readouterr().err
    assert shown.startswith("NotFoundError: Entity with key meta.llama-9 not found\nHTTP 404, opc")
    assert isinstance(shell.reply.error, errors.NotFoundError)
    assert "answer" not in shell.names
    assert shell.displays == []


def test_wrong_use_can_be_shown_too_but_not_a_line_that_can_not_be_read(
    shell: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.run("%%ocichat lama --no-raise-error\nhi")
    assert "There is no model 'lama'. Did you mean" in capsys.readouterr().err
    with pytest.raises(UsageError):
        shell.run("%%ocichat --no-raise-error --temprature 1\nhi")


def test_a_quiet_cell_shows_nothing_and_binds_all_the_same(shell: Shell) -> None:
    reply = shell.ask("hi", "-q -o answer")
    assert shell.displays == []
    assert shell.names["answer"] == reply
    assert reply.text.startswith("Hello!")


def test_a_dry_run_changes_neither_conversation_nor_settings(
    shell: Shell, service: Service
) -> None:
    shell.ask("My name is Ada.", "-s 'Be brief.'")
    shell.ask("And now?")
    chat, before = shell.chat, shell.reply
    for line in ("", "--fork", "--fork 1", "--thread other", "--no-store", "-p TYPICAL", "-o x"):
        shell.run(f"%%ocichat {GPT} -m {LLAMA} --dry-run -s other -q {line}\nhi")
    assert shell.session.current is chat
    assert [name for _, name in shell.session.threads] == ["chat-1"]
    assert (chat.model, chat.system, chat.store) == (LLAMA, "Be brief.", True)
    assert chat.head is chat.turns[-1]
    assert len(chat.turns) == len(service.journal) == 2
    assert shell.reply is before
    assert "x" not in shell.names


def test_a_setting_that_can_not_be_sent_loses_nothing(shell: Shell, service: Service) -> None:
    shell.ask("hi")
    for line in ("-t 3", "--max-tokens 0", f"-m {GPT} -t 3", "--new -t 3", "--fork 9"):
        with pytest.raises(UsageError):
            shell.ask("lost", f"-s other {line}")
    assert [name for _, name in shell.session.threads] == ["chat-1"]
    assert (shell.chat.model, shell.chat.system, len(shell.chat.turns)) == (LLAMA, None, 1)
    assert shell.chat.head is shell.chat.turns[0]
    assert len(service.journal) == 1


# Recorded answers


def test_a_recorded_answer_is_played_again_and_nothing_is_sent(
    shell: Shell, service: Service, tmp_path: Path
) -> None:
    cassette = tmp_path / "sky.jsonl"
    told = shell.ask("Why is the sky blue?", f"--record {cassette}")
    assert shell.plain == f"Recorded in {cassette}."
    replayed = shell.ask("Why is the sky blue?", f"--fork --replay {cassette}")
    assert replayed.text == told.text
    assert shell.plain == f"Replayed from {cassette}: nothing was sent."
    assert len(service.journal) == 1
    assert [turn.parent for turn in shell.chat.turns] == [None, None]


def test_what_was_not_recorded_is_said_with_what_differs(
    shell: Shell, service: Service, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cassette = tmp_path / "sky.jsonl"
    shell.ask("Why is the sky blue?", f"--record {cassette}")
    capsys.readouterr()
    with pytest.raises(UsageError):
        shell.ask("Why is the sea blue?", f"--fork --replay {cassette}")
    shown = capsys.readouterr().err
    assert "sea" in shown
    assert shown.count("\n") == 1
    for path in ("/no/such/tape", str(tmp_path)):
        with pytest.raises(UsageError):
            shell.ask("hi", f"--replay {path}")
    (tmp_path / "other").write_text("not a cassette")
    with pytest.raises(errors.DataFormatError):
        shell.ask("hi", f"--replay {tmp_path}/other")
    with pytest.raises(UsageError):
        shell.ask("hi", f"--record {tmp_path}/other")
    assert (tmp_path / "other").read_text() == "not a cassette"
    assert len(service.journal) == 1


def test_a_cassette_in_the_home_folder_is_found(
    shell: Shell, service: Service, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    shell.ask("hi", "--record ~/tape.jsonl")
    assert (tmp_path / "tape.jsonl").exists()
    shell.ask("hi", "--fork --replay ~/tape.jsonl")
    assert len(service.journal) == 1


# Help


@pytest.mark.parametrize("line", ["%%ocichat?", "%ocichat?"])
def test_a_question_mark_shows_options_verbs_and_examples(
    shell: Shell, line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[str] = []
    monkeypatch.setattr("IPython.core.page.page", lambda data, **_options: shown.append(str(data)))
    shell.run(line)
    (text,) = shown
    for word in ("--max-tokens", "--no-raise-error", "history [WORDS...]", "examples:", "{{name}}"):
        assert word in text
