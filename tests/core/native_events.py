"""Events of native streams, and what a fold makes of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import Any, Final, TypeAlias

from ocigenai_nb.core.events import Event, Failed, Finished, Interrupted
from ocigenai_nb.core.native_answer import NativeAnswer
from ocigenai_nb.core.thread import Answer, fold

Kind: TypeAlias = Callable[[Callable[[], str]], NativeAnswer]
"""A fold's class."""

DONE: Final = b"[DONE]"
COUNTS: Final = {"completionTokens": 4, "promptTokens": 3, "totalTokens": 7}


def event(**fields: object) -> bytes:
    return json.dumps({**fields, "pad": "aaaaa"}, separators=(",", ":")).encode()


def message(*content: Mapping[str, Any], **fields: object) -> dict[str, object]:
    return {"role": "ASSISTANT", "content": list(content), **fields}


def part(text: str) -> dict[str, str]:
    return {"type": "TEXT", "text": text}


USAGE: Final = event(usage=COUNTS)


def make_fold(kind: Kind) -> NativeAnswer:
    numbers = count(1)
    return kind(lambda: f"new_{next(numbers)}")


def run(kind: Kind, stream: Sequence[bytes], fragment: bytes = b"") -> list[Event]:
    answering = make_fold(kind)
    events = [event for data in stream for event in answering.take(data)]
    events += answering.end(fragment)
    assert answering.done
    return events


def ends(events: Sequence[Event]) -> list[Event]:
    return [event for event in events if isinstance(event, Finished | Failed | Interrupted)]


def answer(kind: Kind, *stream: bytes) -> Answer:
    """What a stream amounts to, which has exactly one end."""
    return settle(run(kind, stream))


def whole(kind: Kind, response: object, **fields: object) -> Answer:
    """What an answer amounts to that came whole."""
    data = {"modelId": "m", "modelVersion": "1.0", "chatResponse": response, **fields}
    return settle(make_fold(kind).whole(data))


def settle(events: Sequence[Event]) -> Answer:
    assert ends(events) == events[-1:]
    return fold(events)
