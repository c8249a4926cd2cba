"""The committed bundles are what the sources give, small, and reach for nothing."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.frontend import hostile
from tests.tools import frontend

LIMIT = 100_000  # bytes: every widget instance carries its bundle, hence maybe a saved notebook too

# Ways to run text as a program or as HTML, or to load from elsewhere.
FORBIDDEN = re.compile(
    r"""innerHTML|outerHTML|insertAdjacentHTML|createContextualFragment|setHTML|parseFromString
      | document\.write | \beval\s*\( | new\s+Function\b | \bimport\s*\( | \bfetch\s*\(
      | XMLHttpRequest | WebSocket | EventSource | sendBeacon | importScripts | new\s+Worker
      | setTimeout\s*\(\s*["'`] | setInterval\s*\(\s*["'`]
      | (?:from|import)\s*["']https?:
    """,
    re.VERBOSE,
)
# A style sheet loads nothing, from our own server neither.
FORBIDDEN_STYLE = re.compile(r"@import|url\(\s*[\"']?(?!data:|#)")
# An address may be named in a comment, and the SVG namespace is one.
ADDRESS = re.compile(r"(?:https?:)?//[a-z0-9-]+\.[a-z]{2,}[^\s\"'`)]*", re.IGNORECASE)
NAMED = ("http://www.w3.org/2000/svg", "https://github.com/markedjs/marked")

SETEXT = "Title\n=====\n\n> quote\ngoes on\n---\n\n| a | b |\n|:--|--:|\n| `x|y` | ~~z~~ |\n"
LISTS = "1. one\n   - [x] **done**\n\n     more\n2. <div>\n\n***\n[a]: <b> 'c'\n[a] www.x.example a@b.example\n"
SOURCES = sorted((frontend.SOURCES / "src").rglob("*.*s"))
BUNDLES = sorted(frontend.STATIC.glob("*.*s"))
NAMES = [path.name for path in BUNDLES]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("static")
    assert frontend.build(folder) == 0
    return folder


def test_the_sources_give_the_committed_bundles(built: Path) -> None:
    new = {path.name: path.read_bytes() for path in built.iterdir()}
    committed = {path.name: path.read_bytes() for path in frontend.STATIC.iterdir()}
    assert sorted(new) == sorted(committed), "Run `make widgets`."
    assert not [name for name in new if new[name] != committed[name]], "Run `make widgets`."


def test_what_is_bundled_of_marked_reads_markdown_as_marked_does(tmp_path: Path) -> None:
    """The bundle has the rules of one dialect, worked out; a document must not tell."""
    entry = tmp_path / "lexer.js"
    entry.write_text('export { Lexer } from "marked";')
    assert frontend.build(tmp_path / "built", entry) == 0
    documents = [
        *(each.text for each in hostile.payloads()),
        (frontend.ROOT / "README.md").read_text(),
        SETEXT,
        LISTS,
    ]
    script = f"""
      import {{ Lexer as Whole }} from "{(frontend.MODULES / "marked/lib/marked.esm.js").as_uri()}";
      import {{ Lexer as Ours }} from "{(tmp_path / "built" / "lexer.js").as_uri()}";
      for (const text of {json.dumps(documents)}) {{
        const [whole, ours] = [Whole, Ours].map((one) => JSON.stringify(one.lex(text)));
        if (whole !== ours) throw new Error(text);
      }}"""
    program = tmp_path / "compare.mjs"
    program.write_text(script)
    subprocess.run([frontend.node(), program], check=True)


def test_every_bundle_is_small() -> None:
    assert not {path.name: size for path in BUNDLES if (size := path.stat().st_size) >= LIMIT}


def test_the_types_hold() -> None:
    assert frontend.check() == 0


@pytest.mark.parametrize(
    "path", [*SOURCES, *BUNDLES], ids=lambda path: f"{path.parent.name}/{path.name}"
)
def test_nothing_is_run_from_text_or_loaded(path: Path) -> None:
    text = re.sub(r"/\*\*.*?\*/", "", path.read_text(), flags=re.DOTALL)  # types say import(...)
    if path.suffix == ".css":
        text = re.sub(r'@import "\./\w+\.css";', "", text)  # bundled
    forbidden = FORBIDDEN_STYLE if path.suffix == ".css" else FORBIDDEN
    assert not forbidden.findall(text)
    assert not [url for url in ADDRESS.findall(text) if not url.startswith(NAMED)]


@pytest.mark.parametrize(
    "text",
    [
        "a.innerHTML=b",
        "eval(x)",
        "new Function('x')",
        "import('x')",
        "fetch(u)",
        "new WebSocket(u)",
        "import x from 'https://a.example/x.js'",
        "setTimeout('x()')",
    ],
)
def test_the_rule_finds_what_it_forbids(text: str) -> None:
    assert FORBIDDEN.search(text)


@pytest.mark.parametrize("text", ["@import 'x.css';", "a{background:url(x.png)}", "url('//a.b')"])
def test_the_rule_for_styles_finds_what_it_forbids(text: str) -> None:
    assert FORBIDDEN_STYLE.search(text)


def test_each_source_is_short() -> None:
    assert not [path.name for path in SOURCES if len(path.read_text().splitlines()) > 300]


def test_the_lockfile_names_no_registry_and_every_version_is_exact() -> None:
    lock = (frontend.SOURCES / "package-lock.json").read_text()
    assert "resolved" not in lock
    assert not ADDRESS.search(lock.replace("https://opencollective", ""))
    package = json.loads((frontend.SOURCES / "package.json").read_text())
    assert "dependencies" not in package
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", one) for one in package["devDependencies"].values())
