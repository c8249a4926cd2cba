"""The API pages: every name a person types is there, and every link leads somewhere."""

from __future__ import annotations

import posixpath
import re
import subprocess
import sys
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag

import pytest

import ocigenai_nb as og
from tests.tools.docs import PAGES, TEMPLATES, list_modules

FRONT = Path("ocigenai_nb.html")
SCRIPT = "import pathlib, sys, tests.tools.docs as d; d.build(pathlib.Path(sys.argv[1]))"


class Page(HTMLParser):
    """What a page has: where one can go from it, where one can come to, and what it loads."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.places: set[str] = set()
        self.loaded: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.places.add(found.get("id", ""))
        if "href" in found:
            (self.links if tag == "a" else self.loaded).append(found["href"])
        if "src" in found:
            self.loaded.append(found["src"])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages as `make docs` builds them, without a word on the way."""
    made = tmp_path_factory.mktemp("docs")
    command = [sys.executable, "-W", "error", "-c", SCRIPT, str(made)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    return made


@pytest.fixture(scope="module")
def pages(folder: Path) -> Mapping[Path, Page]:
    """Every page by its path."""
    return {
        file.relative_to(folder): Page(file.read_text(encoding="utf-8"))
        for file in folder.rglob("*.html")
    }


def find_section(folder: Path, name: str) -> str:
    """The part of the front page that is about a name, as text."""
    page = (folder / FRONT).read_text(encoding="utf-8")
    section = (
        page.partition(f'<section id="{name}"')[2].partition(">")[2].partition("</section>")[0]
    )
    return " ".join(re.sub(r"<[^>]+>", " ", section).split())


def resolve(path: Path, target: str) -> Path:
    """Where a relative link on the page at `path` leads."""
    return Path(posixpath.normpath(path.parent / target))


@pytest.mark.parametrize("name", og.__all__)
def test_the_front_page_has_each_name_and_says_what_it_means(folder: Path, name: str) -> None:
    section = find_section(folder, name)
    said = (getattr(og, name).__doc__ or "").split()[0].strip("`")
    assert f"{name} " in section
    assert said in section


def test_signatures_are_shown(folder: Path) -> None:
    assert "connect ( profile : str | None = None" in find_section(folder, "connect")
    assert "TextDelta ( text : str" in find_section(folder, "TextDelta")
    assert "get_model ( model : str , * , transport : str" in find_section(folder, "get_model")


def test_each_public_name_has_a_page_of_its_module(pages: Mapping[Path, Page]) -> None:
    assert set(list_modules()) <= set(PAGES)
    files = {Path(*page.split(".")).with_suffix(".html") for page in PAGES}
    assert set(pages) == files | {Path("index.html")}


def test_nothing_private_has_a_page_or_a_place(pages: Mapping[Path, Page]) -> None:
    private = [
        place
        for page in pages.values()
        for place in page.places
        if any(part.startswith("_") for part in place.split("."))
    ]
    assert private == []


def test_every_link_leads_to_a_place(pages: Mapping[Path, Page]) -> None:
    broken = []
    for path, page in pages.items():
        for link in page.links:
            target, place = urldefrag(unquote(link))
            found = pages.get(resolve(path, target)) if target else page
            if found is None or (place and place not in found.places):
                broken.append((str(path), link))
    assert broken == []


def test_nothing_is_loaded_from_elsewhere(pages: Mapping[Path, Page]) -> None:
    assert [name for page in pages.values() for name in page.loaded if ":" in name] == []


def test_dark_and_light_have_the_same_colors_to_set() -> None:
    light, _, dark = (TEMPLATES / "theme.css").read_text().partition("@media")
    assert set(re.findall(r"--[\w-]+(?=:)", light)) == set(re.findall(r"--[\w-]+(?=:)", dark))
