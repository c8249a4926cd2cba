"""`binder/`, as repo2docker reads it, and what its steps make."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.tools import binder
from tests.tools.binder import Binder

# Without the kernel, and jupyter_client and tornado, which the newer kernel wants newer, too.
JUPYTER = (
    "comm", "ipython", "ipywidgets", "jupyter_server", "jupyterhub", "jupyterlab",
    "jupyterlab_widgets", "nbclient", "nbconvert", "nbformat", "notebook", "pyzmq", "traitlets",
)  # fmt: skip
VERSIONS = """
import json
from importlib.metadata import distributions
print(json.dumps({each.name: each.version for each in distributions()}))
"""


@pytest.fixture(scope="module")
def place() -> Binder:
    return binder.provide()


@pytest.fixture(scope="module")
def dockerfile(place: Binder) -> str:
    """What repo2docker would hand to Docker."""
    return binder.render(place)


def run(place: Binder, home: Path, *command: str) -> str:
    """What a command prints that runs as at Binder, in a home folder of its own."""
    done = subprocess.run(
        command, check=True, capture_output=True, env=place.variables(home), text=True
    )
    return done.stdout


def test_the_steps_are_those_that_were_taken(dockerfile: str) -> None:
    """Installed once the repository is copied, by the person who will use it."""
    _, _, after = dockerfile.partition("COPY --chown=1000:1000 src/ ${REPO_DIR}/")
    steps = re.findall(r"^RUN (?!chmod)(.*)$", after, re.MULTILINE)
    assert steps == [binder.INSTALL, binder.POST_BUILD]
    assert set(re.findall(r"^USER (.*)$", after, re.MULTILINE)) == {"${NB_USER}"}


def test_the_base_is_that_of_the_python_in_runtime_txt(dockerfile: str) -> None:
    escaped = binder.read_runtime().replace(".", "-2e")
    assert f"environment-2epy-2d{escaped}-2dlinux-2d64-2elock" in dockerfile


def test_nothing_else_of_ours_is_in_the_image(dockerfile: str) -> None:
    """No apt packages, no other kernel, no start script in between."""
    assert "R2D_ENTRYPOINT" not in dockerfile
    assert {path.name for path in binder.FILES.iterdir()} == {
        "postBuild", "requirements.txt", "runtime.txt",
    }  # fmt: skip
    assert os.access(binder.FILES / "postBuild", os.X_OK)


def test_of_binders_jupyter_our_requirements_replace_the_kernel_that_loses_requests_alone(
    place: Binder, tmp_path: Path
) -> None:
    found = json.loads(run(place, tmp_path, str(place.python), "-c", VERSIONS))
    base = dict(binder.read_base(place))
    assert base["ipykernel"] == "7.0.1"
    assert tuple(map(int, found["ipykernel"].split("."))) >= (7, 4)
    assert {name: found[name] for name in JUPYTER} == {name: base[name] for name in JUPYTER}


def test_the_packages_agree_with_each_other(place: Binder, tmp_path: Path) -> None:
    said = run(place, tmp_path, str(place.python), "-m", "pip", "check")
    assert said == "No broken requirements found.\n"


def test_the_package_is_the_repositorys_own(place: Binder, tmp_path: Path) -> None:
    code = "import ocigenai_nb; print(ocigenai_nb.__file__)"
    file = Path(run(place, tmp_path, str(place.python), "-c", code).strip())
    assert file == binder.FILES.parent / "ocigenai_nb" / "__init__.py"


def test_the_fonts_are_known_before_the_first_visitor(place: Binder) -> None:
    assert list(place.home.glob(".cache/matplotlib/fontlist-*.json"))


def test_jupyterlab_asks_nobody_about_news(place: Binder) -> None:
    page = json.loads((place.prefix / "etc/jupyter/labconfig/page_config.json").read_text())
    assert page["disabledExtensions"]["@jupyterlab/apputils-extension:announcements"]
