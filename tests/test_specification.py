"""What the specification writes works as it writes it: only the import differs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ocigenai_nb import OCIModel, OCIOpenAIModel, OCIResponsesModel, get_model
from ocigenai_nb.core.errors import TransportUnavailableError
from tests.specification import RESPONSES_ROW, ROUTING, SNIPPETS

if TYPE_CHECKING:
    from ocigenai_nb.emulator.service import Service

CLASSES = {kind.__name__: kind for kind in (OCIModel, OCIOpenAIModel, OCIResponsesModel)}


@pytest.fixture
def emulated(service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Service:
    """The emulator's configuration in force, with the profile that one snippet names."""
    text = service.config_file.read_text(encoding="utf-8")
    default = re.search(r"\[DEFAULT\]\n(.*?)(?=\n\[|\Z)", text, re.DOTALL)
    assert default is not None
    config = tmp_path / "config"
    config.write_text(f"{text}\n[ENTERPRISE_PROFILE]\n{default[1]}\n", encoding="utf-8")
    monkeypatch.setenv("OCI_CONFIG_FILE", str(config))
    monkeypatch.setenv("OCI_COMPARTMENT_ID", service.compartment_id)
    return service


def run(name: str) -> dict[str, Any]:
    code = re.sub(r"from locus[\w.]* import", "from ocigenai_nb import", SNIPPETS[name])
    names: dict[str, Any] = {}
    exec(compile(code, name, "exec"), names)
    return names


@pytest.mark.usefixtures("emulated")
@pytest.mark.parametrize("name", SNIPPETS)
def test_each_snippet_runs_with_only_the_import_changed(name: str) -> None:
    assert run(name)


@pytest.mark.usefixtures("emulated")
def test_the_agent_of_the_first_snippet_answers(capsys: pytest.CaptureFixture[str]) -> None:
    run("laptop")
    assert capsys.readouterr().out.strip()


@pytest.mark.usefixtures("emulated")
def test_the_factory_gives_the_classes_that_the_snippet_says() -> None:
    names = run("factory")
    assert isinstance(names["m1"], OCIOpenAIModel)
    assert isinstance(names["m2"], OCIModel)


@pytest.mark.parametrize(("family", "model", "transport", "kind", "path"), ROUTING)
def test_a_row_of_the_routing_table_holds_on_the_wire(
    emulated: Service, family: str, model: str, transport: str, kind: str, path: str
) -> None:
    made = get_model(f"oci:{model}")
    assert (type(made), made.transport) == (CLASSES[kind], transport), family
    assert made.complete_sync("Say hello.").text
    sent = emulated.journal.last
    assert isinstance(sent.body, dict)
    assert sent.path == path
    assert sent.key_id_kind == "api_key"
    if transport == "v1":
        assert {"opc-compartment-id", "compartmentid"} <= set(sent.headers)
        assert sent.body["model"] == model
    else:
        assert sent.body["chatRequest"]["apiFormat"] == "COHERE"
        assert sent.body["servingMode"] == {"servingType": "ON_DEMAND", "modelId": model}


def test_responses_is_opt_in_and_reaches_the_models_that_only_it_reaches(
    emulated: Service,
) -> None:
    model, transport, kind, path = RESPONSES_ROW
    with pytest.raises(TransportUnavailableError, match="transport='responses'"):
        get_model(f"oci:{model}")
    made = get_model(f"oci:{model}", transport=transport)
    assert type(made) is CLASSES[kind]
    assert made.complete_sync("Say hello.").text
    assert emulated.journal.last.path == path
