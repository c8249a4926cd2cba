"""The journal: what it keeps, what it keeps out, and what may go wrong with its file."""

from __future__ import annotations

import gc
import json
import pickle
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from ocigenai_nb import Conversation, Image, Journal
from ocigenai_nb.chat import journal_entry
from ocigenai_nb.chat.journal import session_journal
from ocigenai_nb.chat.reply import Raw, Reply
from ocigenai_nb.core.errors import (
    DataFormatError,
    JournalError,
    ServerFailureError,
    ThrottledError,
    UnknownOptionError,
    UsageError,
)
from ocigenai_nb.core.json_text import RawEvent
from ocigenai_nb.core.messages import ToolCall, Usage
from ocigenai_nb.emulator.service import Service
from tests.chat.replies import ROUTE, SENT_AT, ask_of, make_reply
from tests.transports.subject import COUNT, COUNTED, GPT, LLAMA

SECRET = "sk-" + "Ab3" * 12


@pytest.fixture
def journal() -> Iterator[Journal]:
    """An empty one, in memory."""
    with Journal() as made:
        yield made


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a journal may be."""
    return tmp_path / "session.journal"


def keep(journal: Journal, *texts: str, conversation: str = "c") -> list[str | None]:
    """Record replies of these texts; returns the warnings."""
    return [
        journal.record(make_reply(text), conversation=conversation, turn=1, parent=None)
        for text in texts
    ]


def answers(journal: Journal) -> list[str]:
    return [entry.answer for entry in journal]


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
    shown = {name: getattr(entry, name) for name in journal_entry.COLUMNS[:-2]}
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
        everything = repr([getattr(entry, name) for name in journal_entry.COLUMNS[:-2]])
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
    monkeypatch.setattr(journal_entry, "LARGEST", 110)
    events = tuple(RawEvent(b'{"number": %d, "x": "%s"}' % (n, b"x" * 30)) for n in range(5))
    journal.record(make_reply(raw=Raw({}, events)), conversation="c", turn=1, parent=None)
    entry = journal.last
    assert entry is not None
    assert [event["number"] for event in entry.events] == [0, 1]
    assert entry.left_out == "The last 3 events (0 kB) are not kept: they are too many."


def test_a_request_beyond_the_cap_is_left_out_with_a_note(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_entry, "LARGEST", 1000)
    raw = Raw({"text": "x" * 2048})
    journal.record(make_reply("Yes.", raw=raw), conversation="c", turn=1, parent=None)
    entry = journal.last
    assert entry is not None
    assert (entry.request, entry.answer) == (None, "Yes.")
    assert entry.left_out == "The request (2 kB) is not kept: it is too large."


def test_an_event_gives_its_text_without_being_read() -> None:
    assert RawEvent(b'{"a": broken').text == '{"a": broken'


# Reading


def test_all_words_must_occur_anywhere_in_an_exchange(journal: Journal) -> None:
    reply = make_reply("Blau ist er.", prompt="Warum ist der Himmel so?", reasoning="Rayleigh")
    journal.record(reply, conversation="c", turn=1, parent=None)
    failed = make_reply(status="failed", error=ThrottledError("Too many requests."))
    journal.record(ask_of(GPT, failed), conversation="c", turn=2, parent=1)
    for words in ("himmel BLAU", "rayleigh", "llama-3.3 himm", ""):
        assert journal.search(words)[0].turn == 1, words
    assert [entry.turn for entry in journal.search("throttlederror gpt-4.1")] == [2]
    assert journal.search("himmel throttlederror") == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Die STRASSE", "straße"),
        ("ΣΊΣΥΦΟΣ", "σίσυφος"),
        ("ПРИВЕТ, мир", "привет МИР"),
        ("cafe\u0301", "CAFÉ"),
        ("空はなぜ青いのですか", "青い"),
        ("\uff21\uff22\uff23", "abc"),
        ("Zusammenhang", "mmenh"),
        ("100% of x_y 'quoted\" \\ *", "100% x_y 'quoted\" \\ *"),
    ],
)
def test_search_knows_every_script_and_takes_each_character_as_it_is(
    journal: Journal, text: str, words: str
) -> None:
    keep(journal, text, "100 xay of something else")
    assert [entry.answer for entry in journal.search(words)] == [text]


def test_search_gives_the_newest_matches_the_newest_last(journal: Journal) -> None:
    keep(journal, *(f"number {number}" for number in range(300)))
    found = journal.search("number", limit=2)
    assert [entry.answer for entry in found] == ["number 298", "number 299"]
    assert [entry.answer for entry in journal.search("127 number")] == ["number 127"]
    with pytest.raises(UsageError, match="limit=0"):
        journal.search("number", limit=0)


def test_the_dataframe_has_proper_types(journal: Journal) -> None:
    keep(journal, "one")
    journal.record(make_reply(usage=None, notices=("a", "b")), conversation="d", turn=2, parent=1)
    frame = journal.df()
    assert isinstance(frame["at"].dtype, pd.DatetimeTZDtype)
    assert str(frame["at"].dtype.tz) == "UTC"
    assert frame["at"][0] == pd.Timestamp(SENT_AT)
    assert [str(frame[name].dtype) for name in ("turn", "parent", "input_tokens")] == ["Int64"] * 3
    assert pd.isna(frame["parent"][0])
    assert pd.isna(frame["input_tokens"][1])
    assert (str(frame["total"].dtype), str(frame["emulated"].dtype)) == ("float64", "bool")
    assert frame["notices"][1] == "a\nb"
    assert frame["error"].isna().all()
    assert not {"packed_request", "request", "events"} & set(frame)


def test_a_dataframe_can_be_of_one_conversation_or_model_and_of_the_newest(
    journal: Journal,
) -> None:
    keep(journal, "1", "2", conversation="a")
    keep(journal, "3", conversation="b")
    journal.record(ask_of(GPT, make_reply("4")), conversation="a", turn=1, parent=None)
    assert list(journal.df(conversation="a")["answer"]) == ["1", "2", "4"]
    assert list(journal.df(conversation="a", model=GPT)["answer"]) == ["4"]
    assert list(journal.df(limit=2)["answer"]) == ["3", "4"]
    assert list(journal.df(words="GPT-4.1", conversation="a")["answer"]) == ["4"]
    assert list(journal.df(words="why llama", limit=1)["answer"]) == ["3"]
    assert journal.df(words="why unsaid").empty
    with pytest.raises(UnknownOptionError, match="Did you mean 'model'"):
        journal.df(modle=GPT)  # type: ignore[call-arg]


def test_the_wire_comes_into_the_dataframe_when_asked_for(journal: Journal) -> None:
    raw = Raw({"model": LLAMA}, ({"id": 1},))
    journal.record(make_reply(raw=raw), conversation="c", turn=1, parent=None)
    frame = journal.df(wire=True)
    assert json.loads(frame["request"][0]) == {"model": LLAMA}
    assert json.loads(frame["events"][0]) == [{"id": 1}]


def test_an_empty_journal_makes_dataframes_with_the_same_columns(journal: Journal) -> None:
    empty, costs = journal.df(), journal.cost()
    keep(journal, "one")
    assert (empty.dtypes == journal.df().dtypes).all()
    assert list(costs) == list(journal.cost())
    assert (len(empty), len(costs)) == (0, 0)


def test_costs_add_up_by_model_and_apart_from_the_emulators(journal: Journal) -> None:
    replies = [
        make_reply(),
        make_reply(),
        make_reply(usage=None),
        replace(make_reply(), emulated=True),
        ask_of(GPT, make_reply()),
    ]
    for reply in replies:
        journal.record(reply, conversation="c", turn=1, parent=None)
    costs = journal.cost().set_index(["model", "emulated"])
    assert costs["estimated_usd"].to_dict() == {
        (LLAMA, False): pytest.approx(2 * 0.00096048),
        (LLAMA, True): pytest.approx(0.00096048),
        (GPT, False): 0,
    }
    counts = costs[["exchanges", "input_tokens", "not_estimated"]]
    assert counts.to_numpy().tolist() == [[3, 2468, 1], [1, 1234, 0], [1, 1234, 1]]


# The file


def test_a_journal_is_read_by_its_owner_alone(path: Path) -> None:
    with Journal(path) as journal:
        keep(journal, "one")
        modes = {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert modes == {0o600}


def test_clearing_leaves_nothing_in_the_file(path: Path) -> None:
    with Journal(path) as journal:
        keep(journal, "unmistakable " * 1000)
        journal.clear()
        assert (len(journal), journal.last) == (0, None)
        files = [file.read_bytes() for file in path.parent.iterdir()]
        assert not any(b"unmistakable" in content for content in files)
        keep(journal, "next")
        assert answers(journal) == ["next"]


def test_a_closed_journal_says_so_and_loses_no_turn(path: Path) -> None:
    journal = Journal(path)
    keep(journal, "one")
    journal.close()
    journal.close()
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    with pytest.raises(JournalError, match="closed"):
        len(journal)
    first, second = keep(journal, "two", "three")
    assert first == "The journal is closed, so exchanges are no longer recorded."
    assert second is None


def test_a_file_of_something_else_is_refused_and_left_alone(path: Path) -> None:
    path.write_text("Dear diary,\n" * 100)
    with pytest.raises(DataFormatError, match="is not a journal: it is no SQLite database"):
        Journal(path)
    assert path.read_text().startswith("Dear diary,")
    path.unlink()
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE mine (x)")
    other.close()
    before = path.read_bytes()
    with pytest.raises(DataFormatError, match="it is a database of something else"):
        Journal(path)
    assert path.read_bytes() == before


def test_a_journal_of_a_newer_layout_is_refused(path: Path) -> None:
    Journal(path).close()
    with sqlite3.connect(path) as other:
        other.execute("PRAGMA user_version = 2")
    other.close()
    with pytest.raises(DataFormatError, match=r"newer layout \(2\) than .* \(1\)") as caught:
        Journal(path)
    assert caught.value.remedy == "Update ocigenai_nb, or name another file."


def test_a_journal_that_cannot_be_opened_says_why(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "missing" / "journal"):
        with pytest.raises(JournalError, match="can't be opened"):
            Journal(place)


def test_a_locked_file_costs_a_warning_and_no_exchange(path: Path) -> None:
    with Journal(path) as journal:
        keep(journal, "one")
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        first, second = keep(journal, "two", "three")
        assert first is not None
        assert "can't be written (database is locked), so exchanges are kept in memory" in first
        assert second is None, "It warns once."
        assert answers(journal) == ["one", "two", "three"]
        assert [entry.answer for entry in journal.search("Why?")] == ["one", "two", "three"]
        assert len(journal) == 3
        other.execute("ROLLBACK")
        other.close()
        assert keep(journal, "four") == [None]
        with Journal(path) as again:
            assert answers(again) == ["one", "two", "three", "four"]


def test_a_full_disk_costs_a_warning_and_no_exchange(path: Path) -> None:
    with Journal(path) as journal:
        keep(journal, "one")
        connection = journal._file._connection
        connection.execute("PRAGMA max_page_count = 4")
        warned, again = keep(journal, "two " * 10_000, "three")
        assert warned is not None
        assert "database or disk is full" in warned
        assert again is None
        assert [text[:5] for text in answers(journal)] == ["one", "two t", "three"]
        connection.execute("PRAGMA max_page_count = 100000")
        assert keep(journal, "four") == [None]
    with Journal(path) as journal:
        assert [text[:5] for text in answers(journal)] == ["one", "two t", "three", "four"]


def test_closing_tells_what_could_not_be_written(path: Path) -> None:
    journal = Journal(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    keep(journal, "one")
    with pytest.raises(JournalError, match="1 exchange could not be written"):
        journal.close()
    other.close()


def test_a_reply_that_cannot_be_recorded_breaks_no_turn(journal: Journal) -> None:
    reply = make_reply(raw=Raw({"odd": object()}))
    warning = journal.record(reply, conversation="c", turn=1, parent=None)
    assert warning == "The journal can't record this exchange (TypeError)."
    assert keep(journal, "next") == [None]
    assert answers(journal) == ["next"]


# Threads and processes


def test_threads_write_while_another_reads(path: Path) -> None:
    with Journal() as memory, Journal(path) as file:
        for journal in (memory, file):
            threads = [
                threading.Thread(target=keep, args=(journal, *map(str, range(50))))
                for _ in range(4)
            ]
            for thread in threads:
                thread.start()
            while any(thread.is_alive() for thread in threads):
                assert len(list(journal)) <= 200
            assert len(journal) == 200


def start(script: str, *arguments: object) -> subprocess.Popen[bytes]:
    """A process of its own, in which this script runs."""
    command = [sys.executable, "-W", "error", "-c", f"{BEGIN}{script}", *map(str, arguments)]
    return subprocess.Popen(command, cwd=Path(__file__).parents[2])


BEGIN = """
import os, sys
from ocigenai_nb.chat.journal import Journal
from tests.chat.replies import make_reply

def keep(journal, text, turn=1):
    reply = make_reply(text)
    assert journal.record(reply, conversation="c", turn=turn, parent=None) is None

def answers(journal):
    return [entry.answer for entry in journal]
"""
WRITE = """
with Journal(sys.argv[1]) as journal:
    for number in range(25):
        keep(journal, sys.argv[2], number)
"""
FORK = """
with Journal(sys.argv[1]) as file, Journal() as memory:
    keep(file, "one")
    keep(memory, "one")
    with file._lock, memory._lock:  # as a thread holds it that the child does not have
        child = os.fork()
    if child == 0:
        keep(file, "two")
        os._exit(0 if answers(file) == ["one", "two"] and answers(memory) == [] else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert answers(file) == ["one", "two"]
    assert answers(memory) == ["one"]
"""


def test_processes_share_a_file(path: Path) -> None:
    writers = [start(WRITE, path, name) for name in "ab"]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    with Journal(path) as journal:
        assert sorted(answers(journal)) == ["a"] * 25 + ["b"] * 25


def test_a_forked_child_opens_the_file_anew_and_waits_for_no_lock(path: Path) -> None:
    assert start(FORK, path).wait(60) == 0


def test_pickling_takes_the_path_along_and_not_the_connection(path: Path) -> None:
    with Journal(path) as file, Journal() as memory:
        keep(file, "one")
        keep(memory, "one")
        with pickle.loads(pickle.dumps(file)) as again:
            assert answers(again) == ["one"]
        with pickle.loads(pickle.dumps(memory)) as empty:
            assert len(empty) == 0


def test_a_journal_that_is_let_go_closes_its_file(path: Path) -> None:
    keep(Journal(path), "one")
    gc.collect()
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_the_session_has_one_journal_in_memory() -> None:
    assert session_journal() is session_journal()
    assert session_journal().path is None


def test_recording_is_quick(journal: Journal) -> None:
    text = " ".join(f"word{number}" for number in range(1000))
    reply: Reply = make_reply(text, raw=Raw({"messages": [{"content": text}]}))
    times = []
    for _ in range(20):
        began = time.perf_counter()
        journal.record(reply, conversation="c", turn=1, parent=None)
        times.append(time.perf_counter() - began)
    assert min(times) < 0.005, "A tenth of that, on a machine that does nothing else."


def test_the_time_of_an_exchange_is_that_of_its_sending_in_utc(journal: Journal) -> None:
    here = SENT_AT.astimezone(datetime.now().astimezone().tzinfo)
    journal.record(replace(make_reply(), sent_at=here), conversation="c", turn=1, parent=None)
    assert journal.df()["at"][0] == pd.Timestamp(SENT_AT)
    entry = journal.last
    assert entry is not None
    assert entry.at.tzinfo == UTC
