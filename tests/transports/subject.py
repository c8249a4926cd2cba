"""A transport under test against the emulator, and what it sent as the emulator's journal has it.

The contract tests speak of messages, wishes and tools; only `wires` knows wire formats.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final

import pytest

from ocigenai_nb.core.messages import ResponseFormat, Tool
from ocigenai_nb.core.parameters import Parameters
from ocigenai_nb.core.thread import Answer, fold
from ocigenai_nb.emulator import Entry
from ocigenai_nb.emulator.service import Service
from ocigenai_nb.transports.auth import utc_now
from ocigenai_nb.transports.base import Prompt
from ocigenai_nb.transports.client import SignedClient
from ocigenai_nb.transports.limiter import Limiter
from ocigenai_nb.transports.loop import io_thread
from ocigenai_nb.transports.model import Model
from ocigenai_nb.transports.native import OCIModel
from ocigenai_nb.transports.openai_chat import OCIOpenAIModel
from ocigenai_nb.transports.pool import Timeouts
from ocigenai_nb.transports.responses import OCIResponsesModel
from ocigenai_nb.transports.retry import RetryPolicy
from ocigenai_nb.transports.settings import Wishes, settle
from tests.transports import wires
from tests.transports.wires import Sent, Wire, read_sent

LLAMA: Final = "meta.llama-3.3-70b-instruct"
LLAMA_VISION: Final = "meta.llama-3.2-90b-vision-instruct"
GPT: Final = "openai.gpt-4.1"
GPT_5: Final = "openai.gpt-5.5"
GPT_OSS: Final = "openai.gpt-oss-120b"
GROK: Final = "xai.grok-4.20-non-reasoning"
GEMINI: Final = "google.gemini-2.5-flash"
COHERE_R: Final = "cohere.command-r-plus-08-2024"
COHERE_A: Final = "cohere.command-a-03-2025"

COUNT: Final = "Count from 1 to 20."
COUNTED: Final = " ".join(map(str, range(1, 21)))

QUICK: Final = RetryPolicy(base=0.001)
PATIENT: Final = Timeouts()


@dataclass(frozen=True)
class Kind:
    """One transport in one wire format."""

    wire: Wire
    over: Callable[..., Model]
    families: tuple[str, ...]
    """A model of each family that it carries, the first being the one that is usually asked."""
    sees: str | None = None
    """A model that takes images."""


_ALL: Final = (LLAMA, GPT, GPT_5, GPT_OSS, GROK, GEMINI)
_STORED: Final = (GPT, GPT_5, GPT_OSS, GROK, GEMINI)
KINDS: Final[Mapping[str, Kind]] = {
    "v1": Kind(wires.V1, OCIOpenAIModel.over, _ALL, LLAMA_VISION),
    "sdk": Kind(wires.GENERIC, OCIModel.over, _ALL, LLAMA_VISION),
    "sdk-cohere": Kind(wires.COHERE_V1, OCIModel.over, (COHERE_R, COHERE_A)),
    "responses": Kind(wires.RESPONSE, OCIResponsesModel.over, _STORED, GPT),
    "responses-unstored": Kind(
        wires.RESPONSE, partial(OCIResponsesModel.over, store=False), _STORED, GPT
    ),
}
# Models that the Responses API answers without a project.
_UNPROJECTED: Final = {GPT, GPT_5}


def over(*names: str) -> pytest.MarkDecorator:
    """The transports that a fact holds for, where it does not for all."""
    return pytest.mark.parametrize("transport", names, indirect=True)


def over_all_but(*names: str) -> pytest.MarkDecorator:
    """The transports that a fact holds for: all but these, for which another one is stated."""
    return over(*(name for name in KINDS if name not in names))


def in_families(*names: str) -> pytest.MarkDecorator:
    """Every family on each transport that carries it; or only these transports."""
    return over(*(f"{name}/{model}" for name in names or KINDS for model in KINDS[name].families))


class Transport:
    """Makes models of one transport; `close` closes their clients.

    `name` is a key of `KINDS`, followed by a slash and a model where it is not the usual one.
    """

    def __init__(self, name: str, service: Service) -> None:
        self.name, _, model = name.partition("/")
        self.service = service
        self.kind = KINDS[self.name]
        self.wire = self.kind.wire
        self.usual = model or self.kind.families[0]
        self._clients: list[SignedClient] = []

    def client(
        self,
        *,
        profile: str | None = None,
        endpoint: str | None = None,
        project: str | None = None,
        retry: RetryPolicy = QUICK,
        timeouts: Timeouts = PATIENT,
        clock: Callable[[], datetime] = utc_now,
        limiter: Limiter | None = None,
    ) -> SignedClient:
        """A signed client for the emulator, or for `endpoint`."""
        needy = self.wire is wires.RESPONSE and self.usual not in _UNPROJECTED
        wishes = Wishes(
            profile=profile,
            config_file=self.service.config_file,
            endpoint=endpoint,
            project=project or (self.service.project_id if needy else None),
        )
        client = SignedClient(
            settle(wishes), retry=retry, timeouts=timeouts, clock=clock, limiter=limiter
        )
        return self.keep(client)

    def keep(self, client: SignedClient) -> SignedClient:
        """Close `client` in the end."""
        self._clients.append(client)
        return client

    def model(
        self,
        model: str | None = None,
        *,
        client: SignedClient | None = None,
        parameters: Parameters = Parameters(),
    ) -> Model:
        """A model over `client`, by default over a new one."""
        return self.kind.over(client or self.client(), model or self.usual, parameters)

    def ask(
        self,
        prompt: Prompt,
        model: str | None = None,
        *,
        client: SignedClient | None = None,
        parameters: Parameters = Parameters(),
        tools: tuple[Tool, ...] = (),
        response_format: ResponseFormat | None = None,
        continuation: str | None = None,
    ) -> Answer:
        """The streamed answer to `prompt`, whatever it ends in."""
        asked = self.model(model, client=client)
        return fold(
            asked.stream(
                prompt,
                parameters=parameters,
                tools=tools,
                response_format=response_format,
                continuation=continuation,
            )
        )

    def name_wishes(self, wishes: Mapping[str, Any]) -> dict[str, Any]:
        """Those of our wishes that the wire carries, under its names."""
        names = self.wire.names
        return {names[name]: value for name, value in wishes.items() if name in names}

    def sent(self) -> Sent:
        """What the last request asked for."""
        return read_sent(self.wire, self.service.journal.last)

    def after(self, texts: int) -> int:
        """The number of events after which so many pieces of text have come."""
        return self.wire.lead + texts

    def stall(self) -> None:
        """Let every answer stop after four numbers and wait for the client to leave."""
        self.service.fault("stall", after_events=self.after(4), times=None)

    def wait_until_streaming(self) -> None:
        """Wait until the service has begun to answer."""
        self.service.journal.wait_for(lambda entry: entry.outcome == "open")

    def wait_until_left(self) -> Entry:
        """The request whose connection the client closed before its end."""
        return self.service.journal.wait_for(lambda entry: entry.outcome == "client left")

    def close(self) -> None:
        """Close every connection that was opened."""
        for client in self._clients:
            io_thread().run(client.aclose())
