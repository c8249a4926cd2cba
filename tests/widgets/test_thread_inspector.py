"""The inspector's Python side: what it tells a view, what can be done, and what is never sent."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from traitlets import TraitError

from ocigenai_nb import Connection, Conversation, Journal
from ocigenai_nb.chat.journal import session_journal
from ocigenai_nb.core.errors import UnknownOptionError, UsageError
from ocigenai_nb.emulator.service import Service
from ocigenai_nb.notebook.thread_inspector import ThreadInspector
from tests.chat.replies import make_reply
from tests.widgets.comms import FrontEnd

MODEL = "openai.gpt-4.1"
KEY = "sk-canary0123456789abcdefghij"


@pytest.fixture
def chat(connection: Connection) -> Conversation:
    """1 ─ 2 and 3 side by side, 4 after 3; all of them kept by the service."""
    chat = connection.chat(MODEL, transport="responses", name="sky")
    chat.send("Say exactly: one")
    chat.send("Say exactly: two")
    chat.regenerate()
    chat.send("Say exactly: three")
    return chat


@pytest.fixture
def inspector(chat: Conversation) -> ThreadInspector:
    return ThreadInspector(chat)


@pytest.fixture
def view(inspector: ThreadInspector) -> FrontEnd:
    return FrontEnd(inspector)


def numbers(reply: dict[str, Any]) -> list[int]:
    return [row["number"] for row in reply["rows"]]


def test_a_view_gets_the_tree_with_its_head_and_branches(view: FrontEnd) -> None:
    reply = view.ask("open")
    rows = {row["number"]: row for row in reply["rows"]}
    assert reply["title"] == "sky"
    assert (reply["count"], reply["total"], reply["first"], reply["index"]) == (4, 4, 4, 3)
    assert [rows[number]["level"] for number in (1, 2, 3, 4)] == [0, 0, 0, 1]
    assert [rows[number]["head"] for number in (1, 2, 3, 4)] == [False, False, False, True]
    assert [rows[number]["on"] for number in (1, 2, 3, 4)] == [True, False, True, True]
    assert (rows[3]["place"], rows[3]["places"], rows[3]["folds"]) == (2, 2, True)
    assert rows[1]["prompt"] == "Say exactly: one"
    assert reply["counts"]["model"] == {MODEL: 4}


def test_only_a_window_of_rows_is_sent_however_many_are_asked_for(view: FrontEnd) -> None:
    assert numbers(view.ask("rows", start=1, count=2)) == [2, 3]
    assert numbers(view.ask("rows", start=3, count=10**9)) == [4]
    assert numbers(view.ask("rows", start=99)) == []
    reply = view.ask("rows", around=4, count=2)
    assert (reply["start"], reply["index"], numbers(reply)) == (2, 3, [3, 4])


def test_a_folded_branch_is_one_row(view: FrontEnd) -> None:
    reply = view.ask("rows", folded=[3])
    assert numbers(reply) == [1, 2, 3]
    assert reply["rows"][2]["folded"]


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ({"words": "TWO"}, [2, 3]),
        ({"words": "exactly three"}, [4]),
        ({"words": "nowhere"}, []),
        ({"status": "finished"}, [1, 2, 3, 4]),
        ({"status": "failed"}, []),
        ({"model": MODEL, "transport": "responses", "words": "one"}, [1]),
        ({"transport": "v1"}, []),
    ],
)
def test_a_search_gives_what_fits_and_of_how_many(
    view: FrontEnd, search: dict[str, str], found: list[int]
) -> None:
    reply = view.ask("rows", **search)
    assert numbers(reply) == found
    assert (reply["count"], reply["total"]) == (len(found), 4)
    assert not any(row["level"] or row["folds"] for row in reply["rows"] if search.get("words"))


def test_the_details_say_who_keeps_it_and_what_it_hangs_on(
    view: FrontEnd, chat: Conversation
) -> None:
    detail = view.ask("detail", number=4)["detail"]
    ids = {turn.number: turn.reply.response_id for turn in chat.turns}
    assert detail["holder"]["who"] == "server"
    assert [(link["turn"], link["id"], link["past"]) for link in detail["chain"]] == [
        (4, ids[4], ids[3]),
        (3, ids[3], ids[1]),
        (1, ids[1], None),
    ]
    assert [item["kind"] for item in detail["items"]] == ["prompt", "answer"]
    assert detail["refused"] == {}
    assert detail["total"] > 0


def test_the_wire_is_sent_when_it_is_asked_for(view: FrontEnd, chat: Conversation) -> None:
    request = view.ask("wire", number=4, part="request")["value"]
    assert request["previous_response_id"] == chat.turn(3).reply.response_id
    events = view.ask("wire", number=4, part="events", start=1)
    assert len(events["value"]) == events["count"] - 1
    assert events["value"][-1]["type"] == "response.completed"


def test_two_turns_are_compared_line_by_line(view: FrontEnd) -> None:
    assert view.ask("diff", number=4, other=3)["lines"] == [["old", "two"], ["new", "three"]]
    lines = view.ask("diff", number=4, other=3, part="request")["lines"]
    assert any(mark == "new" and "Say exactly: three" in text for mark, text in lines)
    assert view.ask("diff", number=3, other=2, part="prompt")["lines"][0][0] == "same"


def test_the_service_is_asked_what_it_holds(view: FrontEnd, chat: Conversation) -> None:
    held = view.ask("service", number=4)
    assert held["there"] == "the same"
    assert held["response"]["id"] == chat.turn(4).reply.response_id
    assert held["input_items"]
    chat.delete_stored(4)
    assert view.ask("service", number=4)["there"] == "gone"


def test_forking_moves_the_head_and_every_view_is_told(view: FrontEnd, chat: Conversation) -> None:
    view.ask("fork", number=2)
    assert chat.head is chat.turn(2)
    assert view.wait(lambda message: message["type"] == "changed")
    assert view.ask("detail", number=2)["detail"]["head"]


def test_deleting_takes_what_follows_along_and_says_what_it_was(
    view: FrontEnd, chat: Conversation
) -> None:
    assert view.ask("detail", number=3)["detail"]["stored_below"] == 2
    ids = [chat.turn(number).reply.response_id for number in (3, 4)]
    assert sorted(view.ask("delete", number=3)["deleted"]) == sorted(map(str, ids))
    assert len(chat.turns) == 4
    assert view.ask("detail", number=3)["detail"]["holder"]["who"] == "gone"
    view.ask("delete", number=3, drop=True)
    assert numbers(view.ask("rows")) == [1, 2]


def test_a_turn_and_its_branch_are_exported(view: FrontEnd) -> None:
    assert "three" in view.ask("export", number=4, kind="markdown")["text"]
    branch = view.ask("export", number=4, kind="markdown", branch=True)["text"]
    assert all(word in branch for word in ("one", "two", "three"))
    assert "previous_response_id" in view.ask("export", number=4, kind="curl")["text"]


def test_what_can_not_be_is_refused_in_a_sentence(view: FrontEnd) -> None:
    missing = view.ask("detail", number=99)
    assert missing["type"] == "error"
    assert missing["message"] == "This conversation has no turn 99."
    odd = view.ask("export", number=1, kind="pdf")
    assert "pdf" in odd["message"]
    assert "Kinds: " in odd["remedy"]
    assert view.ask("rows", start="first")["remedy"] == "Reload the page."


def test_a_turn_under_way_is_seen_as_far_as_it_came(
    inspector: ThreadInspector, view: FrontEnd, chat: Conversation, service: Service
) -> None:
    service.pace = 20
    stream = chat.stream("Count from 1 to 500")
    view.wait(lambda message: message["type"] == "changed")
    detail = view.ask("detail", number=5)["detail"]
    assert detail["status"] == "streaming"
    assert "It is under way." in detail["refused"].values()
    assert view.ask("rows", status="streaming")["count"] == 1
    stream.turn.stop()
    stream.turn.wait()
    assert view.ask("detail", number=5)["detail"]["status"] == "interrupted"
    assert repr(inspector) == "ThreadInspector(5 turns: 4 finished, 1 interrupted)"


def test_what_is_selected_and_searched_for_can_be_set_and_observed(
    inspector: ThreadInspector, view: FrontEnd
) -> None:
    seen: list[object] = []
    inspector.observe(lambda change: seen.append(change["new"]), ["selected", "query"])
    view.set_traits(selected=3)
    view.set_traits(query="sky")
    assert (inspector.selected, inspector.query) == (3, "sky")
    assert seen == [3, "sky"]
    inspector.selected = 1
    assert view.ask("open")["index"] == 0


def test_a_turn_is_selected_by_its_number_only(inspector: ThreadInspector) -> None:
    with pytest.raises(TraitError):
        inspector.set_trait("selected", "three")


def test_a_misspelt_option_is_refused_and_so_is_what_can_not_be_inspected(
    chat: Conversation,
) -> None:
    with pytest.raises(UnknownOptionError, match="height"):
        ThreadInspector(chat, hight="3px")  # type: ignore[call-arg]
    with pytest.raises(UsageError, match="A str can't be inspected"):
        ThreadInspector("chat")  # type: ignore[arg-type]


def test_without_anything_it_shows_the_journal_of_the_session() -> None:
    before = len(session_journal())
    assert repr(ThreadInspector()).startswith(f"ThreadInspector({before:,} exchange")


def test_a_closed_inspector_is_told_nothing_more(
    inspector: ThreadInspector, view: FrontEnd, chat: Conversation
) -> None:
    inspector.close()
    before = len(view.messages)
    chat.fork(1)
    assert len(view.messages) == before


def test_the_journal_is_grouped_by_conversation_the_newest_first(
    connection: Connection, chat: Conversation, journal: Journal
) -> None:
    other = connection.chat(name="clouds")
    other.send("Say exactly: white")
    view = FrontEnd(ThreadInspector(journal))
    rows = view.ask("open")["rows"]
    assert [row.get("group") for row in rows if row["number"] < 0] == ["clouds", "sky"]
    assert [row["number"] for row in rows if row["number"] > 0] == [5, 1, 2, 3, 4]
    assert {row["level"] for row in rows if row["number"] in {1, 2, 3, 5}} == {1}


def test_conversations_of_one_name_are_told_apart_where_numbers_come_again(
    connection: Connection, journal: Journal
) -> None:
    for _ in range(2):
        connection.chat(name="chat").send("Say exactly: hi")
    rows = FrontEnd(ThreadInspector(journal)).ask("open")["rows"]
    assert [(row["group"], row["count"]) for row in rows if row["number"] < 0] == [("chat", 1)] * 2


def test_the_journal_is_read_only_and_says_why(chat: Conversation, journal: Journal) -> None:
    view = FrontEnd(ThreadInspector(journal))
    assert not view.ask("open")["live"]
    detail = view.ask("detail", number=4)["detail"]
    assert "The journal only records" in detail["refused"]["fork"]
    assert view.ask("fork", number=4)["message"] == "The journal only records."
    assert view.ask("export", number=4, kind="python")["type"] == "error"
    assert json.loads(view.ask("export", number=4, kind="json")["text"])["answer"] == "three"
    assert [link["turn"] for link in detail["chain"]] == [4, 3, 1]


def test_new_exchanges_of_the_journal_are_seen_at_the_next_look(
    chat: Conversation, journal: Journal
) -> None:
    view = FrontEnd(ThreadInspector(journal))
    assert view.ask("open")["total"] == 4
    chat.send("Say exactly: four")
    assert view.ask("rows")["total"] == 5
    assert numbers(view.ask("rows", words="four")) == [-1, 5]
    assert view.ask("detail", number=2)["detail"]["items"][-1]["text"] == "two"
    journal.clear()
    assert view.ask("rows")["rows"] == []


def test_a_closed_journal_is_an_error_with_a_remedy(chat: Conversation, journal: Journal) -> None:
    view = FrontEnd(ThreadInspector(journal))
    journal.close()
    assert view.ask("rows")["remedy"] == "Open it again: Journal(path)."


@pytest.mark.parametrize("what", ["conversation", "journal"])
def test_no_secret_is_in_any_message_or_in_the_page(
    connection: Connection, journal: Journal, what: str
) -> None:
    chat = connection.chat(MODEL, transport="responses", name=f"keys {KEY}", system=f"use {KEY}")
    chat.send(f"Say exactly: my key is {KEY}")
    chat.edit_answer(1, f"no, it is {KEY}")
    inspector = ThreadInspector(chat if what == "conversation" else journal)
    view = FrontEnd(inspector)
    for number in (1, 2) if what == "conversation" else (1,):
        view.ask("open")
        view.ask("detail", number=number)
        view.ask("wire", number=number, part="request")
        view.ask("wire", number=number, part="events")
        view.ask("diff", number=number, other=1, part="request")
        view.ask("export", number=number, kind="json")
        view.ask("service", number=number)
    assert KEY not in json.dumps(view.comm.sent, default=str)
    assert KEY not in inspector.to_html()
    assert KEY not in repr(inspector)
    assert KEY not in repr(inspector.get_state())


def test_the_saved_state_holds_nothing_that_was_said(view: FrontEnd) -> None:
    view.ask("open")
    opening = view.comm.sent[0]["data"]["state"]
    own = {
        name: value for name, value in opening.items() if name in {"selected", "query", "height"}
    }
    assert own == {"selected": None, "query": "", "height": "520px"}
    assert "Say exactly" not in json.dumps(opening, default=str)


def test_the_page_shows_all_and_runs_nothing(chat: Conversation) -> None:
    chat.edit_answer(4, "<script>alert(1)</script>")
    page = ThreadInspector(chat).to_html()
    assert page.count("<details") == 5
    assert "&lt;script&gt;" in page
    assert "<script" not in page


def test_ten_thousand_exchanges_are_opened_and_searched_at_once(journal: Journal) -> None:
    for turn in range(1, 10_001):
        made = make_reply("white", prompt=f"clouds {turn}")
        journal.record(made, conversation="sky", turn=turn, parent=turn - 1 or None)
    view = FrontEnd(ThreadInspector(journal))
    began = time.process_time()
    reply = view.ask("open", count=100)
    assert time.process_time() - began < 3  # 0.25 s on an idle machine
    assert (reply["count"], len(reply["rows"]), reply["index"]) == (10_001, 100, 10_000)
    assert len(json.dumps(reply)) < 60_000
    assert numbers(view.ask("rows", words="clouds 9999")) == [-1, 9999]
