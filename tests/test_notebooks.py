"""Every tutorial notebook runs, in the developer's environment and in Binder's, and says this."""

from __future__ import annotations

from configparser import RawConfigParser
from pathlib import Path

import pytest

from ocigenai_nb.emulator.service import Service
from tests.executed import ENVIRONMENTS, NOTEBOOKS, SECRETS, Executed, Executions, prepare

NAMES = sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb"))

# What a reader sees in the outputs: the point of each notebook.
FACTS = {
    "01_quickstart": (
        "so the built-in emulator answers",
        "The sky is blue because air scatters short wavelengths",
        "Your name is Ada.",
        "| Jupiter | 142,984 |",
        "17 * 23 = 391",
        "opc-request-id",
    ),
    "02_profiles_and_signing": (
        "Cohere R models answer on the native API only",
        "(request-target): post /openai/v1/chat/completions",
        "The session token of profile SESSION has expired.",
        "/v1/x509",
        "OKE workload identity",
        "This machine's clock is",
    ),
    "03_transports": (
        "the default for every family but Cohere R",
        "sdk        OCIModel           1 2 3 4 5",
        "chatRequest.maxCompletionTokens",
        '"servingType": "ON_DEMAND",\n',
        "OCIResponsesModel  17 * 23 = 391  (history: the service)",
        "TransportUnavailableError",
        "Nice to meet you, Ada.",
    ),
    "04_chat_panel": (
        "Nice to meet you, Grace.",
        "Your name is Ada.",
        "ThreadInspector(10 turns: 9 finished, 1 interrupted)",
        "ChatPanel: 10 turns with meta.llama-3.3-70b-instruct",
        "## User",
    ),
    "05_responses_threads": (
        "* 9  What is my name?",
        "Your name is Ada Lovelace.",
        "'sdk': 'Your name is Ada.'",
        "9 was edited here: nothing was sent",
        "The service no longer has this thread",
        "This tenancy keeps no responses (Zero Data Retention)",
    ),
    "06_compare_models": (
        "cohere.command-r-plus-08-2024  sdk",
        "<Figure size 1000x240 with 3 Axes>",
        "The capital of France is Paris.",
        "5 + 7 = 12",
        "75%",
        "meta.llama-9: Entity with key meta.llama-9 not found",
        "Did you mean 'openai.gpt-oss-20b'",
    ),
    "07_when_things_go_wrong": (
        "There is no profile 'TYPICL' in the OCI configuration. Did you mean 'TYPICAL'?",
        "seconds behind the service's, and 300 are allowed: set the clock.",
        "allow group YOUR-GROUP to use generative-ai-family in compartment YOUR-COMPARTMENT",
        "Entity with key meta.llama-3.3-70b-instrukt not found",
        "Send it again later; limits are per tenancy and model.",
        "Continue exactly where your answer broke off.",
    ),
    "08_your_own_tenancy": (
        "allow group YOUR-GROUP to use generative-ai-family in tenancy",
        "allow any-user to manage generative-ai-response in tenancy",
        "Give project= the OCID of a Generative AI project of this region",
        "**no key file**",
        "**open key**",
        "The sky is blue because air scatters short wavelengths",
    ),
    "09_agents": (
        "delete_file was not run: It was denied.",
        "[Report(city='Rome', degrees=18), Report(city='Oslo', degrees=9)]",
        "Your favorite city is Oslo.",
        "18 degrees and sun in Rome. ['Rome']",
        "get_rate failed (raised). I should call get_rate again.",
        "not there: 12",
        "regenerate 0.73",
        "atlas of 1950",
        "Reflexion: progress, Grounding: ungrounded, Reflexion: progress, Grounding: grounded",
    ),
}


@pytest.fixture(scope="module")
def begun(request: pytest.FixtureRequest, executions: Executions) -> Executions:
    """All that the tests of this run will ask for are begun, so that several run at a time."""
    items = (item for item in request.session.items if item.path == request.path)
    for params in (item.callspec.params for item in items if hasattr(item, "callspec")):
        if "executed" in params:
            executions.begin(*params["executed"])
    return executions


@pytest.fixture(
    scope="module", params=[(name, place) for place in ENVIRONMENTS for name in NAMES], ids="-".join
)
def executed(request: pytest.FixtureRequest, begun: Executions) -> Executed:
    return begun.get(*request.param)


def test_each_notebook_has_its_facts_here() -> None:
    assert list(FACTS) == NAMES


def test_every_cell_runs_in_order_without_an_error(executed: Executed) -> None:
    counts = [cell.execution_count for cell in executed.code_cells]
    assert counts == list(range(1, len(counts) + 1))
    assert "error" not in {output.output_type for output in executed.outputs}


def test_nothing_is_said_on_stderr(executed: Executed) -> None:
    streams = {output.name for output in executed.outputs if output.output_type == "stream"}
    assert streams <= {"stdout"}
    assert executed.complaints == []


def test_the_outputs_show_what_the_notebook_is_about(executed: Executed) -> None:
    missing = [fact for fact in FACTS[executed.name] if fact not in executed.shown]
    assert missing == []


def test_no_secret_and_no_path_of_the_emulator_is_saved(executed: Executed) -> None:
    saved = executed.shown + str(executed.widgets)
    for secret in (*SECRETS, str(executed.home), "ocigenai-emulator-"):
        assert secret not in saved


def test_nothing_is_left_behind(executed: Executed) -> None:
    """Keys and configurations of the emulator go with the kernel."""
    assert list(executed.temporary.iterdir()) == []
    assert not (executed.home / ".oci").exists()
    assert names_in(executed.work) == names_in(NOTEBOOKS)


@pytest.mark.parametrize(
    "name", ["03_transports", "04_chat_panel", "05_responses_threads", "09_agents"]
)
def test_it_runs_in_a_tenancy_as_most_are_and_with_a_service_of_any_speed(
    name: str, service: Service, tmp_path: Path
) -> None:
    """No model of OpenAI's own answers there, and answers come flat out."""
    profiles = RawConfigParser()
    profiles.read(service.config_file)
    lines = [f"{key}={value}" for key, value in profiles["TYPICAL"].items()]
    config = tmp_path / "home" / ".oci" / "config"
    config.parent.mkdir(parents=True)
    config.write_text("\n".join(["[DEFAULT]", *lines]))
    executed = prepare(NOTEBOOKS / f"{name}.ipynb", tmp_path).execute()
    assert executed.complaints == []
    assert len(service.journal) > 3
    assert "emulator answers" not in executed.shown


def names_in(folder: Path) -> set[str]:
    """The files in a folder of notebooks, without what Python or an editor keeps there."""
    ignored = ("__pycache__", ".ipynb_checkpoints")
    return {path.name for path in folder.iterdir() if path.name not in ignored}
