"""The journal of turns in which tools ran: what it keeps of the rounds, and what it keeps out."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ocigenai_nb import Journal
from ocigenai_nb.chat import journal_packing, journal_rounds
from ocigenai_nb.chat.journal_entry import Entry
from ocigenai_nb.chat.journal_file import VERSION
from ocigenai_nb.chat.reply import Raw, Reply
from ocigenai_nb.core.events import Judged
from ocigenai_nb.core.json_text import RawEvent
from ocigenai_nb.core.messages import ToolCall
from ocigenai_nb.core.rounds import Round, ToolResult
from tests.chat.journals import answers, keep
from tests.chat.replies import make_reply, make_round
from tests.chat.tools.conftest import WAYS
from tests.chat.tools.functions import WEATHER, Calls

SECRET = "sk-" + "Ab3" * 12
PEM = "-----BEGIN PRIVATE KEY-----"
FIRST = Raw({"round": 1}, ({"id": 1},))
LAST = Raw({"round": 2}, ({"id": 2},))


def record(journal: Journal, reply: Reply) -> Entry:
    """Keep a reply, and read what was kept."""
    assert journal.record(reply, conversation="c", turn=1, parent=None) is None
    entry = journal.last
    assert entry is not None
    return entry


def with_rounds(*rounds: Round, raw: Raw = LAST, earlier: tuple[Raw, ...] = (FIRST,)) -> Reply:
    return replace(make_reply("It is mild.", raw=raw, rounds=rounds), earlier=earlier)


# What is kept


def test_an_entry_holds_the_rounds_and_the_wire_of_each(path: Path) -> None:
    first = make_round(text="Let me see.", reasoning="Hm.", request_id="A", response_id="resp_1")
    second = Round(text="{", correction="That is no JSON.")
    reply = with_rounds(first, second, earlier=(FIRST, Raw({"round": 1.5}, ({"id": 1.5},))))
    with Journal(path) as journal:
        record(journal, reply)
    with Journal(path) as journal:
        entry = journal.last
    assert entry is not None
    assert entry.rounds == (first, second)
    assert entry.earlier == reply.earlier
    assert (entry.request, entry.events) == ({"round": 2}, [{"id": 2}])
    assert entry.left_out == ""


@pytest.mark.parametrize("way", WAYS)
def test_a_turn_with_tools_is_recorded_whole_on_every_transport(connection: Any, way: str) -> None:
    model, transport, store = WAYS[way]
    with Journal() as journal:
        connection.journal = journal
        tools = (Calls().get_weather,)
        chat = connection.chat(model, transport=transport, store=store, tools=tools)
        reply = chat.send(WEATHER)
        entry = journal.last
    assert entry is not None
    assert len(journal_texts(entry)) == 2
    assert [each.tool_calls for each in entry.rounds] == [each.tool_calls for each in reply.rounds]
    assert [each.results for each in entry.rounds] == [each.results for each in reply.rounds]
    assert [each.request for each in entry.earlier] == [each.request for each in reply.earlier]
    assert all(each.events for each in entry.earlier)
    assert entry.request == reply.raw.request
    assert entry.input_tokens == reply.usage.input


def journal_texts(entry: Entry) -> list[str]:
    """What the tools returned."""
    return [result.text for each in entry.rounds for result in each.results]


def test_a_turn_that_ended_while_tools_ran_is_kept_as_far_as_it_came(journal: Journal) -> None:
    call = ToolCall("1", "get_weather", "{}")
    reply = replace(make_reply(raw=FIRST, rounds=(Round(tool_calls=(call,)),)), earlier=())
    entry = record(journal, reply)
    assert entry.rounds[0].unanswered == (call,)
    assert (entry.earlier, entry.request) == ((), {"round": 1})


def test_what_hooks_found_is_kept_without_secrets(journal: Journal) -> None:
    found = Judged("Grounding", "grounded", f"It rests on {SECRET}.", 0.9)
    entry = record(journal, make_reply(judged=(found,)))
    assert entry.judged == (replace(found, text="It rests on [redacted API key]."),)
    assert journal.df()["judged"][0] == "Grounding: grounded"


# What is found


@pytest.mark.parametrize(
    "words", ["get_weather", '"city": "rome', "18 DEGREES", "let me see", "no json", "mild rome"]
)
def test_tools_arguments_results_and_corrections_are_searched(journal: Journal, words: str) -> None:
    keep(journal, "mild")
    record(journal, with_rounds(make_round(text="Let me see."), Round(correction="No JSON.")))
    keep(journal, "Rome")
    assert [entry.answer for entry in journal.search(words)] == ["It is mild."]
    assert list(journal.df(words=words)["answer"]) == ["It is mild."]


def test_the_dataframe_counts_rounds_and_names_the_tools(journal: Journal) -> None:
    keep(journal, "without")
    record(journal, with_rounds(make_round(), make_round(), make_round(name="get_time")))
    frame = journal.df()
    assert list(frame["rounds"]) == [0, 3]
    assert list(frame["tools"]) == ["", "get_weather, get_time"]
    assert (str(frame["rounds"].dtype), str(frame["tools"].dtype)) == ("Int64", "string")
    assert "earlier" not in frame
    wire = json.loads(journal.df(wire=True)["earlier"][1])
    assert wire == [{"request": {"round": 1}, "events": [{"id": 1}]}]


# What is kept out


def test_no_secret_of_a_round_is_written_wherever_it_stands(path: Path) -> None:
    call = ToolCall(SECRET, "log_in", json.dumps({"password": "hunter2hunter2", "key": SECRET}))
    said = Round(
        text=SECRET,
        reasoning=SECRET,
        tool_calls=(call,),
        results=(ToolResult(call, f"Logged in as {SECRET}"),),
        correction=SECRET,
        reasoning_items=({"sealed": SECRET},),
    )
    wire = Raw({"messages": [SECRET], "password": "hunter2hunter2"}, ({"error": SECRET},))
    with Journal(path) as journal:
        entry = record(journal, with_rounds(said, earlier=(wire,)))
        everything = repr([entry.rounds, entry.earlier, entry.request, entry.left_out])
        assert entry.rounds[0].results[0].text == "Logged in as [redacted API key]"
    assert SECRET not in everything
    assert "hunter2" not in everything
    assert all(SECRET.encode() not in file.read_bytes() for file in path.parent.iterdir())


def test_a_secret_that_streamed_in_pieces_is_kept_out_of_its_round(journal: Journal) -> None:
    pieces = tuple(RawEvent(json.dumps({"delta": piece}).encode()) for piece in SECRET)
    leaking = make_round(json.dumps({"key": SECRET}))
    reply = with_rounds(make_round(), leaking, earlier=(FIRST, Raw({"round": 2}, pieces)))
    entry = record(journal, reply)
    assert [each.events for each in entry.earlier] == [({"id": 1},), ()]
    assert entry.events == [{"id": 2}]
    assert entry.left_out == "Round 2: The events are not kept: the answer holds a secret."


def test_pieces_of_a_secret_are_kept_out_where_the_turn_ended_while_tools_ran(
    journal: Journal,
) -> None:
    pieces = tuple(RawEvent(json.dumps({"delta": piece}).encode()) for piece in SECRET)
    leaking = make_round(json.dumps({"key": SECRET}))
    entry = record(journal, with_rounds(leaking, raw=Raw({}, pieces), earlier=()))
    assert entry.events == []


def test_marks_of_a_key_in_two_results_break_nothing(journal: Journal) -> None:
    end = PEM.replace("BEGIN", "END")
    reply = with_rounds(make_round(result=PEM), make_round(result=end))
    entry = record(journal, replace(reply, answer=replace(reply.answer, notices=(PEM, end))))
    assert len(entry.rounds) == 2
    assert len(entry.notices) == 2


# What is too large


def test_the_wire_of_rounds_beyond_the_cap_is_left_out_with_a_note(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_packing, "LARGEST", 2048)
    wires = tuple(Raw({"text": "x" * 1500, "round": number}) for number in range(3))
    entry = record(journal, with_rounds(*[make_round()] * 3, earlier=wires))
    assert [each.request.get("round") for each in entry.earlier] == [0, None, None]
    assert entry.request == {"round": 2}
    assert entry.left_out == (
        "Round 2: The request (1 kB) is not kept: it is too large. "
        "Round 3: The request (1 kB) is not kept: it is too large."
    )


def test_rounds_beyond_the_cap_are_cut_with_a_note(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_rounds, "LARGEST", 4000)
    entry = record(journal, with_rounds(make_round(result="x" * 10_000), make_round()))
    first, second = entry.rounds
    assert 3000 < len(first.results[0].text) < 4000
    assert [result.outcome for result in second.results] == ["returned"]
    assert entry.left_out == "6 kB of the rounds are not kept: they are too long."


def test_hostile_arguments_and_results_come_back_as_they_were(journal: Journal) -> None:
    deep = "[" * 50_000
    odd = "\ud83d \x00 \u2028 </script> {{x}} '; DROP TABLE exchanges; --"
    entry = record(journal, with_rounds(make_round(deep, odd)))
    assert entry.rounds[0].tool_calls[0].arguments == deep
    assert entry.rounds[0].results[0].text == odd.replace("\ud83d", "\ufffd")


# Files of an older layout

OLD = (
    "judged",
    "packed_rounds",
    "packed_earlier",
)


def make_old(path: Path) -> None:
    """A journal as the first layout had it, with one exchange."""
    with Journal(path) as journal:
        keep(journal, "old")
    with sqlite3.connect(path) as old:
        for name in OLD:
            old.execute(f"ALTER TABLE exchanges DROP COLUMN {name}")
        old.execute("PRAGMA user_version = 1")
    old.close()


def test_a_journal_of_the_first_layout_is_read_and_goes_on(path: Path) -> None:
    make_old(path)
    with Journal(path) as journal:
        entry = journal.last
        assert entry is not None
        assert (entry.answer, entry.rounds, entry.earlier, entry.judged) == ("old", (), (), ())
        record(journal, with_rounds(make_round()))
        assert list(journal.df(wire=True)["rounds"]) == [0, 1]
    with sqlite3.connect(path) as other:
        assert other.execute("PRAGMA user_version").fetchone() == (VERSION,)
    other.close()


def test_a_program_of_the_first_layout_that_has_the_file_open_writes_on(path: Path) -> None:
    make_old(path)
    other = sqlite3.connect(path, isolation_level=None)
    names = [row[1] for row in other.execute("PRAGMA table_info(exchanges)")][1:]
    listed = ", ".join(f'"{name}"' for name in names)
    with Journal(path) as journal:
        other.execute(f"INSERT INTO exchanges ({listed}) SELECT {listed} FROM exchanges")
        assert answers(journal) == ["old", "old"]
        assert [entry.rounds for entry in journal] == [(), ()]
    other.close()
