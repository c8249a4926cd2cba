"""An answer in the format COHERE, whole and streamed.

Rules: a stream is pieces of text; the last event repeats the whole text, with the history, this
turn included, the finish reason and, if asked for, the usage; no ``[DONE]`` follows. Tool calls
come in an event that repeats the text so far (the plan to use them) and again in the last one;
they have no ids. The finish reason is COMPLETE after tool calls too, and null after a stop
sequence. Source: recordings of the live service and payloads that its users published.

Known deviations: with ``isEcho`` the ``prompt`` is what was said, one turn a line, without the
model's own marks; a call whose arguments the tokens did not last for is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from ocigenai_nb.emulator.answer import Answer, Ask, Coming
from ocigenai_nb.emulator.json_bodies import read_json
from ocigenai_nb.emulator.native.cohere_request import read_cohere
from ocigenai_nb.emulator.native.events import FAILURE, EventWriter, Stream
from ocigenai_nb.emulator.native.fields import Fields
from ocigenai_nb.emulator.streams import EventShape
from ocigenai_nb.model_facts import ModelFacts

_BEFORE_TEXT: Final = '{"apiFormat":"COHERE","text":'

SHAPE: Final = EventShape(
    before=f'data: {_BEFORE_TEXT}"'.encode(),
    after=b'","pad":"aaa"}\n\n',
    failure=FAILURE,
    unknown=b'data: {"apiFormat":"COHERE","emulatorUnknown":{},"pad":"aaa"}\n\n',
)
"""What events of a stream look like, for the faults that imitate them."""


class CohereChat:
    """One request in this format, and the writing of its answer."""

    shape = SHAPE
    count = 1

    def __init__(self, request: Fields, facts: ModelFacts, _fault: str | None) -> None:
        self.ask = read_cohere(request, facts)
        self._include_usage = request.includes_usage()
        self._history = request.find_list("chatHistory")
        message, results = request.read_text("message"), request.find_list("toolResults")
        if message:
            self._history = [*self._history, {"role": "USER", "message": message}]
        if results:
            self._history = [*self._history, {"role": "TOOL", "toolResults": results}]
        is_echo = request.find_flag("isEcho", default=False)
        self._echo = {"prompt": _join_turns(self.ask)} if is_echo else {}

    def write_whole(self, answers: Sequence[Answer], *, now: float) -> dict[str, Any]:  # noqa: ARG002
        """Return the ``chatResponse`` of the one answer there is."""
        (answer,) = answers
        answer = state_plan(answer)
        return {**self._write_end(answer), "usage": write_usage(answer)}

    def write_stream(self, comings: Sequence[Coming]) -> Stream:
        """Return the events of the one answer there is."""
        (coming,) = comings
        writer = EventWriter()
        return Stream(_write_events(writer, coming), self._write_last(writer, coming))

    def _write_last(self, writer: EventWriter, coming: Coming) -> Iterator[bytes]:
        answer = state_plan(coming.whole())
        usage = {"usage": write_usage(answer)} if self._include_usage else {}
        yield writer.write(self._write_end(answer), **usage)

    def _write_end(self, answer: Answer) -> dict[str, Any]:
        calls = _write_calls(answer)
        said = {"role": "CHATBOT", "message": answer.text, **calls}
        return {
            "apiFormat": "COHERE",
            "text": answer.text,
            "chatHistory": [*self._history, said],
            "finishReason": _find_reason(answer),
            **calls,
            **self._echo,
        }


def state_plan(answer: Answer) -> Answer:
    """Return ``answer`` with what Cohere's models say before they use tools."""
    if not answer.begins_with_calls:
        return answer
    names = " and ".join(dict.fromkeys(name for name, _ in answer.calls))
    return replace(answer, text=f"I will use {names} to answer this.")


def write_usage(answer: Answer) -> dict[str, int]:
    """Return the ``usage`` object; both formats of Cohere have it."""
    return {
        "completionTokens": answer.completion_tokens,
        "promptTokens": answer.prompt_tokens,
        "totalTokens": answer.total_tokens,
    }


def _join_turns(ask: Ask) -> str:
    return "\n".join(turn.text for turn in ask.turns)


def _write_events(writer: EventWriter, coming: Coming) -> Iterator[bytes]:
    yield from writer.write_pieces(coming.stream_text(), _BEFORE_TEXT, "")
    answer = coming.whole()
    if answer.begins_with_calls:
        answer = state_plan(answer)
        yield from writer.write_pieces(answer.stream_text(), _BEFORE_TEXT, "")
    calls = _write_calls(answer)
    if calls:
        yield writer.write({"apiFormat": "COHERE", "text": answer.text, **calls})


def _write_calls(answer: Answer) -> dict[str, Any]:
    read = [(name, read_json(arguments.encode())) for name, arguments in answer.calls]
    calls = [
        {"name": name, "parameters": parameters}
        for name, parameters in read
        if parameters is not None  # else it was broken off
    ]
    return {"toolCalls": calls} if calls else {}


def _find_reason(answer: Answer) -> str | None:
    if answer.finish_reason == "length":
        return "MAX_TOKENS"
    if answer.finish_reason == "content_filter":
        return "ERROR_TOXIC"
    return None if answer.stopped else "COMPLETE"
