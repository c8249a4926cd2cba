"""The browser, JupyterLab in it, and a warm notebook: started once, when first asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.browser.lab import Lab, Notebook


@pytest.fixture(scope="session")
def warm_lab(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """JupyterLab in a page, kept warm for all tests: use `lab`, which looks for problems."""
    from tests.browser.lab import Lab
    from tests.browser.server import serve

    with serve(tmp_path_factory.mktemp("lab")) as server:
        yield Lab(server, browser)


@pytest.fixture
def lab(warm_lab: Lab) -> Iterator[Lab]:
    """JupyterLab in a page; the test fails on a console error or a request that leaves."""
    warm_lab.problems.clear()
    yield warm_lab
    assert not warm_lab.problems


@pytest.fixture(scope="session")
def warm_notebook(warm_lab: Lab) -> Notebook:
    """One notebook of one cell, kept warm for all tests: use `notebook`."""
    return warm_lab.open([""])


@pytest.fixture
def notebook(lab: Lab, warm_notebook: Notebook) -> Notebook:
    """A warm notebook of one cell, its kernel's names removed: quicker than `lab.open()`."""
    warm_notebook.reset()
    return warm_notebook
