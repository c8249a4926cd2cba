"""Making a model: what it takes, and what it says to what it doesn't."""

from __future__ import annotations

import pytest

from ocigenai_nb import OCIOpenAIModel
from ocigenai_nb.core.errors import (
    EndpointRefusedError,
    ProfileNotFoundError,
    UnknownModelError,
    UnknownOptionError,
    UsageError,
)
from ocigenai_nb.emulator.service import Service
from tests.transports.subject import COUNT, COUNTED, LLAMA, Transport


def test_a_model_is_made_as_the_specification_writes_it(service: Service) -> None:
    model = OCIOpenAIModel(model=LLAMA, profile="DEFAULT", config_file=service.config_file)
    assert model.complete_sync(COUNT).text == COUNTED


def test_everything_can_be_named(service: Service) -> None:
    model = OCIOpenAIModel(
        LLAMA,
        profile="TYPICAL",
        auth_type="api_key",
        compartment_id=service.tenancies[1].compartment_id,
        region="ord",
        config_file=str(service.config_file),
        base_url=f"{service.url}/openai/v1",
        project="ocid1.generativeaiproject.oc1..x",
        max_tokens=3,
        temperature=0.5,
        top_p=0.5,
        seed=1,
        stop=["x"],
        frequency_penalty=0.5,
        presence_penalty=0.5,
        reasoning_effort="low",
    )
    assert model.complete_sync(COUNT).text == "1 2 3"
    entry = service.journal.last
    assert entry.headers["openai-project"] == "ocid1.generativeaiproject.oc1..x"
    assert entry.headers["compartmentid"] == service.tenancies[1].compartment_id
    assert isinstance(entry.body, dict)
    assert {name: value for name, value in entry.body.items() if name != "messages"} == {
        "model": LLAMA,
        "max_tokens": 3,
        "temperature": 0.5,
        "top_p": 0.5,
        "seed": 1,
        "stop": ["x"],
        "frequency_penalty": 0.5,
        "presence_penalty": 0.5,
        "reasoning_effort": "low",
    }


def test_an_unknown_option_is_refused_with_a_suggestion() -> None:
    with pytest.raises(UnknownOptionError) as caught:
        OCIOpenAIModel(LLAMA, compartmnt_id="ocid1.x")  # type: ignore[call-arg]
    text = str(caught.value)
    assert "OCIOpenAIModel() takes no 'compartmnt_id'. Did you mean 'compartment_id'?" in text
    assert "It takes: model, profile, auth_type" in text
    with pytest.raises(TypeError):  # as Python raises for these, so that old habits work
        OCIOpenAIModel(LLAMA, nonsense=1)  # type: ignore[call-arg]


def test_a_wish_out_of_range_is_refused_before_anything_is_read() -> None:
    with pytest.raises(UsageError, match="temperature is 3"):
        OCIOpenAIModel(LLAMA, temperature=3)


def test_an_unknown_model_is_refused_with_a_suggestion(service: Service) -> None:
    with pytest.raises(UnknownModelError, match=f"Did you mean '{LLAMA}'"):
        OCIOpenAIModel("llama-3.3-70b-instruct", config_file=service.config_file)


def test_a_model_without_any_configuration_says_what_to_do() -> None:
    with pytest.raises(ProfileNotFoundError, match="There is no OCI configuration"):
        OCIOpenAIModel(LLAMA)


def test_a_foreign_base_url_needs_the_flag(service: Service) -> None:
    url = "https://gateway.test/openai/v1"
    with pytest.raises(EndpointRefusedError, match="allow_any_host=True"):
        OCIOpenAIModel(LLAMA, config_file=service.config_file, base_url=url)
    model = OCIOpenAIModel(
        LLAMA, config_file=service.config_file, base_url=url, allow_any_host=True
    )
    assert model.route.url == "https://gateway.test/openai/v1/chat/completions"


def test_a_models_repr_holds_no_secret(service: Service) -> None:
    model = OCIOpenAIModel(LLAMA, config_file=service.config_file)
    url = f"{service.url}/openai/v1/chat/completions"
    assert repr(model) == f"OCIOpenAIModel({LLAMA!r}, url={url!r})"


@pytest.mark.parametrize("prompt", [None, 7, ["hi"], [{"role": "user", "content": "hi"}]])
def test_what_is_no_prompt_is_refused_in_a_sentence(transport: Transport, prompt: object) -> None:
    with pytest.raises(UsageError, match="A prompt is text or messages") as refused:
        transport.model().stream(prompt)  # type: ignore[arg-type]
    assert "Message.user" in refused.value.remedy
    assert len(transport.service.journal) == 0
