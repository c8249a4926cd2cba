"""The V1 transport: `OCIOpenAIModel` over the `openai` SDK.

The SDK sends and closes; the stream's bytes are read through its raw-response door and parsed
once, because its own objects for each chunk cost many times what the bytes do.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

from ocigenai_nb.core.chat_completions import ChatRequest, ChunkFold, build_body
from ocigenai_nb.core.messages import ResponseFormat, Tool
from ocigenai_nb.core.options import strict_options
from ocigenai_nb.core.parameters import Parameters
from ocigenai_nb.core.routing import Route, family_of, route
from ocigenai_nb.core.thread import Answer

from .base import Prompt, collect, read_prompt, run_turn
from .client import Emit, SignedClient
from .loop import EventStream, io_thread
from .settings import Wishes, settle


@dataclass(frozen=True, slots=True)
class Plan:
    """A request that is not sent: its JSON body, and what the family's rules left out of it."""

    body: dict[str, Any]
    notices: tuple[str, ...]


class OCIOpenAIModel:
    """A model on OCI's OpenAI-compatible endpoint, `/openai/v1/chat/completions`.

    `profile` is a profile of the OCI configuration (`config_file`, else `OCI_CONFIG_FILE`, else
    `~/.oci/config`); its own section tells an API key from a session token. `base_url` replaces
    the endpoint that the region gives. `project` is a Generative AI project's OCID. The rest are
    the wishes of `Parameters`; None leaves one to the service.

    Raises ConfigError or one of its kinds for settings that can't work, UnknownModelError for a
    name that fits no family, UnknownOptionError for an option that does not exist; all before
    anything is sent.
    """

    @strict_options
    def __init__(
        self,
        model: str,
        *,
        profile: str | None = None,
        auth_type: str | None = None,
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

    @classmethod
    def over(
        cls, client: SignedClient, model: str, parameters: Parameters = Parameters()
    ) -> OCIOpenAIModel:
        """A model on a client that exists already, whose connections and key stay warm."""
        self = cls.__new__(cls)
        self._set_up(client, model, parameters)
        return self

    def _set_up(self, client: SignedClient, model: str, parameters: Parameters) -> None:
        self._client = client
        self.route: Route = route(model, client.identity.settings, transport="v1")
        self.model = model
        self.parameters = parameters
        self._family = family_of(model)

    def __repr__(self) -> str:
        return f"OCIOpenAIModel({self.model!r}, url={self.route.url!r})"

    @strict_options
    def stream(
        self,
        messages: Prompt,
        *,
        parameters: Parameters = Parameters(),
        tools: Sequence[Tool] = (),
        response_format: ResponseFormat | None = None,
        whole: bool = False,
    ) -> EventStream:
        """Send and stream: the turn's events, for `for` and `async for`.

        `whole` asks the service for the answer in one piece; the events are the same.

        `parameters` go over those of the model. What goes wrong is the last event, too.
        """
        request = self._request(messages, parameters, tools, response_format, stream=not whole)
        return EventStream(self._turn(request))

    @strict_options
    async def complete(
        self,
        messages: Prompt,
        *,
        parameters: Parameters = Parameters(),
        tools: Sequence[Tool] = (),
        response_format: ResponseFormat | None = None,
    ) -> Answer:
        """Send and wait for the whole answer, on any event loop.

        Raises the typed error that the turn ended in.
        """
        request = self._request(messages, parameters, tools, response_format, stream=False)
        return await io_thread().wait(collect(self._turn(request)))

    @strict_options
    def complete_sync(
        self,
        messages: Prompt,
        *,
        parameters: Parameters = Parameters(),
        tools: Sequence[Tool] = (),
        response_format: ResponseFormat | None = None,
    ) -> Answer:
        """`complete` for where nothing awaits."""
        request = self._request(messages, parameters, tools, response_format, stream=False)
        return io_thread().run(collect(self._turn(request)))

    @strict_options
    def plan(
        self,
        messages: Prompt,
        *,
        parameters: Parameters = Parameters(),
        tools: Sequence[Tool] = (),
        response_format: ResponseFormat | None = None,
        stream: bool = True,
    ) -> Plan:
        """What would be sent. Nothing is."""
        request = self._request(messages, parameters, tools, response_format, stream=stream)
        body, notices = build_body(request, self._family)
        return Plan(body, tuple(notice.text for notice in notices))

    def _request(
        self,
        messages: Prompt,
        parameters: Parameters,
        tools: Sequence[Tool],
        response_format: ResponseFormat | None,
        *,
        stream: bool,
    ) -> ChatRequest:
        return ChatRequest(
            model=self.model,
            messages=read_prompt(messages),
            parameters=parameters.over(self.parameters),
            tools=tuple(tools),
            response_format=response_format,
            stream=stream,
        )

    def _turn(self, request: ChatRequest) -> Callable[[Emit], Coroutine[Any, Any, None]]:
        body, notices = build_body(request, self._family)

        async def turn(emit: Emit) -> None:
            for notice in notices:
                emit(notice)
            completions = self._client.sdk().chat.completions.with_streaming_response
            await run_turn(
                self._client,
                lambda: completions.create(**body),
                self.model,
                ChunkFold(_new_id),
                emit,
                stream=request.stream,
            )

        return turn


def _new_id() -> str:
    return f"call_{uuid.uuid4().hex[:12]}"
