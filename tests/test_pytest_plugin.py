"""The pytest plugin, as strangers meet it: in a pytest of their own, with everything autoloaded."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.test_loading import HEAVY

ROOT = Path(__file__).parents[1]
ENTRY_POINTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]

STRANGERS = """
import os
from pathlib import Path

import oci
import openai
from oci.generative_ai_inference import GenerativeAiInferenceClient, models


def ask(client):
    said = [{"role": "user", "content": "what is 17 * 23?"}]
    made = client.chat.completions.create(model="meta.llama-3.3-70b-instruct", messages=said)
    return made.choices[0].message.content


def test_the_oci_sdk_finds_its_config_and_is_answered(genai_service):
    config = oci.config.from_file()
    client = GenerativeAiInferenceClient(config, service_endpoint=genai_service.url)
    details = models.ChatDetails(
        compartment_id=genai_service.compartment_id,
        serving_mode=models.OnDemandServingMode(model_id="cohere.command-r-plus-08-2024"),
        chat_request=models.CohereChatRequest(message="what is 17 * 23?"),
    )
    assert "391" in client.chat(details).data.chat_response.text
    assert genai_service.journal.last.key_id_kind == "api_key"


def test_openai_finds_url_key_project_and_compartment(genai_service):
    assert len(genai_service.journal) == 0, "the test before left something"
    with openai.OpenAI() as client:
        assert "391" in ask(client)
    assert genai_service.journal.last.key_id_kind == "bearer"
    genai_service.fault("status", status=503, times=None)


def test_a_fault_of_the_test_before_is_gone(genai_service):
    assert genai_service.armed == ()
    with openai.OpenAI(max_retries=0) as client:
        assert "391" in ask(client)


def test_a_connection_asks_the_service_and_keeps_a_journal_of_its_own(genai, genai_service):
    assert genai.chat().send("what is 17 * 23?").text == "17 * 23 = 391"
    assert len(genai.journal) == len(genai_service.journal) == 1
    assert not genai.emulated, "it is a service like any other"


def test_the_next_one_begins_empty(genai):
    assert len(genai.journal) == 0


def test_what_the_person_has_set_is_out_of_reach(genai_service):
    assert os.environ["OCI_CLI_PROFILE"] == genai_service.profile
    assert os.environ["OCI_CLI_ENDPOINT"] == genai_service.url
    assert "OCI_CLI_REGION" not in os.environ
    assert os.environ["OCI_REGION"] == genai_service.region
    assert Path("~/.oci/config").expanduser() == genai_service.config_file


def test_without_the_fixtures_all_is_as_it_was():
    assert os.environ["OCI_CLI_PROFILE"] == "MINE"
    assert os.environ["OCI_REGION"] == "eu-frankfurt-1"
    assert "OCI_CONFIG_FILE" not in os.environ
    assert "OPENAI_API_KEY" not in os.environ
"""

FAILING = """
import openai
import pytest


def test_refused(genai_service, monkeypatch):
    genai_service.fault("status", status=503)
    genai_service.fault("cut", model="meta.llama-3.3-70b-instruct")
    for name in ("openai.gpt-oss-120b", "no.such-model"):
        with openai.OpenAI(max_retries=0) as client, pytest.raises(openai.APIError):
            client.responses.create(model=name, input="a private thing")
    with openai.OpenAI(api_key="sk-a-wrong-one", max_retries=0) as client:
        client.models.list()


def test_nothing_came(genai_service):
    assert len(genai_service.journal) == 1


def test_without():
    raise RuntimeError
"""

STRICT = """
import openai
import pytest


def ask(model):
    with openai.OpenAI(max_retries=0) as client:
        try:
            client.responses.create(model=model, input="hello")
        except openai.APIError:
            pass


@pytest.mark.genai_strict
def test_a_strict_test(genai_service):
    ask("no.such")


def test_a_plain_test(genai_service):
    ask("no.such")


@pytest.mark.genai_strict(strict=False)
def test_a_lenient_test(genai_service):
    ask("no.such")


@pytest.mark.genai_strict
def test_what_was_expected(genai_service):
    genai_service.journal.expect("POST */responses 404", model="no.such")
    ask("no.such")
    genai_service.fault("status", status=503)
    ask("openai.gpt-oss-120b")
    genai_service.journal.assert_only("POST */responses")


@pytest.mark.genai_strict
def test_zero_refusals(genai_service):
    ask("openai.gpt-oss-120b")
"""

REPORTED = """
Requests: 3, refused: 3.
POST /openai/v1/responses for openai.gpt-oss-120b: 503
    ServiceUnavailable: The service is currently unavailable.
    It met the fault 'status'.
POST /openai/v1/responses for no.such-model: 404
    404: Entity with key no.such-model not found
    What the service never tells: no model known here is called so.
GET /openai/v1/models: 401
    NotAuthenticated: The required information to complete authentication was not provided or was \
incorrect.
    What the service never tells: no such GenAI API key.
Still armed: 'cut', met so far: 0.
"""

UNUSED = """
import sys


def test_nothing_of_it_is_imported():
    ours = [name for name in sys.modules if name.startswith("ocigenai_nb")]
    assert sorted(ours) == ["ocigenai_nb", "ocigenai_nb.pytest_plugin"]
"""


@pytest.fixture
def strangers(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A project beside an installed ocigenai_nb, and a person who has set something for OCI."""
    metadata = pytester.mkdir("ocigenai_nb-0.1.dist-info")
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: ocigenai_nb\nVersion: 0.1\n")
    sections = [
        "\n".join([f"[{group}]", *(f"{name} = {target}" for name, target in names.items())])
        for group, names in ENTRY_POINTS.items()
    ]
    (metadata / "entry_points.txt").write_text("\n".join(sections))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("OCI_CLI_PROFILE", "MINE")
    monkeypatch.setenv("OCI_CLI_REGION", "eu-frankfurt-1")
    monkeypatch.setenv("OCI_REGION", "eu-frankfurt-1")
    return pytester


def test_the_package_ships_its_plugin() -> None:
    assert ENTRY_POINTS["pytest11"] == {"ocigenai_nb": "ocigenai_nb.pytest_plugin"}


def test_the_clients_of_a_strangers_tests_find_the_emulator(strangers: pytest.Pytester) -> None:
    strangers.makepyfile(STRANGERS)
    strangers.runpytest_subprocess().assert_outcomes(passed=7)


def test_under_a_failed_test_stands_what_came_in_and_why_it_was_refused(
    strangers: pytest.Pytester,
) -> None:
    strangers.makepyfile(FAILING)
    result = strangers.runpytest_subprocess("--tb=line", "-rA")
    result.assert_outcomes(failed=3)
    shown = result.stdout.str()
    assert REPORTED in shown
    assert "Requests: 0, refused: 0." in shown
    assert shown.count("- OCI Generative AI emulator -") == 2
    for secret in ("sk-", "Bearer", "Signature", "BEGIN", "private thing"):
        assert secret not in shown


def test_a_strict_test_fails_when_something_was_refused_that_nothing_expected(
    strangers: pytest.Pytester,
) -> None:
    strangers.makepyfile(STRICT)
    result = strangers.runpytest_subprocess("--strict-markers", "-rA")
    result.assert_outcomes(passed=4, failed=1)
    shown = result.stdout.str()
    assert re.search(r"^FAILED \S+::test_a_strict_test\b", shown, re.MULTILINE)
    assert "The emulator refused what nothing expected:" in shown
    assert "404: Entity with key no.such not found" in shown


def test_a_project_may_be_strict_and_have_its_own_tenancies(strangers: pytest.Pytester) -> None:
    strangers.makefile(".toml", tenancies="[tenancies.acme]\nkeeps_nothing = true\n")
    strangers.makeini("[pytest]\ngenai_strict = true\ngenai_tenancies = tenancies.toml\n")
    strangers.makepyfile(STRICT)
    result = strangers.runpytest_subprocess("-k", "lenient or zero or plain", "-rA")
    result.assert_outcomes(passed=2, failed=1, deselected=2)
    assert re.search(r"^FAILED \S+::test_a_plain_test\b", result.stdout.str(), re.MULTILINE)


def test_where_no_test_asks_for_it_nothing_is_imported(strangers: pytest.Pytester) -> None:
    strangers.makepyfile(UNUSED)
    strangers.runpytest_subprocess().assert_outcomes(passed=1)


def test_importing_the_plugin_imports_nothing_heavy() -> None:
    script = "import json, sys, ocigenai_nb.pytest_plugin; print(json.dumps(list(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, cwd=ROOT, capture_output=True, text=True
    )
    modules = set(json.loads(done.stdout))
    assert not HEAVY & modules
    ours = {name for name in modules if name.startswith("ocigenai_nb")}
    assert ours == {"ocigenai_nb", "ocigenai_nb.pytest_plugin"}
