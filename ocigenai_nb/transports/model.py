"""What every model object offers, whatever carries it: `stream`, `complete`, `plan`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from ocigenai_nb.core.catalog import Family
from ocigenai_nb.core.errors import UsageError
from ocigenai_nb.core.events import Notice
from ocigenai_nb.core.messages import ResponseFormat, Tool
from ocigenai_nb.core.options import strict_options
from ocigenai_nb.core.parameters import Parameters
from ocigenai_nb.core.requests import ChatRequest, Plan
from ocigenai_nb.core.routing import Route, TransportName, family_of, route
from ocigenai_nb.core.thread import Answer

from .base import Prompt, WireFold, collect, read_prompt, run_turn
from .cassette import through_cassette
from .client import SignedClient
from .loop import EventStream, io_thread
from .recovery import Emit, Send


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request, ready: `plan` is what is sent.

    `run` sends it, on the I/O thread, and gives each event of the turn to its callback, a terminal
    one last.
    """

    plan: Plan
    run: Callable[[Emit], Coroutine[Any, Any, None]]


class Model(ABC):
    """A model behind one transport. A subclass says how a request is written, sent and read."""

    transport: ClassVar[TransportName]
    """Which way it goes."""

    route: Route
    """Where its requests go, and why."""
    model: str
    """Its name, or the OCID of a dedicated endpoint."""
    parameters: Parameters
    """Wishes that hold unless a request has its own."""
    _client: SignedClient
    _family: Family

    @classmethod
    def over(cls, client: SignedClient, model: str, parameters: Parameters = Parameters()) -> Self:
        """A model on a client that exists already, whose connections and key stay warm."""
        self = cls.__new__(cls)
        self._set_up(client, model, parameters)
        return self

    def _set_up(self, client: SignedClient, model: str, parameters: Parameters) -> None:
        self._client = client
        self.route = route(model, client.identity.settings, transport=self.transport)
        self.model = model
        self.parameters = parameters
        self._family = family_of(model)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.model!r}, url={self.route.url!r})"

    @property
    def server_stateful(self) -> bool:
        """Whether the service keeps the history, so that only the new turn travels."""
        return False

    @property
    def client(self) -> SignedClient:
        """What signs and sends its requests."""
        return self._client

    def unstored(self) -> Model:
        """The same model where the service keeps nothing of what is asked."""
        return self

    @abstractmethod
    def _write(self, request: ChatRequest) -> Plan:
        """The JSON body of a request, and a notice for each wish that is not sent."""

    @abstractmethod
    def _send(self, body: dict[str, Any], *, stream: bool) -> Send:
        """What makes one attempt."""

    @abstractmethod
    def _fold(self) -> WireFold:
        """What reads one answer."""

    @strict_options
    def stream(
        self,
        messages: Prompt,
        *,
        parameters: Parameters = Parameters(),
        tools: Sequence[Tool] = (),
        response_format: ResponseFormat | None = None,
        continuation: str | None = None,
        whole: bool = False,
    ) -> EventStream:
        """Send and stream: the turn's events, for `for` and `async for`.

        `parameters` go over those of the model. `continuation` is what a `Continuation` event
        gave, where the service keeps the history. `whole` asks the service for the answer in one
        piece; the events are the same. What goes wrong is the last event, too.
        """
        request = self._request(
            messages, parameters, tools, response_format, continuation, stream=not whole
        )
        return EventStream(self._exchange(request).run)

    @strict_options
    def exchange(
        self,
        messages: Prompt,
        *,
        parameters: Parameters = Parameters(),
        tools: Sequence[Tool] = (),
        response_format: ResponseFormat | None = None,
        continuation: str | None = None,
        whole: bool = False,
    ) -> Exchange:
        """What `stream` would run, for whoever runs it. Nothing is sent yet."""
        request = self._request(
            messages, parameters, tools, response_format, continuation, stream=not whole
        )
        return self._exchange(request)

    @strict_options
    async def complete(
        self,
        messages: Prompt,
        *,
        parameters: Parameters = Parameters(),
        tools: Sequence[Tool] = (),
        response_format: ResponseFormat | None = None,
        continuation: str | None = None,
    ) -> Answer:
        """Send and wait for the whole answer, on any event loop.

        Raises the typed error that the turn ended in.
        """
        request = self._request(messages, parameters, tools, response_format, continuation)
        return await io_thread().wait(collect(self._exchange(request).run))

    @strict_options
    def complete_sync(
        self,
        messages: Prompt,
        *,
        parameters: Parameters = Parameters(),
        tools: Sequence[Tool] = (),
        response_format: ResponseFormat | None = None,
        continuation: str | None = None,
    ) -> Answer:
        """`complete` for where nothing awaits."""
        request = self._request(messages, parameters, tools, response_format, continuation)
        return io_thread().run(collect(self._exchange(request).run))

    @strict_options
    def plan(
        self,
        messages: Prompt,
        *,
        parameters: Parameters = Parameters(),
        tools: Sequence[Tool] = (),
        response_format: ResponseFormat | None = None,
        continuation: str | None = None,
        stream: bool = True,
    ) -> Plan:
        """What would be sent. Nothing is."""
        request = self._request(
            messages, parameters, tools, response_format, continuation, stream=stream
        )
        return self._write(request)

    def _request(
        self,
        messages: Prompt,
        parameters: Parameters,
        tools: Sequence[Tool],
        response_format: ResponseFormat | None,
        continuation: str | None,
        *,
        stream: bool = False,
    ) -> ChatRequest:
        if continuation is not None and self.transport != "responses":
            raise UsageError(
                f"A thread continues on the Responses transport only; {self.model} goes over "
                f"{self.transport}.",
                remedy="Leave continuation= (an agent's provider_state=) out.",
            )
        return ChatRequest(
            model=self.model,
            messages=read_prompt(messages),
            parameters=parameters.over(self.parameters),
            tools=tuple(tools),
            response_format=response_format,
            stream=stream,
            continuation=continuation,
        )

    def _exchange(self, request: ChatRequest) -> Exchange:
        plan = self._write(request)

        async def turn(emit: Emit) -> None:
            for text in plan.notices:
                emit(Notice(text))
            await run_turn(
                self._client,
                self._send(plan.body, stream=request.stream),
                self.model,
                self._fold(),
                emit,
                stream=request.stream,
            )

        return Exchange(plan, through_cassette(self.transport, self.model, plan.body, turn))
