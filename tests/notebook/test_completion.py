"""Tab completion of the magic: in a shell with jedi and without, and through a real kernel."""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from ocigenai_nb.emulator.service import Service
from ocigenai_nb.notebook.completion import (
    Sources,
    complete,
    list_variables,
    split,
)
from ocigenai_nb.notebook.matcher import register, unregister
from tests.notebook.kernel import SECONDS, Kernel, running

LLAMA = "meta.llama-3.3-70b-instruct"
GPT = "openai.gpt-oss-120b"
SOURCES = Sources(
    models=lambda: [GPT, LLAMA],
    aliases=lambda: ["fast", "my model"],
    profiles=lambda: ["DEFAULT", "WORK"],
    threads=lambda: ["ideas", "two words"],
    variables=lambda: ["table", "name_a"],
    functions=lambda: ["get_weather", "add"],
    types=lambda: ["Person", "City"],
)
# The cell up to the cursor, what the cursor's word is, and what may stand there.
CASES = [
    ("%%ocichat ", "", ["fast", "'my model'", GPT, LLAMA]),
    ("%%ocichat op", "op", [GPT]),
    ("\n  \n%%ocichat op", "op", [GPT]),
    ("%%ocichat LLAMA", "LLAMA", [LLAMA]),  # what holds it, where nothing begins so
    ("%%ocichat -t 0.2 op", "op", [GPT]),
    ("%%ocichat --fork op", "op", [GPT]),
    ("%%ocichat -m op", "op", [GPT]),
    ("%%ocichat --model=op", "op", [GPT]),
    ("%%ocichat -m 'my", "'my", ["'my model'"]),
    ("%%ocichat --tr", "--tr", ["--transport"]),
    ("%%ocichat --no-s", "--no-s", ["--no-store", "--no-stream"]),
    ("%%ocichat --transport ", "", ["v1", "sdk", "responses"]),
    ("%%ocichat -f j", "j", ["json"]),
    ("%%ocichat -p W", "W", ["WORK"]),
    ("%%ocichat --thread two", "two", ["'two words'"]),
    ("%%ocichat -s 'a b' --thread i", "i", ["ideas"]),
    ("%%ocichat -o t", "t", ["table"]),
    ("%%ocichat --tools ", "", ["get_weather", "add", "none"]),
    ("%%ocichat --tools g", "g", ["get_weather"]),
    ("%%ocichat --tools add,g", "add,g", ["add,get_weather"]),
    ("%%ocichat --tools=add,", "add,", ["add,get_weather", "add,none"]),
    ("%%ocichat --schema P", "P", ["Person"]),
    ("%%ocichat -a '{{na", "na", ["name_a"]),
    ("%%ocichat\nTell me about {{na", "na", ["name_a"]),
    ("%%ocichat -m x\n\nfirst line\n{{ ", "", ["table", "name_a"]),
    ("%ocichat sh", "sh", ["show"]),
    ("x = 1\n%ocichat sh", "sh", ["show"]),
    ("found = %ocichat sh", "sh", ["show"]),
    ("%ocichat models me", "me", [LLAMA]),
    ("%ocichat threads ", "", ["ideas", "'two words'"]),
    ("%ocichat reset i", "i", ["ideas"]),
    ("%ocichat alias f", "f", ["fast"]),
    ("%ocichat alias new op", "op", [GPT]),
    ("%ocichat alias fast --d", "--d", ["--delete"]),
    ("%ocichat history rivers -o t", "t", ["table"]),
    ("%ocichat export a", "a", ["all"]),
    ("%ocichat export all -f ", "", ["python", "curl", "markdown", "json", "notebook"]),
    ("%ocichat cost --price me", "me", [f"{LLAMA}="]),
]
NOTHING = [
    "",
    "name_",
    "{{na",
    "%%bash\n{{na",
    "%%ocichat\nna",
    "%%ocichat\n{na",
    "%%ocichat\n{{{na",
    "%%ocichat\n{{name_a.re",
    "%%ocichat\n%ocichat sh",
    "%%ocichatter ",
    "%%ocichat -s ",
    "%%ocichat -t ",
    "%%ocichat --zzz",
    "%ocichat nonsense ",
    "%ocichat show 1",
]


def find(text: str) -> tuple[str, list[str]]:
    return complete(text, SOURCES)


@pytest.mark.parametrize(("text", "word", "names"), CASES)
def test_what_may_stand_at_the_cursor_is_offered(text: str, word: str, names: list[str]) -> None:
    assert find(text) == (word, names)


@pytest.mark.parametrize("text", NOTHING)
def test_elsewhere_nothing_is_offered(text: str) -> None:
    assert find(text)[1] == []


def test_after_the_model_the_options_are_offered() -> None:
    names = find("%%ocichat x ")[1]
    assert {"--fork", "--new", "-a", "-h"} <= set(names)
    assert find("%ocichat show 3 ")[1] == []


def test_files_are_offered_for_what_takes_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("data.csv", "date of birth.txt", ".hidden"):
        (tmp_path / name).touch()
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.md").touch()
    assert find("%%ocichat -a ")[1] == ["data.csv", "'date of birth.txt'", "docs/"]
    assert find("%%ocichat -a date")[1] == ["'date of birth.txt'"]
    assert find("%%ocichat -a 'date of")[1] == ["'date of birth.txt'"]
    assert find("%%ocichat --attach=docs/")[1] == ["docs/a.md"]
    assert find("%%ocichat -a ~/doc")[1] == ["~/docs/"]
    assert find("%%ocichat --replay .h")[1] == [".hidden"]
    assert find("%ocichat export -o dat")[1] == ["data.csv", "'date of birth.txt'"]
    assert find("%%ocichat -a no/such/folder/")[1] == []
    assert find("%%ocichat -a ~nobody-of-that-name/")[1] == []


def test_a_word_is_read_as_a_shell_reads_it() -> None:
    found = split(r" one 'two  words' three\ x fo'u r")
    assert found.before == ("one", "two  words", "three x")
    assert (found.written, found.meant) == ("fo'u r", "fou r")
    assert split("a \\").meant == ""


@given(st.text(alphabet="%oci hat-m{}'\"\\=\n_/~", max_size=30))
def test_nothing_that_is_typed_raises(text: str) -> None:
    for cell in (text, f"%%ocichat {text}", f"%ocichat {text}", f"%%ocichat\n{text}"):
        word, _ = find(cell)
        assert cell.endswith(word)


def test_a_source_that_fails_has_nothing_and_the_others_go_on() -> None:
    def fail() -> Iterable[str]:
        raise OSError("no configuration")

    sources = Sources(models=fail, aliases=lambda: ["fast"])
    assert complete("%%ocichat ", sources) == ("", ["fast"])
    assert complete("%%ocichat ", Sources()) == ("", [])


def test_variables_are_the_persons_own_and_can_be_filled_in() -> None:
    names = {"table": 1, "_x": 1, "_oci": 1, "In": [], "json": json, "main": find, "text": ""}
    assert list_variables(names, {"In"}) == ["table", "_oci", "text"]


@pytest.fixture(params=[True, False], ids=["jedi", "no jedi"])
def shell(request: pytest.FixtureRequest) -> Iterator[InteractiveShell]:
    shell = InteractiveShell(config=Config({"HistoryManager": {"enabled": False}}))
    shell.Completer.use_jedi = request.param
    shell.user_ns["name_a"] = 1.0
    register(shell, lambda: SOURCES)
    yield shell
    unregister(shell)


def press_tab(shell: InteractiveShell, text: str, after: str = "") -> list[tuple[str, str]]:
    """What the completer offers at the end of `text`, each with what it replaces."""
    whole = text + after
    with provisionalcompleter():
        found = list(shell.Completer.completions(whole, len(text)))
    return [(each.text, whole[each.start : each.end]) for each in found]


@pytest.mark.parametrize(("text", "word", "names"), CASES)
def test_ipython_offers_these_and_nothing_else(
    shell: InteractiveShell, text: str, word: str, names: list[str]
) -> None:
    assert press_tab(shell, text) == [(name, word) for name in names]


def test_what_stands_after_the_cursor_does_not_matter(shell: InteractiveShell) -> None:
    assert press_tab(shell, "%%ocichat\nAbout {{na", "}} and\nmore") == [("name_a", "na")]
    assert press_tab(shell, "%%ocichat op", " -t 0\nHello") == [(GPT, "op")]


def test_an_attribute_in_a_placeholder_is_completed_by_ipython(shell: InteractiveShell) -> None:
    assert "real" in [text.lstrip(".") for text, _ in press_tab(shell, "%%ocichat\n{{name_a.re")]


def test_python_is_completed_as_before(shell: InteractiveShell) -> None:
    assert "name_a" in [text for text, _ in press_tab(shell, "print(name_")]


def test_the_older_way_to_ask_gives_the_same_for_one_line(shell: InteractiveShell) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PendingDeprecationWarning)
        assert shell.complete("", "%%ocichat --model=op", 20) == ("op", [GPT])
        assert shell.complete("", "%ocichat sh", 11) == ("sh", ["show"])


def test_registering_anew_replaces_and_unregistering_ends_it(shell: InteractiveShell) -> None:
    register(shell, lambda: Sources(models=lambda: ["openai.other"]))
    assert press_tab(shell, "%%ocichat op") == [("openai.other", "op")]
    unregister(shell)
    unregister(shell)
    assert GPT not in [text for text, _ in press_tab(shell, "%%ocichat op")]
    assert not shell.Completer.custom_matchers


def test_a_failure_inside_is_no_traceback_in_the_page(
    shell: InteractiveShell, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> Any:
        raise RuntimeError

    monkeypatch.setattr("ocigenai_nb.notebook.completion.complete", fail)
    press_tab(shell, "%%ocichat op")
    assert capsys.readouterr() == ("", "")


def test_completing_imports_nothing_heavy() -> None:
    script = """
import sys
from ocigenai_nb.notebook import completion
for cell in ("%%ocichat ", "%ocichat alias fast ", "%%ocichat\\n{{"):
    completion.complete(cell, completion.Sources())
completion.list_variables(globals())
print({"openai", "oci", "pandas", "httpx", "httpx2", "cryptography"} & set(sys.modules))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == "set()"


REGISTER = """
from ocigenai_nb.notebook.completion import Sources, list_variables
from ocigenai_nb.notebook.matcher import register
name_a = 1
register(get_ipython(), lambda: Sources(
    models=lambda: ["openai.gpt-oss-120b"],
    variables=lambda: list_variables(globals(), get_ipython().user_ns_hidden),
))
"""


@pytest.fixture(scope="module")
def kernel(running_service: Service) -> Iterator[Kernel]:
    with running(running_service) as kernel:
        assert kernel.run(REGISTER).status == "ok"
        yield kernel


@pytest.mark.parametrize(
    ("text", "after", "word", "names"),
    [
        ("%%ocichat op", "\nHello", "op", [GPT]),
        ("%%ocichat --model=op", "", "op", [GPT]),
        ("%%ocichat --transport ", "\nHello", "", ["v1", "sdk", "responses"]),
        ("%%ocichat\nWhat is\n{{na", "}}?\nThanks", "na", ["name_a"]),
        ("x = 1\n%ocichat sw", "\ny = 2", "sw", ["switch"]),
    ],
)
def test_a_kernel_offers_these(
    kernel: Kernel, text: str, after: str, word: str, names: list[str]
) -> None:
    reply = kernel._client.complete(text + after, len(text), reply=True, timeout=SECONDS)
    content = reply["content"]
    assert content["matches"] == names
    assert (content["cursor_start"], content["cursor_end"]) == (len(text) - len(word), len(text))
