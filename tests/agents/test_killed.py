"""kill -9, and the run goes on from its checkpoint: nothing runs twice, no turn is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Collection
from pathlib import Path

import pytest

from ocigenai_nb import AgentResult, SQLiteCheckpointer
from ocigenai_nb.core.errors import UsageError
from ocigenai_nb.emulator.service import Service
from tests.agents.killed import Plan
from tests.transports.subject import Transport, over

WORDS = {"hangs", "kept", "text", "done"}
Prepare = Callable[..., Plan]


@pytest.fixture
def prepare(transport: Transport, tmp_path: Path) -> Prepare:
    """Makes a plan for the transport in turn."""

    def make_one(hang: str = "", marked: str = "idempotent") -> Plan:
        config = str(transport.service.config_file)
        file, log = str(tmp_path / "agent.db"), str(tmp_path / "log")
        return Plan(transport.name, config, file, log, hang, marked)

    return make_one


def kill_when(plan: Plan, said: Collection[str]) -> None:
    """Run the plan's program and kill it, without a warning, when it has said all these words."""
    command = [sys.executable, "-m", "tests.agents.killed", *plan.arguments]
    missing = list(said)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        for line in program.stdout:
            word = line.strip()
            assert word in WORDS
            if word in missing:
                missing.remove(word)
            if not missing:
                os.kill(program.pid, signal.SIGKILL)
                break
    assert not missing
    assert program.returncode == -signal.SIGKILL


def resume(plan: Plan) -> AgentResult:
    """Go on with the thread, in this process, where no tool hangs."""
    again = Plan(plan.kind, plan.config_file, plan.checkpoints, plan.log, "", plan.marked)
    with SQLiteCheckpointer(plan.checkpoints) as checkpointer:
        agent = again.make_agent(checkpointer)
        result = agent.resume_sync("t")
        after = agent.run_sync("What is my name?", thread_id="t")
    assert after.message == "Your name is Ada."
    return result


@pytest.mark.parametrize("marked", ["idempotent", "plain"])
def test_killed_while_a_tool_ran_it_does_not_run_twice(prepare: Prepare, marked: str) -> None:
    plan = prepare("Rome", marked)
    kill_when(plan, ["hangs", "kept"])
    assert plan.lines == ["began Oslo", "began Rome", "ended Oslo"]
    result = resume(plan)
    assert plan.lines == ["began Oslo", "began Rome", "ended Oslo"]
    (first,) = result.rounds
    rome, oslo = first.results
    assert (rome.outcome, oslo.outcome) == ("lost", "returned")
    assert "not known what became of this call of get_weather" in result.message
    assert "18 degrees in Oslo" in result.message


def test_killed_after_the_tools_ran_only_the_answer_is_asked_for(
    prepare: Prepare, transport: Transport
) -> None:
    plan = prepare()
    transport.service.pace = 30  # tokens a second, so that there is time within the answer
    kill_when(plan, ["kept", "kept", "text"])
    transport.service.reset()
    before = plan.lines
    result = resume(plan)
    assert plan.lines == before == ["began Oslo", "began Rome", "ended Oslo", "ended Rome"]
    assert "18 degrees in Rome" in result.message
    assert "18 degrees in Oslo" in result.message


def test_killed_before_any_answer_the_prompt_is_asked_again(
    prepare: Prepare, transport: Transport
) -> None:
    plan = prepare()
    with SQLiteCheckpointer(plan.checkpoints) as checkpointer:
        agent = plan.make_agent(checkpointer)
        transport.stall()
        stream = agent.run("Say exactly: hi", thread_id="t")
        transport.wait_until_streaming()
        kept = checkpointer.load("t")
        stream.stop()
        list(stream)
    transport.service.reset()
    assert kept is not None
    assert kept.turns[0].answer.status == "streaming"
    with SQLiteCheckpointer(plan.checkpoints) as checkpointer:
        assert plan.make_agent(checkpointer).resume_sync("t").message == "hi"


@over("v1", "responses")
def test_killed_when_all_was_done_the_answer_is_told_again(
    prepare: Prepare, service: Service
) -> None:
    plan = prepare()
    kill_when(plan, ["done"])
    before = len(service.journal)
    with SQLiteCheckpointer(plan.checkpoints) as checkpointer:
        result = plan.make_agent(checkpointer).resume_sync("t")
        kept = checkpointer.load("t")
    assert "18 degrees in Rome" in result.message
    assert len(service.journal) == before
    assert kept is not None
    assert result.answer == kept.turns[0].answer


@over("responses")
def test_killed_and_the_thread_lost_the_history_is_sent_anew(
    prepare: Prepare, service: Service
) -> None:
    plan = prepare("Rome")
    kill_when(plan, ["hangs", "kept"])
    service.forget_responses()
    assert "18 degrees in Oslo" in resume(plan).message


@over("v1")
def test_a_prompt_that_comes_instead_of_resuming_loses_nothing(prepare: Prepare) -> None:
    plan = prepare("Rome")
    kill_when(plan, ["hangs", "kept"])
    with SQLiteCheckpointer(plan.checkpoints) as checkpointer:
        agent = plan.make_agent(checkpointer)
        result = agent.run_sync("What is my name?", thread_id="t")
        kept = checkpointer.load("t")
    assert result.message == "Your name is Ada."
    assert kept is not None
    assert [turn.prompt.text for turn in kept.turns][1] == "What is my name?"
    assert plan.lines == ["began Oslo", "began Rome", "ended Oslo"]


@over("v1")
def test_what_is_not_there_can_not_be_resumed(prepare: Prepare) -> None:
    plan = prepare()
    with (
        SQLiteCheckpointer(plan.checkpoints) as checkpointer,
        pytest.raises(UsageError, match="There is no thread 'other' to go on with"),
    ):
        plan.make_agent(checkpointer).resume("other")
