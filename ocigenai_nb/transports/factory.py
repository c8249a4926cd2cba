"""`get_model("oci:<id>")`: a model object from a string, on the transport that carries it.

The rules are those of `core.routing`: Cohere R and dedicated endpoints go to `OCIModel`,
everything else to `OCIOpenAIModel`, and Responses only where it is asked for.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from enum import Enum

from ocigenai_nb.core.catalog import find_model
from ocigenai_nb.core.errors import TransportUnavailableError, UnknownModelError, UsageError
from ocigenai_nb.core.options import either, strict_options
from ocigenai_nb.core.parameters import Parameters
from ocigenai_nb.core.routing import TransportName, choose_transport, transport_name

from .client import SignedClient
from .model import Model
from .native import OCIModel
from .openai_chat import OCIOpenAIModel
from .responses import OCIResponsesModel
from .settings import Wishes, settle

_PREFIX = "oci"


@strict_options
def get_model(
    model: str,
    *,
    transport: str | None = None,
    profile: str | None = None,
    profile_name: str | None = None,
    auth_type: str | Enum | None = None,
    api_key: str | None = None,
    federation_endpoint: str | None = None,
    compartment_id: str | None = None,
    region: str | None = None,
    config_file: str | os.PathLike[str] | None = None,
    base_url: str | None = None,
    service_endpoint: str | None = None,
    allow_any_host: bool = False,
    project: str | None = None,
    project_ocid: str | None = None,
    store: bool | None = None,
    api_format: str | None = None,
    max_tokens: int | None = None,
    max_output_tokens: int | None = None,
    temperature: float | None = None,
    top_p: float | None = None,
    seed: int | None = None,
    stop: Sequence[str] | None = None,
    frequency_penalty: float | None = None,
    presence_penalty: float | None = None,
    reasoning_effort: str | None = None,
) -> Model:
    """A model object for `"oci:<model id>"`, with the keywords of either class.

    >>> model = og.get_model("oci:cohere.command-r-plus-08-2024", max_tokens=50)
    >>> type(model).__name__, model.complete_sync("What is 17 * 23?").text
    ('OCIModel', '17 * 23 = 391')

    `transport` ("v1", "sdk" or "responses") forces one. `profile_name`, `service_endpoint`,
    `project_ocid` and `max_output_tokens` are other names of `profile`, `base_url`, `project` and
    `max_tokens`. `store=False` is for Responses in tenancies without data retention, `api_format`
    for a dedicated endpoint that serves one of Cohere's models.

    Raises UsageError for a string of another form, UnknownModelError for a name that fits no
    family, TransportUnavailableError for a model that only Responses reaches, UnknownOptionError
    for an option that does not exist, and ConfigError for settings that can't work.
    """
    name = model_id(model)
    chosen = route_model(name, transport)
    project = either("project", project, "project_ocid", project_ocid)
    _check("store", store, "responses", name, chosen)
    _check("api_format", api_format, "sdk", name, chosen)
    if project is not None and chosen == "sdk" and api_key is None:
        raise UsageError(
            f"project= belongs to the OpenAI-compatible endpoints, and {name} goes over sdk.",
            remedy="Leave it out.",
        )
    wishes = Wishes(
        profile=either("profile", profile, "profile_name", profile_name),
        auth_type=auth_type,
        config_file=config_file,
        region=region,
        compartment_id=compartment_id,
        endpoint=either("base_url", base_url, "service_endpoint", service_endpoint),
        allow_any_host=allow_any_host,
        project=project,
        api_key=api_key,
        federation_endpoint=federation_endpoint,
    )
    parameters = Parameters(
        max_tokens=either("max_tokens", max_tokens, "max_output_tokens", max_output_tokens),
        temperature=temperature,
        top_p=top_p,
        seed=seed,
        stop=stop,
        frequency_penalty=frequency_penalty,
        presence_penalty=presence_penalty,
        reasoning_effort=reasoning_effort,
    )
    client = SignedClient(settle(wishes))
    return make_model(client, name, chosen, parameters, store=store, api_format=api_format)


def make_model(
    client: SignedClient,
    model: str,
    transport: TransportName,
    parameters: Parameters = Parameters(),
    *,
    store: bool | None = None,
    api_format: str | None = None,
) -> Model:
    """The model object of a transport, on a client that exists already."""
    if transport == "responses":
        return OCIResponsesModel.over(client, model, parameters, store=store is not False)
    if transport == "sdk":
        return OCIModel.over(client, model, parameters, api_format=api_format)
    return OCIOpenAIModel.over(client, model, parameters)


def _check(option: str, value: object, home: TransportName, model: str, chosen: str) -> None:
    if value is not None and chosen != home:
        raise UsageError(
            f"{option}= belongs to the {home} transport, and {model} goes over {chosen}.",
            remedy=f"Leave it out, or add transport={home!r}.",
        )


def route_model(model: str, transport: str | None = None) -> TransportName:
    """The transport for a model, or the one that was asked for.

    Raises TransportUnavailableError for a model that only Responses reaches, unless that was
    asked for.
    """
    chosen = transport_name(choose_transport(model, transport))
    facts = find_model(model)
    if facts is not None and facts["responses_only"] and chosen != "responses":
        raise TransportUnavailableError(
            f"{model} answers on the Responses transport only, which is never chosen unasked.",
            remedy="Ask for it with transport='responses'.",
        )
    return chosen


def model_id(text: str) -> str:
    """The model id in `"oci:<model id>"`. Raises UsageError for a string of another form."""
    prefix, colon, name = text.partition(":")
    if not colon or not name:
        raise UsageError(
            f"{text!r} is not of the form 'oci:MODEL'.", remedy=f"Write 'oci:{text.strip(':')}'."
        )
    if prefix != _PREFIX:
        raise UnknownModelError(
            f"There is no provider {prefix!r} here.", remedy=f"Write '{_PREFIX}:{name}'."
        )
    return name
