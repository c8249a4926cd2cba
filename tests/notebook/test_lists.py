"""`%ocichat models`, `profiles` and `version`: lists of what there is, in Markdown and text."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd
import pytest
from IPython.core.error import UsageError

import ocigenai_nb as og
from ocigenai_nb.emulator.service import Service
from tests.chat.replies import make_reply, make_round
from tests.notebook.shell import Shell, wait_until_warm

LLAMA = "meta.llama-3.3-70b-instruct"


def test_models_are_listed_with_their_transport_and_when_they_end(shell: Shell) -> None:
    shell.run("%ocichat models")
    known = {name: (transport, end) for name, transport, _, _, end in shell.rows}
    assert known[LLAMA] == ("v1", "")
    assert known["openai.gpt-5-pro"][0] == "responses"
    assert known["cohere.command-r-plus-08-2024"][0] == "sdk"
    assert known["cohere.command"] == ("v1", "ended 2024-10-02")
    assert not any("embed" in name for name in known)
    assert "only a call shows" in shell.plain


def test_the_history_names_tools_where_some_ran(shell: Shell, tmp_path: Path) -> None:
    shell.session.keep_journal_in(str(tmp_path / "session.journal"))
    with shell.session.journal as journal:
        journal.record(make_reply("Mild."), conversation="c", turn=1, parent=None)
        shell.run("%ocichat history")
        assert [len(row) for row in shell.rows] == [5]
        reply = make_reply("Mild.", rounds=(make_round(),))
        journal.record(reply, conversation="c", turn=2, parent=1)
        shell.run("%ocichat history")
        assert [row[4] for row in shell.rows] == ["", "get_weather"]


def test_models_that_most_tenancies_may_not_call_say_so_and_come_last(shell: Shell) -> None:
    shell.run("%ocichat models")
    marked = ["not for most tenancies" in row[-1] for row in shell.rows]
    assert marked == sorted(marked)
    assert {row[0].partition(".")[0] for row in shell.rows if "not for" in row[-1]} == {"openai"}
    assert "openai.gpt-oss-120b" in [row[0] for row in shell.rows[: marked.index(True)]]


def test_models_can_be_looked_for(shell: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    shell.run("%ocichat models LLAMA-3.3")
    assert [row[0] for row in shell.rows] == [LLAMA, f"{LLAMA}-fp8-dynamic"]
    with pytest.raises(UsageError):
        shell.run("%ocichat models lama2")
    assert "No model's id has 'lama2' in it." in capsys.readouterr().err


def test_profiles_are_listed_with_the_one_in_use(shell: Shell, service: Service) -> None:
    shell.run("%ocichat profiles")
    assert [row[0] for row in shell.rows] == list(service.profiles)
    assert shell.rows[0] == ["DEFAULT", "api_key", service.region, "◀ in use"]
    assert f"Read from {service.config_file} (OCI_CONFIG_FILE)." in shell.plain
    shell.ask("hi", "-p TYPICAL")
    shell.run("%ocichat profiles")
    assert [row[0] for row in shell.rows if row[3]] == ["TYPICAL"]


def test_without_a_configuration_it_says_who_answers(shell: Shell, tmp_path: Path) -> None:
    del os.environ["OCI_CONFIG_FILE"]
    shell.run("%reload_ext ocigenai_nb")
    wait_until_warm()
    shell.run("%ocichat profiles")
    assert shell.plain.startswith("There is no OCI configuration (")
    assert "so the built-in emulator answers." in shell.plain


def test_profiles_are_listed_also_where_the_one_in_use_is_broken(
    shell: Shell, service: Service, tmp_path: Path
) -> None:
    text = service.config_file.read_text().replace("tenancy=", "no=", 1)
    (tmp_path / "config").write_text(text)
    os.environ["OCI_CONFIG_FILE"] = str(tmp_path / "config")
    shell.run("%reload_ext ocigenai_nb")
    wait_until_warm()
    shell.run("%ocichat profiles")
    assert [row[0] for row in shell.rows] == list(service.profiles)
    assert "The default profile can't be used: " in shell.plain


def test_versions_are_those_that_are_installed(shell: Shell) -> None:
    shell.run("%ocichat version")
    known = {name: version for name, version in shell.rows}  # noqa: C416 (rows are lists)
    assert known["ocigenai_nb"] == og.__version__
    assert known["pandas"] == pd.__version__
