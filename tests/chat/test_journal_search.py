"""The journal as it is read: searches, dataframes and costs."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pandas as pd
import pytest

from ocigenai_nb import Journal
from ocigenai_nb.chat.reply import Raw
from ocigenai_nb.core.errors import ThrottledError, UnknownOptionError, UsageError
from tests.chat.journals import keep
from tests.chat.replies import SENT_AT, ask_of, make_reply
from tests.transports.subject import GPT, LLAMA


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


def test_the_time_of_an_exchange_is_that_of_its_sending_in_utc(journal: Journal) -> None:
    here = SENT_AT.astimezone(datetime.now().astimezone().tzinfo)
    journal.record(replace(make_reply(), sent_at=here), conversation="c", turn=1, parent=None)
    assert journal.df()["at"][0] == pd.Timestamp(SENT_AT)
    entry = journal.last
    assert entry is not None
    assert entry.at.tzinfo == UTC
