"""The SDK transport: `OCIModel` over the native API, `POST /20231130/actions/chat`.

The `oci` SDK's models say what a request is; the bytes travel by our signed client, so that
cancelling, caps, retries and event reading are those of the other transports. It streams for
real, token by token, Cohere's models too.

Deviation: the specification prints the path as `/20231130/actions/v1/chat`. The SDK, and
recordings of the real service, say `/20231130/actions/chat`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Any, Self, get_args

from ocigenai_nb.core.catalog import ApiFormat, find_native_format
from ocigenai_nb.core.cohere_chat import CohereFold
from ocigenai_nb.core.cohere_v2_chat import CohereV2Fold
from ocigenai_nb.core.endpoints import NATIVE_PATH
from ocigenai_nb.core.errors import TransportUnavailableError, UsageError
from ocigenai_nb.core.generic_chat import GenericFold
from ocigenai_nb.core.native_answer import NativeAnswer
from ocigenai_nb.core.options import either, strict_options
from ocigenai_nb.core.parameters import Parameters
from ocigenai_nb.core.requests import ChatRequest, Plan
from ocigenai_nb.core.suggestions import suggest

from .base import new_call_id
from .client import SignedClient
from .credentials import BearerCredentials
from .model import Model
from .native_requests import build_plan
from .recovery import Send
from .settings import Wishes, settle

_FOLDS: Mapping[ApiFormat, Callable[[Callable[[], str]], NativeAnswer]] = {
    "GENERIC": GenericFold,
    "COHERE": CohereFold,
    "COHEREV2": CohereV2Fold,
}


class OCIModel(Model):
    """A model on OCI's native API: Cohere, every generic model, and dedicated endpoints.

    >>> model = og.OCIModel("cohere.command-r-plus-08-2024", profile_name="DEFAULT")
    >>> events = list(model.stream("What is 17 * 23?"))
    >>> events[-1].reason, og.fold(events).text
    ('stop', '17 * 23 = 391')

    `model_id` is a model's name or a dedicated endpoint's OCID. `profile_name`, or `profile`, is a
    profile of the OCI configuration (`config_file`, else `OCI_CONFIG_FILE`, else `~/.oci/config`).
    `auth_type` is one of `OCIAuthType`, or its name. `service_endpoint` replaces the endpoint that
    the region gives, `federation_endpoint` the one where an instance principal gets its token.
    `api_format` is "GENERIC", "COHERE" or "COHEREV2"; it needs saying only for a dedicated endpoint
    that serves one of Cohere's models, whose OCID does not tell. The rest are the wishes of
    `Parameters`; None leaves one to the service.

    Raises ConfigError or one of its kinds for settings that can't work, UnknownModelError for a
    name that fits no family, UnknownOptionError for an option that does not exist, UsageError for
    two different profiles; all before anything is sent.
    """

    transport = "sdk"

    _api_format: ApiFormat
    _wanted: ApiFormat | None

    @strict_options
    def __init__(
        self,
        model_id: str,
        *,
        profile_name: str | None = None,
        profile: str | None = None,
        auth_type: str | Enum | None = None,
        compartment_id: str | None = None,
        region: str | None = None,
        service_endpoint: str | None = None,
        config_file: str | os.PathLike[str] | None = None,
        allow_any_host: bool = False,
        federation_endpoint: str | None = None,
        api_format: str | None = None,
        max_tokens: int | None = None,
        temperature: float | None = None,
        top_p: float | None = None,
        seed: int | None = None,
        stop: Sequence[str] | None = None,
        frequency_penalty: float | None = None,
        presence_penalty: float | None = None,
        reasoning_effort: str | None = None,
    ) -> None:
        wishes = Wishes(
            profile=either("profile_name", profile_name, "profile", profile),
            auth_type=auth_type,
            config_file=config_file,
            region=region,
            compartment_id=compartment_id,
            endpoint=service_endpoint,
            allow_any_host=allow_any_host,
            federation_endpoint=federation_endpoint,
        )
        parameters = Parameters(
            max_tokens=max_tokens,
            temperature=temperature,
            top_p=top_p,
            seed=seed,
            stop=stop,
            frequency_penalty=frequency_penalty,
            presence_penalty=presence_penalty,
            reasoning_effort=reasoning_effort,
        )
        self._choose(api_format)
        self._set_up(SignedClient(settle(wishes)), model_id, parameters)

    @classmethod
    def over(
        cls,
        client: SignedClient,
        model: str,
        parameters: Parameters = Parameters(),
        *,
        api_format: str | None = None,
    ) -> Self:
        """A model on a client that exists already, whose connections and key stay warm."""
        self = cls.__new__(cls)
        self._choose(api_format)
        self._set_up(client, model, parameters)
        return self

    def _choose(self, api_format: str | None) -> None:
        self._wanted = None if api_format is None else _known_format(api_format)

    def _set_up(self, client: SignedClient, model: str, parameters: Parameters) -> None:
        if client.identity.settings.auth.value == BearerCredentials.kind:
            raise TransportUnavailableError(
                "A Generative AI API key opens the OpenAI-compatible endpoints only, and "
                f"{model} goes over the native API.",
                remedy="Name a profile instead, or a model that goes over v1 or responses.",
            )
        super()._set_up(client, model, parameters)
        self._api_format = self._wanted or find_native_format(model).name

    def _write(self, request: ChatRequest) -> Plan:
        compartment = self._client.identity.settings.compartment.value
        return build_plan(request, self._family, self._api_format, compartment)

    def _send(self, body: dict[str, Any], *, stream: bool) -> Send:  # noqa: ARG002 (in the body)
        return Send(lambda: self._client.post(NATIVE_PATH, body), body)

    def _fold(self) -> NativeAnswer:
        return _FOLDS[self._api_format](new_call_id)


def _known_format(name: str) -> ApiFormat:
    formats: tuple[ApiFormat, ...] = get_args(ApiFormat)
    for known in formats:
        if name.upper() == known:
            return known
    raise UsageError(
        f"There is no api_format {name!r}.{suggest(name, formats)}",
        remedy=f"Formats: {', '.join(formats)}.",
    )
