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
from functools import partial
from itertools import islice
from typing import Any

from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from ocigenai_nb.emulator.answer import Answer, PromptTooLongError
from ocigenai_nb.emulator.asking import Asking, T, ask_live, ask_whole
from ocigenai_nb.emulator.backend import LiveAnswer
from ocigenai_nb.emulator.delivery import send_stream, send_whole
from ocigenai_nb.emulator.dialects import find_dialect
from ocigenai_nb.emulator.exchange import EXCHANGE, Exchange
from ocigenai_nb.emulator.parameters import refuse
from ocigenai_nb.emulator.responses.events import SHAPE, EventWriter, begin, write_last
from ocigenai_nb.emulator.responses.file_search import Finding, search_files, tell
from ocigenai_nb.emulator.responses.ids import make_id
from ocigenai_nb.emulator.responses.live import LiveResponse
from ocigenai_nb.emulator.responses.output import find_style, write_output
from ocigenai_nb.emulator.responses.reading import Inquiry, read_inquiry
from ocigenai_nb.emulator.responses.resource import fail, write_resource
from ocigenai_nb.emulator.responses.store import StoredResponse


async def create_response(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a request for a new response, as an ASGI application.

    Raises:
        RefusedError: If the request is refused.
    """
    exchange: Exchange = scope[EXCHANGE]
    inquiry = read_inquiry(exchange)
    finding = await search_files(exchange, inquiry)
    if finding is not None:
        has_backend = exchange.deployment.backend is not None
        inquiry = replace(inquiry, ask=tell(inquiry.ask, finding, whole=has_backend), searches=1)
    is_stored = inquiry.is_stored
    if exchange.streamed and not _is_to_fail(exchange):
        coming = await _ask(ask_live, exchange, inquiry)
        if isinstance(coming, LiveAnswer):
            live = _follow(coming, exchange, inquiry, finding)
            events, last_events = live.write_events(), live.write_last()
            await send_stream(scope, receive, send, events, shape=SHAPE, last=last_events)
            return
        answer = coming.whole()
    else:
        answer = await _ask(ask_whole, exchange, inquiry)
    output = _write_output(exchange, inquiry, answer)
    output = output if finding is None else finding.cite(output)
    record = _record(exchange, inquiry, answer, output)
    events = EventWriter(record.resource, exchange.fault_name, pads=inquiry.settings.pads).write()
    if exchange.fault is not None and _is_to_fail(exchange):
        record = replace(record, resource=fail(record.resource))
        events = islice(events, exchange.fault.after_events)
    _keep(record, exchange, is_stored=is_stored)
    resource = record.resource
    if exchange.streamed:
        last = write_last(resource)
        await send_stream(scope, receive, send, events, shape=SHAPE, last=last)
    elif resource["background"]:
        await JSONResponse(begin(resource, "queued"))(scope, receive, send)
    else:
        await send_whole(scope, receive, send, resource, tokens=answer.completion_tokens)


def _keep(record: StoredResponse, exchange: Exchange, *, is_stored: bool) -> None:
    """Keep a response where it is to be kept, and add what was said to its conversation."""
    if is_stored:
        exchange.deployment.responses.keep(record)
    conversation = record.resource.get("conversation")
    if conversation is not None and record.resource["status"] != "failed":
        exchange.deployment.conversations.extend(
            record.tenancy, conversation["id"], record.items, time=record.done_at
        )


def _is_to_fail(exchange: Exchange) -> bool:
    return exchange.fault is not None and exchange.fault.name == "response_failed"


def _follow(
    coming: LiveAnswer, exchange: Exchange, inquiry: Inquiry, finding: Finding | None
) -> LiveResponse:
    """Return the response that ``coming`` will make, kept where it is to be kept."""
    is_stored = inquiry.is_stored
    live = LiveResponse(
        coming,
        write_output=partial(_write_output, exchange, inquiry),
        record=partial(_record, exchange, inquiry),
        keep=lambda record: _keep(record, exchange, is_stored=is_stored),
        before=() if finding is None else (finding.item,),
        fault=exchange.fault_name,
        pads=inquiry.settings.pads,
    )
    if is_stored:
        exchange.deployment.responses.keep(live.begun)
    return live


def _write_output(exchange: Exchange, inquiry: Inquiry, answer: Answer) -> list[dict[str, Any]]:
    settings, sealer = inquiry.settings, exchange.deployment.sealer
    seal = settings.wants_sealed and answer.reasoning
    style = find_style(inquiry.facts["family"], wants_summary=settings.summary is not None)
    sealed = sealer.seal(answer.reasoning, exchange.caller) if seal else None
    # A backend tells no probabilities that could be passed on.
    alternatives = settings.alternatives if exchange.deployment.backend is None else None
    limited = inquiry.limit_calls(answer)
    return write_output(limited, style, sealed=sealed, alternatives=alternatives)


def _record(
    exchange: Exchange, inquiry: Inquiry, answer: Answer, output: list[dict[str, Any]]
) -> StoredResponse:
    """Return the response to a request, made of what the model said."""
    deployment = exchange.deployment
    now = deployment.now()
    resource = write_resource(
        make_id("resp_"),
        inquiry.settings,
        inquiry.limit_calls(answer),
        output,
        store=inquiry.is_stored,
        now=now,
        conversation_id=inquiry.conversation.id if inquiry.conversation else None,
    )
    work = answer.completion_tokens / deployment.pace if deployment.pace else 0.0
    return StoredResponse(
        tenancy=exchange.caller.name,
        created=now,
        resource=resource,
        given=inquiry.given,
        before=inquiry.before,
        done_at=now + work if resource["background"] else now,
    )


async def _ask(asking: Asking[T], exchange: Exchange, inquiry: Inquiry) -> T:
    facts = inquiry.facts
    try:
        return await asking(exchange, inquiry.fit(), find_dialect(facts["family"]), facts)
    except PromptTooLongError:
        refuse(
            "Your input exceeds the context window of this model. "
            "Please adjust your input and try again.",
            param="input",
            code="context_length_exceeded",
        )
