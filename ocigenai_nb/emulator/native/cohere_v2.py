"""An answer in the format COHEREV2, whole and streamed.

Rules: a message with blocks of content, THINKING before TEXT; tool calls have ids and arguments as
text, the plan to use them stands in ``toolPlan``. Source: the ``oci`` SDK's models.

Unverified: no answer in this format was recorded in public, so the events of a stream are a guess
from the whole answer, from how the first format streams (the finish reason last, no ``[DONE]``)
and from what clients that read it take: blocks with a piece of text each, whole tool calls, and
a last event with id, finish reason and, if asked for, usage, which repeats nothing.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from typing import Any, Final

from ocigenai_nb.emulator.answer import Answer, Coming
from ocigenai_nb.emulator.native.cohere import state_plan, write_usage
from ocigenai_nb.emulator.native.cohere_v2_request import read_cohere_v2
from ocigenai_nb.emulator.native.events import FAILURE, EventWriter, Stream
from ocigenai_nb.emulator.native.fields import Fields
from ocigenai_nb.emulator.streams import EventShape
from ocigenai_nb.model_facts import ModelFacts

_MESSAGE: Final = '{"apiFormat":"COHEREV2","message":{"role":"ASSISTANT",'
_BEFORE_TEXT: Final = f'{_MESSAGE}"content":[{{"type":"TEXT","text":'
_BEFORE_THINKING: Final = f'{_MESSAGE}"content":[{{"type":"THINKING","thinking":'
_AFTER_BLOCK: Final = "}]}"
_BEFORE_PLAN: Final = f'{_MESSAGE}"toolPlan":'
_AFTER_PLAN: Final = "}"
_REASONS: Final = {
    "stop": "COMPLETE",
    "length": "MAX_TOKENS",
    "tool_calls": "TOOL_CALL",
    "content_filter": "ERROR",
}

SHAPE: Final = EventShape(
    before=f'data: {_BEFORE_TEXT}"'.encode(),
    after=f'"{_AFTER_BLOCK},"pad":"aaa"}}\n\n'.encode(),
    failure=FAILURE,
    unknown=(
        f'data: {_MESSAGE}"content":[{{"type":"EMULATOR_UNKNOWN","emulatorUnknown":{{}}}}]}},'
        '"pad":"aaa"}\n\n'
    ).encode(),
)
"""What events of a stream look like, for the faults that imitate them."""


class CohereV2Chat:
    """One request in this format, and the writing of its answer."""

    shape = SHAPE
    count = 1

    def __init__(self, request: Fields, facts: ModelFacts, _fault: str | None) -> None:
        self.ask = read_cohere_v2(request, facts)
        self._include_usage = request.includes_usage()

    def write_whole(self, answers: Sequence[Answer], *, now: float) -> dict[str, Any]:  # noqa: ARG002
        """Return the ``chatResponse`` of the one answer there is."""
        (answer,) = answers
        planned = state_plan(answer)
        message: dict[str, Any] = {"role": "ASSISTANT", "content": _write_blocks(answer)}
        if planned.calls:
            message |= {"toolPlan": planned.text, "toolCalls": _write_calls(planned)}
        return {**_write_end(planned), "message": message, "usage": write_usage(planned)}

    def write_stream(self, comings: Sequence[Coming]) -> Stream:
        """Return the events of the one answer there is."""
        (coming,) = comings
        writer = EventWriter()
        return Stream(_write_events(writer, coming), self._write_last(writer, coming))

    def _write_last(self, writer: EventWriter, coming: Coming) -> Iterator[bytes]:
        answer = state_plan(coming.whole())
        usage = {"usage": write_usage(answer)} if self._include_usage else {}
        yield writer.write({**_write_end(answer), "message": {"role": "ASSISTANT"}}, **usage)


def _write_events(writer: EventWriter, coming: Coming) -> Iterator[bytes]:
    yield from writer.write_pieces(coming.stream_reasoning(), _BEFORE_THINKING, _AFTER_BLOCK)
    yield from writer.write_pieces(coming.stream_text(), _BEFORE_TEXT, _AFTER_BLOCK)
    answer = coming.whole()
    if not answer.calls:
        return
    if not answer.text:
        plan = state_plan(answer).stream_text()
        yield from writer.write_pieces(plan, _BEFORE_PLAN, _AFTER_PLAN)
    message = {"role": "ASSISTANT", "toolCalls": _write_calls(answer)}
    yield writer.write({"apiFormat": "COHEREV2", "message": message})


def _write_blocks(answer: Answer) -> list[dict[str, str]]:
    thinking = [{"type": "THINKING", "thinking": answer.reasoning}] if answer.reasoning else []
    return [*thinking, *([] if answer.calls else [{"type": "TEXT", "text": answer.text}])]


def _write_calls(answer: Answer) -> list[dict[str, Any]]:
    return [
        {
            "id": f"{name}_{uuid.uuid4().hex[:12]}",
            "type": "FUNCTION",
            "function": {"name": name, "arguments": arguments},
        }
        for name, arguments in answer.calls
    ]


def _write_end(answer: Answer) -> dict[str, Any]:
    reason = "STOP_SEQUENCE" if answer.stopped else _REASONS[answer.finish_reason]
    return {"apiFormat": "COHEREV2", "id": str(uuid.uuid4()), "finishReason": reason}
