"""A client that understands nothing: it sends one request and keeps every byte that comes."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

import httpx

from ocigenai_nb.emulator.service import Service
from tests.emulator.client import CHAT, GPT, connect
from tests.emulator.native_client import (
    COMMAND_R,
    NATIVE,
    write_cohere,
    write_envelope,
    write_generic,
)
from tests.emulator.responses_client import RESPONSES

SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
}
TOOL: Final = {"name": "get_weather", "description": "Weather in a city", "parameters": SCHEMA}


@dataclass(frozen=True)
class Seen:
    """What came."""

    status: int
    """0 where not even the head of an answer came."""
    headers: Mapping[str, str]
    body: bytes
    error: type[Exception] | None = None
    """What the connection ended in."""

    @property
    def events(self) -> list[bytes]:
        """The events that are whole."""
        return self.body.split(b"\n\n")[:-1]

    @property
    def rest(self) -> bytes:
        """What came after the last of them."""
        return self.body.split(b"\n\n")[-1]

    @property
    def is_whole(self) -> bool:
        """Whether the last event is one that ends an answer."""
        last = self.events[-1] if self.events else b""
        return self.error is None and (b"[DONE]" in last or b'"chatHistory"' in last)

    def read_events(self) -> list[Any]:
        """The JSON of each event that has some."""
        datas = (event.partition(b"data: ")[2] for event in self.events)
        return [json.loads(data) for data in datas if data.startswith(b"{")]


class Writer(Protocol):
    """How a request is written in one wire format."""

    def __call__(self, service: Service, prompt: str, /, *, stream: bool) -> dict[str, Any]:
        """Return the body of a request."""


def _write_chat(_: Service, prompt: str, /, *, stream: bool) -> dict[str, Any]:
    said = [{"role": "user", "content": prompt}]
    tools = [{"type": "function", "function": TOOL}]
    return {"model": GPT, "messages": said, "stream": stream, "tools": tools}


def _write_response(_: Service, prompt: str, /, *, stream: bool) -> dict[str, Any]:
    return {
        "model": GPT,
        "input": prompt,
        "stream": stream,
        "tools": [{"type": "function", **TOOL}],
    }


def _write_generic(service: Service, prompt: str, /, *, stream: bool) -> dict[str, Any]:
    request = write_generic(prompt, isStream=stream, tools=[{"type": "FUNCTION", **TOOL}])
    return write_envelope(service, request, GPT)


def _write_cohere(service: Service, prompt: str, /, *, stream: bool) -> dict[str, Any]:
    return write_envelope(service, write_cohere(prompt, isStream=stream), COMMAND_R)


WIRES: Final[Mapping[str, tuple[str, Writer]]] = {
    "chat": (CHAT, _write_chat),
    "responses": (RESPONSES, _write_response),
    "generic": (NATIVE, _write_generic),
    "cohere": (NATIVE, _write_cohere),
}
"""Path and body of a request in each wire format, from a prompt and whether to stream."""


def send(
    service: Service,
    wire: str,
    prompt: str,
    *,
    stream: bool = True,
    headers: Mapping[str, str] | None = None,
    seconds: float = 10,
    **changed: Any,
) -> Seen:
    """Send one request, with ``changed`` members of its body, and take whatever comes."""
    path, write = WIRES[wire]
    body = write(service, prompt, stream=stream) | changed
    status, told, received = 0, httpx.Headers(), bytearray()
    left_at = time.monotonic() + seconds
    try:
        with (
            connect(service) as client,
            client.stream("POST", path, json=body, headers=headers, timeout=seconds) as answer,
        ):
            status, told = answer.status_code, answer.headers
            for piece in answer.iter_raw():
                received += piece
                if time.monotonic() > left_at:
                    break  # a stream that trickles never times out
    except httpx.HTTPError as error:
        return Seen(status, told, bytes(received), type(error))
    return Seen(status, told, bytes(received))
