"""Runs the tools that a model calls for: checked, approved, bounded, several at once.

A function runs in a thread of its own, because it may block and Python can't end it: where it is
given up, or the turn is stopped, its thread is left behind and its result ignored. A coroutine
function runs on an event loop of that thread, and is cancelled.
"""

from __future__ import annotations

import asyncio
import contextvars
import inspect
import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, TypeAlias

from ocigenai_nb.core.events import ApprovalAsked, Event, ToolFinished, ToolStarted
from ocigenai_nb.core.messages import ToolCall
from ocigenai_nb.core.rounds import Outcome, ToolResult
from ocigenai_nb.core.suggestions import suggest

from .approval import Approve, Decision, Desk
from .function import FunctionTool
from .results import bound, write_result

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
    _under_way: dict[tuple[str, str], asyncio.Task[ToolResult]] = field(default_factory=dict)
    _gate: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))

    async def run(self, calls: Sequence[ToolCall], emit: Emit) -> tuple[ToolResult, ...]:
        """Run all calls, at most eight at a time; results in the order of the calls.

        Whatever goes wrong with one is its result, for the model to read. Raises what a hook
        raises, once the other calls have come to their end.
        """
        tasks = [asyncio.ensure_future(self._run_one(call, emit)) for call in calls]
        done = await asyncio.gather(*tasks, return_exceptions=True)
        for each in done:
            if isinstance(each, BaseException):
                raise each
        return tuple(task.result() for task in tasks)

    def recall(self, results: Sequence[ToolResult]) -> None:
        """Take what idempotent tools returned before, so that they don't run again."""
        for result in results:
            if result.outcome == "returned":
                self.ledger[_key(result.call)] = result

    def _is_idempotent(self, call: ToolCall) -> bool:
        tool = self._find(call.name)
        return tool is not None and tool.idempotent

    async def _run_one(self, call: ToolCall, emit: Emit) -> ToolResult:
        said = await self.hooks.before(call) if self.hooks else call
        result = said if isinstance(said, ToolResult) else await self._run_once(said, emit)
        emit(ToolFinished(result))
        return result

    async def _run_once(self, call: ToolCall, emit: Emit) -> ToolResult:
        """Run a call, or give the result that it had before where its tool is idempotent."""
        if not self._is_idempotent(call):
            return await self._run_at_gate(call, emit)
        key = _key(call)
        if (same := self._under_way.get(key)) is not None:
            earlier: ToolResult | None = await asyncio.shield(same)
        else:
            earlier = self.ledger.get(key)
        if earlier is not None:
            return ToolResult(call, earlier.text, "repeated")
        task = self._under_way[key] = asyncio.ensure_future(self._run_at_gate(call, emit))
        try:
            return await task
        finally:
            del self._under_way[key]

    async def _run_at_gate(self, call: ToolCall, emit: Emit) -> ToolResult:
        async with self._gate:
            result = await self._check_and_run(call, emit)
        if self.hooks is not None:
            result = await self.hooks.after(result)
        if result.outcome == "returned" and self._is_idempotent(call):
            self.ledger[_key(call)] = result
        return result

    async def _check_and_run(self, call: ToolCall, emit: Emit) -> ToolResult:
        tool = self._find(call.name)
        if tool is None:
            return _refuse(call, "unknown", self._explain_unknown(call.name))
        try:
            arguments = tool.check(call.arguments)
        except ValueError as error:
            return _refuse(call, "invalid", f"The arguments of {call.name} do not fit.\n{error}")
        decision = await self._decide(tool, call, emit)
        if not decision.approved:
            return _refuse(call, "denied", f"{call.name} was not run: {decision.reason}".strip())
        emit(ToolStarted(call))
        return await _time(tool, call, arguments)

    async def _decide(self, tool: FunctionTool, call: ToolCall, emit: Emit) -> Decision:
        if tool.approval == "never":
            return Decision(approved=False, reason="It may not be called.")
        if tool.approval == "always" or call.name in self.desk.allowed:
            return Decision(approved=True)
        if self.approve is None:
            waits = asyncio.ensure_future(self.desk.ask(call))
            await asyncio.sleep(0)  # it waits before anybody hears of it
            emit(ApprovalAsked(call))
            return await waits
        said = await in_thread(self.approve, {"call": call}, positional=True)
        return Decision(bool(said), "It was denied.")

    def _find(self, name: str) -> FunctionTool | None:
        return next((each for each in self.tools if each.name == name), None)

    def _explain_unknown(self, name: str) -> str:
        names = [each.name for each in self.tools]
        return f"There is no tool {name!r}.{suggest(name, names)} There are: {', '.join(names)}."


def _key(call: ToolCall) -> tuple[str, str]:
    """The call without its id, its arguments in one order."""
    try:
        arguments = json.dumps(json.loads(call.arguments or "{}"), sort_keys=True)
    except (ValueError, RecursionError):
        arguments = call.arguments
    return call.name, arguments


def _refuse(call: ToolCall, outcome: Outcome, why: str) -> ToolResult:
    return ToolResult(call, bound(why, _LARGEST_ERROR), outcome)


async def _time(tool: FunctionTool, call: ToolCall, arguments: Mapping[str, Any]) -> ToolResult:
    began = time.perf_counter()
    result = await _attempt(tool, call, arguments)
    return replace(result, seconds=time.perf_counter() - began)


async def _attempt(tool: FunctionTool, call: ToolCall, arguments: Mapping[str, Any]) -> ToolResult:
    limit = asyncio.timeout(tool.timeout)
    try:
        async with limit:
            value = await in_thread(tool.function, arguments)
    except TimeoutError as error:
        if limit.expired():
            text = f"{tool.name} took longer than {tool.timeout:g} seconds and was given up."
            return ToolResult(call, text, "timed out")
        return _failed(tool, call, error)
    except asyncio.CancelledError:
        raise
    except BaseException as error:  # noqa: BLE001 (whatever it is, the model hears of it)
        return _failed(tool, call, error)
    try:
        text = write_result(tool.name, value, tool.largest_result)
    except Exception as error:  # noqa: BLE001 (a __repr__ or to_csv that raises)
        return _failed(tool, call, error)
    return ToolResult(call, text)


def _failed(tool: FunctionTool, call: ToolCall, error: BaseException) -> ToolResult:
    text = bound(f"{type(error).__name__}: {error}", _LARGEST_ERROR)
    return ToolResult(call, write_result(tool.name, text, tool.largest_result), "raised")


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
    elif isinstance(error, StopIteration | asyncio.CancelledError):  # no future takes these
        done.set_exception(RuntimeError(f"{type(error).__name__}: {error}"))
    else:
        done.set_exception(error)
