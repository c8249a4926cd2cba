"""The journal: what it keeps of an exchange, and what it keeps out."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from ocigenai_nb import Conversation, Image, Journal
from ocigenai_nb.chat import journal_entry, journal_packing
from ocigenai_nb.chat.journal import session_journal
from ocigenai_nb.chat.reply import Raw, Reply
from ocigenai_nb.core.errors import ServerFailureError, ThrottledError
from ocigenai_nb.core.json_text import RawEvent
from ocigenai_nb.core.messages import ToolCall, Usage
from ocigenai_nb.emulator.service import Service
from tests.chat.journals import answers, keep
from tests.chat.replies import ROUTE, SENT_AT, make_reply
from tests.transports.subject import COUNT, COUNTED, LLAMA

SECRET = "sk-" + "Ab3" * 12
SHOWN = [name for name in journal_entry.COLUMNS if not name.startswith("packed_")]


# What is kept


def test_an_entry_says_everything_of_an_exchange(journal: Journal) -> None:
    reply = make_reply(
        "Because.",
        reasoning="Hm.",
        request_id="A/B/C",
        response_id="resp_1",
        attempts=2,
        notices=("top_p is not sent.",),
    )
    assert journal.record(reply, conversation="sky", turn=3, parent=2) is None
    entry = journal.last
    assert entry is not None
    shown = {name: getattr(entry, name) for name in SHOWN}
    assert shown.pop("cost") == pytest.approx(0.00096048)
    assert shown == {
        "at": SENT_AT,
        "conversation": "sky",
        "turn": 3,
        "parent": 2,
        "model": LLAMA,
        "transport": "v1",
        "region": "us-chicago-1",
        "profile": "WORK",
        "auth": "api_key",
        "url": ROUTE.url,
        "emulated": False,
        "prompt": "Why?",
        "answer": "Because.",
        "reasoning": "Hm.",
        "status": "finished",
        "finish_reason": "stop",
        "error": None,
        "input_tokens": 1234,
        "output_tokens": 100,
        "cached_tokens": 34,
        "reasoning_tokens": 20,
        "ttft": 0.5,
        "total": 2.5,
        "tokens_per_second": 50.0,
        "request_id": "A/B/C",
        "response_id": "resp_1",
        "attempts": 2,
        "notices": ("top_p is not sent.",),
        "judged": (),
        "left_out": "",
    }
    assert entry.at.tzinfo is not None


def test_an_exchange_that_failed_is_kept_with_its_error(journal: Journal) -> None:
    error = ThrottledError("Too many requests.", status=429, request_id="R")
    reply = make_reply(status="failed", finish_reason="error", error=error, usage=None)
    journal.record(reply, conversation="c", turn=1, parent=None)
    entry = journal.last
    assert entry is not None
    assert (entry.status, entry.error) == ("failed", "ThrottledError: Too many requests.")
    assert (entry.input_tokens, entry.cost, entry.parent) == (None, None, None)


def test_the_wire_is_kept_as_it_was(chat: Conversation, service: Service, journal: Journal) -> None:
    reply = chat.send(COUNT)
    journal.record(reply, conversation="c", turn=1, parent=None)
    entry = journal.last
    assert entry is not None
    assert entry.request == service.journal.last.body
    assert entry.events == [dict(event) for event in reply.raw.events]
    assert entry.answer == COUNTED
    assert entry.left_out == ""


def test_a_conversation_keeps_a_journal_of_the_session(
    chat: Conversation, service: Service
) -> None:
    before = len(session_journal())
    chat.send(COUNT)
    service.fault("status", status=500, times=None)
    with pytest.raises(ServerFailureError):
        chat.send(COUNT)
    assert len(session_journal()) == before + 2
    last = session_journal().last
    assert last is not None
    assert (last.turn, last.parent, last.status) == (2, 1, "failed")


def test_entries_come_in_order_the_newest_last_over_any_number_of_pages(path: Path) -> None:
    with Journal() as memory, Journal(path) as file:
        for journal in (memory, file):
            assert (len(journal), list(journal), journal.last) == (0, [], None)
            texts = [str(number) for number in range(401)]
            keep(journal, *texts)
            assert answers(journal) == texts
            assert len(journal) == 401
            assert journal.last == list(journal)[-1]


def test_a_file_goes_on_where_it_was(path: Path) -> None:
    with Journal(path) as journal:
        keep(journal, "one", "zwei 🎈")
        first = list(journal)
    with Journal(str(path)) as journal:
        keep(journal, "three")
        assert list(journal)[:2] == first
        assert answers(journal) == ["one", "zwei 🎈", "three"]


def test_a_repr_is_short_and_says_how_many_and_where(journal: Journal, path: Path) -> None:
    keep(journal, "x" * 1000)
    assert repr(journal) == "Journal(1 exchange, in memory)"
    assert len(repr(journal.last)) < 250
    with Journal(path) as file:
        assert repr(file) == f"Journal(0 exchanges, in {str(path)!r})"
    assert repr(file) == f"Journal(closed, in {str(path)!r})"
    assert journal, "It is a journal, however empty."


def test_text_that_cannot_be_written_anywhere_is_mended(journal: Journal) -> None:
    usage = Usage(input=2**80, output=1, total=1)
    reply = make_reply("half \ud83d\x00", finish_reason="\udc00", usage=usage)
    assert journal.record(reply, conversation="\ud800", turn=1, parent=None) is None
    entry = journal.last
    assert entry is not None
    assert (entry.answer, entry.finish_reason) == ("half \ufffd\x00", "\ufffd")
    assert entry.input_tokens == 2**63 - 1


def test_the_session_has_one_journal_in_memory() -> None:
    assert session_journal() is session_journal()
    assert session_journal().path is None


def test_recording_is_quick(journal: Journal) -> None:
    text = " ".join(f"word{number}" for number in range(1000))
    reply: Reply = make_reply(text, raw=Raw({"messages": [{"content": text}]}))
    times = []
    for _ in range(20):
        began = time.thread_time()
        journal.record(reply, conversation="c", turn=1, parent=None)
        times.append(time.thread_time() - began)
    assert min(times) < 0.005, "A tenth of that, on a machine that does nothing else."


# What is kept out


def test_no_secret_is_written_wherever_it_stands(path: Path) -> None:
    request = {"messages": [{"content": SECRET}], "password": "hunter2hunter2"}
    events = (RawEvent(json.dumps({"error": f"bad key {SECRET}"}).encode()), {"key": SECRET})
    reply = make_reply(
        f"Your key is {SECRET}.",
        prompt=f"My key is {SECRET}.",
        reasoning=SECRET,
        notices=(SECRET,),
        error=ThrottledError(f"Refused {SECRET}."),
        raw=Raw(request, events),
    )
    with Journal(path) as journal:
        journal.record(reply, conversation=SECRET, turn=1, parent=None)
        entry = journal.last
        assert entry is not None
        assert entry.prompt == "My key is [redacted API key]."
        wire = json.dumps([entry.request, entry.events])
        everything = repr([getattr(entry, name) for name in SHOWN])
    assert SECRET not in wire + everything
    assert "hunter2" not in wire
    assert all(SECRET.encode() not in file.read_bytes() for file in path.parent.iterdir())


def test_a_secret_that_streamed_in_pieces_is_kept_out(journal: Journal) -> None:
    pieces = tuple(RawEvent(json.dumps({"delta": piece}).encode()) for piece in SECRET)
    said: list[dict[str, Any]] = [
        {"text": SECRET},
        {"reasoning": SECRET},
        {"tool_calls": (ToolCall("1", "f", json.dumps({"key": SECRET})),)},
    ]
    for fields in said:
        reply = make_reply(raw=Raw({}, pieces), **fields)
        journal.record(reply, conversation="c", turn=1, parent=None)
        entry = journal.last
        assert entry is not None
        assert (entry.events, entry.left_out) == (
            [],
            "The events are not kept: the answer holds a secret.",
        )


def test_pictures_are_replaced_by_their_type_and_size(journal: Journal) -> None:
    image = Image.from_bytes(b"\x89PNG" * 30_000, "image/png")
    request = {"messages": [{"content": [{"image_url": {"url": image.url}}, {"text": "hi"}]}]}
    journal.record(make_reply(raw=Raw(request)), conversation="c", turn=1, parent=None)
    entry = journal.last
    assert entry is not None
    assert entry.request == {
        "messages": [
            {"content": [{"image_url": {"url": "[image/png, 120,000 bytes]"}}, {"text": "hi"}]}
        ]
    }
    assert len(entry.packed_request) < 200


def test_events_beyond_the_cap_are_left_out_with_a_note(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_packing, "LARGEST", 110)
    events = tuple(RawEvent(b'{"number": %d, "x": "%s"}' % (n, b"x" * 30)) for n in range(5))
    journal.record(make_reply(raw=Raw({}, events)), conversation="c", turn=1, parent=None)
    entry = journal.last
    assert entry is not None
    assert [event["number"] for event in entry.events] == [0, 1]
    assert entry.left_out == "The last 3 events (0 kB) are not kept: they are too many."


def test_a_request_beyond_the_cap_is_left_out_with_a_note(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_packing, "LARGEST", 1000)
    raw = Raw({"text": "x" * 2048})
    journal.record(make_reply("Yes.", raw=raw), conversation="c", turn=1, parent=None)
    entry = journal.last
    assert entry is not None
    assert (entry.request, entry.answer) == (None, "Yes.")
    assert entry.left_out == "The request (2 kB) is not kept: it is too large."


def test_an_event_gives_its_text_without_being_read() -> None:
    assert RawEvent(b'{"a": broken').text == '{"a": broken'
