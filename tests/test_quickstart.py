"""The quickstart: it runs with no profile and no network, and reads well once it is saved."""

from __future__ import annotations

from configparser import RawConfigParser
from pathlib import Path

import nbformat
import pytest

from ocigenai_nb.emulator.service import Service
from tests.executed import NOTEBOOKS, SECRETS, Executed, execute, network_prefix

QUICKSTART = NOTEBOOKS / "01_quickstart.ipynb"

SKY = "The sky is blue because air scatters short wavelengths"
PROVENANCE = "meta.llama-3.3-70b-instruct · v1 · us-chicago-1"


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> Executed:
    """The quickstart, run with an empty home and without a network."""
    return execute(QUICKSTART, tmp_path_factory.mktemp("quickstart"), network_prefix())


def test_the_committed_notebook_is_valid_and_has_no_outputs() -> None:
    notebook = nbformat.read(QUICKSTART, as_version=4)
    nbformat.validate(notebook)
    for cell in notebook.cells:
        assert cell.metadata == {}
        if cell.cell_type == "code":
            assert (cell.outputs, cell.execution_count) == ([], None)


def test_every_cell_runs_in_order_without_an_error(executed: Executed) -> None:
    counts = [cell.execution_count for cell in executed.code_cells]
    assert counts == list(range(1, len(counts) + 1))
    outputs = [output for cell in executed.code_cells for output in cell.outputs]
    assert {output.output_type for output in outputs} <= {
        "display_data", "execute_result", "stream",
    }  # fmt: skip
    assert {output.name for output in outputs if output.output_type == "stream"} == {"stdout"}


def test_nothing_of_ours_is_said_on_stderr(executed: Executed) -> None:
    for word in ("ocigenai", "openai", "Traceback", "Warning", "never awaited", "Exception"):
        assert word not in executed.stderr


def test_the_answers_are_in_the_saved_notebook(executed: Executed) -> None:
    for answer in (SKY, "Your name is Ada.", "| Jupiter | 142,984 |", "17 * 23 = 391"):
        assert answer in executed.text
    assert executed.text.count("opc-request-id") == 2 * 5  # plain text and Markdown of each


def test_the_first_answer_says_that_the_emulator_gave_it(executed: Executed) -> None:
    assert (
        "so the built-in emulator answers" in executed.code_cells[1].outputs[0].data["text/plain"]
    )


def test_no_secret_path_or_widget_state_is_saved(executed: Executed) -> None:
    for secret in (*SECRETS, str(executed.temporary), str(executed.home), "ocigenai-emulator-"):
        assert secret not in executed.text
    assert "widgets" not in nbformat.read(executed.file, as_version=4).metadata


def test_keys_and_configuration_are_gone_with_the_kernel(executed: Executed) -> None:
    assert list(executed.temporary.glob("ocigenai*")) == []
    assert not (executed.home / ".oci").exists()


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
    executed = execute(QUICKSTART, tmp_path)
    assert len(service.journal) == 6
    assert {entry.refused for entry in service.journal} == {None}
    assert "emulator answers" not in executed.text
    assert f"{PROVENANCE} · " in executed.text
    parser = RawConfigParser()
    parser.read(config)
    settings = dict(parser["DEFAULT"])
    key = Path(settings["key_file"]).read_text().splitlines()
    for secret in (*SECRETS, *key[1:-1], settings["key_file"], settings["fingerprint"]):
        assert secret not in executed.text
    assert "ocigenai" not in executed.stderr
