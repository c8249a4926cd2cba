"""Calls a run's hooks, in their order and one at a time, and does what they say."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, NoReturn

from ocigenai_nb.chat.rounds import Verdict
from ocigenai_nb.chat.tools.runner import in_thread
from ocigenai_nb.core.errors import HookError, HookVetoError
from ocigenai_nb.core.events import Notice
from ocigenai_nb.core.messages import ToolCall
from ocigenai_nb.core.rounds import ToolResult
from ocigenai_nb.core.thread import Answer

from .hooks import Hook, HookRun, ModelRequest, Retry, Veto

_REMEDY = "Mend the hook, then go on with agent.resume(thread_id); what came is kept."


class HookCalls:
    """The hooks of one run, each with its own view of it; `view` makes one.

    `tell` is given what the person should know.
    """

    def __init__(
        self, hooks: Sequence[Hook], view: Callable[[], HookRun], tell: Callable[[Notice], None]
    ) -> None:
        self._hooks = [(hook, view()) for hook in hooks]
        self._tell = tell
        self._one_at_a_time = asyncio.Lock()

    async def before_model(self, request: ModelRequest) -> ModelRequest:
        """The request as the hooks want it. Raises HookVetoError, and HookError."""
        for hook, run in self._hooks:
            said = await self._call(hook, "before_model", request, run)
            if said is None:
                continue
            if isinstance(said, Veto):
                _end(hook, said)
            _expect(hook, "before_model", said, ModelRequest)
            if request.rounds and said.prompt != request.prompt:
                why = "it changed the prompt, which is possible before the first request only"
                raise _fail(hook, "before_model", why)
            request = replace(said, rounds=request.rounds)
        return request

    async def after_model(self, answer: Answer) -> Verdict:
        """What becomes of an answer. Raises HookVetoError, and HookError."""
        text: str | None = None
        for hook, run in self._hooks:
            said = await self._call(hook, "after_model", answer, run)
            if isinstance(said, Veto):
                _end(hook, said)
            if isinstance(said, Retry):
                if run.corrections < hook.most_corrections:
                    run.corrections += 1
                    return Verdict(text, said.correction)
                self._tell(Notice(_give_up(hook)))
            elif said is not None:
                _expect(hook, "after_model", said, str)
                text = said
                answer = replace(answer, text=said)
        return Verdict(text)

    async def before(self, call: ToolCall) -> ToolCall | ToolResult:
        """The call as it shall be made, or what the model is told instead. Raises HookError."""
        for hook, run in self._hooks:
            said = await self._call(hook, "before_tool", call, run)
            if isinstance(said, Veto):
                return ToolResult(call, f"{call.name} was not run: {said.reason}", "denied")
            if said is not None:
                _expect(hook, "before_tool", said, ToolCall)
                call = replace(said, id=call.id)
        return call

    async def after(self, result: ToolResult) -> ToolResult:
        """The result as the model is told it. Raises HookError."""
        for hook, run in self._hooks:
            said = await self._call(hook, "after_tool", result, run)
            if isinstance(said, Veto):
                return replace(result, text=f"The result is withheld: {said.reason}")
            if said is not None:
                _expect(hook, "after_tool", said, ToolResult)
                result = replace(said, call=result.call)
        return result

    async def _call(self, hook: Hook, what: str, subject: Any, run: HookRun) -> Any:
        method = getattr(hook, what)
        if getattr(type(hook), what, None) is getattr(Hook, what):
            return None  # not overridden: a thread for nothing
        async with self._one_at_a_time:
            with _named(hook, what):
                return await in_thread(method, {"subject": subject, "run": run}, positional=True)


@contextmanager
def _named(hook: Hook, what: str) -> Iterator[None]:
    """Raise what a hook raises as a HookError that names it."""
    try:
        yield
    except asyncio.CancelledError:
        raise
    except BaseException as error:  # whatever it is, the run ends in a typed error
        raise _fail(hook, what, f"{type(error).__name__}: {error}") from error


def _expect(hook: Hook, what: str, said: object, kind: type) -> None:
    if not isinstance(said, kind):
        raise _fail(hook, what, f"it returned {type(said).__name__}, not {kind.__name__} or None")


def _fail(hook: Hook, what: str, why: str) -> HookError:
    return HookError(f"The hook {hook.name} failed in {what}: {why}.", remedy=_REMEDY)


def _end(hook: Hook, veto: Veto) -> NoReturn:
    raise HookVetoError(f"The hook {hook.name} ended the run: {veto.reason}")


def _give_up(hook: Hook) -> str:
    times = "once" if hook.most_corrections == 1 else f"{hook.most_corrections} times"
    return f"The hook {hook.name} had the answer corrected {times}, so it stands as it is."
