"""Streams that break: how they are had, and what is asserted of every one."""

from __future__ import annotations

from typing import Final

from ocigenai_nb.core.errors import OCIGenAIError
from ocigenai_nb.core.events import (
    Event,
    Failed,
    Finished,
    Interrupted,
    Notice,
    TextDelta,
)
from ocigenai_nb.transports.pool import Timeouts
from tests.transports.listener import Answer, Listener, begin_stream
from tests.transports.subject import COUNT, PATIENT, Transport

STORED: Final = "responses"
"""The one transport whose answers the service keeps."""


def run(transport: Transport, *, timeouts: Timeouts = PATIENT) -> list[Event]:
    """The events of one streamed answer of the emulator's."""
    return list(transport.model(client=transport.client(timeouts=timeouts)).stream(COUNT))


def ask_listener(transport: Transport, *answers: Answer) -> list[Event]:
    """The events of one streamed answer that the test wrote."""
    with Listener(*answers) as server:
        client = transport.client(endpoint=server.url)
        return list(transport.model(client=client).stream(COUNT))


def read_end(events: list[Event]) -> tuple[str, Event]:
    """The text that came, and the one terminal event."""
    ends = [event for event in events if isinstance(event, Finished | Failed | Interrupted)]
    assert ends == events[-1:]
    return "".join(event.text for event in events if isinstance(event, TextDelta)), ends[0]


def read_notices(events: list[Event]) -> list[str]:
    """What the person was told beside the answer."""
    return [event.text for event in events if isinstance(event, Notice)]


def check_interrupted(end: Event, reason: str, kind: type[OCIGenAIError], sentence: str) -> None:
    """It broke off so, and says it."""
    assert isinstance(end, Interrupted)
    assert type(end.error) is kind
    assert end.reason == reason
    assert sentence in end.error.message


def write_stream(*data: str) -> bytes:
    """A response with these events."""
    return begin_stream() + write_events(*data)


def write_events(*data: str) -> bytes:
    """Events with these data."""
    return "".join(f"data: {one}\n\n" for one in data).encode()


def write_gzip(body: bytes) -> bytes:
    """A response whose body is compressed, or says so."""
    return begin_stream().replace(b"\r\n\r\n", b"\r\ncontent-encoding: gzip\r\n\r\n") + body
