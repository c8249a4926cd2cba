"""``POST .../responses/input_tokens`` and ``.../responses/compact``: requests that answer nothing.

Rules: both take what a new response takes. ``input_tokens`` says how many tokens its input has, as
``usage.input_tokens`` of the response would. ``compact`` returns the thread's messages of the user
and one item of type ``compaction`` in place of all others, whose content only the service can
read; together they are the input that the thread goes on with.
Source: OpenAI's reference; the Open Responses schema, which has ``compact`` alone.

Known deviations: whether the live service has either was not observed; both need a model here,
and both are open under Zero Data Retention, as nothing is kept. Compacting shortens nothing: the
item holds all that it replaces.
"""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ocigenai_nb.emulator.answer import count_prompt
from ocigenai_nb.emulator.exchange import EXCHANGE, Exchange
from ocigenai_nb.emulator.responses.ids import make_id
from ocigenai_nb.emulator.responses.reading import read_inquiry
from ocigenai_nb.emulator.text_pieces import count_pieces


async def count_input_tokens(request: Request) -> Response:
    """Answer with the number of tokens of the input.

    Raises:
        RefusedError: If the request is refused.
    """
    inquiry = read_inquiry(request.scope[EXCHANGE])
    tokens = count_prompt(inquiry.ask.turns)
    return JSONResponse({"object": "response.input_tokens", "input_tokens": tokens})


async def compact_thread(request: Request) -> Response:
    """Answer with a shorter list of items that stands for the thread.

    Raises:
        RefusedError: If the request is refused.
    """
    exchange: Exchange = request.scope[EXCHANGE]
    inquiry = read_inquiry(exchange)
    replaced = [turn for turn in inquiry.ask.turns if turn.role != "user"]
    if "instructions" in inquiry.settings.given:
        del replaced[0]  # they are not part of the thread
    sealed = exchange.deployment.sealer.seal_turns(replaced, exchange.caller)
    users = [item for item in (*inquiry.before, *inquiry.given) if item.get("role") == "user"]
    compaction = {"id": make_id("cmp_"), "type": "compaction", "encrypted_content": sealed}
    made = sum(count_pieces(turn.text) for turn in replaced)
    return JSONResponse(
        {
            "id": make_id("resp_"),
            "object": "response.compaction",
            "created_at": int(exchange.deployment.now()),
            "output": [*users, compaction],
            "usage": _write_usage(count_prompt(inquiry.ask.turns), made),
        }
    )


def _write_usage(read: int, made: int) -> dict[str, Any]:
    return {
        "input_tokens": read,
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": made,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": read + made,
    }
