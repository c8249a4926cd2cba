"""The Responses transport: `OCIResponsesModel` over the `openai` SDK.

The SDK sends and closes; bytes are read through its raw-response door and parsed once, as on V1.
"""

from __future__ import annotations

import os
from enum import Enum
from functools import partial
from typing import Any, Self

from ocigenai_nb.core.errors import UsageError
from ocigenai_nb.core.options import either, strict_options
from ocigenai_nb.core.parameters import Parameters
from ocigenai_nb.core.requests import ChatRequest, Plan
from ocigenai_nb.core.responses_answer import ResponseFold
from ocigenai_nb.core.responses_request import build_body

from .base import fetch, new_call_id, unheard
from .client import SignedClient
from .loop import io_thread
from .model import Model
from .recovery import Send
from .settings import Wishes, settle

_PAGE = 100  # items; the most that the service gives at once


class OCIResponsesModel(Model):
    """A model on OCI's OpenAI-compatible endpoint, `/openai/v1/responses`.

    >>> model = og.OCIResponsesModel("openai.gpt-5.5")
    >>> first = model.complete_sync("My name is Ada.")
    >>> model.complete_sync("What is my name?", continuation=first.response_id).text
    'Your name is Ada.'

    `store` lets the service keep the history: a request that names the `continuation` of the
    answer before carries the new turn alone, and `Answer.response_id` is what continues it. With
    `store=False`, for tenancies with Zero Data Retention, every request carries the whole history
    and nothing is kept there.

    `profile` is a profile of the OCI configuration (`config_file`, else `OCI_CONFIG_FILE`, else
    `~/.oci/config`); its own section tells an API key from a session token. `auth_type` names
    another identity, `api_key` is a Generative AI API key. `base_url` replaces the endpoint that
    the region gives. `project`, or `project_ocid`, is the OCID of a Generative AI project; models
    that are not OpenAI's need one. The rest are wishes of `Parameters`, `max_output_tokens` being
    its `max_tokens`; None leaves one to the service.

    Raises ConfigError or one of its kinds for settings that can't work, UnknownModelError for a
    name that fits no family, UnknownOptionError for an option that does not exist; all before
    anything is sent.
    """

    transport = "responses"

    _store: bool

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
        project: str | None = None,
        project_ocid: str | None = None,
        region: str | None = None,
        config_file: str | os.PathLike[str] | None = None,
        base_url: str | None = None,
        allow_any_host: bool = False,
        store: bool = True,
        max_output_tokens: int | None = None,
        temperature: float | None = None,
        top_p: float | None = None,
        reasoning_effort: str | None = None,
    ) -> None:
        wishes = Wishes(
            profile=profile,
            auth_type=auth_type,
            config_file=config_file,
            region=region,
            compartment_id=compartment_id,
            endpoint=base_url,
            allow_any_host=allow_any_host,
            project=either("project", project, "project_ocid", project_ocid),
            api_key=api_key,
            federation_endpoint=federation_endpoint,
        )
        parameters = Parameters(
            max_tokens=max_output_tokens,
            temperature=temperature,
            top_p=top_p,
            reasoning_effort=reasoning_effort,
        )
        self._store = store
        self._set_up(SignedClient(settle(wishes)), model, parameters)

    @classmethod
    def over(
        cls,
        client: SignedClient,
        model: str,
        parameters: Parameters = Parameters(),
        *,
        store: bool = True,
    ) -> Self:
        """A model on a client that exists already, whose connections and key stay warm."""
        self = super().over(client, model, parameters)
        self._store = store
        return self

    @property
    def server_stateful(self) -> bool:
        """Whether the service keeps the history, so that only the new turn travels."""
        return self._store

    def unstored(self) -> OCIResponsesModel:
        """The same model where the service keeps nothing of what is asked."""
        return OCIResponsesModel.over(self._client, self.model, self.parameters, store=False)

    async def retrieve(self, response_id: str) -> dict[str, Any]:
        """A stored response, as the service has it.

        Raises NotFoundError where the service does not have it (any more).
        """
        return await io_thread().wait(self._fetch("retrieve", response_id))

    def retrieve_sync(self, response_id: str) -> dict[str, Any]:
        """`retrieve` for where nothing awaits."""
        return io_thread().run(self._fetch("retrieve", response_id))

    async def cancel(self, response_id: str) -> dict[str, Any]:
        """Stop a response that runs in the background; returns it as it then is.

        Raises BadRequestError for one that does not.
        """
        return await io_thread().wait(self._fetch("cancel", response_id))

    def cancel_sync(self, response_id: str) -> dict[str, Any]:
        """`cancel` for where nothing awaits."""
        return io_thread().run(self._fetch("cancel", response_id))

    async def delete(self, response_id: str) -> None:
        """Delete a stored response. What follows it can't be continued from it any more.

        Raises NotFoundError where the service does not have it (any more).
        """
        await io_thread().wait(self._delete(response_id))

    def delete_sync(self, response_id: str) -> None:
        """`delete` for where nothing awaits."""
        io_thread().run(self._delete(response_id))

    async def input_items(self, response_id: str) -> list[dict[str, Any]]:
        """What a stored response was given, oldest first, all pages of it."""
        return await io_thread().wait(self._list_items(response_id))

    def input_items_sync(self, response_id: str) -> list[dict[str, Any]]:
        """`input_items` for where nothing awaits."""
        return io_thread().run(self._list_items(response_id))

    def _write(self, request: ChatRequest) -> Plan:
        return build_body(request, self._family, store=self._store)

    def _send(self, body: dict[str, Any], *, stream: bool) -> Send:  # noqa: ARG002 (in the body)
        responses = self._client.sdk().responses.with_streaming_response
        return Send(
            lambda: responses.create(**body),
            body,
            kept=self._store,
            reread=self._retrieve if self._store else None,
        )

    def _fold(self) -> ResponseFold:
        return ResponseFold(new_call_id, store=self._store)

    def _retrieve(self, response_id: str) -> Send:
        retrieve = self._client.sdk().responses.with_streaming_response.retrieve
        return Send(partial(retrieve, response_id))

    async def _fetch(self, what: str, response_id: str) -> dict[str, Any]:
        _check(response_id)
        call = getattr(self._client.sdk().responses.with_streaming_response, what)
        return await fetch(self._client, Send(partial(call, response_id)), self.model)

    async def _delete(self, response_id: str) -> None:
        _check(response_id)
        call = self._client.sdk().responses.with_streaming_response.delete
        async with self._client.open(Send(partial(call, response_id)), self.model, unheard):
            """The status says it all."""

    async def _list_items(self, response_id: str) -> list[dict[str, Any]]:
        _check(response_id)
        call: Any = self._client.sdk().responses.input_items.with_streaming_response.list
        items: list[dict[str, Any]] = []
        after: dict[str, str] = {}
        while True:
            send = Send(partial(call, response_id, limit=_PAGE, order="asc", **after))
            page = await fetch(self._client, send, self.model)
            items += page.get("data") or []
            last = page.get("last_id")
            if not page.get("has_more") or not last or after.get("after") == last:
                return items
            after = {"after": last}


def _check(response_id: str) -> None:
    if not response_id:
        raise UsageError(
            "There is no response id.",
            remedy="Answer.response_id has it where store=True and an answer began.",
        )
