"""`get_model("oci:<id>")`: which class, with whose settings, and what it refuses."""

from __future__ import annotations

from typing import Any, Final

import pytest

from ocigenai_nb.core.errors import (
    TransportUnavailableError,
    UnknownModelError,
    UnknownOptionError,
    UsageError,
)
from ocigenai_nb.core.parameters import Parameters
from ocigenai_nb.emulator.service import Service
from ocigenai_nb.transports.factory import get_model
from ocigenai_nb.transports.native import OCIModel
from ocigenai_nb.transports.openai_chat import OCIOpenAIModel
from ocigenai_nb.transports.responses import OCIResponsesModel
from tests.transports.subject import COHERE_A, COHERE_R, GPT, LLAMA

OTHERS: Final[dict[str, Any]] = {
    "profile_name": "TYPICAL",
    "service_endpoint": "http://127.0.0.1:8",
    "max_output_tokens": 8,
}
DEDICATED: Final = "ocid1.generativeaiendpoint.oc1.us-chicago-1.aaaa"


@pytest.mark.parametrize(
    ("model", "kind"),
    [
        (LLAMA, OCIOpenAIModel),
        (GPT, OCIOpenAIModel),
        (COHERE_A, OCIOpenAIModel),
        (COHERE_R, OCIModel),
        ("Cohere.Command-R-Plus", OCIModel),
        (DEDICATED, OCIModel),
    ],
)
def test_a_model_gets_the_class_that_carries_it(service: Service, model: str, kind: type) -> None:
    assert type(get_model(f"oci:{model}", config_file=service.config_file)) is kind


@pytest.mark.parametrize(
    ("transport", "kind"),
    [("v1", OCIOpenAIModel), ("sdk", OCIModel), ("responses", OCIResponsesModel)],
)
def test_a_transport_that_is_asked_for_is_taken(
    service: Service, transport: str, kind: type
) -> None:
    model = get_model(f"oci:{GPT}", transport=transport, config_file=service.config_file)
    assert type(model) is kind
    assert model.complete_sync("Say exactly: hi").text == "hi"


def test_a_responses_only_model_says_how_to_ask_for_it(service: Service) -> None:
    with pytest.raises(TransportUnavailableError, match="on the Responses transport only") as told:
        get_model("oci:openai.gpt-5.5-pro", config_file=service.config_file)
    assert told.value.remedy == "Ask for it with transport='responses'."


@pytest.mark.parametrize(("store", "stateful"), [(None, True), (True, True), (False, False)])
def test_store_reaches_the_responses_transport(
    service: Service,
    store: bool | None,  # noqa: FBT001
    stateful: bool,  # noqa: FBT001
) -> None:
    config = service.config_file
    model = get_model(f"oci:{GPT}", transport="responses", store=store, config_file=config)
    assert model.server_stateful is stateful


@pytest.mark.parametrize("model", [LLAMA, COHERE_R])
def test_store_belongs_to_responses(service: Service, model: str) -> None:
    with pytest.raises(UsageError, match="store= belongs to the responses transport"):
        get_model(f"oci:{model}", store=False, config_file=service.config_file)


def test_a_project_has_no_place_on_the_native_api(service: Service) -> None:
    with pytest.raises(UsageError, match="project= belongs to the OpenAI-compatible endpoints"):
        get_model(f"oci:{COHERE_R}", project="ocid1.x", config_file=service.config_file)


def test_a_dedicated_endpoint_of_coheres_is_told_its_format(service: Service) -> None:
    dedicated = "oci:ocid1.generativeaiendpoint.oc1.us-chicago-1.aaaa"
    model = get_model(dedicated, api_format="COHERE", config_file=service.config_file)
    assert model.plan("hi").body["chatRequest"]["apiFormat"] == "COHERE"
    with pytest.raises(UsageError, match="api_format= belongs to the sdk transport"):
        get_model(f"oci:{LLAMA}", api_format="COHERE", config_file=service.config_file)


@pytest.mark.parametrize(
    ("one", "other", "value"),
    [
        ("profile", "profile_name", "SESSION"),
        ("base_url", "service_endpoint", "http://127.0.0.1:9"),
        ("max_tokens", "max_output_tokens", 7),
    ],
)
@pytest.mark.parametrize("model", [LLAMA, COHERE_R])
def test_the_names_of_either_class_mean_the_same_and_must_agree(
    service: Service, model: str, one: str, other: str, value: Any
) -> None:
    def make(**options: Any) -> tuple[str, Parameters]:
        made = get_model(f"oci:{model}", config_file=service.config_file, **options)
        return str(made.route), made.parameters

    assert make(**{one: value}) == make(**{other: value}) == make(**{one: value, other: value})
    with pytest.raises(UsageError, match=other):
        make(**{one: value, other: OTHERS[other]})


@pytest.mark.parametrize("text", [LLAMA, "oci:", "", ":x"])
def test_a_string_of_another_form_is_refused(text: str) -> None:
    with pytest.raises((UsageError, UnknownModelError)) as refused:
        get_model(text)
    assert "Write 'oci:" in refused.value.remedy


def test_another_provider_is_refused() -> None:
    with pytest.raises(UnknownModelError, match="There is no provider 'openai'"):
        get_model("openai:gpt-4.1")


def test_an_unknown_keyword_is_refused_with_a_suggestion() -> None:
    with pytest.raises(UnknownOptionError, match="Did you mean 'compartment_id'"):
        get_model(f"oci:{LLAMA}", compartment="ocid1.x")  # type: ignore[call-arg]
