"""A person's own code around a tool: nothing that it does ends the loop or the conversation."""

from __future__ import annotations

import asyncio
import itertools
import json
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Annotated, Any

import pytest
from pydantic import AfterValidator

from ocigenai_nb import ApprovalAsked, Connection, ToolCall, tool
from ocigenai_nb.chat.rounds import MAX_ROUNDS
from ocigenai_nb.chat.tools.approval import Desk
from ocigenai_nb.chat.tools.function import FunctionTool, read_tools
from ocigenai_nb.chat.tools.runner import ToolRunner
from ocigenai_nb.core.errors import UsageError
from ocigenai_nb.core.events import Event, ToolFinished
from ocigenai_nb.core.rounds import ToolResult
from tests.chat.tools.conftest import Open
from tests.chat.tools.functions import Calls

ROME = "What is the weather in Rome?"


def call(number: int = 1, name: str = "f", **arguments: Any) -> ToolCall:
    return ToolCall(f"call_{number}", name, json.dumps(arguments))


def run(*calls: ToolCall, tools: list[Any], approve: Any = None) -> tuple[ToolResult, ...]:
    async def main() -> tuple[ToolResult, ...]:
        return await ToolRunner(read_tools(tools), approve).run(calls, lambda _event: None)

    return asyncio.run(asyncio.wait_for(main(), 20))


ERRORS = [SystemExit("bye"), KeyboardInterrupt("bye"), GeneratorExit("bye"), ValueError("bye")]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_what_a_result_raises_when_it_is_written_is_its_result(
    open_chat: Open, error: BaseException
) -> None:
    class Mute:
        def __str__(self) -> str:
            raise error

        __repr__ = __str__

    def get_weather(city: str) -> Any:
        """Look up the weather in a city."""
        return Mute()

    reply = open_chat(get_weather).send(ROME)
    assert reply.status == "finished"
    (result,) = reply.rounds[0].results
    assert result.outcome == "raised"
    assert result.text.endswith(f"{type(error).__name__}: bye")


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_what_a_coroutine_raises_is_its_result(error: BaseException) -> None:
    async def f() -> str:
        """Do it."""
        raise error

    (result,) = run(call(), tools=[f])
    assert result.outcome == "raised"


def test_an_error_without_words_is_named() -> None:
    class SilentError(Exception):
        def __str__(self) -> str:
            raise SystemExit

    def f() -> str:
        """Do it."""
        raise SilentError

    (result,) = run(call(), tools=[f])
    assert result.text.endswith("SilentError, which can't say what it is")


@pytest.mark.parametrize("error", [RuntimeError("no"), SystemExit("no")])
def test_a_validator_that_raises_refuses_the_call(error: BaseException) -> None:
    def refuse(_value: int) -> int:
        raise error

    def f(x: int) -> int:
        """Do it."""
        return x

    f.__annotations__["x"] = Annotated[int, AfterValidator(refuse)]
    (result,) = run(call(x=1), tools=[f])
    assert result.outcome == "invalid"
    assert result.text.endswith(f"{type(error).__name__}: no")


def test_a_result_that_is_written_too_long_is_given_up() -> None:
    release = threading.Event()

    class Slow:
        def __str__(self) -> str:
            release.wait(60)
            return ""

    def f() -> Any:
        """Do it."""
        return Slow()

    (result,) = run(call(), tools=[tool(f, timeout=0.05)])
    release.set()
    assert result.outcome == "timed out"


def test_half_a_character_in_a_result_poisons_nothing(open_chat: Open) -> None:
    def get_weather(city: str) -> list[str]:
        """Look up the weather in a city."""
        return ["caf\udce9.txt"]

    chat = open_chat(get_weather)
    assert chat.send(ROME).status == "finished"
    assert chat.send("And now?").status == "finished"
    assert "caf\ufffd.txt" in chat.turns[0].reply.rounds[0].results[0].text


def test_half_a_character_in_an_error_poisons_nothing(open_chat: Open) -> None:
    def get_weather(city: str) -> str:
        """Look up the weather in a city."""
        raise FileNotFoundError("caf\udce9.txt")

    assert open_chat(get_weather).send(ROME).status == "finished"


def test_what_generators_yield_is_a_list() -> None:
    def f() -> Iterator[int]:
        """Do it."""
        yield from range(3)

    async def g() -> AsyncIterator[int]:
        """Do it."""
        for n in range(3):
            yield n

    first, second = run(call(1, "f"), call(2, "g"), tools=[f, g])
    assert [first.text.splitlines()[1], second.text.splitlines()[1]] == ["[0, 1, 2]"] * 2


def test_of_an_endless_generator_no_more_is_read_than_fits() -> None:
    async def f() -> AsyncIterator[int]:
        """Do it."""
        for n in itertools.count():
            yield n

    (result,) = run(call(), tools=[tool(f, largest_result=50)])
    assert result.outcome == "returned"
    assert "The rest is left out" in result.text


async def say_yes(_call: ToolCall) -> bool:
    return True


def leave(_call: ToolCall) -> bool:
    raise SystemExit("bye")


@pytest.mark.parametrize(
    ("approve", "outcome", "why"),
    [
        (lambda _call: True, "returned", ""),
        (say_yes, "returned", ""),
        (lambda _call: False, "denied", "It was denied."),
        (lambda _call: "no", "denied", "approve has to return True or False, and returned str."),
        (lambda _call: None, "denied", "approve has to return True or False, and returned None"),
        (lambda _call: 1 / 0, "denied", "approve raised ZeroDivisionError: division by zero"),
        (leave, "denied", "approve raised SystemExit: bye"),
        (True, "denied", "approve raised TypeError: 'bool' object is not callable"),
    ],
)
def test_only_true_approves(
    connection: Connection, approve: Callable[[ToolCall], Any], outcome: str, why: str
) -> None:
    calls = Calls()
    chat = connection.chat(tools=[tool(calls.get_weather, approval="ask")], approve=approve)
    (result,) = chat.send(ROME).rounds[0].results
    assert (result.outcome, len(calls.made)) == (outcome, outcome == "returned")
    assert why in result.text


def test_calls_that_wait_for_somebody_hold_up_no_other() -> None:
    def ask() -> str:
        """Do it."""
        return "asked"

    def quick() -> str:
        """Do it."""
        return "quick"

    desk, events = Desk(), list[Event]()
    tools = [tool(ask, approval="ask"), quick]

    async def main() -> tuple[ToolResult, ...]:
        done, shown = asyncio.Event(), asyncio.Event()

        def hear(event: Event) -> None:
            events.append(event)
            if isinstance(event, ToolFinished):
                done.set()
            if sum(isinstance(each, ApprovalAsked) for each in events) == 12:
                shown.set()

        calls = [*(call(n, "ask") for n in range(12)), call(12, "quick")]
        running = asyncio.ensure_future(ToolRunner(read_tools(tools), desk=desk).run(calls, hear))
        await asyncio.wait_for(asyncio.gather(done.wait(), shown.wait()), 20)
        assert len(desk.waiting) == 12
        desk.allow("ask")
        return await asyncio.wait_for(running, 20)

    results = asyncio.run(main())
    assert [result.outcome for result in results] == ["returned"] * 13


def test_two_calls_of_one_id_wait_each_for_itself() -> None:
    desk = Desk()
    first, second = call(x=1), call(x=2)

    async def main() -> list[bool]:
        asking = [asyncio.ensure_future(desk.ask(each)) for each in (first, second)]
        await asyncio.sleep(0)
        assert desk.waiting == (first, second)
        desk.decide(second, approved=True)
        desk.decide("call_1", approved=False)
        decided = await asyncio.wait_for(asyncio.gather(*asking), 20)
        return [each.approved for each in decided]

    assert asyncio.run(main()) == [False, True]
    with pytest.raises(UsageError, match="No call 'call_1' waits"):
        desk.decide(first, approved=True)


def count(calls: Calls, **options: Any) -> FunctionTool:
    def f(x: int) -> int:
        """Do it."""
        calls.made.append((x,))
        return x

    return tool(f, idempotent=True, **options)


def test_an_idempotent_call_is_known_in_any_form() -> None:
    calls = Calls()
    forms = ('{"x": 1}', '{"x": 1.0}', '{"x": "1"}')
    results = run(
        *(ToolCall(str(n), "f", form) for n, form in enumerate(forms)), tools=[count(calls)]
    )
    assert calls.made == [(1,)]
    assert sorted(result.outcome for result in results) == ["repeated", "repeated", "returned"]


def test_an_idempotent_call_that_was_given_up_is_not_made_again() -> None:
    began, release, made = threading.Event(), threading.Event(), []

    def f(x: int) -> int:
        """Do it."""
        made.append(x)
        began.set()
        release.wait(60)
        return x

    slow = tool(f, idempotent=True, timeout=0.2)

    async def main() -> list[str]:
        runner = ToolRunner(read_tools([slow]))
        ran = [await runner.run([call(n, x=1)], lambda _event: None) for n in range(2)]
        return [result.outcome for (result,) in ran]

    assert asyncio.run(main()) == ["timed out"] * 2
    assert began.wait(60)
    release.set()
    assert made == [1]


@pytest.mark.parametrize("outcome", ["returned", "lost", "timed out"])
def test_an_idempotent_call_of_an_earlier_process_is_not_made_again(outcome: Any) -> None:
    calls = Calls()

    async def main() -> tuple[ToolResult, ...]:
        runner = ToolRunner([count(calls)])
        runner.recall([ToolResult(call(1, x=1), "It was so.", outcome)])
        return await runner.run([call(2, x=1)], lambda _event: None)

    (result,) = asyncio.run(main())
    assert calls.made == []
    assert result.text == "It was so."
    assert result.outcome == ("repeated" if outcome == "returned" else outcome)


@pytest.mark.parametrize("rounds", [-1, 1.5, "3", None, True])
def test_rounds_are_counted_in_whole_numbers(connection: Connection, rounds: Any) -> None:
    with pytest.raises(UsageError, match="max_rounds is a whole number from 0 on"):
        connection.chat(max_rounds=rounds)
    assert connection.chat(max_rounds=0).max_rounds == 0
    assert connection.chat().max_rounds == MAX_ROUNDS
