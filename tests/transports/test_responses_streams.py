"""Streams of the Responses transport, whichever way they end."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from ocigenai_nb.core.errors import InStreamError, StreamCutError
from ocigenai_nb.core.events import Interrupted, TextDelta
from ocigenai_nb.core.messages import ToolCall
from ocigenai_nb.core.thread import fold
from tests.core.response_events import (
    ID,
    Body,
    added,
    arguments,
    call,
    completed,
    created,
    done,
    ended,
    error,
    numbered,
    refused,
)
from tests.transports.listener import Listener
from tests.transports.response_bodies import DONE, HELLO, WEATHER, Ask, ask, stream

# "Still present" 6: streams


def test_a_streamed_call_has_its_name_and_its_call_id(model: Ask) -> None:
    begun = call("call_a", "weather")
    pieces = (arguments('{"city": '), arguments('"Paris"}'))
    events = (created(), added(begun), *pieces, done(WEATHER), completed(WEATHER))
    answer = ask(model, stream(*events))
    assert answer.tool_calls == (ToolCall("call_a", "weather", '{"city": "Paris"}'),)
    assert answer.finish_reason == "tool_calls"


def test_a_streamed_call_without_deltas_of_arguments_does_not_vanish(model: Ask) -> None:
    answer = ask(model, stream(created(), done(WEATHER), completed(WEATHER)))
    assert answer.tool_calls == (ToolCall("call_a", "weather", '{"city": "Paris"}'),)


@pytest.mark.parametrize(
    "end",
    [
        error("The model is gone.", "server_error"),
        ended("failed", error={"code": "server_error", "message": "The model is gone."}),
    ],
)
def test_an_error_within_a_stream_is_not_silent(model: Ask, end: Body) -> None:
    answer = ask(model, stream(*HELLO, end))
    assert (answer.text, answer.status) == ("Hello", "failed")
    assert isinstance(answer.error, InStreamError)
    assert (answer.error.message, answer.error.code) == ("The model is gone.", "server_error")


def test_an_incomplete_stream_ends_and_says_why(model: Ask) -> None:
    end = ended("incomplete", incomplete_details={"reason": "max_output_tokens"})
    answer = ask(model, stream(*HELLO, end))
    assert (answer.text, answer.status, answer.finish_reason) == ("Hello", "finished", "length")


def test_usage_of_a_stream_is_kept(model: Ask) -> None:
    usage = ask(model, stream(*HELLO, DONE)).usage
    assert usage is not None
    assert (usage.input, usage.output, usage.cached, usage.reasoning) == (5, 4, 2, 1)


def test_a_final_event_without_its_blank_line_is_a_cut_and_not_a_silence(model: Ask) -> None:
    (end,) = numbered(DONE, first=len(HELLO))
    with Listener(stream(*HELLO, tail=b"data: " + end)) as listener:
        events = list(model(listener.url).stream("Hi."))
    answer = fold(events)
    assert (answer.text, answer.status, answer.response_id) == ("Hello", "interrupted", ID)
    assert isinstance(answer.error, StreamCutError)
    assert "was dropped" in answer.notices[0]


def test_a_stream_that_the_connection_cuts_keeps_its_text(model: Ask) -> None:
    cut = stream(*HELLO).replace(b"connection: close", b"content-length: 100000")
    answer = ask(model, cut)
    assert (answer.text, answer.status, answer.finish_reason) == ("Hello", "interrupted", "cut")


def test_an_early_done_is_a_cut(model: Ask) -> None:
    answer = ask(model, stream(*HELLO, tail=b"data: [DONE]\n\n"))
    assert (answer.text, answer.status) == ("Hello", "interrupted")


def test_a_refusal_of_the_model_is_told(model: Ask) -> None:
    answer = ask(model, stream(created(), refused("I won't."), completed()))
    assert (answer.text, answer.finish_reason) == ("I won't.", "refusal")


def test_stopping_a_stream_ends_it_at_once(model: Ask) -> None:
    closed = threading.Event()

    def answer(connection: Any) -> None:
        connection.sendall(stream(*HELLO))
        connection.settimeout(5)
        assert connection.recv(1) == b""
        closed.set()

    with Listener(answer) as listener:
        events = model(listener.url).stream("Hi.")
        read = []
        for event in events:
            read.append(event)
            if isinstance(event, TextDelta):
                events.stop()
    assert closed.is_set()
    assert isinstance(read[-1], Interrupted)
