"""Whom a request asks: the script, or the backend that stands in for it."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import NoReturn, TypeVar

from ocigenai_nb.emulator.answer import (
    Answer,
    Ask,
    Coming,
    check_prompt,
    make_answer,
    reasons,
)
from ocigenai_nb.emulator.backend import Backend, LiveAnswer
from ocigenai_nb.emulator.backend.failures import BackendError
from ocigenai_nb.emulator.backend.pulling import call
from ocigenai_nb.emulator.content_faults import spoil
from ocigenai_nb.emulator.dialects import Dialect, find_dialect
from ocigenai_nb.emulator.exchange import Exchange
from ocigenai_nb.emulator.refusals import RefusedError
from ocigenai_nb.model_facts import ModelFacts

T = TypeVar("T")
Asking = Callable[[Exchange, Ask, Dialect, ModelFacts], Awaitable[T]]
"""One of the two ways to ask."""

logger = logging.getLogger("ocigenai_nb.emulator")


async def ask_whole(exchange: Exchange, ask: Ask, dialect: Dialect, facts: ModelFacts) -> Answer:
    """Return the answer to ``ask``, once all of it is there.

    Raises:
        PromptTooLongError: If the prompt is longer than the model's context.
        RefusedError: If the backend fails.
    """
    coming = await ask_live(exchange, ask, dialect, facts)
    if not isinstance(coming, LiveAnswer):
        return coming.whole()
    try:
        answer = await call(coming.whole, coming)
        exchange.spend(answer.completion_tokens)
        return spoil(answer, exchange.fault)
    except BackendError as error:
        _refuse(error)
    finally:
        coming.close()
        exchange.live = None


async def ask_live(exchange: Exchange, ask: Ask, dialect: Dialect, facts: ModelFacts) -> Coming:
    """Return the answer to ``ask``, once it begins; ``send_stream`` ends it.

    Raises:
        PromptTooLongError: If the prompt is longer than the model's context.
        RefusedError: If the backend fails before its first words.
    """
    backend = exchange.deployment.backend
    if backend is None:
        answer = make_answer(ask, dialect, facts)
        exchange.spend(answer.total_tokens)
        return spoil(answer, exchange.fault)
    exchange.spend(check_prompt(ask, facts))
    exchange.live = _begin(backend, ask, dialect, facts)
    try:
        await call(exchange.live.open, exchange.live)
    except BackendError as error:
        exchange.live.close()
        _refuse(error)
    return exchange.live


async def ask_choices(
    exchange: Exchange, ask: Ask, facts: ModelFacts, *, count: int
) -> list[Answer]:
    """Return so many answers to ``ask``, each with the seed after the last one's.

    Raises what `ask_whole` does.
    """
    dialect = find_dialect(facts["family"])
    asks = [replace(ask, seed=ask.seed + n) for n in range(count)]
    return [await ask_whole(exchange, each, dialect, facts) for each in asks]


async def begin_choices(
    exchange: Exchange, ask: Ask, facts: ModelFacts, *, count: int
) -> Sequence[Coming]:
    """Return the answers to stream: one that may still be coming, or several whole ones.

    Raises what `ask_live` does.
    """
    if count == 1:
        return [await ask_live(exchange, ask, find_dialect(facts["family"]), facts)]
    return await ask_choices(exchange, ask, facts, count=count)


def _begin(backend: Backend, ask: Ask, dialect: Dialect, facts: ModelFacts) -> LiveAnswer:
    shown = dialect.reasoning == "shown"
    return backend.ask(ask, reasons=reasons(ask, dialect, facts), shows_reasoning=shown)


def _refuse(error: BackendError) -> NoReturn:
    logger.warning("The backend failed: %s", error)
    raise RefusedError(error.refusal, "the backend failed, and the log says how") from error
