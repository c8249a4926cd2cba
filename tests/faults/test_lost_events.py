"""Row 36: events of a Responses stream that come twice, or never; only they are numbered."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest

from ocigenai_nb.core.events import Event, TextReplaced
from ocigenai_nb.core.thread import Answer, fold
from tests.faults.streams import STORED, run, write_events
from tests.transports.listener import Listener, begin_stream, respond
from tests.transports.subject import COUNT, COUNTED, Transport, over

ID: Final = "resp_1"
MENDED: Final = (
    "Events that never came: 1. The text was taken whole from where the service restates it.",
)
LACKING: Final = ("Events that never came: 1. The answer may lack some of its text.",)

on_responses = over("responses", "responses-unstored")


def write_message(text: str) -> dict[str, Any]:
    content = [{"type": "output_text", "text": text, "annotations": []}]
    return {"type": "message", "id": "msg_1", "role": "assistant", "content": content}


def write_gap(transport: Transport) -> bytes:
    """A stream of three pieces, the second of which is missing; the end restates nothing."""
    response = {"id": ID, "store": transport.name == STORED, "output": []}
    events: list[dict[str, Any]] = [
        {"type": "response.created", "response": {**response, "status": "in_progress"}},
        *({"type": "response.output_text.delta", "delta": piece} for piece in ("a", "b", "c")),
        {"type": "response.completed", "response": {**response, "status": "completed"}},
    ]
    numbered = [json.dumps({**event, "sequence_number": n}) for n, event in enumerate(events)]
    del numbered[2]
    return begin_stream() + write_events(*numbered)


def ask(transport: Transport, *answers: bytes) -> tuple[Answer, list[bytes]]:
    """The answer, and the lines that the requests began with."""
    with Listener(*answers) as server:
        client = transport.client(endpoint=server.url)
        answer = transport.ask(COUNT, client=client)
    return answer, [request.split(b" HTTP")[0] for request in server.requests]


@on_responses
@pytest.mark.parametrize("position", range(9))
def test_row_36_an_event_that_comes_twice_is_dropped(transport: Transport, position: int) -> None:
    transport.service.fault("doubled_event", after_events=position)
    answer = transport.ask(COUNT)
    assert (answer.text, answer.status) == (COUNTED, "finished")
    if position > 0:  # the first number may be all that a server ever says
        assert answer.notices == ("Events that came twice were dropped: 1.",)


@on_responses
@pytest.mark.parametrize("position", range(1, 9))
def test_row_36_the_text_of_a_gap_is_taken_from_the_end(
    transport: Transport, position: int
) -> None:
    transport.service.fault("lost_event", after_events=position)
    events: list[Event] = run(transport)
    assert [event.text for event in events if isinstance(event, TextReplaced)] == [COUNTED]
    answer = fold(events)
    assert (answer.text, answer.status, answer.notices) == (COUNTED, "finished", MENDED)
    assert len(transport.service.journal) == 1


@over("responses")
def test_row_36_where_the_end_does_not_restate_it_the_answer_is_retrieved(
    transport: Transport,
) -> None:
    stored = {"id": ID, "status": "completed", "output": [write_message("abc")]}
    kept = respond(200, json.dumps(stored).encode())
    answer, requests = ask(transport, write_gap(transport), kept)
    assert (answer.text, answer.status, answer.notices) == ("abc", "finished", MENDED)
    assert answer.response_id == ID
    assert requests[1] == b"GET /openai/v1/responses/resp_1"


@over("responses")
@pytest.mark.parametrize("status", [404, 401, 200])
def test_row_36_where_it_can_t_be_retrieved_either_that_is_told(
    transport: Transport, status: int
) -> None:
    answer, requests = ask(transport, write_gap(transport), respond(status))
    assert (answer.text, answer.status, answer.notices) == ("ac", "finished", LACKING)
    assert len(requests) == 2


@over("responses-unstored")
def test_row_36_where_nothing_is_kept_nothing_is_retrieved(transport: Transport) -> None:
    answer, requests = ask(transport, write_gap(transport))
    assert (answer.text, answer.status, answer.notices) == ("ac", "finished", LACKING)
    assert len(requests) == 1
