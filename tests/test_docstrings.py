"""The examples in the docstrings are true, with a DEFAULT profile that leads to the emulator."""

from __future__ import annotations

import doctest
import importlib
import io

import pytest

import ocigenai_nb as og
from ocigenai_nb.chat import prices
from ocigenai_nb.emulator.service import Service
from tests.tools.docs import PAGES

# What a person types; the rest needs no example.
TYPED = (
    "Agent", "Connection", "Conversation", "Image", "Journal", "OCIGenAIError", "OCIModel",
    "OCIOpenAIModel", "OCIResponsesModel", "Parameters", "Reply", "ResponseFormat", "Route",
    "connect", "emulator.start", "fold", "get_model", "record", "replay", "set_price",
)  # fmt: skip


@pytest.fixture
def at_home(
    service: Service, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A folder of one's own, a profile, and list prices."""
    monkeypatch.setenv("OCI_CONFIG_FILE", str(service.config_file))
    monkeypatch.chdir(tmp_path_factory.mktemp("work"))
    monkeypatch.setattr(prices, "_set", {})


@pytest.mark.parametrize("page", PAGES)
def test_the_examples_are_true(at_home: None, page: str) -> None:
    shown = io.StringIO()
    runner = doctest.DocTestRunner()
    finder = doctest.DocTestFinder(exclude_empty=True)
    for example in finder.find(importlib.import_module(page), page, extraglobs={"og": og}):
        example.globs = {"og": og}  # nothing that only the module has
        runner.run(example, out=shown.write)
    assert not runner.failures, shown.getvalue()


@pytest.mark.parametrize("name", TYPED)
def test_what_a_person_types_has_a_short_example(name: str) -> None:
    found: object = og
    for part in name.split("."):
        found = getattr(found, part)
    lines = [line.strip() for line in (found.__doc__ or "").splitlines()]
    typed = [line for line in lines if line.startswith((">>> ", "... "))]
    assert 1 <= len(typed) <= 6
