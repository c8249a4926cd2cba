"""A transport under test against the emulator, and what it sent as the emulator's journal has it.

The contract tests speak of messages, wishes and tools; only `read_sent` knows a wire format.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from ocigenai_nb.core.messages import ResponseFormat, Tool
from ocigenai_nb.core.parameters import Parameters
from ocigenai_nb.core.thread import Answer, fold
from ocigenai_nb.emulator import Entry
from ocigenai_nb.emulator.service import Service
from ocigenai_nb.transports.auth import utc_now
from ocigenai_nb.transports.base import Prompt
from ocigenai_nb.transports.client import SignedClient, Timeouts
from ocigenai_nb.transports.loop import io_thread
from ocigenai_nb.transports.openai_chat import OCIOpenAIModel
from ocigenai_nb.transports.retry import RetryPolicy
from ocigenai_nb.transports.settings import Wishes, settle

LLAMA: Final = "meta.llama-3.3-70b-instruct"
GPT: Final = "openai.gpt-4.1"
GPT_5: Final = "openai.gpt-5.5"
GPT_OSS: Final = "openai.gpt-oss-120b"
GROK: Final = "xai.grok-4.20-non-reasoning"
GEMINI: Final = "google.gemini-2.5-flash"

COUNT: Final = "Count from 1 to 20."
COUNTED: Final = " ".join(map(str, range(1, 21)))

QUICK: Final = RetryPolicy(base=0.001)
PATIENT: Final = Timeouts()

MODELS: Final = {"v1": OCIOpenAIModel}


@dataclass(frozen=True)
class Sent:
    """What one request asked for, whatever its wire format."""

    said: list[tuple[str, str]]
    """Role and text of each message."""
    images: list[str]
    wishes: Mapping[str, Any]
    """The sampling wishes, under the wire's own names."""
    tools: list[str]
    schema: Mapping[str, Any] | None
    streamed: bool


class Transport:
    """Makes models of one transport; `close` closes their clients."""

    def __init__(self, name: str, service: Service) -> None:
        self.name = name
        self.service = service
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
    ) -> SignedClient:
        """A signed client for the emulator, or for `endpoint`."""
        wishes = Wishes(
            profile=profile,
            config_file=self.service.config_file,
            endpoint=endpoint,
            project=project,
        )
        client = SignedClient(settle(wishes), retry=retry, timeouts=timeouts, clock=clock)
        self._clients.append(client)
        return client

    def model(
        self,
        model: str = LLAMA,
        *,
        client: SignedClient | None = None,
        parameters: Parameters = Parameters(),
    ) -> OCIOpenAIModel:
        """A model over `client`, by default over a new one."""
        return MODELS[self.name].over(client or self.client(), model, parameters)

    def ask(
        self,
        prompt: Prompt,
        model: str = LLAMA,
        *,
        client: SignedClient | None = None,
        parameters: Parameters = Parameters(),
        tools: tuple[Tool, ...] = (),
        response_format: ResponseFormat | None = None,
    ) -> Answer:
        """The streamed answer to `prompt`, whatever it ends in."""
        asked = self.model(model, client=client)
        return fold(
            asked.stream(
                prompt, parameters=parameters, tools=tools, response_format=response_format
            )
        )

    def sent(self) -> Sent:
        """What the last request asked for."""
        return read_sent(self.service.journal.last)

    def stall(self) -> None:
        """Let every answer stop after four numbers and wait for the client to leave."""
        self.service.fault("stall", after_events=5, times=None)

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


def read_sent(entry: Entry) -> Sent:
    """Read a chat-completions request."""
    body = entry.body
    assert isinstance(body, dict)
    parts = [(message["role"], part) for message in body["messages"] for part in _parts(message)]
    envelope = {"model", "messages", "tools", "response_format", "stream", "stream_options"}
    wanted = body.get("response_format") or {}
    return Sent(
        said=[(role, part["text"]) for role, part in parts if part["type"] == "text"],
        images=[part["image_url"]["url"] for _, part in parts if part["type"] == "image_url"],
        wishes={name: value for name, value in body.items() if name not in envelope},
        tools=[tool["function"]["name"] for tool in body.get("tools", [])],
        schema=wanted.get("json_schema", {}).get("schema"),
        streamed=body.get("stream", False),
    )


def _parts(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    content = message["content"]
    return [{"type": "text", "text": content}] if isinstance(content, str) else content
