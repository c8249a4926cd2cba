"""The README tells the truth: what it shows runs, what it links to exists, its tables agree."""

from __future__ import annotations

import inspect
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

import nbformat
import pytest
from PIL import Image, ImageSequence

import ocigenai_nb as og
from ocigenai_nb.core.routing import TRANSPORTS
from ocigenai_nb.emulator.service import Service
from ocigenai_nb.model_facts import MODELS
from ocigenai_nb.notebook import widget
from ocigenai_nb.transports import settings
from ocigenai_nb.transports.settings import OCIAuthType, Wishes, settle
from tests.executed import Executed, network_prefix, prepare
from tests.tools import pictures

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
PROSE = re.sub(r"^```\w+\n.*?^```$", "", README, flags=re.MULTILINE | re.DOTALL)
CELLS = [text for kind, text in BLOCKS if kind in {"ipython", "python"} and "def test_" not in text]
PYTEST = [text for kind, text in BLOCKS if kind == "python" and "def test_" in text]
TERMINAL = [text for kind, text in BLOCKS if kind == "console"]

# Each was compared by hand with what Binder documents: a test reaches nothing but this machine.
BINDER = "https://mybinder.org"
REPOSITORY = "gh/ocigenai-nb/ocigenai_nb"
ELSEWHERE = {
    f"{BINDER}/badge_logo.svg",
    f"{BINDER}/v2/{REPOSITORY}/HEAD?urlpath=lab/tree/notebooks/01_quickstart.ipynb",
}
LINKS = sorted(
    set(re.findall(r"\]\(([^)\s]+)\)", PROSE)) | set(re.findall(r'(?:src|srcset)="([^"]+)"', PROSE))
)
HERE = [link for link in LINKS if "://" not in link]
PICTURES = [link for link in HERE if link.endswith((".png", ".svg", ".webp"))]

WIDTHS = range(880, 1500)  # what GitHub shows is 830 pixels wide, half of that in the gallery
PICTURE_BYTES = 250_000
FILM_BYTES = 600_000
FILM_SECONDS = range(8, 31)
LINES = 380

# What the README asks of curl, for a machine that has none.
CURL = """
import sys, urllib.request
_, _, url, *options = sys.argv
headers = dict(line.split(": ", 1) for line in options[1:-1:2])
body = options[-1]
request = urllib.request.Request(url, body.encode(), headers)
print(urllib.request.urlopen(request).read().decode())
"""


@pytest.fixture(scope="module")
def notebook(tmp_path_factory: pytest.TempPathFactory) -> Executed:
    """The README's cells, run as one notebook with an empty home and without a network."""
    folder = tmp_path_factory.mktemp("readme")
    (folder / "source").mkdir()
    source = folder / "source" / "readme.ipynb"
    cells = [nbformat.v4.new_code_cell(text) for text in CELLS]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), source)
    return prepare(source, folder, network_prefix()).execute()


def run(command: str, variables: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a command of the package, with these environment variables besides those there are."""
    program, *arguments = shlex.split(command)
    assert program == "ocigenai-nb"
    return subprocess.run(
        [sys.executable, "-m", "ocigenai_nb", *arguments],
        cwd=ROOT,
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=False,
    )


def rows(first: str) -> list[list[str]]:
    """The cells of the table whose head begins with `first`."""
    table = PROSE.split(f"\n| {first} ", 1)[1].split("\n\n", 1)[0].splitlines()[2:]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in table]


def code(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


def anchors() -> set[str]:
    """What GitHub makes of the headings."""
    heads = re.findall(r"^#+ (.+)$", PROSE, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def test_every_code_block_is_of_a_kind_that_these_tests_run() -> None:
    assert {kind for kind, _ in BLOCKS} == {"sh", "ipython", "python", "console"}
    assert (len(PYTEST), len(TERMINAL)) == (1, 2)


def test_the_cells_run_in_order_in_one_notebook_and_say_nothing_on_stderr(
    notebook: Executed,
) -> None:
    for words in ("scatter", "Your name is Ada.", "17 * 23 = 391", "curl", "1 2 3 4 5"):
        assert words in notebook.shown, words
    assert {output.get("name") for output in notebook.outputs} <= {None, "stdout"}
    assert "ocigenai" not in notebook.stderr
    assert "Warning" not in notebook.stderr


def test_the_tests_of_the_readme_pass_in_a_pytest_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "test_example.py").write_text(PYTEST[0], encoding="utf-8")
    plugin = ("-p", "ocigenai_nb.pytest_plugin", "-p", "no:cacheprovider", "--rootdir", tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-W", "error", *plugin, tmp_path],
        cwd=tmp_path,
        env=os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert f"{PYTEST[0].count('def test_')} passed" in done.stdout


def test_the_plugin_and_the_command_are_those_that_an_installation_brings() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["scripts"] == {"ocigenai-nb": "ocigenai_nb.cli:main"}
    assert "ocigenai_nb.pytest_plugin" in project["entry-points"]["pytest11"].values()
    assert 'pip install ".[lab]"' in README
    assert "lab" in project["optional-dependencies"]


COMMANDS = [line for kind, text in BLOCKS if kind == "sh" for line in text.splitlines()] + [
    name for name in code(PROSE) if name.startswith("make ")
]


@pytest.mark.parametrize("command", sorted(set(COMMANDS)))
def test_the_targets_of_make_exist(command: str) -> None:
    assert command.startswith("make ")
    dry_run = [*command.split(), "--dry-run"]
    done = subprocess.run(dry_run, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_doctor_says_what_the_readme_shows(service: Service) -> None:
    command, *lines = TERMINAL[0].removeprefix("$ ").splitlines()
    done = run(command, {"OCI_CONFIG_FILE": str(service.config_file)})
    assert done.returncode == 1, done.stderr
    places = [done.stdout.find(line.rstrip("…")) for line in lines]
    assert -1 not in places, lines[places.index(-1)]
    assert places == sorted(places)


def test_a_program_of_any_language_is_answered(tmp_path: Path) -> None:
    start, *asking = TERMINAL[1].removeprefix("$ ").split("\n$ ")
    started = [sys.executable, "-m", "ocigenai_nb", *shlex.split(start.removesuffix(" &"))[1:]]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "NO_PROXY": "127.0.0.1"}
    if not shutil.which("curl"):
        stand_in = tmp_path / "curl"
        stand_in.write_text(f"#!{sys.executable}\n{CURL}", encoding="utf-8")
        stand_in.chmod(0o700)
        environment["PATH"] += f"{os.pathsep}{tmp_path}"
    with subprocess.Popen(started, cwd=tmp_path, env=environment, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        try:
            assert server.stdout.readline()
            script = "\n".join(asking)
            told = subprocess.check_output(["sh", "-ec", script], cwd=tmp_path, env=environment)
        finally:
            server.terminate()
    assert "391" in json.loads(told)["choices"][0]["message"]["content"]


@pytest.mark.parametrize(
    "command", sorted({name for name in code(PROSE) if name.startswith("ocigenai-nb")})
)
def test_the_commands_in_the_text_exist(command: str) -> None:
    done = run(f"{command} --help", {})
    assert done.returncode == 0, done.stderr
    program, _, option = command.partition(" --")
    assert done.stdout.startswith(f"usage: {program}")
    assert f"--{option}" in done.stdout or not option


@pytest.mark.parametrize("command", ["doctor", "help", "history"])
def test_the_verbs_of_the_magic_in_the_text_exist(command: str) -> None:
    from ocigenai_nb.notebook.verbs import VERBS

    assert f"%ocichat {command}" in README
    assert command in VERBS


@pytest.mark.parametrize("link", HERE)
def test_what_the_readme_links_to_is_there(link: str) -> None:
    path, _, anchor = link.partition("#")
    assert (ROOT / path).exists()
    assert not anchor or anchor in anchors()


def test_every_heading_but_the_last_ones_is_in_the_line_of_links() -> None:
    line = next(line for line in README.splitlines() if line.startswith("[Try it]"))
    linked = set(re.findall(r"\(#([^)]+)\)", line))
    assert linked == anchors() - {"ocigenai_nb", "not-there-yet", "contributing"}


def test_every_link_elsewhere_is_one_that_was_looked_at_by_hand() -> None:
    assert {link for link in LINKS if "://" in link} == ELSEWHERE
    assert not re.search(r"https?://", re.sub(r"\]\([^)]+\)", "", PROSE))


def test_every_notebook_is_in_the_list_and_in_order() -> None:
    listed = re.findall(r"^\| \[(\d\d) [^\]]+\]\(notebooks/([^)]+)\)", README, re.MULTILINE)
    names = [name for _, name in listed]
    assert names == sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))
    assert all(name.startswith(number) for number, name in listed)


@pytest.mark.parametrize("row", rows("Models"), ids=lambda row: row[1])
def test_the_routing_table_agrees_with_the_routes(row: list[str], service: Service) -> None:
    models, transport, (name,), (path,) = row[0], row[1].lower(), code(row[2]), code(row[3])
    assert transport in TRANSPORTS
    genai = og.connect(config_file=service.config_file)
    asked = "responses" if transport == "responses" else None
    named = [model for model in code(models) if model in MODELS]
    assert named
    if "dedicated" in models:
        named.append(service.endpoint_id)
    for model in named:
        route = genai.route(model, transport=asked)
        assert (route.transport, route.class_name) == (transport, name)
        assert route.url == service.url + path
        if transport == "responses":
            assert MODELS[model]["responses_only"]


@pytest.mark.parametrize("row", rows("Who signs"), ids=lambda row: row[0])
def test_the_ways_to_sign_in_are_options_of_connect(row: list[str]) -> None:
    known = inspect.signature(og.connect).parameters
    assert set(re.findall(r"(\w+)=", row[1])) <= set(known)
    kinds = re.findall(r'auth_type="(\w+)"', row[1])
    assert set(kinds) <= {kind.value for kind in OCIAuthType}
    assert "og.connect(" in row[1]


def test_the_variables_are_those_that_the_settings_heed() -> None:
    listed = {name for row in rows("Variable") for name in code(row[0])}
    assert listed == set(re.findall(r'env\.get\("(\w+)"\)', inspect.getsource(settings)))


@pytest.mark.parametrize(
    ("variable", "value", "setting"),
    [
        ("OCI_PROFILE", "TYPICAL", "profile"),
        ("OCI_REGION", "eu-frankfurt-1", "region"),
        ("OCI_COMPARTMENT", "ocid1.compartment.oc1..mine", "compartment"),
        ("OCI_COMPARTMENT_ID", "ocid1.compartment.oc1..mine", "compartment"),
        ("OCI_ENDPOINT", "http://127.0.0.1:9", "endpoint"),
    ],
)
def test_a_variable_decides_where_no_argument_does(
    variable: str, value: str, setting: str, service: Service
) -> None:
    env = {"OCI_CONFIG_FILE": str(service.config_file), variable: value}
    found = getattr(settle(Wishes(), env).settings, setting)
    assert (found.value, found.source) == (value, variable)


def test_the_gallery_shows_every_widget() -> None:
    shown = set(re.findall(r"<b>(\w+)</b>", README))
    ours = {
        name for name in og.__all__
        if isinstance(found := getattr(og, name), type) and issubclass(found, widget.Widget)
    }  # fmt: skip
    assert shown == ours


def test_every_picture_has_a_text_in_its_place() -> None:
    texts = re.findall(r'<img [^>]*alt="([^"]*)"', README) + re.findall(r"!\[([^\]]*)\]", README)
    assert len(texts) == README.count("<img ") + README.count("![")
    assert all(len(text.split()) > 5 for text in texts if text != "Binder")


@pytest.mark.parametrize("name", [name for name in PICTURES if name.endswith(".png")])
def test_a_picture_is_sharp_and_small(name: str) -> None:
    assert (ROOT / name).stat().st_size < PICTURE_BYTES
    with Image.open(ROOT / name) as picture:
        assert picture.width in WIDTHS


def test_the_film_is_small_goes_on_forever_and_ends_slowly() -> None:
    film = ROOT / "notebooks" / "quickstart.webp"
    assert film.stat().st_size < FILM_BYTES
    durations = []
    with Image.open(film) as picture:
        assert picture.info["loop"] == 0
        assert picture.width in WIDTHS
        for frame in ImageSequence.Iterator(picture):
            frame.load()
            durations.append(frame.info["duration"])
    assert len(durations) >= 20
    assert round(sum(durations) / 1000) in FILM_SECONDS
    assert durations[-1] >= 3000


def test_the_drawing_needs_nothing_from_elsewhere_and_says_what_it_shows() -> None:
    drawing = (ROOT / "notebooks" / "architecture.svg").read_text(encoding="utf-8")
    assert re.findall(r"https?://[^\"]+", drawing) == ["http://www.w3.org/2000/svg"]
    assert "<title" in drawing
    assert "<desc" in drawing
    for layer in ("notebook", "chat", "transports", "core", "emulator"):
        assert f">{layer}</text>" in drawing
        assert (ROOT / "ocigenai_nb" / layer).is_dir()


def test_every_picture_of_the_readme_can_be_made_again() -> None:
    drawn = {"architecture.svg"}
    assert {Path(name).name for name in PICTURES} == pictures.MAKERS.keys() | drawn


@pytest.mark.parametrize("text", ["%load_ext", *(text for text, _ in pictures.SCENES)])
def test_what_the_film_shows_is_in_the_quickstart(text: str) -> None:
    cells = nbformat.read(pictures.QUICKSTART, as_version=4).cells
    assert text in cells[pictures.find(cells, text)].source


def test_it_is_short() -> None:
    assert len(README.splitlines()) <= LINES
