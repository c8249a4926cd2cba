"""The tutorial notebooks as they are committed: no outputs, one head, links and commands that work.

What they show when they run is in `test_notebooks.py`.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import mistune
import nbformat
import pytest

from ocigenai_nb import cli
from ocigenai_nb.notebook import arguments, verbs
from tests.executed import NOTEBOOKS

FILES = sorted(NOTEBOOKS.glob("*.ipynb"))
NO_ACCOUNT = (
    "No account is needed: where there is no `~/.oci/config`, the built-in emulator answers."
)
OWN_EMULATOR = (
    "This notebook starts an emulator of its own, so nothing is sent elsewhere, whatever profiles "
    "you have; [08](08_your_own_tenancy.ipynb) shows the way to your own tenancy."
)
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}

each_notebook = pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)


def read(file: Path) -> Any:
    return nbformat.read(file, as_version=4)


def read_markdown(file: Path) -> list[str]:
    """The sources of its Markdown cells."""
    return [cell.source for cell in read(file).cells if cell.cell_type == "markdown"]


def tokens_of(kind: str, file: Path) -> Iterator[dict[str, Any]]:
    """Every token of a kind, as `link`, in its Markdown cells."""
    parse = mistune.create_markdown(renderer="ast", plugins=["table"])
    for source in read_markdown(file):
        yield from walk(kind, parse(source))


def walk(kind: str, tokens: Any) -> Iterator[dict[str, Any]]:
    for token in tokens:
        if token["type"] == kind:
            yield token
        yield from walk(kind, token.get("children", ()))


def read_text(token: dict[str, Any]) -> str:
    """The text of a token and of what is in it, as a page shows it."""
    return str(token.get("raw", "")) + "".join(map(read_text, token.get("children", ())))


def find_anchors(file: Path) -> set[str]:
    """What JupyterLab calls the headings of a notebook."""
    return {read_text(heading).replace(" ", "-") for heading in tokens_of("heading", file)}


def find_commands(file: Path) -> list[str]:
    """Each line of code in its Markdown that begins with a command of ours."""
    code = [token["raw"] for kind in ("codespan", "block_code") for token in tokens_of(kind, file)]
    lines = (line.strip() for text in code for line in text.splitlines())
    return [line for line in lines if line.split(" ")[0] in CHECKS]


def read_shell(line: str) -> None:
    """Try the grammar of a line in a terminal; what `lab` passes on is JupyterLab's."""
    found = cli._make_parser().parse_args(shlex.split(line))
    if found.command == "doctor":
        cli._make_doctor_parser().parse_args(found.rest)


CHECKS: dict[str, Callable[[str], object]] = {
    "%%ocichat": arguments.parse,
    "%ocichat": verbs.parse_command,
    "ocigenai-nb": read_shell,
}


@each_notebook
def test_it_is_valid_and_has_no_outputs(file: Path) -> None:
    notebook = read(file)
    nbformat.validate(notebook)
    assert notebook.metadata == METADATA
    for cell in notebook.cells:
        assert cell.metadata == {}
        assert cell.get("outputs", []) == []
        assert cell.get("execution_count") is None


@each_notebook
def test_it_begins_with_a_title_and_who_answers(file: Path) -> None:
    """Whoever is at hand, or for notebooks that need it everywhere an emulator of their own."""
    head = read(file).cells[0]
    assert head.cell_type == "markdown"
    assert head.source.startswith("# ")
    assert (NO_ACCOUNT in head.source) is not (OWN_EMULATOR in head.source)


@each_notebook
def test_only_what_starts_an_emulator_first_says_that_nothing_is_sent_elsewhere(file: Path) -> None:
    notebook = read(file)
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    first = next(source for source in code if "emulator.start()" in source or "connect(" in source)
    promised = OWN_EMULATOR in notebook.cells[0].source
    assert promised is ("emulator.start()" in first)


@each_notebook
def test_its_links_lead_somewhere_inside_the_folder(file: Path) -> None:
    """`make lab` serves the folder of the notebooks alone."""
    for link in tokens_of("link", file):
        parts = urlsplit(link["attrs"]["url"])
        if parts.scheme:
            assert parts.scheme == "https"
            continue
        target = (NOTEBOOKS / unquote(parts.path)) if parts.path else file
        assert target.resolve().parent == NOTEBOOKS.resolve()
        assert target.is_file()
        if parts.fragment:
            assert unquote(parts.fragment) in find_anchors(target)


@each_notebook
def test_its_pictures_are_there_and_say_what_they_show(file: Path) -> None:
    for picture in tokens_of("image", file):
        assert (NOTEBOOKS / picture["attrs"]["url"]).is_file()
        assert read_text(picture)


@each_notebook
def test_the_commands_that_its_text_names_exist(file: Path) -> None:
    for command in find_commands(file):
        name, _, rest = command.partition(" ")
        CHECKS[name](rest)
