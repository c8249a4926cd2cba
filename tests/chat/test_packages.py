"""Whether what is installed fits what the package asks for."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from ocigenai_nb import __version__
from ocigenai_nb.chat.packages import check_packages

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
WANTED = [
    *PROJECT["dependencies"],
    *(f'{line}; extra == "lab"' for line in PROJECT["optional-dependencies"]["lab"]),
    'nbclient>=99; extra == "test"',
    'oci>=99; sys_platform == "nowhere"',
]
SOME = ["openai>=2,<4", 'jupyterlab>=4.3.4; extra == "lab"']


def test_what_is_installed_here_fits_and_is_told() -> None:
    check = check_packages(WANTED)
    assert (check.outcome, check.remedy) == ("passed", "")
    assert check.text.startswith(f"ocigenai_nb {__version__}, Python 3.")
    for name in ("openai", "oci", "ipykernel", "jupyterlab"):
        assert f", {name} " in check.text


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({"openai": "1.109.1"}, "Do not fit: openai 1.109.1 (not <4,>=2)."),
        ({"openai": "4.0.0"}, "Do not fit: openai 4.0.0 (not <4,>=2)."),
        ({"jupyterlab": "3.6.8"}, "Do not fit: jupyterlab 3.6.8 (not >=4.3.4)."),
    ],
)
def test_a_version_that_does_not_fit_is_a_warning_that_says_what_to_install(
    changed: dict[str, str], text: str
) -> None:
    check = check_packages(SOME, {"openai": "3.54.0"} | changed)
    assert check.outcome == "warned"
    assert check.text.endswith(text)
    (name,) = changed
    assert check.remedy.startswith(f'Install them: `python -m pip install "{name}')


def test_what_is_missing_fails_and_jupyterlab_may_be_missing() -> None:
    check = check_packages(SOME, {"oci": "2.189.0"})
    assert check.outcome == "failed"
    assert check.text.endswith("oci 2.189.0. Missing: openai.")
    assert check.remedy == 'Install them: `python -m pip install "openai<4,>=2"`'


def test_a_preview_of_a_version_that_fits_fits() -> None:
    assert check_packages(["openai>=2,<4"], {"openai": "3.60.0rc1"}).outcome == "passed"
