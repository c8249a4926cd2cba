"""``POST .../responses``: a response is made, kept and sent, whole or streamed.

Rules: OpenAI's, as the Open Responses specification has them; the sibling modules say which for
what they do. A background response is answered at once and done after as long as its tokens take.
Source: OpenAI's reference, the Open Responses specification, published observations of the live
service.

Known deviations: the wording of a prompt that is too long is OpenAI's. Background responses work
whichever way a request is signed; a report says they failed under request signatures.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from ocigenai_nb.emulator import refusals
from ocigenai_nb.emulator.answer import Answer, Ask, PromptTooLongError, make_answer
from ocigenai_nb.emulator.brain import Turn
from ocigenai_nb.emulator.delivery import send_stream, send_whole
from ocigenai_nb.emulator.dialects import find_dialect
from ocigenai_nb.emulator.exchange import EXCHANGE, Exchange
from ocigenai_nb.emulator.parameters import Rule, check, refuse, refuse_missing
from ocigenai_nb.emulator.refusals import RefusedError
from ocigenai_nb.emulator.responses.access import check_access, find_responses_model
from ocigenai_nb.emulator.responses.events import SHAPE, EventWriter, begin, write_last
from ocigenai_nb.emulator.responses.ids import make_id, name_item
from ocigenai_nb.emulator.responses.items import Taste, check_calls, read_items, read_turns
from ocigenai_nb.emulator.responses.output import find_style, write_output
from ocigenai_nb.emulator.responses.resource import fail, write_resource
from ocigenai_nb.emulator.responses.settings import Settings, read_settings
from ocigenai_nb.emulator.responses.store import Item, StoredResponse
from ocigenai_nb.emulator.responses.threads import decide_store, find_thread, resolve
from ocigenai_nb.emulator.responses.tools import list_functions, name_choice
from ocigenai_nb.model_facts import ModelFacts


async def create_response(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a request for a new response, as an ASGI application.

    Raises:
        RefusedError: If the request is refused.
    """
    exchange: Exchange = scope[EXCHANGE]
    record, answer, is_stored = _make(exchange)
    events = EventWriter(record.resource).write()
    if exchange.fault is not None and exchange.fault.name == "response_failed":
        record = replace(record, resource=fail(record.resource))
        events = islice(events, exchange.fault.after_events)
    if is_stored:
        exchange.deployment.responses.keep(record)
    resource = record.resource
    if exchange.streamed:
        last = write_last(resource)
        await send_stream(scope, receive, send, events, shape=SHAPE, last=last)
    elif resource["background"]:
        await JSONResponse(begin(resource, "queued"))(scope, receive, send)
    else:
        await send_whole(scope, receive, send, resource, tokens=answer.completion_tokens)


def _make(exchange: Exchange) -> tuple[StoredResponse, Answer, bool]:
    """Return the response to a request, what the model said, and whether it is to be kept."""
    facts, settings = _read(exchange)
    deployment, caller = exchange.deployment, exchange.caller
    is_stored = decide_store(settings.given, caller)
    given, before = _read_input(exchange, settings, facts)
    answer = _answer(settings, [*before, *given], facts)
    seal = settings.wants_sealed and answer.reasoning
    style = find_style(facts["family"], wants_summary=settings.summary is not None)
    output = write_output(
        answer, style, deployment.sealer.seal(answer.reasoning, caller) if seal else None
    )
    now = deployment.now()
    response_id = make_id("resp_")
    resource = write_resource(response_id, settings, answer, output, store=is_stored, now=now)
    work = answer.completion_tokens / deployment.pace if deployment.pace else 0.0
    record = StoredResponse(
        tenancy=caller.name,
        created=now,
        resource=resource,
        given=given,
        before=before,
        done_at=now + work if resource["background"] else now,
    )
    return record, answer, is_stored


def _read(exchange: Exchange) -> tuple[ModelFacts, Settings]:
    body = exchange.json
    if not isinstance(body, dict):
        raise RefusedError(refusals.BAD_FORMAT)
    check_access(exchange)
    model = body.get("model")
    if model is None:
        refuse_missing("model")
    check(model, Rule("a string"), param="model")
    facts = find_responses_model(exchange, model)
    return facts, read_settings(body, facts)


def _read_input(
    exchange: Exchange, settings: Settings, facts: ModelFacts
) -> tuple[list[Item], list[Item]]:
    """Return what the request says, and what was said before."""
    before = find_thread(exchange, settings.given.get("previous_response_id"))
    strict = exchange.deployment.strict_input
    taste = Taste(facts["family"], stream=exchange.streamed, strict=strict)
    items = read_items(settings.given.get("input"), taste)
    given: list[Item] = [name_item(resolve(item, exchange)) for item in items]
    check_calls([*before, *given])
    return given, before


def _answer(settings: Settings, thread: list[Item], facts: ModelFacts) -> Answer:
    given = settings.given
    told = [Turn("system", given["instructions"])] if "instructions" in given else []
    choice = given.get("tool_choice", "auto")
    ask = Ask(
        model=given["model"],
        turns=(*told, *read_turns(thread)),
        max_tokens=given.get("max_output_tokens"),
        tools=list_functions(settings.tools, choice),
        tool_choice=name_choice(choice),
        parallel_tool_calls=given.get("parallel_tool_calls", True),
        schema=settings.schema,
        reasoning_effort=settings.effort,
    )
    try:
        return make_answer(ask, find_dialect(facts["family"]), facts)
    except PromptTooLongError:
        refuse(
            "Your input exceeds the context window of this model. "
            "Please adjust your input and try again.",
            param="input",
            code="context_length_exceeded",
        )
