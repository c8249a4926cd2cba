"""A comparison as it is shown: numbers in a table, answers beside each other, nothing that runs."""

from __future__ import annotations

import pytest
from IPython.lib.pretty import pretty

from ocigenai_nb import Comparison, Connection
from tests.chat.replies import ask_of, make_reply
from tests.transports.subject import GPT, GPT_OSS, LLAMA


def test_the_answers_stand_beside_each_other() -> None:
    compared = Comparison(
        (ask_of(LLAMA, make_reply("One\ntwo.")), ask_of(GPT, make_reply("Three, |four|.")))
    )
    assert f"| {LLAMA} | {GPT} |\n| :-- | :-- |\n| One<br>two. | Three, &#124;four&#124;. |" in (
        compared._repr_markdown_()
    )
    plain = str(compared)
    assert f"\n{LLAMA.ljust(48)}   {GPT}\n" in plain
    assert f"\n{'One'.ljust(48)}   Three, |four|.\ntwo." in plain


@pytest.mark.parametrize(("count", "columns"), [(1, [1]), (3, [3]), (4, [2, 2]), (7, [3, 3, 1])])
def test_many_models_are_shown_in_blocks(count: int, columns: list[int]) -> None:
    replies = [ask_of(f"meta.llama-{number}", make_reply("x")) for number in range(count)]
    shown = Comparison(tuple(replies))._repr_markdown_()
    rules = [line for line in shown.splitlines() if line and not line.strip("|:- ")]
    assert [rule.count(":--") for rule in rules[1:]] == columns


def test_tries_stand_under_each_other_and_are_numbered_only_where_there_are_several() -> None:
    reply = make_reply("x")
    assert " try " not in Comparison((reply,))._repr_markdown_()
    shown = Comparison((reply, reply))._repr_markdown_()
    assert " try " in shown
    assert shown.endswith("\n| x |\n| x |\n\nAn estimate is no bill.")


HOSTILE = (
    "<img src=x onerror=alert(1)> ![p](http://x/p) [l](javascript:x) `a|b` $$x$$ \x1b]0;t\x07 <br>"
)


def test_what_is_shown_runs_nothing_whatever_a_model_wrote() -> None:
    compared = Comparison((ask_of(GPT_OSS, make_reply(f"{HOSTILE}\n```\n{HOSTILE}")),))
    shown = compared._repr_markdown_()
    for piece in ("<img", "![", "](", "$$", "`", "\x1b"):
        assert piece not in shown
    assert shown.count("<br>") == 2, "Ours, at the ends of lines."
    assert "\x1b" not in str(compared)


def test_a_long_answer_is_cut_in_the_display_alone() -> None:
    compared = Comparison((make_reply("word " * 1000),))
    for shown in (compared._repr_markdown_(), str(compared)):
        assert "cut here: its .text has all of it" in " ".join(shown.split())
        assert shown.count("word") < 400
    assert len(compared[0].text) == 5000


def test_what_went_wrong_is_shown(connection: Connection) -> None:
    compared = connection.compare("Say exactly: hi", [LLAMA, "meta.llama-9"])
    assert repr(compared) == f"Comparison({LLAMA}, meta.llama-9: 1 finished, 1 failed)"
    for shown in (compared._repr_markdown_(), str(compared)):
        assert "ended" in shown
        assert "NotFoundError: Entity with key" in " ".join(shown.split())


def test_numbers_line_up_in_plain_text() -> None:
    table = str(Comparison((make_reply("x"), ask_of(GPT, make_reply("y"))))).split("\n\n")[0]
    heads, *rows = table.splitlines()
    end = heads.index("total") + len("total")
    assert [row[:end].endswith("  2.50 s") for row in rows] == [True, True]


def test_a_cell_shows_it_as_text_where_there_is_no_markdown() -> None:
    compared = Comparison((make_reply("One."),))
    assert pretty(compared) == str(compared)
    assert pretty([compared]).startswith("[")
