"""Chat completions on the wire: the JSON object of a whole answer, the chunks of a streamed one.

Rules: OpenAI's. A stream begins with the role, goes on with a piece of about a token per chunk,
ends with the finish reason and, if asked for, the usage in a chunk without choices. Families
differ in their tool calls, as ``dialects`` says. Source: OpenAI's API reference.

Known deviations: ids are ``chatcmpl-`` and random hex for every family; there is no
``system_fingerprint`` and no ``service_tier``; what a model refuses to say is plain content. The
script has no doubts: each token's log probability is 0, and there is no other token at its place;
with a backend there are none. Several answers are streamed one after the other, OpenAI mixes them.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from json.encoder import encode_basestring
from typing import Any, Final

from ocigenai_nb.emulator.answer import Answer, Coming
from ocigenai_nb.emulator.dialects import Dialect, take_turns
from ocigenai_nb.emulator.streams import EventShape
from ocigenai_nb.emulator.text_pieces import rate_pieces, split_pieces

SHAPE: Final = EventShape(
    before=b'data: {"choices":[{"index":0,"delta":{"content":"',
    after=b'"}}]}\n\n',
    failure=(
        b'data: {"error":{"message":"The server had an error while processing your request.",'
        b'"type":"server_error","param":null,"code":"server_error"}}\n\n'
    ),
    unknown=(
        b'data: {"choices":[{"index":0,"delta":{"content":[{"type":"emulator_unknown",'
        b'"emulator_unknown":{}}],"emulator_unknown":{}}}]}\n\n'
    ),
)
"""What events of a stream look like, for the faults that imitate them."""


def write_whole(
    answers: Sequence[Answer],
    dialect: Dialect,
    *,
    model: str,
    created: int,
    alternatives: int | None = None,
) -> dict[str, Any]:
    """Return the ``chat.completion`` object of ``answers`` to one question.

    Args:
        answers: The choices.
        dialect: How the model's family writes them.
        model: What the request called it.
        created: When they were made, in seconds since the epoch.
        alternatives: How many tokens come at each place with log probabilities; ``None`` without.
    """
    return {
        "id": _make_id("chatcmpl-"),
        "object": "chat.completion",
        "created": created,
        "model": model,
        "choices": [
            _write_choice(index, answer, dialect, alternatives)
            for index, answer in enumerate(answers)
        ],
        "usage": _describe_usage(answers),
    }


def _write_choice(
    index: int, answer: Answer, dialect: Dialect, alternatives: int | None
) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": answer.text}
    if answer.reasoning and answer.shows_reasoning:
        message["reasoning_content"] = answer.reasoning
    if answer.calls:
        message["content"] = answer.text or None
        message["tool_calls"] = [
            _write_call(name, arguments, dialect) for name, arguments in answer.calls
        ]
    pieces = split_pieces(answer.text)
    return {
        "index": index,
        "message": message,
        "logprobs": None if alternatives is None else _rate(pieces, alternatives),
        "finish_reason": answer.finish_reason,
    }


def _rate(pieces: Iterable[str], alternatives: int) -> dict[str, Any]:
    """Return the log probabilities of ``pieces``."""
    return {"content": rate_pieces(pieces, alternatives), "refusal": None}


class ChunkWriter:
    """Writes the events of one streamed answer; what all share is put together only once."""

    def __init__(
        self, *, model: str, created: int, include_usage: bool, alternatives: int | None = None
    ) -> None:
        self._alternatives = alternatives
        self._include_usage = include_usage
        usage = ',"usage":null' if include_usage else ""
        self._head = (
            f'data: {{"id":"{_make_id("chatcmpl-")}","object":"chat.completion.chunk",'
            f'"created":{created},"model":{json.dumps(model)},"choices":['
        )
        self._begin_choice(0)
        self._after = f'}},"logprobs":null,"finish_reason":null}}]{usage}}}\n\n'
        self._usage_null = usage

    def write(self, comings: Sequence[Coming], dialect: Dialect) -> Iterator[bytes]:
        """Yield the events of the choices, all but ``[DONE]``."""
        for index, coming in enumerate(comings):
            self._begin_choice(index)
            yield from self._write_choice(coming, dialect)
        if self._include_usage:
            answers = [coming.whole() for coming in comings]
            usage = json.dumps(_describe_usage(answers), separators=(",", ":"))
            yield f'{self._head}],"usage":{usage}}}\n\n'.encode()

    def _begin_choice(self, index: int) -> None:
        self._choice = f'{self._head}{{"index":{index},"delta":'
        self._before = self._choice + "{"

    def _write_choice(self, coming: Coming, dialect: Dialect) -> Iterator[bytes]:
        content = "null" if coming.begins_with_calls else '""'
        yield self._write_delta(f'"role":"assistant","content":{content}')
        if coming.shows_reasoning:
            yield from self._write_pieces("reasoning_content", coming.stream_reasoning())
        if self._alternatives is None:
            yield from self._write_pieces("content", coming.stream_text())
        else:
            yield from self._write_rated(coming.stream_text(), self._alternatives)
        answer = coming.whole()
        calls = (
            self._write_call(
                _write_call(*call, dialect), n if dialect.numbers_calls else 0, dialect
            )
            for n, call in enumerate(answer.calls)
        )
        yield from take_turns(calls) if dialect.mixes_calls else chain.from_iterable(calls)
        yield self._write_finish(answer, dialect)

    def _write_delta(self, members: str) -> bytes:
        return f"{self._before}{members}{self._after}".encode()

    def _write_pieces(self, name: str, pieces: Iterable[str]) -> Iterator[bytes]:
        before, after = f'{self._before}"{name}":', self._after
        for piece in pieces:
            yield (before + encode_basestring(piece) + after).encode()

    def _write_rated(self, pieces: Iterable[str], alternatives: int) -> Iterator[bytes]:
        for piece in pieces:
            rated = json.dumps(_rate([piece], alternatives), separators=(",", ":"))
            after = self._after.replace("null", rated, 1)
            text = encode_basestring(piece)
            yield f'{self._before}"content":{text}{after}'.encode()

    def _write_call(self, call: Mapping[str, Any], index: int, dialect: Dialect) -> Iterator[bytes]:
        if not dialect.fragments_calls:
            yield self._write_calls({"index": index, **call})
            return
        function = call["function"]
        yield self._write_calls({"index": index, **call, "function": {**function, "arguments": ""}})
        place = {"index": index, **({"id": call["id"]} if dialect.mixes_calls else {})}
        for piece in split_pieces(function["arguments"]):
            yield self._write_calls({**place, "function": {"arguments": piece}})

    def _write_calls(self, call: Mapping[str, Any]) -> bytes:
        text = json.dumps([call], separators=(",", ":"), ensure_ascii=False)
        return self._write_delta(f'"tool_calls":{text}')

    def _write_finish(self, answer: Answer, dialect: Dialect) -> bytes:
        delta = "null" if dialect.ends_with_null_delta else "{}"
        return (
            f'{self._choice}{delta},"logprobs":null,'
            f'"finish_reason":"{answer.finish_reason}"}}]{self._usage_null}}}\n\n'
        ).encode()


def _describe_usage(answers: Sequence[Answer]) -> dict[str, Any]:
    """Return what all answers cost together; the prompt counts once."""
    prompt = answers[0].prompt_tokens
    made = sum(answer.completion_tokens for answer in answers)
    reasoned = sum(answer.reasoning_tokens for answer in answers)
    return {
        "prompt_tokens": prompt,
        "completion_tokens": made,
        "total_tokens": prompt + made,
        "prompt_tokens_details": {"cached_tokens": answers[0].cached_tokens},
        "completion_tokens_details": {"reasoning_tokens": reasoned},
    }


def _write_call(name: str, arguments: str, dialect: Dialect) -> dict[str, Any]:
    call = {"id": _make_id("call_")} if dialect.names_calls else {}
    return {**call, "type": "function", "function": {"name": name, "arguments": arguments}}


def _make_id(prefix: str) -> str:
    return prefix + uuid.uuid4().hex
