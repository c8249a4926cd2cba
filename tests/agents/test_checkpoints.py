"""Checkpoints: what is kept, when, and that a broken file harms no run."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from ocigenai_nb import Agent, Judged, Message, SQLiteCheckpointer, tool
from ocigenai_nb.chat.agents.checkpoints import Checkpointer, MemoryCheckpointer
from ocigenai_nb.chat.agents.state import AgentThread, AgentTurn, Summary
from ocigenai_nb.core.errors import DataFormatError, SaveFailedError, StreamCutError, UsageError
from ocigenai_nb.core.events import ToolFinished
from ocigenai_nb.core.messages import Image, ToolCall, Usage
from ocigenai_nb.core.rounds import Round, ToolResult
from ocigenai_nb.core.thread import Answer
from tests.agents.conftest import Make
from tests.chat.tools.functions import WEATHER, Calls
from tests.transports.subject import over

CALL = ToolCall("call_1", "look", '{"at": "\ud83d"}')
TURN = AgentTurn(
    Message.user("Look!", Image.from_bytes(b"picture", "image/png")),
    Answer(
        text="I see.\u2028",
        usage=Usage(1, 2, 3),
        status="interrupted",
        finish_reason="cut",
        error=StreamCutError("It broke off.", remedy="Again."),
        rounds=(
            Round("I look.", tool_calls=(CALL,), results=(ToolResult(CALL, "seen", "repeated"),)),
        ),
        judged=(Judged("Judge", "good", score=0.5),),
    ),
    "meta.llama-3.3-70b-instruct",
    "v1",
    begun=(CALL,),
    continuation="resp_1",
    stopped_by="cut",
    sent_at="2026-11-22T12:30:05+00:00",
)


@pytest.fixture(params=["memory", "file"])
def keeper(request: pytest.FixtureRequest, checkpoints: SQLiteCheckpointer) -> Checkpointer:
    """Each checkpointer in turn."""
    return MemoryCheckpointer() if request.param == "memory" else checkpoints


def test_a_turn_comes_back_as_it_was(keeper: Checkpointer) -> None:
    keeper.begin("t", 1, TURN)
    kept = keeper.load("t")
    assert kept is not None
    assert kept.turns[0].prompt == TURN.prompt
    assert kept.turns[0].answer.rounds == TURN.answer.rounds
    assert kept.turns[0].answer.judged == TURN.answer.judged
    assert kept.turns[0].begun == (CALL,)
    assert str(kept.turns[0].answer.error) == str(TURN.answer.error)
    assert type(kept.turns[0].answer.error) is StreamCutError


def test_threads_are_kept_apart(keeper: Checkpointer) -> None:
    keeper.begin("a", 1, TURN)
    keeper.begin("b", 1, TURN)
    keeper.begin("a", 2, TURN)
    keeper.summarize("b", Summary("It was looked.", 1))
    a, b = keeper.load("a"), keeper.load("b")
    assert a is not None
    assert b is not None
    assert (len(a.turns), len(b.turns)) == (2, 1)
    assert (a.summary, b.summary) == (None, Summary("It was looked.", 1))
    assert keeper.load("c") is None


def test_a_turn_is_begun_once(keeper: Checkpointer) -> None:
    keeper.begin("t", 1, TURN)
    with pytest.raises(UsageError, match="Another run is under way in the thread 't'"):
        keeper.begin("t", 1, TURN)


def test_a_turn_is_saved_in_place(keeper: Checkpointer) -> None:
    keeper.begin("t", 1, TURN)
    changed = AgentTurn(TURN.prompt, Answer(text="Done."), TURN.model, "sdk")
    keeper.save("t", 1, changed)
    kept = keeper.load("t")
    assert kept == AgentThread((changed,))


def test_a_response_is_found_by_its_id(keeper: Checkpointer) -> None:
    keeper.begin("t", 1, TURN)
    answer = Answer(text="hi", response_id="resp_2")
    keeper.begin("t", 2, AgentTurn(TURN.prompt, answer, "m", "responses"))
    assert keeper.find("resp_2") == ("t", 2)
    assert keeper.find("resp_3") is None


def test_memory_keeps_the_threads_that_were_used_last() -> None:
    keeper = MemoryCheckpointer()
    for number in range(150):
        keeper.begin(f"t{number}", 1, TURN)
        keeper.save("t0", 1, TURN)
    assert keeper.load("t0") is not None
    assert keeper.load("t1") is None
    assert keeper.load("t149") is not None


def test_a_file_is_private_and_says_what_it_is(file: Path) -> None:
    with SQLiteCheckpointer(file) as kept:
        kept.begin("t", 1, TURN)
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert list(kept.threads) == ["t"]
        kept.delete("t")
        assert not kept.threads
        assert kept.load("t") is None
    with sqlite3.connect(file) as found:
        assert found.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert found.execute("PRAGMA application_id").fetchone() == (0x6F636963,)
    found.close()


def test_a_file_of_another_kind_or_a_newer_layout_is_refused(file: Path) -> None:
    with sqlite3.connect(file) as other:
        other.execute("CREATE TABLE mine (x)")
    other.close()
    with pytest.raises(DataFormatError, match="a database of something else"):
        SQLiteCheckpointer(file)
    newer = file.with_name("newer.db")
    SQLiteCheckpointer(newer).close()
    with sqlite3.connect(newer) as found:
        found.execute("PRAGMA user_version = 2")
    found.close()
    with pytest.raises(DataFormatError, match="of a newer layout"):
        SQLiteCheckpointer(newer)


def test_what_does_not_fit_is_named_by_its_place(file: Path) -> None:
    with SQLiteCheckpointer(file) as kept:
        kept.begin("t", 1, TURN)
        with sqlite3.connect(file) as found:
            found.execute("""UPDATE turns SET data = '{"prompt": 5}'""")
        found.close()
        with pytest.raises(DataFormatError, match=r"turns\[0\]\.prompt"):
            kept.load("t")


def test_a_file_that_can_not_be_opened_is_a_typed_error(tmp_path: Path) -> None:
    with pytest.raises(SaveFailedError, match="can't be read or written"):
        SQLiteCheckpointer(tmp_path / "missing" / "agent.db")


def test_a_checkpoint_is_written_before_a_tool_begins_and_after_it_ends(
    make: Make, checkpoints: SQLiteCheckpointer
) -> None:
    seen: list[tuple[int, int]] = []

    def get_weather(city: str) -> str:
        """Look up the weather in a city."""
        kept = checkpoints.load("t")
        assert kept is not None
        assert any(city in call.arguments for call in kept.turns[0].begun)
        return f"18 degrees in {city}"

    agent = make(get_weather, checkpointer=checkpoints)
    for event in agent.run(WEATHER, thread_id="t"):
        if isinstance(event, ToolFinished):
            assert event.result.outcome == "returned", event.result.text
            kept = checkpoints.load("t")
            assert kept is not None
            results = kept.turns[0].answer.rounds[0].results
            assert event.result in results
            seen.append((len(results), len(kept.turns[0].begun)))
    assert len(seen) == 2
    assert seen[-1] == (2, 0)


def test_a_run_goes_on_in_another_process(
    make: Make, checkpoints: SQLiteCheckpointer, file: Path
) -> None:
    result = make(checkpointer=checkpoints).run_sync("My name is Ada.", thread_id="t")
    script = (
        "import sys; from ocigenai_nb import SQLiteCheckpointer\n"
        "with SQLiteCheckpointer(sys.argv[1]) as kept: print(kept.load('t').turns[0].answer.text)"
    )
    command = [sys.executable, "-W", "error", "-c", script, str(file)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == result.message


@over("v1")
def test_a_file_that_can_no_longer_be_written_ends_no_run(
    make: Make, checkpoints: SQLiteCheckpointer
) -> None:
    def get_weather(city: str) -> str:
        """Look up the weather in a city."""
        checkpoints.close()
        return f"18 degrees in {city}"

    result = make(get_weather, checkpointer=checkpoints).run_sync(WEATHER, thread_id="t")
    assert "18 degrees in Rome" in result.message
    told = [text for text in result.answer.notices if "can't be resumed from here" in text]
    assert len(told) == 1


def test_idempotent_tools_do_not_run_again_when_a_run_goes_on(
    make: Make, checkpoints: SQLiteCheckpointer
) -> None:
    calls = Calls()
    idempotent = tool(calls.get_weather, idempotent=True)
    agent = make(idempotent, checkpointer=checkpoints)
    result = agent.run_sync(WEATHER, thread_id="t")
    kept = checkpoints.load("t")
    assert kept is not None
    first = kept.turns[0]
    # As if the process had been ended when Rome had returned, and the model called for it twice.
    rome = next(each for each in result.rounds[0].results if "Rome" in each.call.arguments)
    again = ToolCall("call_again", rome.call.name, rome.call.arguments)
    part = Round(tool_calls=(rome.call, again), results=(rome,))
    answer = Answer(rounds=(part,))
    checkpoints.save("t", 1, AgentTurn(first.prompt, answer, first.model, first.transport))
    resumed = agent.resume("t")
    outcomes = [e.result.outcome for e in resumed if isinstance(e, ToolFinished)]
    assert outcomes == ["repeated"]
    assert calls.cities == ["Oslo", "Rome"]


@over("v1")
def test_several_threads_run_at_once_in_one_file(
    make: Make, checkpoints: SQLiteCheckpointer
) -> None:
    agent = make(checkpointer=checkpoints)
    texts: dict[int, str] = {}

    def run(number: int) -> None:
        agent.run_sync(f"My name is Ada{number}.", thread_id=f"t{number}")
        texts[number] = agent.run_sync("What is my name?", thread_id=f"t{number}").message

    threads = [threading.Thread(target=run, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert texts == {number: f"Your name is Ada{number}." for number in range(8)}


@over("v1")
def test_two_agents_do_not_add_the_same_turn(make: Make, file: Path) -> None:
    with SQLiteCheckpointer(file) as one, SQLiteCheckpointer(file) as other:
        first, second = make(checkpointer=one), make(checkpointer=other)
        thread = other.load("t")
        assert thread is None
        first.run_sync("hi", thread_id="t")
        with pytest.raises(UsageError, match="Another run is under way"):
            Agent(second.model, checkpointer=_Late(other)).run("hi", thread_id="t")


class _Late(SQLiteCheckpointer):
    """Reads a thread before another process adds its turn."""

    def __init__(self, kept: SQLiteCheckpointer) -> None:
        self._file = kept._file

    def load(self, thread_id: str) -> AgentThread | None:
        return None
