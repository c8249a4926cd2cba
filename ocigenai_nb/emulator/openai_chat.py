"""``POST .../chat/completions``: OpenAI's wire format as OCI's endpoint speaks it.

Rules: the compartment comes in ``CompartmentId`` or ``opc-compartment-id``; a streamed answer is
server-sent events, one HTTP chunk each, ended by ``data: [DONE]``; a whole one is one JSON
object. Source: OpenAI's API reference; published observations of the live service.

Known deviations: where both compartment headers are sent, ``CompartmentId`` counts; only
callable names of models are known, not their OCIDs or dedicated endpoints.
"""

from __future__ import annotations

from typing import Any, Final

from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from ocigenai_nb.emulator import refusals
from ocigenai_nb.emulator.chat_answer import ChatAnswer, make_answer
from ocigenai_nb.emulator.chat_format import ChunkWriter, write_whole
from ocigenai_nb.emulator.chat_request import ChatRequest, read_chat_request
from ocigenai_nb.emulator.dialects import Dialect, find_dialect
from ocigenai_nb.emulator.exchange import EXCHANGE, Exchange
from ocigenai_nb.emulator.parameters import Rule, check, refuse_missing
from ocigenai_nb.emulator.refusals import RefusedError, report_unknown_entity, write_openai
from ocigenai_nb.emulator.streams import EventStream
from ocigenai_nb.emulator.tenancies import Tenancy
from ocigenai_nb.emulator.wire import Wire
from ocigenai_nb.model_facts import AS_OF, MODELS, ModelFacts

_RESPONSES_ONLY: Final = write_openai(
    "This model is only supported in v1/responses and not in v1/chat/completions.",
    param="model",
    code=None,
    status=404,
)


async def answer_chat(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a chat-completions request, as an ASGI application.

    Raises:
        RefusedError: If the request is refused.
    """
    exchange: Exchange = scope[EXCHANGE]
    body, caller = exchange.json, exchange.caller
    if not isinstance(body, dict):
        raise RefusedError(refusals.BAD_FORMAT)
    _check_compartment(exchange, caller)
    facts = _find_model(body, caller)
    dialect = find_dialect(facts["family"])
    request = read_chat_request(body, dialect)
    answer = make_answer(request, dialect, facts)
    wire = Wire(scope, receive, send)
    try:
        if request.stream:
            await _stream(exchange, wire, request, answer, dialect)
        elif await _await_whole(exchange, wire, answer):
            created = int(exchange.deployment.now())
            whole = write_whole(answer, dialect, model=request.model, created=created)
            await JSONResponse(whole)(scope, receive, send)
    finally:
        wire.release()


def _check_compartment(exchange: Exchange, caller: Tenancy) -> None:
    compartment = exchange.headers.get("compartmentid") or exchange.headers.get(
        "opc-compartment-id"
    )
    if not compartment:
        raise RefusedError(refusals.NO_COMPARTMENT)
    if compartment in caller.compartments:
        return
    others = exchange.deployment.identity.tenancies
    if any(compartment in tenancy.compartments for tenancy in others):
        raise RefusedError(refusals.NOT_AUTHORIZED)
    raise RefusedError(report_unknown_entity(compartment))


def _find_model(body: dict[str, Any], caller: Tenancy) -> ModelFacts:
    model = body.get("model")
    if model is None:
        refuse_missing("model")
    check(model, Rule("a string"), param="model")
    facts = MODELS.get(model)
    if facts is None or (_is_retired(facts) and not caller.serves_everything):
        raise RefusedError(report_unknown_entity(model))
    if facts["restricted"] and not caller.serves_everything:
        raise RefusedError(refusals.NOT_AUTHORIZED)
    if facts["responses_only"]:
        raise RefusedError(_RESPONSES_ONLY)
    if not facts["chat_completions"]:
        raise RefusedError(refusals.UNSUPPORTED_OPERATION)
    return facts


def _is_retired(facts: ModelFacts) -> bool:
    """Compare with the day of the facts, not today's: what works must not depend on the date."""
    return facts["retired"] is not None and facts["retired"] <= AS_OF


async def _stream(
    exchange: Exchange, wire: Wire, request: ChatRequest, answer: ChatAnswer, dialect: Dialect
) -> None:
    deployment = exchange.deployment
    writer = ChunkWriter(
        model=request.model,
        created=int(deployment.now()),
        include_usage=request.include_usage,
    )
    stream = EventStream(wire, settle=exchange.settle, pace=deployment.pace, fault=exchange.fault)
    await stream.run(writer.write(answer, dialect))


async def _await_whole(exchange: Exchange, wire: Wire, answer: ChatAnswer) -> bool:
    """Take as long as the answer's tokens do; tell whether the client waited."""
    pace = exchange.deployment.pace
    if pace:
        await wire.wait(answer.completion_tokens / pace)
    if wire.gone:
        exchange.record_abandoned()
    return not wire.gone
