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
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

from ocigenai_nb.emulator.answer import Answer, Coming
from ocigenai_nb.emulator.dialects import Dialect, find_dialect
from ocigenai_nb.emulator.native.events import FAILURE, EventWriter, Stream
from ocigenai_nb.emulator.native.fields import Fields
from ocigenai_nb.emulator.native.generic_request import read_generic
from ocigenai_nb.emulator.streams import DONE, EventShape
from ocigenai_nb.emulator.text_pieces import split_pieces
from ocigenai_nb.model_facts import ModelFacts

_BEFORE_TEXT: Final = '{"index":0,"message":{"role":"ASSISTANT","content":[{"type":"TEXT","text":'
_AFTER_TEXT: Final = "}]}"
_BEFORE_REASONING: Final = '{"index":0,"message":{"role":"ASSISTANT","reasoningContent":'
_AFTER_REASONING: Final = "}"

SHAPE: Final = EventShape(
    before=f'data: {_BEFORE_TEXT}"'.encode(),
    after=f'"{_AFTER_TEXT},"pad":"aaa"}}\n\n'.encode(),
    failure=FAILURE,
)
"""What events of a stream look like, for the faults that imitate them."""


class GenericChat:
    """One request in this format, and the writing of its answer."""

    shape = SHAPE

    def __init__(self, request: Fields, facts: ModelFacts) -> None:
        self._dialect = find_dialect(facts["family"])
        self._vendor = facts["vendor"]
        self._include_usage = request.includes_usage()
        self.ask = read_generic(request, self._dialect, facts["id"])

    def write_whole(self, answer: Answer, *, now: float) -> dict[str, Any]:
        """Return the ``chatResponse`` of ``answer``."""
        created = datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds")
        choice = {
            "index": 0,
            "message": self._write_message(answer),
            "finishReason": answer.finish_reason,
            "logprobs": {},
        }
        return {
            "apiFormat": "GENERIC",
            "timeCreated": created.replace("+00:00", "Z"),
            "choices": [choice],
            "usage": _write_usage(answer, vendor=self._vendor),
            **({"serviceTier": "DEFAULT"} if self._vendor == "openai" else {}),
        }

    def write_stream(self, coming: Coming) -> Stream:
        """Return the events of an answer."""
        return Stream(self._write_events(coming), (DONE,))

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

    def _write_events(self, coming: Coming) -> Iterator[bytes]:
        writer = EventWriter()
        yield writer.write({"index": 0, "message": _write_text("")})
        if coming.shows_reasoning:
            reasoning = coming.stream_reasoning()
            yield from writer.write_pieces(reasoning, _BEFORE_REASONING, _AFTER_REASONING)
        yield from writer.write_pieces(coming.stream_text(), _BEFORE_TEXT, _AFTER_TEXT)
        answer = coming.whole()
        for call in _write_calls(answer, self._dialect):
            yield writer.write({"index": 0, "message": {"role": "ASSISTANT", "toolCalls": [call]}})
        end = {} if answer.calls else {"message": _write_text("")}
        yield writer.write({**end, "finishReason": answer.finish_reason})
        if self._include_usage:
            yield writer.write({"usage": _write_usage(answer, vendor=self._vendor)})


def _write_usage(answer: Answer, *, vendor: str) -> dict[str, Any]:
    """Return the ``usage`` object."""
    usage: dict[str, Any] = {
        "completionTokens": answer.completion_tokens,
        "promptTokens": answer.prompt_tokens,
        "totalTokens": answer.total_tokens,
    }
    if vendor == "openai" or answer.reasoning:
        details = {"reasoningTokens": answer.reasoning_tokens}
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


def _write_calls(answer: Answer, dialect: Dialect) -> Iterator[dict[str, Any]]:
    for name, arguments in answer.calls:
        call = _write_call(name, arguments, dialect)
        if not dialect.fragments_calls:
            yield call
            continue
        yield {**call, "arguments": ""}
        for piece in split_pieces(arguments):
            yield {"type": "FUNCTION", "arguments": piece}
