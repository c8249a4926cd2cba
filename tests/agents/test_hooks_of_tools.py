"""Hooks before and after tool calls."""

from __future__ import annotations

import json
import threading
from dataclasses import replace

import pytest

from ocigenai_nb import Hook, ToolCall, Veto, tool
from ocigenai_nb.chat.agents.hooks import HookRun
from ocigenai_nb.core.errors import HookError
from ocigenai_nb.core.rounds import ToolResult
from tests.agents.conftest import Make
from tests.chat.tools.functions import WEATHER, Calls
from tests.transports.subject import over


def city(call: ToolCall) -> str:
    found: str = json.loads(call.arguments)["city"]
    return found


def test_a_call_may_be_refused_and_the_model_is_told_why(make: Make) -> None:
    class Guard(Hook):
        def before_tool(self, call: ToolCall, run: HookRun) -> Veto | None:
            return Veto("Rome is closed") if city(call) == "Rome" else None

    calls = Calls()
    result = make(calls.get_weather, hooks=[Guard()]).run_sync(WEATHER)
    assert calls.cities == ["Oslo"]
    assert [each.outcome for each in result.rounds[0].results] == ["denied", "returned"]
    assert "Rome is closed" in result.message
    assert "18 degrees in Oslo" in result.message


def test_a_call_may_be_changed(make: Make) -> None:
    class North(Hook):
        async def before_tool(self, call: ToolCall, run: HookRun) -> ToolCall:
            return ToolCall("another id", call.name, json.dumps({"city": f"North {city(call)}"}))

    calls = Calls()
    result = make(calls.get_weather, hooks=[North()]).run_sync(WEATHER)
    assert calls.cities == ["North Oslo", "North Rome"]
    (first,) = result.rounds
    assert [each.call.id for each in first.results] == [call.id for call in first.tool_calls]
    assert "18 degrees in North Rome" in result.message


def test_a_result_may_be_changed_or_withheld(make: Make) -> None:
    class Censor(Hook):
        def after_tool(self, result: ToolResult, run: HookRun) -> ToolResult | Veto:
            if city(result.call) == "Rome":
                return Veto("it is secret")
            return replace(result, text=result.text.replace("18", "20"))

    result = make(Calls().get_weather, hooks=[Censor()]).run_sync(WEATHER)
    assert "The result is withheld: it is secret" in result.message
    assert "20 degrees in Oslo" in result.message
    assert "18" not in result.message


def test_hooks_follow_one_another_in_their_order(make: Make) -> None:
    class Add(Hook):
        def __init__(self, text: str) -> None:
            self.text = text

        def after_tool(self, result: ToolResult, run: HookRun) -> ToolResult:
            return replace(result, text=f"{result.text}{self.text}")

    result = make(Calls().get_weather, hooks=[Add(" one"), Add(" two")]).run_sync(WEATHER)
    assert all(each.text.endswith(" one two") for each in result.rounds[0].results)


@over("v1")
def test_hooks_run_one_at_a_time_though_tools_do_not(make: Make) -> None:
    class Alone(Hook):
        def __init__(self) -> None:
            self.inside = threading.Lock()
            self.calls = 0

        def after_tool(self, result: ToolResult, run: HookRun) -> None:
            assert self.inside.acquire(blocking=False)
            self.calls += 1
            threading.Event().wait(0.01)
            self.inside.release()

    alone = Alone()
    make(Calls().get_weather, hooks=[alone]).run_sync(WEATHER)
    assert alone.calls == 2


def test_a_hook_that_raises_loses_no_result_of_the_other_tools(make: Make) -> None:
    class Broken(Hook):
        works = False

        def before_tool(self, call: ToolCall, run: HookRun) -> None:
            if not self.works and city(call) == "Rome":
                raise RuntimeError("no Rome")

    calls, hook = Calls(), Broken()
    agent = make(calls.get_weather, hooks=[hook])
    with pytest.raises(HookError, match="The hook Broken failed in before_tool"):
        agent.run_sync(WEATHER, thread_id="t")
    assert calls.cities == ["Oslo"]
    hook.works = True
    result = agent.resume_sync("t")
    assert calls.cities == ["Oslo", "Rome"]
    assert [each.outcome for each in result.rounds[0].results] == ["returned", "returned"]


def test_the_same_call_of_an_idempotent_tool_runs_once_a_run(make: Make) -> None:
    class Same(Hook):
        """Makes both calls the same."""

        def before_tool(self, call: ToolCall, run: HookRun) -> ToolCall:
            return replace(call, arguments='{"city": "Rome"}')

    calls = Calls()
    idempotent = tool(calls.get_weather, idempotent=True)
    agent = make(idempotent, hooks=[Same()])
    result = agent.run_sync(WEATHER, thread_id="t")
    assert calls.cities == ["Rome"]
    outcomes = sorted(each.outcome for each in result.rounds[0].results)
    assert outcomes == ["repeated", "returned"]
    agent.run_sync(WEATHER, thread_id="t")
    assert calls.cities == ["Rome", "Rome"]
