"""Importing the package and loading its extension cost next to nothing, and leave no trace."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

import ocigenai_nb as og

HEAVY = {
    "anywidget", "cryptography", "httpx", "httpx2", "ipywidgets", "numpy", "oci", "openai",
    "pandas", "pydantic", "starlette", "uvicorn",
}  # fmt: skip
NAMES = {
    "Agent", "AgentResult", "Answer", "ApprovalAsked", "ChatPanel", "Comparison", "Connection",
    "Continuation", "Conversation", "Failed", "Finished", "GSAR", "Grounding", "Hook", "Image",
    "Interrupted", "Journal", "Judged", "MaxRounds", "MaxSeconds", "MaxTokens", "Memory", "Message",
    "Model", "Notice", "OCIAuthType", "OCIGenAIError", "OCIModel", "OCIOpenAIModel",
    "OCIProjectRequiredError", "OCIResponsesModel", "OCIResponsesStateLostError", "Parameters",
    "ProfilePicker", "ReasoningDelta", "Reflexion", "Reply", "ResponseFormat", "Retry",
    "RoundFinished", "Route", "RouterPreview", "SQLiteCheckpointer", "ServiceEvent",
    "SlidingWindowManager", "Started", "SummarizingManager", "TextDelta", "TextMatches",
    "TextReplaced", "ThreadInspector", "Tool", "ToolCall", "ToolCallDelta", "ToolCallReady",
    "ToolCalled", "ToolFinished", "ToolStarted", "UsageReport", "Veto", "When", "connect",
    "connect_emulator", "emulator", "errors", "fold", "get_model", "load_ipython_extension",
    "record", "replay", "set_price", "tool", "unload_ipython_extension",
}  # fmt: skip

# What happens in the background is left out: that is where the heavy imports belong.
LOAD = """
import json, sys
from IPython.core.interactiveshell import InteractiveShell
from ocigenai_nb.notebook import extension

shell = InteractiveShell.instance()
extension.warm = lambda magics: None
import ocigenai_nb
ocigenai_nb.load_ipython_extension(shell)
assert shell.find_cell_magic("ocichat")
print(json.dumps(sorted(sys.modules)))
"""


def run(script: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script], check=True, capture_output=True, text=True
    )
    assert done.stderr == ""
    return done.stdout


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch) -> InteractiveShell:
    """A shell in which loading starts nothing in the background."""
    monkeypatch.setattr("ocigenai_nb.notebook.extension.warm", lambda _magics: None)
    return InteractiveShell(config=Config({"HistoryManager": {"enabled": False}}))


def test_importing_the_package_imports_nothing_else_of_it() -> None:
    shown = run("import json, sys, ocigenai_nb; print(json.dumps(list(sys.modules)))")
    modules = set(json.loads(shown))
    assert {name for name in modules if name.startswith("ocigenai_nb")} == {"ocigenai_nb"}
    assert not HEAVY & modules


def test_loading_the_extension_imports_nothing_heavy() -> None:
    modules = set(json.loads(run(LOAD)))
    assert "ocigenai_nb.notebook.magic" in modules
    assert not HEAVY & modules
    assert "ocigenai_nb.emulator.service" not in modules
    for name in ("arguments", "verbs", "completion", "cell", "commands"):
        assert f"ocigenai_nb.notebook.{name}" not in modules


def test_the_public_names_are_these_and_all_can_be_imported() -> None:
    assert set(og.__all__) == NAMES
    assert og.__all__ == sorted(og.__all__, key=lambda name: (not name.isupper(), name))
    assert set(dir(og)) >= NAMES
    shown = run("from ocigenai_nb import *; print(*(n for n in dir() if n[0] != '_'))")
    assert set(shown.split()) == NAMES


@pytest.mark.parametrize("name", sorted(NAMES))
def test_every_public_name_is_documented(name: str) -> None:
    assert getattr(og, name).__doc__


def test_a_misspelt_name_raises_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'ocigenai_nb' has no attribute 'conect'"):
        og.conect  # noqa: B018
    assert not hasattr(og, "Agent_")


def test_unloading_takes_the_magic_away(shell: InteractiveShell) -> None:
    shell.run_line_magic("load_ext", "ocigenai_nb")
    assert shell.find_cell_magic("ocichat")
    assert shell.find_line_magic("ocichat")
    shell.run_line_magic("unload_ext", "ocigenai_nb")
    assert shell.find_cell_magic("ocichat") is None
    assert shell.find_line_magic("ocichat") is None
    assert importlib.import_module("ocigenai_nb.chat.watching").default_watch() is None


def test_loading_twice_and_reloading_are_harmless(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    for magic in ("load_ext", "load_ext", "reload_ext"):
        shell.run_line_magic(magic, "ocigenai_nb")
        assert shell.find_cell_magic("ocichat")
    assert "already loaded" in capsys.readouterr().out
    shell.run_line_magic("unload_ext", "ocigenai_nb")
