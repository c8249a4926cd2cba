"""What people get wrong: each a typed error that says what to do.

Elsewhere, over every transport, in tests/faults: redirects, 429 with each form of `Retry-After`,
503, 500 and then 200, the gzip bomb, zstd.
"""

from __future__ import annotations

from typing import Any, Final

import pytest

from ocigenai_nb import OCIModel, OCIOpenAIModel, OCIResponsesModel
from ocigenai_nb.core.errors import (
    BadRequestError,
    CompartmentMissingError,
    ConfigError,
    NotFoundError,
    OCIGenAIError,
    OCIProjectRequiredError,
    OCIResponsesStateLostError,
    TransportUnavailableError,
    UsageError,
    ZeroRetentionError,
)
from ocigenai_nb.core.thread import fold
from ocigenai_nb.emulator.service import Service
from ocigenai_nb.transports.factory import get_model
from ocigenai_nb.transports.model import Model
from tests.transports.subject import COHERE_R, GPT, GROK, LLAMA

CLASSES: Final = {OCIOpenAIModel: LLAMA, OCIModel: COHERE_R, OCIResponsesModel: GPT}
IN_LONDON: Final = "ocid1.generativeaiendpoint.oc1.uk-london-1.amaaaaaa"

every_class = pytest.mark.parametrize("kind", CLASSES)


def make(kind: Any, service: Service, **options: Any) -> Model:
    """A model of one of the three classes; the emulator's configuration unless it is changed."""
    made: Model = kind(CLASSES[kind], **{"config_file": service.config_file, **options})
    return made


def fail(model: Model, **options: Any) -> OCIGenAIError:
    """The error that a turn ends in."""
    error = fold(model.stream("Hi.", **options)).error
    assert error is not None
    return error


@every_class
@pytest.mark.parametrize("auth_type", ["instance_principal", "resource_principal"])
def test_two_identities_at_once(service: Service, kind: type[Model], auth_type: str) -> None:
    with pytest.raises(UsageError, match="are two identities at once") as refused:
        make(kind, service, profile="DEFAULT", auth_type=auth_type, compartment_id="ocid1.x")
    assert refused.value.remedy == "Give one of them."


@pytest.mark.parametrize("kind", [OCIOpenAIModel, OCIResponsesModel])
@pytest.mark.parametrize("other", [{"profile": "DEFAULT"}, {"auth_type": "api_key"}])
def test_a_genai_api_key_and_another_identity(
    service: Service, kind: type[Model], other: dict[str, str]
) -> None:
    with pytest.raises(UsageError, match=r"api_key= and .* are two identities at once"):
        make(kind, service, api_key="sk-x", project=service.project_id, **other)


@pytest.mark.parametrize("kind", [OCIOpenAIModel, OCIResponsesModel])
def test_a_genai_api_key_without_its_project(service: Service, kind: type[Model]) -> None:
    with pytest.raises(ConfigError, match="with a project only") as refused:
        make(kind, service, api_key="sk-x", compartment_id=service.compartment_id)
    assert "Give project=" in refused.value.remedy


def test_a_genai_api_key_on_the_native_api(service: Service) -> None:
    with pytest.raises(TransportUnavailableError, match="OpenAI-compatible endpoints") as refused:
        get_model(
            f"oci:{COHERE_R}",
            api_key=service.genai_api_key,
            project=service.project_id,
            compartment_id=service.compartment_id,
            base_url=service.url,
        )
    assert "Name a profile instead" in refused.value.remedy
    assert service.genai_api_key not in str(refused.value)


@every_class
def test_an_unknown_auth_type(service: Service, kind: type[Model]) -> None:
    with pytest.raises(UsageError, match="Did you mean 'instance_principal'") as refused:
        make(kind, service, auth_type="instance_principals")
    assert "Kinds: api_key, security_token, session_token, instance" in refused.value.remedy


@every_class
@pytest.mark.parametrize("auth_type", ["instance_principal", "resource_principal"])
def test_a_principal_without_a_compartment(
    service: Service, kind: type[Model], auth_type: str
) -> None:
    with pytest.raises(CompartmentMissingError) as refused:
        make(kind, service, auth_type=auth_type)
    assert refused.value.remedy == "Give compartment_id=, or set OCI_COMPARTMENT."


@every_class
def test_another_tenancy_s_compartment(service: Service, kind: type[Model]) -> None:
    error = fail(make(kind, service, compartment_id=service.tenancies[1].compartment_id))
    assert type(error) is NotFoundError
    assert "a policy is missing" in error.remedy


@every_class
def test_the_wrong_region_is_named_in_the_remedy(service: Service, kind: type[Model]) -> None:
    message = f"Entity with key {CLASSES[kind]} not found"
    service.fault("status", status=404, message=message)
    error = fail(make(kind, service, region="fra"))
    assert type(error) is NotFoundError
    assert "the region (eu-frankfurt-1)" in error.remedy


@every_class
def test_an_endpoint_that_does_not_serve_the_path(service: Service, kind: type[Model]) -> None:
    message = "No registered service matches the request"
    service.fault("status", status=404, message=message)
    error = fail(make(kind, service, region="fra"))
    assert "check region eu-frankfurt-1 and endpoint" in error.remedy


def test_a_dedicated_endpoint_elsewhere(service: Service) -> None:
    error = fail(OCIModel(IN_LONDON, config_file=service.config_file))
    assert type(error) is NotFoundError
    assert error.remedy == (
        "It is in uk-london-1, and the request went to us-chicago-1: give region='uk-london-1'."
    )


def test_a_dedicated_endpoint_of_another_tenancy(service: Service) -> None:
    foreign = service.tenancies[1].endpoint_id
    error = fail(OCIModel(foreign, config_file=service.config_file))
    assert type(error) is NotFoundError
    assert "a policy is missing" in error.remedy


def test_a_project_that_is_missing(service: Service) -> None:
    error = fail(OCIResponsesModel(GROK, config_file=service.config_file))
    assert type(error) is OCIProjectRequiredError
    assert "Give project= the OCID of a Generative AI project" in error.remedy


def test_a_project_that_is_another_tenancy_s(service: Service) -> None:
    foreign = service.tenancies[1].project_id
    error = fail(OCIResponsesModel(GROK, project=foreign, config_file=service.config_file))
    assert type(error) is NotFoundError
    assert "A project of another region or tenancy is answered so, too." in error.remedy


def test_a_thread_that_expired(service: Service) -> None:
    model = make(OCIResponsesModel, service)
    first = model.complete_sync("My name is Ada.")
    service.responses_ttl = -1
    error = fail(model, continuation=first.response_id)
    assert type(error) is OCIResponsesStateLostError
    assert error.remedy == "Send the whole history, without the continuation."


def test_a_tenancy_that_keeps_nothing_with_store(service: Service) -> None:
    model = make(OCIResponsesModel, service, profile="ZDR")
    first = fail(model)
    assert type(first) is ZeroRetentionError
    assert first.remedy == "Ask with store=False and send the whole history each time."
    error = fail(model, continuation="resp_1")
    assert type(error) is ZeroRetentionError
    assert error.remedy == "Use store=False, which sends the whole history each time."
    unstored = make(OCIResponsesModel, service, profile="ZDR", store=False)
    assert unstored.complete_sync("Say exactly: hi").text == "hi"


@pytest.mark.parametrize("kind", [OCIOpenAIModel, OCIModel])
def test_a_model_that_only_responses_reaches(service: Service, kind: Any) -> None:
    error = fail(kind("openai.gpt-5.5-pro", config_file=service.config_file))
    assert type(error) is NotFoundError
    assert "ask with transport='responses'" in error.remedy


def test_a_model_that_only_the_native_api_reaches(service: Service) -> None:
    error = fail(OCIOpenAIModel(COHERE_R, config_file=service.config_file))
    assert type(error) is BadRequestError
    assert "ask with transport='sdk'" in error.remedy
