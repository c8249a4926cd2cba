"""What holds for every test: a clean environment, no network but loopback, nothing skipped."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import hypothesis
import pytest

from tests.tools import chromium, isolation

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from ocigenai_nb.emulator.service import Service
    from tests.executed import Executions

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)

hypothesis.settings.register_profile("ours", derandomize=True, database=None, deadline=None)
hypothesis.settings.load_profile("ours")


def pytest_configure(config: pytest.Config) -> None:
    """Leave the person's settings and the network behind before anything else is imported."""
    home = tempfile.TemporaryDirectory()
    config.add_cleanup(home.cleanup)
    isolation.clean(os.environ)
    isolation.move_home(os.environ, Path(home.name))  # for what lives longer than one test
    sys.addaudithook(isolation.watch_sockets)


def pytest_report_header() -> str:
    """The openai that the tests run with: both majors must pass."""
    return f"openai {version('openai')}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests go last: Playwright leaves a running event loop in the main thread."""
    items.sort(key=lambda item: "browser" in getattr(item, "fixturenames", ()))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Under `make test` a skipped test has failed."""
    return refuse_skip((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Under `make test` a skipped file has failed."""
    return refuse_skip((yield))


def refuse_skip(report: Report) -> Report:
    """Turn a skip or an expected failure into a failure that carries its reason."""
    if report.skipped and os.environ.get("OCIGENAI_NO_SKIPS"):
        reason = getattr(report, "wasxfail", "") or report.longrepr
        report.outcome = "failed"
        report.longrepr = f"Nothing may be skipped: {reason}"
    return report


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """New home folders, one by one: pytest would read its whole folder to number each."""
    folder = tmp_path_factory.mktemp("homes")
    return (folder / str(number) for number in count())


@pytest.fixture(autouse=True)
def isolated(homes: Iterator[Path]) -> Iterator[None]:
    """A new home folder, Jupyter folders in it, and the environment put back afterwards."""
    before = dict(os.environ)
    home = next(homes)
    home.mkdir()
    isolation.move_home(os.environ, home)
    isolation.escapes.clear()
    yield
    os.environ.clear()
    os.environ.update(before)
    assert not isolation.escapes, f"The test tried to leave this machine: {isolation.escapes}"


@pytest.fixture(scope="session")
def running_service() -> Iterator[Service]:
    """The emulator, started once for all tests: use `service`, which cleans up."""
    from ocigenai_nb import emulator

    with emulator.start() as service:
        yield service


@pytest.fixture
def service(running_service: Service) -> Iterator[Service]:
    """The emulator as it was when it started: nothing recorded, broken, slow or skewed.

    But it takes messages in their long form only, as the service once did: ours are all long.
    """
    running_service.strict_input = True
    yield running_service
    running_service.reset()


@pytest.fixture(scope="session")
def executions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Executions]:
    """The tutorial notebooks, each run when a test first asks for it."""
    from tests.executed import Executions

    pool = ThreadPoolExecutor(os.cpu_count())
    yield Executions(tmp_path_factory.mktemp("executions"), pool)
    pool.shutdown(cancel_futures=True)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium that can resolve no name."""
    from playwright.sync_api import sync_playwright

    path = chromium.find()
    assert path, chromium.MISSING
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=path, args=list(chromium.FLAGS))
