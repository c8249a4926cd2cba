"""Events of streamed responses, as `openai`'s own types take them, and what the fold makes of them.

Every event that is numbered here is parsed with the type that the SDK has for it first, so that a
test can't pass on a wire that does not exist.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import count
from typing import Any, Final, TypeAlias, get_args

from openai import BaseModel
from openai.types.responses import Response, ResponseStreamEvent

from ocigenai_nb.core.events import Event, Failed, Finished, Interrupted
from ocigenai_nb.core.responses_answer import ResponseFold
from ocigenai_nb.core.thread import Answer, fold

Body: TypeAlias = dict[str, Any]

ID: Final = "resp_1"
COUNTS: Final[Body] = {
    "input_tokens": 5,
    "input_tokens_details": {"cached_tokens": 2, "cache_write_tokens": 0},
    "output_tokens": 4,
    "output_tokens_details": {"reasoning_tokens": 1},
    "total_tokens": 9,
}


def _types() -> dict[str, type[BaseModel]]:
    members: tuple[type[BaseModel], ...] = get_args(get_args(ResponseStreamEvent)[0])
    return {get_args(member.model_fields["type"].annotation)[0]: member for member in members}


TYPES: Final = _types()
"""The SDK's type of each kind of event."""


def response(status: str = "in_progress", *output: Body, **rest: Any) -> Body:
    """A response object."""
    return {
        "id": ID,
        "object": "response",
        "created_at": 1_790_000_000,
        "model": "m",
        "status": status,
        "output": list(output),
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": None,
        **rest,
    }


def whole(status: str, *output: Body, **rest: Any) -> Body:
    """A response that came in one piece, checked against the SDK's type."""
    body = response(status, *output, **{"usage": COUNTS, **rest})
    Response.model_validate({**body, "output": body["output"] or []})
    return body


def created(**rest: Any) -> Body:
    return {"type": "response.created", "response": response(**rest)}


def ended(status: str, *output: Body, **rest: Any) -> Body:
    """The terminal event of a status."""
    body = response(status, *output, **{"usage": COUNTS, **rest})
    return {"type": f"response.{status}", "response": body}


def completed(*output: Body, **rest: Any) -> Body:
    return ended("completed", *output, **rest)


def message(*said: str, item: str = "msg_1") -> Body:
    content = [{"type": "output_text", "text": text, "annotations": []} for text in said]
    return {
        "type": "message",
        "id": item,
        "role": "assistant",
        "status": "completed",
        "content": content,
    }


def refusal(said: str) -> Body:
    return {**message(), "content": [{"type": "refusal", "refusal": said}]}


def call(call_id: str, name: str, arguments: str = "", *, item: str = "fc_1", **rest: Any) -> Body:
    return {
        "type": "function_call",
        "id": item,
        "call_id": call_id,
        "name": name,
        "arguments": arguments,
        "status": "completed",
        **rest,
    }


def reasoning(*summary: str, sealed: str | None = None, item: str = "rs_1") -> Body:
    parts = [{"type": "summary_text", "text": text} for text in summary]
    return {"type": "reasoning", "id": item, "summary": parts, "encrypted_content": sealed}


def added(item: Body, at: int = 0) -> Body:
    return {"type": "response.output_item.added", "item": item, "output_index": at}


def done(item: Body, at: int = 0) -> Body:
    return {"type": "response.output_item.done", "item": item, "output_index": at}


def text(said: str, at: int = 0) -> Body:
    return {**_delta("output_text", said, at, "msg_1"), "content_index": 0, "logprobs": []}


def refused(said: str, at: int = 0) -> Body:
    return {**_delta("refusal", said, at, "msg_1"), "content_index": 0}


def thought(said: str, at: int = 0) -> Body:
    return {**_delta("reasoning_text", said, at, "rs_1"), "content_index": 0}


def summed_up(said: str, at: int = 0) -> Body:
    return {**_delta("reasoning_summary_text", said, at, "rs_1"), "summary_index": 0}


def arguments(piece: str, at: int = 0, item: str = "fc_1") -> Body:
    return _delta("function_call_arguments", piece, at, item)


def error(said: str, code: str | None = None) -> Body:
    return {"type": "error", "message": said, "code": code, "param": None}


def _delta(kind: str, said: str, at: int, item: str) -> Body:
    return {"type": f"response.{kind}.delta", "delta": said, "output_index": at, "item_id": item}


def numbered(*events: Body, first: int = 0) -> list[bytes]:
    """The events as data of server-sent events, in sequence."""
    result = []
    for number, event in enumerate(events, first):
        body = {"sequence_number": number, **event}
        if body["type"] in TYPES:
            TYPES[body["type"]].model_validate(body)
        result.append(json.dumps(body).encode())
    return result


def make_fold(*, store: bool = True) -> ResponseFold:
    numbers = count(1)
    return ResponseFold(lambda: f"new_{next(numbers)}", store=store)


def run(datas: Sequence[bytes], fragment: bytes = b"", *, store: bool = True) -> list[Event]:
    """All events of a stream, of which the last is the one that ends it."""
    response_fold = make_fold(store=store)
    events = [event for data in datas for event in response_fold.take(data)]
    events += response_fold.end(fragment)
    assert response_fold.done
    ends = [event for event in events if isinstance(event, Finished | Failed | Interrupted)]
    assert ends == events[-1:]
    return events


def answer(*events: Body, store: bool = True) -> Answer:
    return fold(run(numbered(*events), store=store))


def of_whole(body: Body, *, store: bool = True) -> Answer:
    """The answer of a body that came in one piece."""
    return fold(make_fold(store=store).whole(body))


HELLO: Final = (created(), text("Hel"), text("lo"))
"""The events of an answer that said hello and has not ended."""
