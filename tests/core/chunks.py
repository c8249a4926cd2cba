"""Chunks of streamed chat completions, and what the fold makes of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import count
from typing import Any, Final

from ocigenai_nb.core.chat_completions import ChunkFold
from ocigenai_nb.core.events import Event, Failed, Finished, Interrupted
from ocigenai_nb.core.thread import Answer, fold

DONE: Final = b"[DONE]"
COUNTS: Final = {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}
CALL: Final = {"index": 0, "id": "a", "function": {"name": "weather", "arguments": "{}"}}


def chunk(delta: object = None, finish: object = None, **rest: object) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return json.dumps({"model": "m", "choices": [choice], "usage": None, **rest}).encode()


def text(said: str) -> bytes:
    return chunk({"content": said})


USAGE: Final = json.dumps({"choices": [], "usage": COUNTS}).encode()
STOP: Final = chunk({}, "stop")


def make_fold() -> ChunkFold:
    numbers = count(1)
    return ChunkFold(lambda: f"new_{next(numbers)}")


def run(chunks: Sequence[bytes], fragment: bytes = b"") -> list[Event]:
    chunks_fold = make_fold()
    events = [event for data in chunks for event in chunks_fold.take(data)]
    events += chunks_fold.end(fragment)
    assert chunks_fold.done
    return events


def ends(events: Sequence[Event]) -> list[Event]:
    return [event for event in events if isinstance(event, Finished | Failed | Interrupted)]


def answer(*chunks: bytes) -> Answer:
    events = run(chunks)
    assert len(ends(events)) == 1
    assert ends(events) == events[-1:]
    return fold(events)


def fragments(*calls: dict[str, Any]) -> bytes:
    return chunk({"tool_calls": list(calls)})
