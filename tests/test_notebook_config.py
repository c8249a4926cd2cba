"""The notebooks' shared harness, `notebooks/config.py`."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from ocigenai_nb import OCIModel, OCIOpenAIModel, OCIResponsesModel
from ocigenai_nb.core.errors import UsageError
from ocigenai_nb.emulator.service import Service

PATH = Path(__file__).parents[1] / "notebooks" / "config.py"


@pytest.fixture
def config() -> ModuleType:
    spec = importlib.util.spec_from_file_location("config", PATH)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_without_any_setting_the_emulator_answers(config: ModuleType) -> None:
    assert config.get_connection().emulated
    assert config.get_model().complete_sync("Say exactly: hi").text == "hi"


@pytest.mark.parametrize("prefix", ["OCIGENAI_", "LOCUS_"])
@pytest.mark.parametrize(
    ("model", "transport", "kind"),
    [
        ("openai.gpt-5.5", None, OCIOpenAIModel),
        ("cohere.command-r-plus", None, OCIModel),
        ("meta.llama-3.3-70b-instruct", "sdk", OCIModel),
        ("openai.gpt-5.5", "v1", OCIOpenAIModel),
        ("openai.gpt-5.5-pro", "responses", OCIResponsesModel),
    ],
)
def test_model_and_transport_follow_the_environment(
    config: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    prefix: str,
    model: str,
    transport: str | None,
    kind: type,
) -> None:
    monkeypatch.setenv(f"{prefix}MODEL_ID", model)
    if transport:
        monkeypatch.setenv(f"{prefix}OCI_TRANSPORT", transport)
    assert type(config.get_model()) is kind


def test_a_transport_that_does_not_exist_is_refused(
    config: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCUS_OCI_TRANSPORT", "v2")
    with pytest.raises(UsageError, match="There is no transport 'v2'"):
        config.get_model()


def test_our_prefix_goes_before_that_of_the_specification(
    config: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCUS_MODEL_ID", "openai.gpt-5.5")
    monkeypatch.setenv("OCIGENAI_MODEL_ID", "xai.grok-4.3")
    assert config.get_model().model == "xai.grok-4.3"


def test_profile_and_places_follow_the_environment(
    config: ModuleType, monkeypatch: pytest.MonkeyPatch, service: Service
) -> None:
    monkeypatch.setenv("OCI_CONFIG_FILE", str(service.config_file))
    monkeypatch.setenv("LOCUS_OCI_PROFILE", "TYPICAL")
    monkeypatch.setenv("LOCUS_OCI_REGION", "fra")
    monkeypatch.setenv("LOCUS_OCI_COMPARTMENT", "ocid1.compartment.oc1..mine")
    settings = config.get_connection().settings
    assert settings.profile.value == "TYPICAL"
    assert settings.region.value == "eu-frankfurt-1"
    assert settings.compartment.value == "ocid1.compartment.oc1..mine"
