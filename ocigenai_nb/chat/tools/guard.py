"""Calls of a person's own code, none of whose errors goes any further."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

T = TypeVar("T")


def guard(
    call: Callable[[], Any], then: Callable[[Any], T], failed: Callable[[BaseException], T]
) -> T | Awaitable[T]:
    """What `then` makes of what the call returns; what `failed` makes of whatever is raised.

    SystemExit and its like count, since they would end the loop that hears of them. Where the call
    returns an awaitable, so does this.
    """
    try:
        value = call()
        if not inspect.isawaitable(value):
            return then(value)
    except BaseException as error:  # noqa: BLE001 (of any kind)
        return failed(error)
    return _guard_later(value, then, failed)


async def _guard_later(
    value: Awaitable[Any], then: Callable[[Any], T], failed: Callable[[BaseException], T]
) -> T:
    try:
        return then(await value)
    except BaseException as error:  # noqa: BLE001 (of any kind)
        return failed(error)
