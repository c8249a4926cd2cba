"""`%ocichat doctor`: the notebook's own connection, check by check."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from IPython.core.error import UsageError

import ocigenai_nb as og
from ocigenai_nb.emulator.service import Service
from ocigenai_nb.notebook.completion import Sources, complete
from ocigenai_nb.notebook.verbs import describe
from tests.notebook.shell import Shell

CHECKS = [
    "packages", "configuration", "profile", "tenancy", "key", "fingerprint", "permissions",
    "compartment", "region", "endpoint", "network", "clock", "signature", "access", "model",
    "project",
]  # fmt: skip


def test_the_profile_in_use_is_checked(shell: Shell) -> None:
    shell.run("%ocichat doctor")
    assert [row[1] for row in shell.rows] == CHECKS
    assert [row[0] for row in shell.rows] == ["✓"] * 15 + ["!"]
    assert shell.markdown.endswith("\n\n1 warning, 15 passed.")
    assert shell.rows[2][2] == "DEFAULT (the default) signs with an API key."


def test_the_plain_text_says_the_same(shell: Shell) -> None:
    shell.run("%ocichat doctor")
    lines = shell.plain.splitlines()
    assert [line.split()[1] for line in lines if line[:1] in "✓!✗" and line] == CHECKS
    assert lines[-3].lstrip().startswith("-> Make a Generative AI project in the Console")
    assert lines[-1] == "1 warning, 15 passed."


def test_another_profile_can_be_named_and_is_not_gone_on_with(shell: Shell) -> None:
    shell.run("%ocichat doctor -p TYPICAL")
    assert shell.rows[2][2].startswith("TYPICAL ")
    assert shell.session.profile is None


def test_a_profile_that_is_not_there_is_a_failed_check(shell: Shell) -> None:
    shell.run("%ocichat doctor --profile TYPICL")
    mark, name, text = shell.rows[-1]
    assert (mark, name) == ("✗", "profile")
    assert "Did you mean 'TYPICAL'?" in text
    remedy = "- **profile**: Profiles there are: DEFAULT, TYPICAL, ZDR, SESSION."
    assert remedy in shell.markdown.splitlines()


def test_offline_nothing_is_sent(shell: Shell, service: Service) -> None:
    shell.run("%ocichat doctor --offline")
    assert not list(service.journal)
    assert shell.plain.endswith(" Nothing was sent.")


def test_a_policy_can_be_copied_out_of_the_list_below_the_table(
    shell: Shell, service: Service
) -> None:
    service.denied_kinds = frozenset({"api_key"})
    shell.run("%ocichat doctor")
    (remedy,) = (line for line in shell.markdown.splitlines() if line.startswith("- "))
    assert remedy.startswith("- **access**: A policy is missing, or ")
    assert "`allow group YOUR-GROUP to use generative-ai-family in tenancy`" in remedy


def test_what_the_service_says_forms_nothing(shell: Shell, service: Service) -> None:
    said = "no|such <b>thing</b> *here* `a|b` [x](http://x)"
    service.fault("status", status=404, code="404", message=said)
    shell.run("%ocichat doctor")
    row = next(line for line in shell.markdown.splitlines() if line.startswith("| ✗"))
    assert row.count("|") == 4
    for bare in ("<b>", "*here*", "[x]"):
        assert bare not in row
        assert bare in shell.plain


def test_what_was_mended_since_is_seen_and_used(
    shell: Shell, service: Service, tmp_path: Path
) -> None:
    path = tmp_path / "config"
    right = service.config_file.read_text()
    path.write_text(right.replace("region=us-chicago-1", "region=Chicago!"))
    os.environ["OCI_CONFIG_FILE"] = str(path)
    shell.session.drop_connection(None)
    shell.run("%ocichat doctor")
    assert "Chicago!" in shell.plain
    path.write_text(right)
    shell.run("%ocichat doctor")
    assert "✗" not in shell.plain
    assert shell.ask("Say exactly: hi").text == "hi"


def test_the_connection_that_a_picker_chose_is_checked(shell: Shell) -> None:
    picker = og.ProfilePicker()
    picker.profile = "ZDR"
    shell.run("%ocichat doctor --offline")
    assert shell.rows[2][2].startswith("ZDR ")
    picker.profile = "(emulator)"
    shell.run("%ocichat doctor --offline")
    assert shell.rows[2][2].startswith("It was asked for, so the built-in emulator answers.")


def test_with_no_profile_the_emulator_is_checked(shell: Shell) -> None:
    del os.environ["OCI_CONFIG_FILE"]
    shell.run("%ocichat doctor")
    assert shell.rows[1][2] == "There is no OCI configuration (~/.oci/config)."
    assert "`ocigenai-nb lab`" in shell.markdown
    assert shell.plain.endswith("\n\n1 warning, 14 passed.")


def test_nothing_of_it_is_in_the_journal(shell: Shell) -> None:
    shell.session.journal.clear()
    shell.run("%ocichat doctor")
    assert shell.session.journal.df().empty


@pytest.mark.parametrize("line", ["doctor --ofline", "doctor TYPICAL"])
def test_wrong_use_is_one_line(shell: Shell, capsys: pytest.CaptureFixture[str], line: str) -> None:
    with pytest.raises(UsageError):
        shell.run(f"%ocichat {line}")
    assert capsys.readouterr().err.startswith("UsageError: %ocichat doctor: ")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("%ocichat doc", ["doctor"]),
        ("%ocichat doctor -p ", ["DEFAULT", "TYPICAL"]),
        ("%ocichat doctor --profile=T", ["TYPICAL"]),
        ("%ocichat doctor --o", ["--offline"]),
    ],
)
def test_tab_completes_it(text: str, found: list[str]) -> None:
    assert complete(text, Sources(profiles=lambda: ["DEFAULT", "TYPICAL"]))[1] == found


def test_the_help_lists_it() -> None:
    assert "  doctor [-p PROFILE] [--offline]  " in describe()
