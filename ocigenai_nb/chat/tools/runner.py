"""Runs the tools that a model calls for: checked, approved, bounded, several at once.

A function runs in a thread of its own, because it may block and Python can't end it: where it is
given up, or the turn is stopped, its thread is left behind and its result ignored. A coroutine
function runs on an event loop of that thread, and is cancelled. What is a person's own code, the
writing of a result included, runs in such a thread, so that nothing of it holds up or ends the
loop on which every conversation is.
"""

from __future__ import annotations

import asyncio
import contextvars
import inspect
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, TypeAlias, TypeVar

from ocigenai_nb.core.events import ApprovalAsked, Event, ToolFinished, ToolStarted
from ocigenai_nb.core.messages import ToolCall
from ocigenai_nb.core.rounds import Outcome, ToolResult
from ocigenai_nb.core.suggestions import suggest

from .approval import Approve, Decision, Desk, judge
from .function import FunctionTool
from .guard import guard
from .results import bound, tell_error, write_error, write_result

T = TypeVar("T")
Emit: TypeAlias = Callable[[Event], None]
Ledger: TypeAlias = dict[tuple[str, str], ToolResult]


class CallHooks(Protocol):
    """What an agent's hooks say of a call before and after it."""

    async def before(self, call: ToolCall) -> ToolCall | ToolResult:
        """The call as it shall be made; or what the model is told instead."""

    async def after(self, result: ToolResult) -> ToolResult:
        """The result as the model is told it."""


_AT_ONCE = 8
_LARGEST_ERROR = 2_000  # characters
_NOT_PASSED_ON = StopIteration, GeneratorExit, asyncio.CancelledError  # a future has them not
_ONCE: frozenset[Outcome] = frozenset({"returned", "timed out", "lost"})  # of idempotent tools


@dataclass(frozen=True, slots=True)
class _Checked:
    """A call whose arguments fit. The `key` is the same for calls that come to the same."""

    tool: FunctionTool
    call: ToolCall
    arguments: Mapping[str, Any]
    key: tuple[str, str]

    def work(self) -> ToolResult | Awaitable[ToolResult]:
        """Call the function and write down what comes of it. In a thread of its own."""
        tool, call = self.tool, self.call
        return guard(
            self._call,
            lambda value: ToolResult(call, write_result(tool.name, value, tool.largest_result)),
            lambda error: _fail(tool, call, error),
        )

    def _call(self) -> Any:
        value = self.tool.function(**self.arguments)
        if inspect.isasyncgen(value):
            return _collect(value, self.tool.largest_result)
        return value


@dataclass(slots=True)
class ToolRunner:
    """Runs calls for one run. `approve` decides where a tool asks; without it the `desk` does.

    `ledger` holds the results of idempotent tools. `hooks` may change or refuse calls and results.
    """

    tools: Sequence[FunctionTool]
    approve: Approve | None = None
    desk: Desk = field(default_factory=Desk)
    ledger: Ledger = field(default_factory=dict)
    hooks: CallHooks | None = None
    _recalled: list[ToolResult] = field(default_factory=list)
    _under_way: dict[tuple[str, str], asyncio.Task[ToolResult]] = field(default_factory=dict)
    _gate: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))
    _judges: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))

    async def run(self, calls: Sequence[ToolCall], emit: Emit) -> tuple[ToolResult, ...]:
        """Run all calls, at most eight at a time; results in the order of the calls.

        Whatever goes wrong with one is its result, for the model to read. Raises what a hook
        raises, once the other calls have come to their end.
        """
        await self._take_recalled()
        tasks = [asyncio.ensure_future(self._run_one(call, emit)) for call in calls]
        done = await asyncio.gather(*tasks, return_exceptions=True)
        for each in done:
            if isinstance(each, BaseException):
                raise each
        return tuple(task.result() for task in tasks)

    def recall(self, results: Sequence[ToolResult]) -> None:
        """Take what idempotent tools returned before, so that they don't run again.

        A call that was given up, or of which nobody knows what became, doesn't run again either.
        """
        self._recalled += [each for each in results if each.outcome in _ONCE]

    async def _take_recalled(self) -> None:
        recalled, self._recalled = self._recalled, []
        for result in recalled:
            tool = self._find(result.call.name)
            if tool is None or not tool.idempotent:
                continue
            checked = await self._check(tool, result.call)
            if isinstance(checked, _Checked):
                self.ledger[checked.key] = result

    async def _run_one(self, call: ToolCall, emit: Emit) -> ToolResult:
        said = await self.hooks.before(call) if self.hooks else call
        result = said if isinstance(said, ToolResult) else await self._run_once(said, emit)
        emit(ToolFinished(result))
        return result

    async def _run_once(self, call: ToolCall, emit: Emit) -> ToolResult:
        """Run a call, or give the result that it had before where its tool is idempotent."""
        tool = self._find(call.name)
        if tool is None:
            return await self._pass_on(_refuse(call, "unknown", self._explain_unknown(call.name)))
        checked = await self._check(tool, call)
        if isinstance(checked, ToolResult):
            return await self._pass_on(checked)
        if not tool.idempotent:
            return await self._decide_and_run(checked, emit)
        key = checked.key
        if (same := self._under_way.get(key)) is not None:
            earlier: ToolResult | None = await asyncio.shield(same)
        else:
            earlier = self.ledger.get(key)
        if earlier is not None:
            again: Outcome = "repeated" if earlier.outcome == "returned" else earlier.outcome
            return ToolResult(call, earlier.text, again)
        task = self._under_way[key] = asyncio.ensure_future(self._decide_and_run(checked, emit))
        try:
            return await task
        finally:
            del self._under_way[key]

    async def _check(self, tool: FunctionTool, call: ToolCall) -> _Checked | ToolResult:
        """The call with its arguments as the tool takes them; or why it can't be made."""

        def check() -> _Checked:
            arguments = tool.check(call.arguments)
            form = tool.normalize(call.arguments) if tool.idempotent else ""
            return _Checked(tool, call, arguments, (tool.name, form))

        def refuse(error: BaseException) -> ToolResult:
            why = str(error) if type(error) is ValueError else tell_error(error)
            return _refuse(call, "invalid", f"The arguments of {call.name} do not fit.\n{why}")

        async with self._gate:
            return await _limit(tool, call, lambda: guard(check, _same, refuse))

    async def _decide_and_run(self, checked: _Checked, emit: Emit) -> ToolResult:
        call = checked.call
        decision = await self._decide(checked.tool, call, emit)
        if decision.approved:
            async with self._gate:
                emit(ToolStarted(call))
                result = await _time(checked)
        else:
            why = f"{call.name} was not run: {decision.reason}".strip()
            result = _refuse(call, "denied", why)
        result = await self._pass_on(result)
        if checked.tool.idempotent and result.outcome in _ONCE:
            self.ledger[checked.key] = result
        return result

    async def _pass_on(self, result: ToolResult) -> ToolResult:
        return await self.hooks.after(result) if self.hooks is not None else result

    async def _decide(self, tool: FunctionTool, call: ToolCall, emit: Emit) -> Decision:
        """Whether a call runs. Somebody may take their time: no other call waits for it."""
        if tool.approval == "never":
            return Decision(approved=False, reason="It may not be called.")
        if tool.approval == "always" or call.name in self.desk.allowed:
            return Decision(approved=True)
        if self.approve is None:
            waits = asyncio.ensure_future(self.desk.ask(call))
            await asyncio.sleep(0)  # it waits before anybody hears of it
            emit(ApprovalAsked(call))
            return await waits
        async with self._judges:
            asked = {"approve": self.approve, "call": call}
            decision: Decision = await in_thread(judge, asked)
        return decision

    def _find(self, name: str) -> FunctionTool | None:
        return next((each for each in self.tools if each.name == name), None)

    def _explain_unknown(self, name: str) -> str:
        names = [each.name for each in self.tools]
        return f"There is no tool {name!r}.{suggest(name, names)} There are: {', '.join(names)}."


def _same(checked: _Checked) -> _Checked:
    return checked


def _refuse(call: ToolCall, outcome: Outcome, why: str) -> ToolResult:
    return ToolResult(call, bound(why, _LARGEST_ERROR), outcome)


async def _time(checked: _Checked) -> ToolResult:
    began = time.perf_counter()
    result = await _limit(checked.tool, checked.call, checked.work)
    return replace(result, seconds=time.perf_counter() - began)


async def _limit(
    tool: FunctionTool, call: ToolCall, work: Callable[[], T | Awaitable[T]]
) -> T | ToolResult:
    """What comes of work in a thread of its own, within the time that the tool has."""
    limit = asyncio.timeout(tool.timeout)
    try:
        async with limit:
            made: T = await in_thread(work, {})
            return made
    except TimeoutError as error:
        if limit.expired():
            text = f"{tool.name} took longer than {tool.timeout:g} seconds and was given up."
            return ToolResult(call, text, "timed out")
        return _fail(tool, call, error)
    except asyncio.CancelledError:
        raise
    except BaseException as error:  # noqa: BLE001 (there is no thread; or a task beside it ended)
        return _fail(tool, call, error)


def _fail(tool: FunctionTool, call: ToolCall, error: BaseException) -> ToolResult:
    return ToolResult(call, write_error(tool.name, error, tool.largest_result), "raised")


async def _collect(items: AsyncIterator[Any], largest: int) -> list[Any]:
    """What an asynchronous generator yields, as far as it can be told to a model."""
    taken: list[Any] = []
    async for item in items:
        taken.append(item)
        if len(taken) > largest:  # each is a character at least
            break
    return taken


async def in_thread(
    function: Callable[..., Any], arguments: Mapping[str, Any], *, positional: bool = False
) -> Any:
    """Call a function in a daemon thread of its own: one that never ends holds up no exit."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Any] = loop.create_future()
    running: list[tuple[asyncio.AbstractEventLoop, asyncio.Task[Any]]] = []

    def call() -> None:
        try:
            value = function(*arguments.values()) if positional else function(**arguments)
            if inspect.isawaitable(value):
                value = asyncio.run(_await(value, running))
        except BaseException as error:  # noqa: BLE001 (it is raised where the result is waited for)
            outcome: tuple[Any, BaseException | None] = None, error
        else:
            outcome = value, None
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(_settle, done, *outcome)

    context = contextvars.copy_context()
    threading.Thread(target=context.run, args=(call,), name="ocigenai-tool", daemon=True).start()
    try:
        return await done
    except asyncio.CancelledError:
        for own_loop, task in running:
            with suppress(RuntimeError):  # it has just ended
                own_loop.call_soon_threadsafe(task.cancel)
        raise


async def _await(
    value: Any, running: list[tuple[asyncio.AbstractEventLoop, asyncio.Task[Any]]]
) -> Any:
    task = asyncio.ensure_future(value)
    running.append((asyncio.get_running_loop(), task))
    return await task


def _settle(done: asyncio.Future[Any], value: Any, error: BaseException | None) -> None:
    if done.done():
        return
    if error is None:
        done.set_result(value)
    elif isinstance(error, _NOT_PASSED_ON):
        done.set_exception(RuntimeError(tell_error(error)))
    else:
        done.set_exception(error)
