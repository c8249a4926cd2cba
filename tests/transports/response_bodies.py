"""Answers on the Responses wire that follow the SDK's own types, and what was asked for them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from ocigenai_nb.core.thread import Answer, fold
from ocigenai_nb.transports.responses import OCIResponsesModel
from tests.core.response_events import Body, call, completed, created, done, message, numbered, text
from tests.transports.listener import Listener, begin_stream, respond

Ask: TypeAlias = Callable[..., OCIResponsesModel]
GPT_PRO: Final = "openai.gpt-5.5-pro"
PROJECT: Final = "ocid1.generativeaiproject.oc1.us-chicago-1.aaaaproject"
HELLO: Final = (created(), text("Hel"), text("lo"), done(message("Hello")))
DONE: Final = completed(message("Hello"))
WEATHER: Final = call("call_a", "weather", '{"city": "Paris"}')


def stream(*events: Body, tail: bytes = b"") -> bytes:
    datas = (b"event: x\ndata: %s\n\n" % data for data in numbered(*events))
    return begin_stream() + b"".join(datas) + tail


def give(body: Body) -> bytes:
    return respond(200, json.dumps(body).encode(), opc_request_id="A/B/C")


def refuse(status: int, message: str, **rest: Any) -> bytes:
    inner = {"message": message, "type": "invalid_request_error", **rest}
    return respond(status, json.dumps({"error": inner}).encode(), opc_request_id="A/B/C")


def sent(listener: Listener, number: int = -1) -> Body:
    body: Body = json.loads(listener.requests[number].partition(b"\r\n\r\n")[2])
    return body


def head(listener: Listener, number: int = -1) -> str:
    return listener.requests[number].partition(b"\r\n\r\n")[0].decode().lower()


def ask(model: Ask, *answers: bytes, prompt: Any = "Hi.", **options: Any) -> Answer:
    with Listener(*answers) as listener:
        return fold(model(listener.url, **options).stream(prompt))
