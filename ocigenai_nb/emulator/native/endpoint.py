"""``POST /20231130/actions/chat``: the envelope, and which format a model speaks.

Rules: ``{compartmentId, servingMode, chatRequest}``; the serving mode is ON_DEMAND with a model's
name or DEDICATED with an endpoint's OCID. A streamed answer is server-sent events, one HTTP chunk
each; a whole one is ``{modelId, modelVersion, chatResponse}``. The content types are bare: the
``oci`` SDK compares the whole value. Source: the ``oci`` SDK and recordings of the live service.

Known deviations: the specification's page prints ``/actions/v1/chat``, which is no path of the
service. Which words answer a format that a model does not speak was not observed: it is a bad
format here, and so is a model that is not for chat. Of Cohere's models those that see or reason
speak COHEREV2 alone, the R series COHERE alone, the others both; only the first was seen. Every
version is "1.0.0", as recorded for one model; a dedicated endpoint answers with its model's name.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from starlette.types import Receive, Scope, Send

from ocigenai_nb.emulator import refusals
from ocigenai_nb.emulator.answer import PromptTooLongError
from ocigenai_nb.emulator.asking import ask_choices, begin_choices
from ocigenai_nb.emulator.delivery import send_stream, send_whole
from ocigenai_nb.emulator.exchange import EXCHANGE, Exchange
from ocigenai_nb.emulator.native.fields import Fields, refuse_format
from ocigenai_nb.emulator.native.formats import open_chat
from ocigenai_nb.emulator.native.serving import find_served, open_envelope
from ocigenai_nb.emulator.refusals import RefusedError, write_oci
from ocigenai_nb.model_facts import ModelFacts

NATIVE_CHAT: Final = "/20231130/actions/chat"
"""Where native chat is."""

_VERSION: Final = "1.0.0"
_RESPONSES_ONLY: Final = write_oci(
    404, "404", "This model is only supported in v1/responses and not in v1/chat/completions."
)


async def answer_native(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a native chat request, as an ASGI application.

    Raises:
        RefusedError: If the request is refused.
    """
    exchange: Exchange = scope[EXCHANGE]
    facts, request = _read_envelope(exchange)
    chat = open_chat(request, facts, exchange.fault_name)
    if request.find_flag("isStream", default=False):
        with _telling_what_is_too_long():
            comings = await begin_choices(exchange, chat.ask, facts, count=chat.count)
        stream = chat.write_stream(comings)
        await send_stream(scope, receive, send, stream.events, shape=chat.shape, last=stream.last)
    else:
        with _telling_what_is_too_long():
            answers = await ask_choices(exchange, chat.ask, facts, count=chat.count)
        whole = _write_result(facts, chat.write_whole(answers, now=exchange.deployment.now()))
        tokens = sum(answer.completion_tokens for answer in answers)
        await send_whole(scope, receive, send, whole, tokens=tokens)


def _read_envelope(exchange: Exchange) -> tuple[ModelFacts, Fields]:
    """Return the model and the chat request of an envelope that the caller may send."""
    envelope = open_envelope(exchange)
    request = envelope.find_object("chatRequest")
    if request is None or "servingMode" not in envelope:
        refuse_format()
    facts = find_served(envelope, exchange)
    if "multi-agent" in facts["id"]:
        raise RefusedError(refusals.NO_MULTI_AGENT)
    if facts["responses_only"]:
        raise RefusedError(_RESPONSES_ONLY)
    return facts, request


@contextmanager
def _telling_what_is_too_long() -> Iterator[None]:
    try:
        yield
    except PromptTooLongError as error:
        words = (
            f"This model's maximum context length is {error.limit} tokens. However, your messages "
            f"resulted in {error.tokens} tokens. Please reduce the length of the messages."
        )
        raise RefusedError(write_oci(400, "400", words)) from None


def _write_result(facts: ModelFacts, response: dict[str, Any]) -> dict[str, Any]:
    return {"modelId": facts["id"], "modelVersion": _VERSION, "chatResponse": response}
