"""The quickstart: it runs with no profile and no network, and reads well once it is saved."""

from __future__ import annotations

from configparser import RawConfigParser
from pathlib import Path

import pytest

from ocigenai_nb.emulator.service import Service
from tests.executed import NOTEBOOKS, SECRETS, Executed, Executions, prepare

QUICKSTART = NOTEBOOKS / "01_quickstart.ipynb"

SKY = "The sky is blue because air scatters short wavelengths"
PROVENANCE = "meta.llama-3.3-70b-instruct · v1 · us-chicago-1"


@pytest.fixture(scope="module")
def executed(executions: Executions) -> Executed:
    """The quickstart, run with an empty home and without a network."""
    return executions.get(QUICKSTART.stem)


def test_each_answer_is_saved_once_as_plain_text_and_once_as_markdown(executed: Executed) -> None:
    assert executed.text.count("opc-request-id") == 2 * 5


def test_the_first_answer_says_that_the_emulator_gave_it(executed: Executed) -> None:
    assert (
        "so the built-in emulator answers" in executed.code_cells[1].outputs[0].data["text/plain"]
    )


def test_it_reads_well_as_markdown_without_a_kernel(executed: Executed) -> None:
    page = executed.convert("markdown")
    assert SKY in page
    assert "\n| Jupiter | 142,984 |\n" in page
    assert f"<sub>{PROVENANCE} (emulator) · " in page
    assert "<IPython" not in page


def test_it_reads_well_as_html_without_a_kernel(executed: Executed) -> None:
    page = executed.convert("html")
    assert f"<p>{SKY}" in page
    assert "<td>Jupiter</td>" in page
    assert f"<sub>{PROVENANCE} (emulator) · " in page
    assert "&lt;IPython" not in page


def test_with_a_profile_the_same_cells_go_to_its_endpoint_and_no_secret_is_saved(
    service: Service, tmp_path: Path
) -> None:
    config = tmp_path / "home" / ".oci" / "config"
    config.parent.mkdir(parents=True)
    config.write_text(service.config_file.read_text())
    executed = prepare(QUICKSTART, tmp_path).execute()
    assert len(service.journal) == 6
    assert {entry.refused for entry in service.journal} == {None}
    assert "emulator answers" not in executed.shown
    assert f"{PROVENANCE} · " in executed.text
    parser = RawConfigParser()
    parser.read(config)
    settings = dict(parser["DEFAULT"])
    key = Path(settings["key_file"]).read_text().splitlines()
    for secret in (*SECRETS, *key[1:-1], settings["key_file"], settings["fingerprint"]):
        assert secret not in executed.text
    assert "ocigenai" not in executed.stderr
