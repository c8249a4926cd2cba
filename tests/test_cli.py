"""`ocigenai-nb`, as a shell runs it: what it writes, and its exit statuses."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from ocigenai_nb import __version__
from ocigenai_nb.chat.sign_in import Check
from ocigenai_nb.cli import FOLDER, copy_tutorials, find_tutorials, write_check
from ocigenai_nb.emulator.service import Service
from tests.test_loading import HEAVY

ROOT = Path(__file__).parents[1]
NO_LAB = """
import sys
sys.modules["jupyterlab"] = None
from ocigenai_nb.cli import main
sys.exit(main(["lab", "tutorials"]))
"""
PAGE = """
import json
import jupyterlab.labapp
from jupyterlab_server.config import get_static_page_config
from ocigenai_nb.cli import main
jupyterlab.labapp.main = lambda: print(json.dumps(get_static_page_config(level="all")))
main(["lab", "tutorials"])
"""
LIGHT = """
import json, sys
from ocigenai_nb.cli import main
try:
    main(sys.argv[1:])
except SystemExit:
    pass
print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


def run(
    *words: str, folder: Path = ROOT, script: str = "", **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own, where every warning is an error."""
    program = ["-c", script] if script else ["-m", "ocigenai_nb"]
    return subprocess.run(
        [sys.executable, "-W", "error", *program, *words],
        check=False,
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"} | variables,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )


# Help


def test_the_version_is_the_packages() -> None:
    done = run("--version")
    assert (done.returncode, done.stdout) == (0, f"ocigenai_nb {__version__}\n")


def test_the_help_names_the_commands() -> None:
    done = run("--help")
    assert done.returncode == 0
    assert done.stdout.startswith("usage: ocigenai-nb ")
    for name in ("doctor", "lab", "emulator"):
        assert f"\n  {name} " in done.stdout


@pytest.mark.parametrize("command", ["doctor", "lab", "emulator"])
def test_every_command_has_a_help_under_its_own_name(command: str) -> None:
    done = run(command, "--help")
    assert done.returncode == 0
    assert done.stdout.startswith(f"usage: ocigenai-nb {command} [")
    assert done.stderr == ""


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["doctor", "-h"], ["lab", "-h"]])
def test_help_and_version_import_nothing_heavy(words: list[str]) -> None:
    modules = set(json.loads(run(*words, script=LIGHT).stderr))
    assert not (HEAVY | {"IPython", "asyncio", "jupyterlab"}) & modules
    assert not {name for name in modules if name.startswith("ocigenai_nb.")} - {"ocigenai_nb.cli"}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["docter"], "there is no command 'docter'. Did you mean 'doctor'?"),
        (["prescribe"], "there is no command 'prescribe'. There are: doctor, lab, emulator."),
        (["doctor", "--ofline"], "unrecognized arguments: --ofline"),
        (["doctor", "--auth-type", "instance"], "There is no auth_type 'instance'."),
        ([], "usage: ocigenai-nb "),
    ],
)
def test_wrong_use_is_status_2_and_says_what_is_right(words: list[str], told: str) -> None:
    done = run(*words)
    assert done.returncode == 2
    assert told in done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


# Doctor


def test_with_no_account_the_doctor_has_nothing_against_the_emulator() -> None:
    done = run("doctor")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0].startswith(f"✓ packages       ocigenai_nb {__version__}, ")
    assert lines[1] == "! configuration  There is no OCI configuration (~/.oci/config)."
    assert lines[2].startswith(f"{' ' * 17}-> To use your own tenancy, follow the tutorial 08")
    assert lines[-1] == "1 warning, 14 passed."


def test_the_doctor_goes_by_its_options(service: Service) -> None:
    done = run(
        "doctor", "-p", "TYPICAL", "--config-file", str(service.config_file),
        "--endpoint", service.url, "--region", "fra", "--compartment-id",
        service.tenancies[1].compartment_id, "--project", service.tenancies[1].project_id,
        "--model", "openai.gpt-oss-120b",
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert "✓ profile        TYPICAL (argument profile) signs with an API key.\n" in done.stdout
    assert "✓ region         eu-frankfurt-1 (argument region).\n" in done.stdout
    assert "✓ model          openai.gpt-oss-120b answered in " in done.stdout
    assert done.stdout.endswith("\nAll 16 checks passed.\n")


def test_a_check_that_failed_is_status_1_with_its_remedy_below(service: Service) -> None:
    done = run("doctor", "--config-file", str(service.config_file), "--profile", "TYPICL")
    assert (done.returncode, done.stderr) == (1, "")
    *_, failed, remedy, blank, summary = done.stdout.splitlines()
    assert failed.startswith("✗ profile        There is no profile 'TYPICL'")
    assert remedy == f"{' ' * 17}-> Profiles there are: DEFAULT, TYPICAL, ZDR, SESSION."
    assert (blank, summary) == ("", "1 failed, 2 passed.")


def test_offline_the_doctor_sends_nothing(service: Service) -> None:
    done = run("doctor", "--offline", OCI_CONFIG_FILE=str(service.config_file))
    assert done.returncode == 0
    assert done.stdout.endswith(" Nothing was sent.\n")
    assert not list(service.journal)


@pytest.mark.parametrize(("profile", "status"), [("DEFAULT", 0), ("GONE", 1)])
def test_for_scripts_there_is_json(service: Service, profile: str, status: int) -> None:
    done = run("doctor", "--json", "-p", profile, OCI_CONFIG_FILE=str(service.config_file))
    assert done.returncode == status
    found = json.loads(done.stdout)
    assert found["outcome"] == ("failed" if status else "warned")
    assert list(found["checks"][0]) == ["name", "outcome", "text", "remedy"]
    assert [check["name"] for check in found["checks"]][:3] == [
        "packages", "configuration", "profile"
    ]  # fmt: skip


def test_a_terminal_without_unicode_gets_plain_marks(service: Service) -> None:
    done = run(
        "doctor", "--offline", OCI_CONFIG_FILE=str(service.config_file), PYTHONIOENCODING="ascii"
    )
    assert done.returncode == 0
    assert done.stdout.startswith("+ packages ")
    assert "+ tenancy        ocid1.tenancy.oc1..aaaaaa..." in done.stdout
    assert done.stdout.isascii()


class Terminal(io.StringIO):
    """What `isatty` says yes of."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("out", "env", "colored"),
    [
        (Terminal(), {}, True),
        (Terminal(), {"NO_COLOR": "1"}, False),
        (Terminal(), {"TERM": "dumb"}, False),
        (io.StringIO(), {}, False),
    ],
)
def test_only_a_terminal_that_wants_it_has_color(
    out: io.StringIO,
    env: dict[str, str],
    colored: bool,  # noqa: FBT001
) -> None:
    write_check(Check("key", "failed", "It is not there."), out, env)
    assert ("\033[31m" in out.getvalue()) is colored


def test_a_reader_that_leaves_early_is_no_error() -> None:
    command = f'"{sys.executable}" -m ocigenai_nb doctor --offline | head -n 1'
    done = subprocess.run(
        command,
        shell=True,
        check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.stderr == ""


# Emulator


def test_the_emulator_serves_until_it_is_interrupted(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "ocigenai_nb", "emulator", "--dir", str(tmp_path)]
    with subprocess.Popen(
        command, env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        known = json.loads(process.stdout.readline())
        done = run("doctor", "--config-file", known["config_file"], "-p", known["profile"])
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
    assert done.returncode == 0


# Lab


def test_lab_copies_what_is_missing_keeps_the_rest_and_hands_its_flags_to_jupyterlab(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "ocigenai_nb_tutorials"
    folder.mkdir()
    (folder / "01_quickstart.ipynb").write_text("mine")
    done = run("lab", "--version", folder=tmp_path)
    assert done.returncode == 0
    said, kept, version = done.stdout.splitlines()
    assert said == "The tutorials are in ocigenai_nb_tutorials."
    assert kept == "Kept as they are there, unlike this version's: 01_quickstart.ipynb."
    assert version[0].isdigit(), "JupyterLab's own"
    assert (folder / "01_quickstart.ipynb").read_text() == "mine"
    assert {path.name for path in folder.iterdir()} >= {"config.py", "quickstart.png"}
    assert copy_tutorials(find_tutorials(), folder) == ["01_quickstart.ipynb"]


def test_lab_asks_nothing_about_news_and_leaves_the_persons_settings_alone(tmp_path: Path) -> None:
    person = tmp_path / "person" / "labconfig"
    person.mkdir(parents=True)
    text = '{"disabledExtensions": {"@my/extension": true}}'
    (person / "page_config.json").write_text(text)
    done = run(script=PAGE, folder=tmp_path, JUPYTER_CONFIG_PATH=str(person.parent))
    assert json.loads(done.stdout.splitlines()[-1])["disabledExtensions"] == {
        "@jupyterlab/apputils-extension:announcements": True,
        "@my/extension": True,
    }
    assert (person / "page_config.json").read_text() == text


def test_the_checkouts_own_folder_is_opened_as_it_is() -> None:
    before = {path: path.stat().st_mtime_ns for path in (ROOT / "notebooks").iterdir()}
    assert find_tutorials() == ROOT / "notebooks"
    assert copy_tutorials(find_tutorials(), ROOT / "notebooks") == []
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_without_jupyterlab_one_sentence_says_what_to_install(tmp_path: Path) -> None:
    done = run(script=NO_LAB, folder=tmp_path)
    assert done.returncode == 1
    assert done.stderr == "JupyterLab is not installed: pip install jupyterlab\n"
    assert not list(tmp_path.iterdir())


def test_a_folder_that_can_not_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = run("lab", "file/tutorials", folder=tmp_path)
    assert done.returncode == 1
    assert done.stderr == "The tutorials can't be written to file/tutorials: Not a directory.\n"


def test_make_lab_goes_through_the_command() -> None:
    dry = subprocess.run(
        ["make", "--dry-run", "--no-print-directory", "lab", "LAB_ARGS=--no-browser"],
        check=True,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert dry.stdout.rstrip().endswith("-m ocigenai_nb lab --no-browser")


def test_git_does_not_see_the_copy_that_make_lab_works_on() -> None:
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert f"{FOLDER}/" in ignored


# What is installed


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The names of what a wheel of this checkout holds."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, check=True, cwd=ROOT, capture_output=True)
    (path,) = folder.iterdir()
    with zipfile.ZipFile(path) as archive:
        entry = next(name for name in archive.namelist() if name.endswith("entry_points.txt"))
        assert b"ocigenai-nb = ocigenai_nb.cli:main" in archive.read(entry)
        return archive.namelist()


def test_a_wheel_brings_the_tutorials(wheel: list[str]) -> None:
    found = {name for name in wheel if name.startswith("ocigenai_nb/notebooks/")}
    patterns = ("*.ipynb", "*.png", "config.py")
    own = {path.name for each in patterns for path in (ROOT / "notebooks").glob(each)}
    assert found >= {f"ocigenai_nb/notebooks/{name}" for name in own}


def test_a_wheel_brings_what_keeps_jupyterlab_from_asking(wheel: list[str]) -> None:
    assert "ocigenai_nb/jupyter_config/labconfig/page_config.json" in wheel


def test_a_wheel_brings_bundles_and_no_sources_of_them(wheel: list[str]) -> None:
    assert "ocigenai_nb/notebook/static/chat_panel.js" in wheel
    assert not [name for name in wheel if name.startswith("ocigenai_nb/notebook/js/")]
    assert {name.partition("/")[0] for name in wheel} == {
        "ocigenai_nb", f"ocigenai_nb-{__version__}.dist-info"
    }  # fmt: skip
