"""Rows 7, 8, 31, 34 and 50: a stream that is odd, and right all the same."""

from __future__ import annotations

import json
import socket
from contextlib import suppress
from typing import Any, Final

import pytest

from ocigenai_nb.core.events import Finished, ServiceEvent, TextDelta
from ocigenai_nb.core.thread import fold
from tests.faults.streams import ask_listener, read_end, write_events, write_stream
from tests.transports.listener import Listener, begin_stream, respond
from tests.transports.subject import COUNT, COUNTED, Transport, over, over_all_but

ODD: Final = "a\u2028b\u2029c\u0085d\x0be\x0cf\x1cg 👋"


def test_row_07_one_byte_at_a_time_with_split_characters(transport: Transport) -> None:
    whole = write_stream(transport.wire.delta("Grüße 👋"), transport.wire.end, "[DONE]")

    def trickle(connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with suppress(ConnectionError):  # the client may leave once it has read the end
            for position in range(len(whole)):
                connection.sendall(whole[position : position + 1])

    assert read_end(ask_listener(transport, trickle)) == ("Grüße 👋", Finished("stop"))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["lf", "crlf", "cr"])
def test_row_08_line_ends_comments_and_keep_alives_change_nothing(
    transport: Transport, end: str
) -> None:
    noise = ": keep-alive\n\n:\n\nevent: ping\n\nretry: 10\n\nid: 7\n\n"
    good = write_events(transport.wire.delta("Hi"), transport.wire.end).decode()
    body = (noise + good + noise).replace("\n", end).encode()
    assert read_end(ask_listener(transport, begin_stream() + body)) == ("Hi", Finished("stop"))


def test_row_31_an_event_of_an_unknown_kind_is_skipped_and_kept_raw(transport: Transport) -> None:
    unknown = {"type": "response.telepathy.delta", "delta": "…"}
    texts = [transport.wire.delta("Hel"), json.dumps(unknown), transport.wire.delta("lo")]
    events = ask_listener(transport, write_stream(*texts, transport.wire.end))
    assert read_end(events) == ("Hello", Finished("stop"))
    kept = [event for event in events if isinstance(event, ServiceEvent)]
    assert ("response.telepathy.delta", unknown) in [(event.name, event.raw) for event in kept]


# On Cohere's first format an answer has no parts.
@over("v1", "sdk")
def test_row_31_a_part_of_an_unknown_kind_is_skipped(transport: Transport) -> None:
    part = {"type": "DREAM", "dream": {"text": "sheep"}}
    message = {"role": "assistant", "content": [part]}
    chunks = {"v1": {"choices": [{"delta": message}]}, "sdk": {"message": message}}
    texts = [transport.wire.delta("Hi"), json.dumps(chunks[transport.name]), transport.wire.end]
    assert read_end(ask_listener(transport, write_stream(*texts))) == ("Hi", Finished("stop"))


@over("responses", "responses-unstored")
def test_row_31_an_item_of_an_unknown_kind_is_skipped_and_kept_raw(transport: Transport) -> None:
    item = {"type": "dream", "id": "dr_1"}
    done = {"type": "response.output_item.done", "output_index": 0, "item": item}
    texts = [transport.wire.delta("Hi"), json.dumps(done), transport.wire.end]
    events = ask_listener(transport, write_stream(*texts))
    assert read_end(events) == ("Hi", Finished("stop"))
    assert done in [event.raw for event in events if isinstance(event, ServiceEvent)]


# The others repeat nothing.
@over("sdk-cohere")
def test_row_34_a_final_event_that_repeats_the_text_doubles_nothing(transport: Transport) -> None:
    events = list(transport.model().stream(COUNT))
    assert [event.text for event in events if isinstance(event, TextDelta)].count(COUNTED) == 0
    assert fold(events).text == COUNTED


@over_all_but("sdk-cohere")
def test_row_34_text_that_the_end_restates_is_not_doubled(transport: Transport) -> None:
    assert transport.ask(COUNT).text == COUNTED


def test_row_50_separators_inside_an_answer_arrive_unchanged(transport: Transport) -> None:
    """U+2028, U+0085 and their like end no line: they are text, sent as they are."""
    answer = write_stream(transport.wire.delta(ODD), transport.wire.end)
    assert "\u2028".encode() in answer
    assert "\u0085".encode() in answer
    assert read_end(ask_listener(transport, answer)) == (ODD, Finished("stop"))


def test_row_50_separators_inside_a_whole_answer_arrive_unchanged(transport: Transport) -> None:
    said = {
        "v1": {"choices": [{"message": {"content": ODD}, "finish_reason": "stop"}]},
        "sdk": write_native({"choices": [{"message": write_said(), "finishReason": "stop"}]}),
        "sdk-cohere": write_native({"text": ODD, "finishReason": "COMPLETE"}),
        "responses": write_response(),
        "responses-unstored": write_response(),
    }[transport.name]
    body = json.dumps(said, ensure_ascii=False).encode()
    with Listener(respond(200, body)) as server:
        model = transport.model(client=transport.client(endpoint=server.url))
        assert model.complete_sync(COUNT).text == ODD


def write_native(response: dict[str, Any]) -> dict[str, Any]:
    return {"modelId": "m", "modelVersion": "1", "chatResponse": response}


def write_said() -> dict[str, Any]:
    return {"role": "ASSISTANT", "content": [{"type": "TEXT", "text": ODD}]}


def write_response() -> dict[str, Any]:
    content = [{"type": "output_text", "text": ODD, "annotations": []}]
    output = [{"type": "message", "id": "msg_1", "role": "assistant", "content": content}]
    return {"id": "resp_1", "status": "completed", "output": output}
