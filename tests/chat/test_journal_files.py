"""The journal's file: what may go wrong with it, and who may share it."""

from __future__ import annotations

import gc
import pickle
import sqlite3
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from ocigenai_nb import Journal
from ocigenai_nb.chat.reply import Raw
from ocigenai_nb.core.errors import DataFormatError, JournalError
from tests.chat.journals import answers, keep
from tests.chat.replies import make_reply

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
        other.execute("PRAGMA user_version = 3")
    other.close()
    with pytest.raises(DataFormatError, match=r"newer layout \(3\) than .* \(2\)") as caught:
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
        connection = journal._file._file.connection
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
