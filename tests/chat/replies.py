"""Replies that no service made, for what only reads them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from ocigenai_nb.chat.reply import Raw, Reply, Timing
from ocigenai_nb.core.messages import Message, ToolCall, Usage
from ocigenai_nb.core.rounds import Round, ToolResult
from ocigenai_nb.core.routing import Decision, Route
from ocigenai_nb.core.thread import Answer

LLAMA: Final = "meta.llama-3.3-70b-instruct"
USAGE: Final = Usage(input=1234, output=100, total=1334, cached=34, reasoning=20)
SENT_AT: Final = datetime(2026, 11, 22, 12, 30, 5, 250, tzinfo=UTC)
ROUTE: Final = Route(
    LLAMA,
    "llama",
    "v1",
    "https://inference.generativeai.us-chicago-1.oci.oraclecloud.com/openai/v1/chat/completions",
    "us-chicago-1",
    (Decision("profile", "WORK", "asked for"), Decision("auth", "api_key", "profile WORK")),
)


def make_reply(
    text: str = "", *, prompt: str = "Why?", raw: Raw | None = None, **answer: Any
) -> Reply:
    """A reply of that text; `answer` are fields of its answer."""
    fields = {"status": "finished", "finish_reason": "stop", "usage": USAGE, **answer}
    return Reply(
        prompt=Message.user(prompt),
        answer=Answer(text=text, **fields),
        route=ROUTE,
        timing=Timing(0.5, 2.5, 50.0),
        raw=raw or Raw({}),
        sent_at=SENT_AT,
    )


def ask_of(model: str, reply: Reply) -> Reply:
    """The reply, as if that model had been asked."""
    return replace(reply, route=replace(reply.route, model=model))


def make_round(
    arguments: str = '{"city": "Rome"}',
    result: str = "18 degrees",
    *,
    name: str = "get_weather",
    **fields: Any,
) -> Round:
    """A round in which a tool was called once; `fields` are those of the round."""
    call = ToolCall("call_1", name, arguments)
    return Round(tool_calls=(call,), results=(ToolResult(call, result, seconds=0.25),), **fields)
