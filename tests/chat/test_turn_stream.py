"""The events of a conversation's turn: the turn keeps what passes."""

from __future__ import annotations

import asyncio
from typing import Final

from ocigenai_nb import Conversation
from ocigenai_nb.core.events import Event, Failed, Finished, Interrupted, TextDelta
from ocigenai_nb.emulator.service import Service
from tests.transports.interrupts import interrupted_once
from tests.transports.subject import COUNT, COUNTED
from tests.transports.wires import V1, read_sent

KEPT: Final = ("1 2 3 4", "interrupted", "stopped")


def test_the_events_pass_and_the_turn_keeps_them(chat: Conversation) -> None:
    stream = chat.stream(COUNT)
    events = list(stream)
    assert "".join(event.text for event in events if isinstance(event, TextDelta)) == COUNTED
    assert isinstance(events[-1], Finished)
    assert stream.reply == chat.replies[0]
    assert (stream.reply.text, stream.reply.status) == (COUNTED, "finished")


def test_an_async_loop_gets_the_same(chat: Conversation) -> None:
    async def read() -> list[Event]:
        return [event async for event in chat.stream(COUNT)]

    assert asyncio.run(read())[-1] == Finished("stop", chat.model)
    assert chat.replies[0].text == COUNTED


def test_the_reply_is_never_behind_the_events_that_were_read(chat: Conversation) -> None:
    stream = chat.stream(COUNT)
    read = ""
    for event in stream:
        read += event.text if isinstance(event, TextDelta) else ""
        assert stream.reply.text.startswith(read)
    assert read == COUNTED


def test_a_turn_comes_to_its_end_though_nobody_reads_it(chat: Conversation) -> None:
    stream = chat.stream(COUNT)
    assert stream.turn.wait(60).text == COUNTED
    assert stream.turn.status == "finished"


def wait_for_four(event: Event) -> bool:
    return isinstance(event, TextDelta) and "4" in event.text


def read_turn(chat: Conversation) -> tuple[str, str, str | None]:
    [reply] = chat.replies
    return reply.text, reply.status, reply.finish_reason


def test_a_turn_that_is_left_early_is_kept(chat: Conversation, service: Service) -> None:
    service.fault("stall", after_events=5)
    for event in chat.stream(COUNT):
        if wait_for_four(event):
            break
    service.journal.wait_for(lambda entry: entry.outcome == "client left")
    assert read_turn(chat) == KEPT
    chat.send("Go on.")
    assert read_sent(V1, service.journal.last).said[1] == ("assistant", "1 2 3 4")


def test_a_turn_that_an_async_loop_leaves_early_is_kept(
    chat: Conversation, service: Service
) -> None:
    service.fault("stall", after_events=5)

    async def leave() -> None:
        async for event in chat.stream(COUNT):
            if wait_for_four(event):
                break

    asyncio.run(leave())
    chat.turns[0].wait(60)
    assert read_turn(chat) == KEPT


def test_a_turn_that_is_stopped_ends_and_is_kept(chat: Conversation, service: Service) -> None:
    service.fault("stall", after_events=5)
    stream = chat.stream(COUNT)
    events: list[Event] = []
    for event in stream:
        events.append(event)
        if wait_for_four(event):
            stream.stop()
    assert events[-1] == Interrupted("stopped")
    assert read_turn(chat) == KEPT


def test_a_turn_that_is_interrupted_is_kept(chat: Conversation, service: Service) -> None:
    service.fault("stall", after_events=5)
    stream = chat.stream(COUNT)

    def wait_for_text() -> None:
        while stream.reply.text != "1 2 3 4":
            service.journal.wait_for(lambda entry: entry.outcome == "open")

    with interrupted_once(wait_for_text):
        list(stream)
    service.journal.wait_for(lambda entry: entry.outcome == "client left")
    assert read_turn(chat) == KEPT


def test_what_goes_wrong_is_the_last_event_and_nothing_is_raised(
    chat: Conversation, service: Service
) -> None:
    service.fault("status", status=501)
    last = list(chat.stream(COUNT))[-1]
    assert isinstance(last, Failed)
    assert chat.replies[0].error is last.error
    service.fault("eof", after_events=5)
    last = list(chat.stream(COUNT))[-1]
    assert isinstance(last, Interrupted)
    assert (chat.replies[1].text, chat.replies[1].finish_reason) == ("1 2 3 4", "cut")


def test_the_reply_ends_once(chat: Conversation) -> None:
    """Leaving the loop at its end does not turn an answer into an interrupted one."""
    for event in chat.stream(COUNT):
        if isinstance(event, Finished):
            break
    assert read_turn(chat) == (COUNTED, "finished", "stop")
