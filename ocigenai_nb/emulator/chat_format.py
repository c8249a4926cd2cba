"""Chat completions on the wire: the JSON object of a whole answer, the chunks of a streamed one.

Rules: OpenAI's. A stream begins with the role, goes on with a piece of about a token per chunk,
ends with the finish reason and, if asked for, the usage in a chunk without choices. Families
differ in their tool calls, as ``dialects`` says. Source: OpenAI's API reference.

Known deviations: ids are ``chatcmpl-`` and random hex for every family; there is no
``system_fingerprint`` and no ``service_tier``; what a model refuses to say is plain content.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator, Mapping
from json.encoder import encode_basestring
from typing import Any, Final

from ocigenai_nb.emulator.answer import Answer, Coming
from ocigenai_nb.emulator.dialects import Dialect
from ocigenai_nb.emulator.streams import EventShape
from ocigenai_nb.emulator.text_pieces import split_pieces

SHAPE: Final = EventShape(
    before=b'data: {"choices":[{"index":0,"delta":{"content":"',
    after=b'"}}]}\n\n',
    failure=(
        b'data: {"error":{"message":"The server had an error while processing your request.",'
        b'"type":"server_error","param":null,"code":"server_error"}}\n\n'
    ),
)
"""What events of a stream look like, for the faults that imitate them."""


def write_whole(answer: Answer, dialect: Dialect, *, model: str, created: int) -> dict[str, Any]:
    """Return the ``chat.completion`` object of ``answer``."""
    message: dict[str, Any] = {"role": "assistant", "content": answer.text}
    if answer.reasoning and answer.shows_reasoning:
        message["reasoning_content"] = answer.reasoning
    if answer.calls:
        message["content"] = answer.text or None
        message["tool_calls"] = [
            _write_call(name, arguments, dialect) for name, arguments in answer.calls
        ]
    choice = {
        "index": 0,
        "message": message,
        "logprobs": None,
        "finish_reason": answer.finish_reason,
    }
    return {
        "id": _make_id("chatcmpl-"),
        "object": "chat.completion",
        "created": created,
        "model": model,
        "choices": [choice],
        "usage": _describe_usage(answer),
    }


class ChunkWriter:
    """Writes the events of one streamed answer; what all share is put together only once."""

    def __init__(self, *, model: str, created: int, include_usage: bool) -> None:
        self._include_usage = include_usage
        usage = ',"usage":null' if include_usage else ""
        self._head = (
            f'data: {{"id":"{_make_id("chatcmpl-")}","object":"chat.completion.chunk",'
            f'"created":{created},"model":{json.dumps(model)},"choices":['
        )
        self._before = self._head + '{"index":0,"delta":{'
        self._after = f'}},"logprobs":null,"finish_reason":null}}]{usage}}}\n\n'
        self._usage_null = usage

    def write(self, coming: Coming, dialect: Dialect) -> Iterator[bytes]:
        """Yield the events, all but ``[DONE]``."""
        content = "null" if coming.begins_with_calls else '""'
        yield self._write_delta(f'"role":"assistant","content":{content}')
        if coming.shows_reasoning:
            yield from self._write_pieces("reasoning_content", coming.stream_reasoning())
        yield from self._write_pieces("content", coming.stream_text())
        answer = coming.whole()
        for position, (name, arguments) in enumerate(answer.calls):
            index = position if dialect.numbers_calls else 0
            yield from self._write_call(_write_call(name, arguments, dialect), index, dialect)
        yield self._write_finish(answer, dialect)
        if self._include_usage:
            usage = json.dumps(_describe_usage(answer), separators=(",", ":"))
            yield f'{self._head}],"usage":{usage}}}\n\n'.encode()

    def _write_delta(self, members: str) -> bytes:
        return f"{self._before}{members}{self._after}".encode()

    def _write_pieces(self, name: str, pieces: Iterable[str]) -> Iterator[bytes]:
        before, after = f'{self._before}"{name}":', self._after
        for piece in pieces:
            yield (before + encode_basestring(piece) + after).encode()

    def _write_call(self, call: Mapping[str, Any], index: int, dialect: Dialect) -> Iterator[bytes]:
        if not dialect.fragments_calls:
            yield self._write_calls({"index": index, **call})
            return
        function = call["function"]
        yield self._write_calls({"index": index, **call, "function": {**function, "arguments": ""}})
        for piece in split_pieces(function["arguments"]):
            yield self._write_calls({"index": index, "function": {"arguments": piece}})

    def _write_calls(self, call: Mapping[str, Any]) -> bytes:
        text = json.dumps([call], separators=(",", ":"), ensure_ascii=False)
        return self._write_delta(f'"tool_calls":{text}')

    def _write_finish(self, answer: Answer, dialect: Dialect) -> bytes:
        delta = "null" if dialect.ends_with_null_delta else "{}"
        return (
            f'{self._head}{{"index":0,"delta":{delta},"logprobs":null,'
            f'"finish_reason":"{answer.finish_reason}"}}]{self._usage_null}}}\n\n'
        ).encode()


def _describe_usage(answer: Answer) -> dict[str, Any]:
    return {
        "prompt_tokens": answer.prompt_tokens,
        "completion_tokens": answer.completion_tokens,
        "total_tokens": answer.total_tokens,
        "prompt_tokens_details": {"cached_tokens": answer.cached_tokens},
        "completion_tokens_details": {"reasoning_tokens": answer.reasoning_tokens},
    }


def _write_call(name: str, arguments: str, dialect: Dialect) -> dict[str, Any]:
    call = {"id": _make_id("call_")} if dialect.names_calls else {}
    return {**call, "type": "function", "function": {"name": name, "arguments": arguments}}


def _make_id(prefix: str) -> str:
    return prefix + uuid.uuid4().hex
