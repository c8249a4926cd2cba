"""An answer in the format GENERIC, whole and streamed.

Rules: a stream begins with an empty text and goes on with a piece of about a token each; the
finish reason comes without ``index``, the usage in an event of its own if asked for, ``[DONE]``
ends it. Each tool call of Grok comes whole in an event of its own, all with index 0; OpenAI's
models send fragments, of which only the first has id and name; Gemini sends no ids. Reasoning
comes as ``reasoningContent``. Source: recordings of the live service and payloads that its users
published.

Known deviations: ids are random hex for every family. Recorded are a whole answer of
``openai.gpt-5.4`` and a stream of Llama: that annotations, the service tier and the details of
usage come with OpenAI's models, and details with others that reason, is what those two suggest.
Several answers are streamed one after the other. Log probabilities come in whole answers only, and
are all 0: the script has no doubts, and what a backend has of them is not passed on.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import accumulate, chain
from typing import Any, Final

from ocigenai_nb.emulator.answer import Answer, Coming
from ocigenai_nb.emulator.dialects import Dialect, find_dialect, mix_calls, take_turns
from ocigenai_nb.emulator.native.events import FAILURE, EventWriter, Stream
from ocigenai_nb.emulator.native.fields import Fields
from ocigenai_nb.emulator.native.generic_request import (
    read_alternatives,
    read_count,
    read_generic,
)
from ocigenai_nb.emulator.streams import DONE, EventShape
from ocigenai_nb.emulator.text_pieces import split_pieces
from ocigenai_nb.model_facts import ModelFacts

_TEXT: Final = ',"message":{"role":"ASSISTANT","content":[{"type":"TEXT","text":'
_BEFORE_TEXT: Final = f'{{"index":0{_TEXT}'
_AFTER_TEXT: Final = "}]}"
_REASONING: Final = ',"message":{"role":"ASSISTANT","reasoningContent":'
_AFTER_REASONING: Final = "}"

SHAPE: Final = EventShape(
    before=f'data: {_BEFORE_TEXT}"'.encode(),
    after=f'"{_AFTER_TEXT},"pad":"aaa"}}\n\n'.encode(),
    failure=FAILURE,
    unknown=(
        b'data: {"index":0,"message":{"role":"ASSISTANT","content":[{"type":"EMULATOR_UNKNOWN",'
        b'"emulatorUnknown":{}}]},"pad":"aaa"}\n\n'
    ),
)
"""What events of a stream look like, for the faults that imitate them."""


class GenericChat:
    """One request in this format, and the writing of its answer."""

    shape = SHAPE

    def __init__(self, request: Fields, facts: ModelFacts, fault: str | None) -> None:
        self._dialect = mix_calls(find_dialect(facts["family"]), fault)
        self._vendor = facts["vendor"]
        self._include_usage = request.includes_usage()
        self._alternatives = read_alternatives(request, self._dialect)
        self.ask = read_generic(request, self._dialect, facts["id"])
        self.count = read_count(request, self._dialect)

    def write_whole(self, answers: Sequence[Answer], *, now: float) -> dict[str, Any]:
        """Return the ``chatResponse`` of ``answers``."""
        created = datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds")
        choices = [
            {
                "index": index,
                "message": self._write_message(answer),
                "finishReason": answer.finish_reason,
                "logprobs": _rate(answer.text, self._alternatives),
            }
            for index, answer in enumerate(answers)
        ]
        return {
            "apiFormat": "GENERIC",
            "timeCreated": created.replace("+00:00", "Z"),
            "choices": choices,
            "usage": _write_usage(answers, vendor=self._vendor),
            **({"serviceTier": "DEFAULT"} if self._vendor == "openai" else {}),
        }

    def write_stream(self, comings: Sequence[Coming]) -> Stream:
        """Return the events of the answers, one after the other."""
        return Stream(self._write_events(comings), (DONE,))

    def _write_message(self, answer: Answer) -> dict[str, Any]:
        message = _write_text(answer.text)
        if answer.calls:
            message["content"] = message["content"] if answer.text else None
            message["toolCalls"] = [
                _write_call(name, arguments, self._dialect) for name, arguments in answer.calls
            ]
        if answer.reasoning and answer.shows_reasoning:
            message["reasoningContent"] = answer.reasoning
        return message | ({"annotations": []} if self._vendor == "openai" else {})

    def _write_events(self, comings: Sequence[Coming]) -> Iterator[bytes]:
        writer = EventWriter()
        for index, coming in enumerate(comings):
            yield from self._write_choice(writer, index, coming)
        if self._include_usage:
            answers = [coming.whole() for coming in comings]
            yield writer.write({"usage": _write_usage(answers, vendor=self._vendor)})

    def _write_choice(self, writer: EventWriter, index: int, coming: Coming) -> Iterator[bytes]:
        place = f'{{"index":{index}'
        yield writer.write({"index": index, "message": _write_text("")})
        if coming.shows_reasoning:
            reasoning = coming.stream_reasoning()
            yield from writer.write_pieces(reasoning, place + _REASONING, _AFTER_REASONING)
        yield from writer.write_pieces(coming.stream_text(), place + _TEXT, _AFTER_TEXT)
        answer = coming.whole()
        for call in _list_pieces(answer, self._dialect):
            message = {"role": "ASSISTANT", "toolCalls": [call]}
            yield writer.write({"index": index, "message": message})
        end = {} if answer.calls else {"message": _write_text("")}
        told = {"index": index} if self.count > 1 else {}
        yield writer.write({**told, **end, "finishReason": answer.finish_reason})


def _rate(text: str, alternatives: int | None) -> dict[str, Any]:
    """Return the log probabilities of a text; the script has no doubts."""
    if alternatives is None:
        return {}
    tokens = list(split_pieces(text))
    ends = accumulate(map(len, tokens), initial=0)
    return {
        "textOffset": [start for start, _ in zip(ends, tokens, strict=False)],
        "tokenLogprobs": [0.0] * len(tokens),
        "tokens": tokens,
        "topLogprobs": [{token: "0.0"} if alternatives else {} for token in tokens],
    }


def _write_usage(answers: Sequence[Answer], *, vendor: str) -> dict[str, Any]:
    """Return the ``usage`` object; the prompt counts once."""
    answer, made = answers[0], sum(answer.completion_tokens for answer in answers)
    usage: dict[str, Any] = {
        "completionTokens": made,
        "promptTokens": answer.prompt_tokens,
        "totalTokens": answer.prompt_tokens + made,
    }
    if vendor == "openai" or answer.reasoning:
        details = {"reasoningTokens": sum(answer.reasoning_tokens for answer in answers)}
        if vendor == "openai":
            details = {"acceptedPredictionTokens": 0, **details}
        usage["completionTokensDetails"] = details
        usage["promptTokensDetails"] = {"cachedTokens": answer.cached_tokens}
    return usage


def _write_text(text: str) -> dict[str, Any]:
    return {"role": "ASSISTANT", "content": [{"type": "TEXT", "text": text}]}


def _write_call(name: str, arguments: str, dialect: Dialect) -> dict[str, Any]:
    call = {"type": "FUNCTION"}
    if dialect.names_calls:
        call["id"] = f"call_{uuid.uuid4().hex}"
    return {**call, "name": name, "arguments": arguments}


def _list_pieces(answer: Answer, dialect: Dialect) -> Iterator[dict[str, Any]]:
    calls = (
        _split_call(_write_call(*call, dialect), n if dialect.numbers_calls else 0, dialect)
        for n, call in enumerate(answer.calls)
    )
    return take_turns(calls) if dialect.mixes_calls else chain.from_iterable(calls)


def _split_call(call: dict[str, Any], index: int, dialect: Dialect) -> Iterator[dict[str, Any]]:
    if not dialect.fragments_calls:
        yield call
        return
    place = {"index": index, "id": call["id"]} if dialect.mixes_calls else {}
    yield {**place, **call, "arguments": ""}
    for piece in split_pieces(call["arguments"]):
        yield {**place, "type": "FUNCTION", "arguments": piece}
