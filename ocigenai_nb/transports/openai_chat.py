"""The V1 transport: `OCIOpenAIModel` over the `openai` SDK.

The SDK sends and closes; the stream's bytes are read through its raw-response door and parsed
once, because its own objects for each chunk cost many times what the bytes do.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from enum import Enum
from typing import Any

from ocigenai_nb.core.chat_completions import ChunkFold, build_body
from ocigenai_nb.core.options import strict_options
from ocigenai_nb.core.parameters import Parameters
from ocigenai_nb.core.requests import ChatRequest, Plan

from .base import new_call_id
from .client import SignedClient
from .model import Model
from .recovery import Send
from .settings import Wishes, settle


class OCIOpenAIModel(Model):
    """A model on OCI's OpenAI-compatible endpoint, `/openai/v1/chat/completions`.

    >>> model = og.OCIOpenAIModel("meta.llama-3.3-70b-instruct", temperature=0.2)
    >>> model.complete_sync("What is 17 * 23?").text
    '17 * 23 = 391'

    `profile` is a profile of the OCI configuration (`config_file`, else `OCI_CONFIG_FILE`, else
    `~/.oci/config`); its own section tells an API key from a session token. `auth_type` is one of
    `OCIAuthType`, or its name; `federation_endpoint` is where an instance principal gets its
    token. `api_key` is a Generative AI API key instead of either. `base_url` replaces the endpoint
    that the region gives. `project` is a Generative AI project's OCID. The rest are the wishes of
    `Parameters`; None leaves one to the service.

    Raises ConfigError or one of its kinds for settings that can't work, UnknownModelError for a
    name that fits no family, UnknownOptionError for an option that does not exist; all before
    anything is sent.
    """

    transport = "v1"

    @strict_options
    def __init__(
        self,
        model: str,
        *,
        profile: str | None = None,
        auth_type: str | Enum | None = None,
        api_key: str | None = None,
        federation_endpoint: str | None = None,
        compartment_id: str | None = None,
        region: str | None = None,
        config_file: str | os.PathLike[str] | None = None,
        base_url: str | None = None,
        allow_any_host: bool = False,
        project: str | None = None,
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
            profile=profile,
            auth_type=auth_type,
            api_key=api_key,
            federation_endpoint=federation_endpoint,
            config_file=config_file,
            region=region,
            compartment_id=compartment_id,
            endpoint=base_url,
            allow_any_host=allow_any_host,
            project=project,
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
        self._set_up(SignedClient(settle(wishes)), model, parameters)

    def _write(self, request: ChatRequest) -> Plan:
        return build_body(request, self._family)

    def _send(self, body: dict[str, Any], *, stream: bool) -> Send:  # noqa: ARG002 (in the body)
        completions = self._client.sdk().chat.completions.with_streaming_response
        return Send(lambda: completions.create(**body), body)

    def _fold(self) -> ChunkFold:
        return ChunkFold(new_call_id)
