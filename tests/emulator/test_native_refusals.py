"""What native chat says no to, and in which words."""

from __future__ import annotations

import contextlib
from typing import Any

import oci
import pytest
from oci.generative_ai_inference import models

from ocigenai_nb.emulator.service import Service
from tests.emulator.client import GPT_5, GROK, LLAMA, connect
from tests.emulator.native_client import (
    BAD_FORMAT,
    NATIVE,
    NativeClient,
    post_native,
    refuse,
    write_cohere,
    write_envelope,
    write_generic,
    write_user,
)

NOT_AUTHORIZED = (
    404,
    "NotAuthorizedOrNotFound",
    "Authorization failed or requested resource not found.",
)


def say_unknown(key: str) -> tuple[int, str, str]:
    return 404, "404", f"Entity with key {key} not found"


def test_the_sdk_raises_a_service_error_with_the_request_id(service: Service) -> None:
    request = models.GenericChatRequest(messages=[write_user("hi")])
    with (
        contextlib.closing(NativeClient(service)) as client,
        pytest.raises(oci.exceptions.ServiceError) as caught,
    ):
        client.post(request, "meta.llama-9")
    assert (caught.value.status, caught.value.code) == (404, "404")
    assert caught.value.message == "Entity with key meta.llama-9 not found"
    assert caught.value.request_id == service.journal.last.opc_request_id


def test_a_compartment_must_be_named_in_the_body_and_be_ones_own(service: Service) -> None:
    _, typical, _ = service.tenancies
    said = {
        given: refuse(service, write_envelope(service, write_generic(), LLAMA, compartmentId=given))
        for given in (None, "", typical.compartment_id, "ocid1.compartment.oc1..nobody")
    }
    missing = (400, "400", "Compartment ID must be provided.")
    assert said == {
        None: missing,
        "": missing,
        typical.compartment_id: NOT_AUTHORIZED,
        "ocid1.compartment.oc1..nobody": say_unknown("ocid1.compartment.oc1..nobody"),
    }
    root = service.tenancies[0].ocid
    envelope = write_envelope(service, write_generic(), LLAMA, compartmentId=root)
    assert post_native(service, envelope).status_code == 200


@pytest.mark.parametrize(
    ("model", "request_", "refusal"),
    [
        ("openai.gpt-5.5", write_generic(), NOT_AUTHORIZED),
        (
            "meta.llama-3.1-405b-instruct",
            write_generic(),
            say_unknown("meta.llama-3.1-405b-instruct"),
        ),
        ("cohere.command-r-plus", write_cohere(), say_unknown("cohere.command-r-plus")),
        ("nobody.model", write_generic(), say_unknown("nobody.model")),
    ],
)
def test_restricted_retired_and_unknown_models_are_not_there_for_most_tenancies(
    service: Service, model: str, request_: dict[str, Any], refusal: tuple[int, str, str]
) -> None:
    own = service.tenancies[1].compartment_id
    envelope = write_envelope(service, request_, model, compartmentId=own)
    assert refuse(service, envelope, "TYPICAL") == refusal
    everything = write_envelope(service, request_, model)
    served = post_native(service, everything).status_code
    assert served == (404 if model == "nobody.model" else 200)


def test_another_tenancys_endpoint_and_an_unknown_one_are_not_there(service: Service) -> None:
    def ask(endpoint: str) -> tuple[int, str, str]:
        serving = {"servingType": "DEDICATED", "endpointId": endpoint}
        envelope = write_envelope(service, write_generic(), "", servingMode=serving)
        return refuse(service, envelope)

    unknown = "ocid1.generativeaiendpoint.oc1.us-chicago-1.nobody"
    assert ask(service.tenancies[1].endpoint_id) == NOT_AUTHORIZED
    assert ask(unknown) == say_unknown(unknown)


def test_a_model_for_responses_only_is_not_here(service: Service) -> None:
    envelope = write_envelope(service, write_generic(), "openai.gpt-5.5-pro")
    status, _, message = refuse(service, envelope)
    assert status == 404
    assert message.startswith("This model is only supported in v1/responses")


@pytest.mark.parametrize(
    ("model", "fields", "message"),
    [
        (
            GPT_5,
            {"maxTokens": 5},
            (
                "Invalid 'maxTokens': Unsupported parameter: 'maxTokens' is not supported with "
                "this model. Use 'maxCompletionTokens' instead."
            ),
        ),
        (
            GPT_5,
            {"topP": 1},
            "Invalid 'topP': Unsupported parameter: 'topP' is not supported with this model.",
        ),
        (
            GROK,
            {"presencePenalty": 0},
            "Invalid 'presencePenalty': Argument not supported on this model: presencePenalty",
        ),
        (
            LLAMA,
            {"temperature": 2.5},
            (
                "Invalid 'temperature': decimal above maximum value. "
                "Expected a value <= 2, but got 2.5 instead."
            ),
        ),
        (
            LLAMA,
            {"maxTokens": 0},
            (
                "Invalid 'maxTokens': integer below minimum value. "
                "Expected a value >= 1, but got 0 instead."
            ),
        ),
        (
            GPT_5,
            {"numGenerations": 2},
            "Invalid 'numGenerations': Only the default (1) value is supported.",
        ),
    ],
)
def test_a_refused_field_is_named_as_it_is_here(
    service: Service, model: str, fields: dict[str, Any], message: str
) -> None:
    envelope = write_envelope(service, write_generic(**fields), model)
    assert refuse(service, envelope) == (400, "400", message)


def test_an_empty_list_of_tools_is_groks_alone_to_refuse(service: Service) -> None:
    request = write_generic(tools=[])
    assert refuse(service, write_envelope(service, request, GROK)) == BAD_FORMAT
    assert post_native(service, write_envelope(service, request, LLAMA)).status_code == 200


def test_a_multi_agent_model_is_for_the_responses_api(service: Service) -> None:
    envelope = write_envelope(service, write_generic(), "xai.grok-4.20-multi-agent")
    message = "Multi Agent requests are not allowed on chat completions"
    assert refuse(service, envelope) == (400, "400", message)


def test_a_prompt_longer_than_the_context_is_refused(service: Service) -> None:
    envelope = write_envelope(service, write_generic("word " * 9000), "meta.llama-3-70b-instruct")
    status, code, message = refuse(service, envelope)
    assert (status, code) == (400, "400")
    assert message.startswith("This model's maximum context length is 8000 tokens.")


@pytest.mark.parametrize("path", [NATIVE + "/", "/20231130/actions/v1/chat", NATIVE + "Text"])
def test_other_paths_are_not_there(service: Service, path: str) -> None:
    with connect(service) as client:
        answer = client.post(path, json=write_envelope(service, write_generic(), LLAMA))
    assert answer.status_code == 404
    assert answer.json()["message"] == "Path doesn't map to a registered service!"


def test_chat_is_not_there_to_get(service: Service) -> None:
    with connect(service) as client:
        assert client.get(NATIVE).status_code == 405


def test_the_journal_knows_model_and_tenancy(service: Service) -> None:
    post_native(service, write_envelope(service, write_generic(), LLAMA))
    entry = service.journal.last
    assert (entry.model, entry.tenancy, entry.path) == (LLAMA, "default", NATIVE)
