"""Facts about record and replay: the same events, and nothing sent."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import ocigenai_nb as og
from ocigenai_nb.core.errors import ServerFailureError, UsageError
from ocigenai_nb.core.events import Event, Interrupted, TextDelta
from ocigenai_nb.core.messages import Message, Tool
from ocigenai_nb.core.plain_data import event_to_data
from ocigenai_nb.core.thread import Answer, fold
from ocigenai_nb.transports.client import SignedClient
from tests.transports.cassettes import END, penniless, record_hi
from tests.transports.subject import COUNT, COUNTED, Transport, over

WEATHER = Tool(
    "get_weather",
    "The weather in a city.",
    {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
)


def plain(events: Iterable[Event]) -> list[dict[str, Any]]:
    """Events as data, without what takes no part in equality."""
    return [
        {name: value for name, value in event_to_data(event).items() if name != "raw"}
        for event in events
    ]


def ask_twice(transport: Transport, cassette: Path, **asked: Any) -> tuple[Any, Any]:
    """The events of a request, and of the same one replayed. Nothing is sent for the second."""
    model = transport.model()
    prompt = asked.pop("prompt", COUNT)
    with og.record(cassette):
        recorded = plain(model.stream(prompt, **asked))
    requests = len(transport.service.journal)
    with og.replay(cassette, speed=None):
        replayed = plain(transport.model(client=penniless()).stream(prompt, **asked))
    assert len(transport.service.journal) == requests
    return recorded, replayed


def test_a_replayed_turn_has_equal_events(transport: Transport, cassette: Path) -> None:
    recorded, replayed = ask_twice(transport, cassette)
    assert replayed == recorded
    assert {"Started", "TextDelta", "UsageReport", "Finished"} <= {e["kind"] for e in recorded}
    assert recorded[0]["request_id"]


def test_an_answer_in_one_piece_is_replayed_too(transport: Transport, cassette: Path) -> None:
    recorded, replayed = ask_twice(transport, cassette, whole=True)
    assert replayed == recorded


def test_tool_calls_and_their_ids_are_replayed(transport: Transport, cassette: Path) -> None:
    recorded, replayed = ask_twice(
        transport, cassette, prompt="What is the weather in Paris?", tools=(WEATHER,)
    )
    assert replayed == recorded
    assert "ToolCallReady" in {event["kind"] for event in recorded}


def test_an_error_and_the_retries_before_it_are_replayed(
    transport: Transport, cassette: Path
) -> None:
    transport.service.fault("status", status=500, times=None)
    recorded, replayed = ask_twice(transport, cassette)
    assert replayed == recorded
    assert recorded[-1]["error"]["kind"] == ServerFailureError.__name__
    assert recorded[-1]["error"]["request_id"]
    assert "Notice" in {event["kind"] for event in recorded}


def test_a_stream_that_broke_off_is_replayed_as_it_broke(
    transport: Transport, cassette: Path
) -> None:
    transport.service.fault("cut", after_events=transport.after(4), times=None)
    recorded, replayed = ask_twice(transport, cassette)
    assert replayed == recorded
    assert recorded[-1]["kind"] == "Interrupted"


def test_a_turn_that_was_stopped_is_replayed_as_far_as_it_came(
    transport: Transport, cassette: Path
) -> None:
    transport.stall()
    with og.record(cassette):
        stream = transport.model().stream(COUNT)
        recorded = []
        for event in stream:
            recorded.append(event)
            if isinstance(event, TextDelta):
                stream.stop()
    assert recorded[-1] == Interrupted("stopped")
    with og.replay(cassette, speed=None):
        replayed = list(transport.model(client=penniless()).stream(COUNT))
    assert plain(replayed) == plain(recorded)


@over("v1")
def test_a_turn_under_way_when_the_recording_ends_is_kept_as_interrupted(
    transport: Transport, cassette: Path
) -> None:
    transport.stall()
    with og.record(cassette):
        stream = transport.model().stream(COUNT)
        events = iter(stream)
        while not isinstance(next(events), TextDelta):
            """Until the answer has begun."""
    stream.stop()
    with og.replay(cassette, speed=None):
        answer = transport.ask(COUNT, client=penniless())
    assert (answer.status, answer.finish_reason) == ("interrupted", "the recording ended")
    assert COUNTED.startswith(answer.text)
    assert answer.text


def test_a_conversation_is_replayed_turn_by_turn(transport: Transport, cassette: Path) -> None:
    def talk(client: SignedClient | None) -> list[Answer]:
        model = transport.model(client=client)
        first = model.complete_sync("My name is Ann.")
        history = [Message.user("My name is Ann."), first.message, Message.user("Who am I?")]
        return [first, model.complete_sync(history)]

    with og.record(cassette):
        recorded = talk(None)
    with og.replay(cassette, speed=None):
        assert talk(penniless()) == recorded


@over("v1")
def test_every_way_to_ask_goes_through_the_cassette(transport: Transport, cassette: Path) -> None:
    model = transport.model()
    with og.record(cassette):
        recorded = [model.complete_sync(COUNT), fold(model.stream("hi"))]
    with og.replay(cassette, speed=None):
        poor = transport.model(client=penniless())
        assert fold(poor.stream("hi")) == recorded[1]
        assert asyncio.run(poor.complete(COUNT)) == recorded[0]


@over("v1", "sdk")
def test_a_session_that_has_no_token_replays_as_well(transport: Transport, cassette: Path) -> None:
    with og.record(cassette):
        recorded = transport.ask(COUNT)
    with og.replay(cassette, speed=None):
        assert transport.ask(COUNT, client=penniless("SESSION")) == recorded


@over("v1")
@pytest.mark.parametrize(("speed", "least"), [(1.0, 0.2), (4.0, 0.05), (None, 0)])
def test_events_come_with_the_delays_they_had(
    transport: Transport, cassette: Path, speed: float | None, least: float
) -> None:
    last = 0.2 if speed else 100_000.0
    record_hi(transport, cassette, [[0.0, {"kind": "TextDelta", "text": "a"}], [last, END]])
    begun = time.perf_counter()
    with og.replay(cassette, speed=speed):
        assert transport.ask("hi", client=penniless()).text == "a"
    assert least <= time.perf_counter() - begun < 60


@over("v1")
def test_a_replayed_turn_can_be_stopped_while_it_waits(
    transport: Transport, cassette: Path
) -> None:
    record_hi(transport, cassette, [[0.0, {"kind": "TextDelta", "text": "a"}], [100_000.0, END]])
    with og.replay(cassette), closing(iter(transport.model(client=penniless()).stream("hi"))) as it:
        assert next(it) == TextDelta("a")
    with og.replay(cassette):
        stream = transport.model(client=penniless()).stream("hi")
        events = []
        for event in stream:
            events.append(event)
            stream.stop()
    assert events == [TextDelta("a"), Interrupted("stopped")]


@pytest.mark.parametrize("speed", [0, -1.0, float("nan")])
def test_a_speed_that_is_not_above_zero_is_refused(cassette: Path, speed: float) -> None:
    with pytest.raises(UsageError, match="speed is"), og.replay(cassette, speed=speed):
        """Never reached."""


@pytest.mark.parametrize(("first", "said"), [("record", "recorded"), ("replay", "replayed")])
@pytest.mark.parametrize("second", ["record", "replay"])
def test_only_one_cassette_can_be_open(
    cassette: Path, tmp_path: Path, first: str, second: str, said: str
) -> None:
    for path in (cassette, tmp_path / "other"):
        with og.record(path):
            """A cassette of no exchange."""
    before = (tmp_path / "other").read_bytes()
    refused = pytest.raises(UsageError, match=f"A cassette is being {said} already")
    with getattr(og, first)(cassette), refused, getattr(og, second)(tmp_path / "other"):
        """Never reached."""
    assert (tmp_path / "other").read_bytes() == before
    with getattr(og, second)(tmp_path / "other"):
        """The first one has ended."""


@over("v1")
def test_after_the_block_requests_go_to_the_service_again(
    transport: Transport, cassette: Path
) -> None:
    with pytest.raises(ZeroDivisionError), og.record(cassette):
        assert transport.ask("hi").attempts / 0
    with og.replay(cassette, speed=None):
        transport.ask("hi", client=penniless())
    before = len(transport.service.journal)
    assert transport.ask("hi").error is None
    assert len(transport.service.journal) == before + 1
    assert cassette.read_text("utf-8").count("\n") == 2


@over("responses")
def test_what_is_no_turn_is_refused_during_a_replay(transport: Transport, cassette: Path) -> None:
    model: Any = transport.model()
    with og.record(cassette):
        answer = model.complete_sync(COUNT)
    requests = len(transport.service.journal)
    with og.replay(cassette, speed=None):
        for call in (model.retrieve_sync, model.delete_sync, model.input_items_sync):
            with pytest.raises(UsageError, match="A cassette is being replayed"):
                call(answer.response_id)
    assert len(transport.service.journal) == requests
    assert model.retrieve_sync(answer.response_id)["id"] == answer.response_id
