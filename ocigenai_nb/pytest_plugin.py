"""Fixtures for tests of programs that call OCI Generative AI: the emulator answers them.

pytest finds this plugin where the package is installed. Until a test asks for one of its fixtures
it imports nothing but pytest and starts nothing.

    def test_my_program_says_hello(genai_service):
        my_program.main()
        assert genai_service.journal.last.model == "meta.llama-3.3-70b-instruct"

Under a test that failed, the report has a section "OCI Generative AI emulator": what came in, and
why it was refused.

With the marker `genai_strict`, or `genai_strict = true` in pytest's settings, a test fails whose
emulator refused a request though nothing said it would: no fault that the test armed, and no
`genai_service.journal.expect(...)`. `genai_tenancies = FILE` in the settings names the tenancies
that are served, in a TOML or JSON file beside them.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from ocigenai_nb import Connection
    from ocigenai_nb.emulator.journal import Entry
    from ocigenai_nb.emulator.service import Service

SECTION: Final = "OCI Generative AI emulator"

_STRICT: Final = "genai_strict"
_TENANCIES: Final = "genai_tenancies"
_SHOWN: Final = 20
_LOOPBACK: Final = "127.0.0.1"
_running: Final = pytest.StashKey["Service"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the settings."""
    parser.addini(_STRICT, "fail tests whose emulator refused what was not expected", type="bool")
    parser.addini(_TENANCIES, "TOML or JSON file of the emulator's tenancies", type="paths")


def pytest_configure(config: pytest.Config) -> None:
    """Add the marker."""
    words = "fail if the emulator of genai_service refuses a request that nothing said it would."
    config.addinivalue_line("markers", f"{_STRICT}(strict=True): {words}")


@pytest.fixture(scope="session")
def _genai_emulator(
    tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config
) -> Iterator[Service]:
    """The emulator of this session, or of this worker; its config is that of a home folder."""
    from ocigenai_nb import emulator
    from ocigenai_nb.emulator.tenancies import DEFAULT_TENANCIES

    home = tmp_path_factory.mktemp("genai-home")
    named: list[Path] = pytestconfig.getini(_TENANCIES)
    tenancies = named[0] if named else DEFAULT_TENANCIES
    with emulator.start(directory=home / ".oci", tenancies=tenancies) as service:
        yield service


@pytest.fixture
def genai_service(
    _genai_emulator: Service, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[Service]:
    """A running emulator of OCI Generative AI, as new for each test, which clients find unasked.

    `genai_service.url` is its root, `.journal` what came in; `.fault(...)` arms a fault. It is
    shared by the session: a test that wants to stop one starts its own with `emulator.start()`.

    The environment leads to it until the test ends: a home folder whose `~/.oci/config` has its
    profiles (so that no key of yours can be used), `OCI_CONFIG_FILE`, `OCI_PROFILE` and
    `OCI_REGION`, what OCI's CLI reads, every other `OCI_*` removed, and for `openai.OpenAI()` the
    URL, a GenAI API key, project and compartment as `OPENAI_*`. A client of the `oci` SDK also
    needs `service_endpoint=genai_service.url`: no variable names it.
    """
    service = _genai_emulator
    _lead_to(service, monkeypatch)
    request.node.stash[_running] = service
    yield service
    del request.node.stash[_running]
    service.reset()


@pytest.fixture
def genai(genai_service: Service) -> Iterator[Connection]:
    """A `Connection` to the test's `genai_service`, with a journal of its own."""
    import ocigenai_nb as og

    with og.Journal() as journal:
        yield og.connect(
            genai_service.profile, config_file=genai_service.config_file, journal=journal
        )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Fail a test that is strict, if its emulator refused what was not expected."""
    result = yield
    service = item.stash.get(_running, None)
    if service is not None and _is_strict(item):
        refused = service.journal.unexpected
        if refused:
            said = [line for entry in refused[-_SHOWN:] for line in _describe_refusal(entry)]
            pytest.fail(
                "\n".join(["The emulator refused what nothing expected:", *said]), pytrace=False
            )
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Tell under a test that failed what its emulator saw."""
    report = yield
    service = item.stash.get(_running, None)
    if service is not None and report.failed:
        report.sections.append((SECTION, _describe(service)))
    return report


def _is_strict(item: pytest.Item) -> bool:
    marker = item.get_closest_marker(_STRICT)
    if marker is None:
        return bool(item.config.getini(_STRICT))
    return bool(marker.kwargs.get("strict", True))


def _describe(service: Service) -> str:
    """What came in, why the last of it was refused, and the faults that wait: no secrets."""
    entries = list(service.journal)
    refused = service.journal.refused
    lines = [f"Requests: {len(entries)}, refused: {len(refused)}."]
    lines += [line for entry in refused[-_SHOWN:] for line in _describe_refusal(entry)]
    lines += [
        f"Still armed: {fault.name!r}, met so far: {fault.struck}." for fault in service.armed
    ]
    return "\n".join(lines)


def _describe_refusal(entry: Entry) -> Iterator[str]:
    model = f" for {entry.model}" if entry.model else ""
    yield f"{entry.method} {entry.path.partition('?')[0]}{model}: {entry.status}"
    yield f"    {entry.answer}"
    if entry.refused:
        yield f"    What the service never tells: {entry.refused}."
    if entry.fault:
        yield f"    It met the fault {entry.fault!r}."


def _lead_to(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let clients that are made from now on find the service, and nothing else."""
    for name in [name for name in os.environ if name.startswith(("OCI_", "OPENAI_"))]:
        monkeypatch.delenv(name)
    home = str(Path(service.config_file).parents[1])
    settings = {"HOME": home, "USERPROFILE": home} | service.client_env()
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, _LOOPBACK, prepend=",")
