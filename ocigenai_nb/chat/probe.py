"""One small request, to see whether a model can be asked: which one to ask, and what came of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass

from ocigenai_nb.core.errors import OCIGenAIError
from ocigenai_nb.core.parameters import Parameters
from ocigenai_nb.core.thread import Answer
from ocigenai_nb.model_facts import AS_OF, MODELS, ModelFacts
from ocigenai_nb.transports.base import collect
from ocigenai_nb.transports.client import SignedClient
from ocigenai_nb.transports.factory import make_model, route_model
from ocigenai_nb.transports.loop import io_thread
from ocigenai_nb.transports.model import Model
from ocigenai_nb.transports.pool import Timeouts
from ocigenai_nb.transports.retry import RetryPolicy
from ocigenai_nb.transports.settings import Identity

_MODEL = "meta.llama-3.3-70b-instruct"
_TIMEOUTS = Timeouts(connect=5.0, read=30.0, event=30.0, total=30.0)
_AT_ONCE = 8
_TOKENS = 1
_TOKENS_OVER_RESPONSES = 16  # OpenAI's own API takes no smaller max_output_tokens


@dataclass(frozen=True, slots=True)
class Probed:
    """What one request to `model` came to: an `answer` or an `error`, after so many `seconds`.

    `ahead` is by how many seconds this machine's clock is ahead of the service's (behind:
    negative), None where no response told.
    """

    model: str
    seconds: float
    answer: Answer | None = None
    error: OCIGenAIError | None = None
    ahead: float | None = None


def send_probe(identity: Identity, model: str, *, transport: str | None = None) -> Probed:
    """Ask `model` one word for the shortest answer there is, in one attempt.

    It is charged as any request, the journal does not have it, and the service keeps nothing of
    it. A token that is refused is renewed and the request sent once more.
    """
    client = SignedClient(identity, retry=RetryPolicy(attempts=1), timeouts=_TIMEOUTS)
    start = time.perf_counter()
    answer = error = None
    try:
        io_thread().run(client.warm())
        start = time.perf_counter()  # what was imported and read is not the service's time
        answer = _ask(client, model, transport)
    except OCIGenAIError as problem:
        error = problem
    finally:
        io_thread().run(client.aclose())
    return Probed(model, time.perf_counter() - start, answer, error, client.ahead)


def send_probes(identity: Identity, models: Mapping[str, str | None]) -> list[Probed]:
    """The same of several models, each over the transport that it is given with, a few at a time.

    An interrupt (KeyboardInterrupt) stops them all.
    """
    return io_thread().run(_send_all(identity, models))


async def _send_all(identity: Identity, models: Mapping[str, str | None]) -> list[Probed]:
    client = SignedClient(identity, retry=RetryPolicy(attempts=1), timeouts=_TIMEOUTS)
    gate = asyncio.Semaphore(_AT_ONCE)
    try:
        await client.warm()
        asked = models.items()
        return await asyncio.gather(*(_send_one(client, gate, *pair) for pair in asked))
    finally:
        await client.aclose()


async def _send_one(
    client: SignedClient, gate: asyncio.Semaphore, model: str, transport: str | None
) -> Probed:
    async with gate:
        start = time.perf_counter()
        answer = error = None
        try:
            made = _make(client, model, transport)
            answer = await collect(made.exchange("hi", whole=True).run)
        except OCIGenAIError as problem:
            error = problem
        return Probed(model, time.perf_counter() - start, answer, error, client.ahead)


def _ask(client: SignedClient, model: str, transport: str | None) -> Answer:
    return _make(client, model, transport).complete_sync("hi")


def _make(client: SignedClient, model: str, transport: str | None) -> Model:
    chosen = route_model(model, transport)
    tokens = _TOKENS_OVER_RESPONSES if chosen == "responses" else _TOKENS
    return make_model(client, model, chosen, Parameters(max_tokens=tokens), store=False)


def pick_model(region: str) -> str:
    """The cheapest chat model that the region offers on demand; a common one if none is known."""
    if region in MODELS[_MODEL]["on_demand"]:
        return _MODEL
    offered = [facts for facts in MODELS.values() if _is_offered(facts, region)]
    return _cheapest(offered) or _MODEL


def pick_responses_model(region: str) -> str:
    """The same of those that answer over Responses and need a project there; "" if none is known.

    That is, of those that are not OpenAI's.
    """
    offered = [facts for facts in MODELS.values() if _is_offered(facts, region)]
    return _cheapest(
        [facts for facts in offered if facts["responses"] and facts["vendor"] != "openai"]
    )


def _cheapest(offered: list[ModelFacts]) -> str:
    return min(offered, key=lambda facts: facts["output_price"] or 1e9)["id"] if offered else ""


def _is_offered(facts: ModelFacts, region: str) -> bool:
    ended = facts["retired"] is not None and facts["retired"] <= AS_OF
    usable = facts["chat_completions"] and facts["kind"] == "chat"
    return usable and region in facts["on_demand"] and not (ended or facts["restricted"])
