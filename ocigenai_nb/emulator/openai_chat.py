"""``POST .../chat/completions``: OpenAI's wire format as OCI's endpoint speaks it.

Rules: the compartment comes in ``CompartmentId`` or ``opc-compartment-id``; a streamed answer is
server-sent events, one HTTP chunk each, ended by ``data: [DONE]``; a whole one is one JSON
object. Source: OpenAI's API reference; published observations of the live service.

Known deviation: where both compartment headers are sent, ``CompartmentId`` counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from starlette.types import Receive, Scope, Send

from ocigenai_nb.emulator import refusals
from ocigenai_nb.emulator.answer import PromptTooLongError
from ocigenai_nb.emulator.asking import ask_choices, begin_choices
from ocigenai_nb.emulator.chat_format import SHAPE, ChunkWriter, write_whole
from ocigenai_nb.emulator.chat_request import read_chat_request
from ocigenai_nb.emulator.delivery import send_stream, send_whole
from ocigenai_nb.emulator.dialects import find_dialect, mix_calls
from ocigenai_nb.emulator.exchange import EXCHANGE, Exchange
from ocigenai_nb.emulator.model_access import check_compartment, find_model
from ocigenai_nb.emulator.parameters import Rule, check, refuse, refuse_missing
from ocigenai_nb.emulator.refusals import RefusedError, write_openai
from ocigenai_nb.emulator.streams import DONE
from ocigenai_nb.model_facts import ModelFacts

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
    body = exchange.json
    if not isinstance(body, dict):
        raise RefusedError(refusals.BAD_FORMAT)
    facts = _find_model(exchange, body)
    dialect = mix_calls(find_dialect(facts["family"]), exchange.fault_name)
    request = read_chat_request(body, dialect)
    created = int(exchange.deployment.now())
    model = request.ask.model
    # A backend tells no probabilities that could be passed on.
    alternatives = request.alternatives if exchange.deployment.backend is None else None
    if request.stream:
        writer = ChunkWriter(
            model=model,
            created=created,
            include_usage=request.include_usage,
            alternatives=alternatives,
        )
        with _telling_what_is_too_long():
            comings = await begin_choices(exchange, request.ask, facts, count=request.choices)
        events = writer.write(comings, dialect)
        await send_stream(scope, receive, send, events, shape=SHAPE, last=(DONE,))
    else:
        with _telling_what_is_too_long():
            answers = await ask_choices(exchange, request.ask, facts, count=request.choices)
        whole = write_whole(
            answers, dialect, model=model, created=created, alternatives=alternatives
        )
        tokens = sum(answer.completion_tokens for answer in answers)
        await send_whole(scope, receive, send, whole, tokens=tokens)


def _find_model(exchange: Exchange, body: dict[str, Any]) -> ModelFacts:
    tenancies = exchange.deployment.identity.tenancies
    check_compartment(exchange.compartment, exchange.caller, tenancies)
    model = body.get("model")
    if model is None:
        refuse_missing("model")
    check(model, Rule("a string"), param="model")
    facts = find_model(model, exchange.caller, tenancies, region=exchange.region)
    if "multi-agent" in facts["id"]:
        raise RefusedError(refusals.NO_MULTI_AGENT)
    if facts["responses_only"]:
        raise RefusedError(_RESPONSES_ONLY)
    if not facts["chat_completions"]:
        raise RefusedError(refusals.UNSUPPORTED_OPERATION)
    return facts


@contextmanager
def _telling_what_is_too_long() -> Iterator[None]:
    try:
        yield
    except PromptTooLongError as error:
        refuse(
            f"This model's maximum context length is {error.limit} tokens. However, your messages "
            f"resulted in {error.tokens} tokens. Please reduce the length of the messages.",
            param="messages",
            code="context_length_exceeded",
        )
