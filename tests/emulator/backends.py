"""A server of chat completions that may stand behind the emulator, and misbehave."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from ocigenai_nb.chat.conversation import Conversation
from ocigenai_nb.core.events import TextDelta
from ocigenai_nb.emulator.server import ServerThread, open_listener
from tests.emulator.client import (
    GPT_OSS,
    LLAMA,
)
from tests.emulator.native_client import COMMAND_A

PIECES = ["Hel", "lo, ", "wör", "ld", "."]
TEXT = "Hello, wörld."
USAGE = {
    "prompt_tokens": 1234,
    "completion_tokens": 56,
    "total_tokens": 1290,
    "completion_tokens_details": {"reasoning_tokens": 7},
    "prompt_tokens_details": {"cached_tokens": 128},
}
WEATHER = {
    "name": "get_weather",
    "description": "Get the current weather of a city.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
}
QUIET = 0.4
"""Seconds after which the emulator gives a backend up."""


class Server:
    """A server of chat completions that says what it is told to."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.left = threading.Event()
        self.go_on = threading.Event()
        self.deltas: list[dict[str, Any]] = [{"content": piece} for piece in PIECES]
        self.finish = "stop"
        self.manner = "well"
        app = Starlette(routes=[Route("/v1/chat/completions", self._answer, methods=["POST"])])
        listener = open_listener(0)
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
        self._thread = ServerThread(app, listener)
        self._thread.start()

    def stop(self) -> None:
        """Stop serving."""
        self._thread.stop()

    async def _answer(self, request: Request) -> Response:
        self.asked.append(await request.json())
        self.keys.append(request.headers.get("authorization"))
        if self.manner in WHOLE:
            return WHOLE[self.manner]
        return StreamingResponse(self._stream(), media_type="text/event-stream; charset=utf-8")

    async def _stream(self) -> AsyncIterator[bytes]:
        try:
            if self.manner == "silent":
                await asyncio.sleep(60)
            for number, delta in enumerate(self.deltas):
                if number == 2:
                    async for words in self._misbehave():
                        yield words
                    if self.manner in {"garbage", "error", "cut", "not a chunk"}:
                        return
                yield write_chunk(
                    {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]}
                )
            yield write_chunk({"choices": [{"delta": {}, "finish_reason": self.finish}]})
            yield write_chunk({"choices": [], "usage": USAGE})
            yield b"data: [DONE]\n\n"
        except asyncio.CancelledError:
            self.left.set()
            raise

    async def _misbehave(self) -> AsyncIterator[bytes]:
        yield {
            "garbage": b"<html>502 Bad Gateway</html>\ndata: {broken\n\n",
            "error": b'data: {"error": {"message": "secret words of the backend"}}\n\n',
            "not a chunk": b'data: {"choices": 5}\n\n',
            "comments": b": still here\n\n",
        }.get(self.manner, b"")
        if self.manner == "waits":
            while not self.go_on.is_set():  # noqa: ASYNC110 - a flag of another thread
                await asyncio.sleep(0.005)
        while self.manner in {"stall", "trickle"}:
            yield b"x" if self.manner == "trickle" else b""
            await asyncio.sleep(0.02)


WHOLE: dict[str, Response] = {
    "whole": JSONResponse(
        {
            "choices": [{"message": {"content": TEXT}, "finish_reason": "stop"}],
            "usage": USAGE,
        }
    ),
    "401": JSONResponse({"error": {"message": "secret words of the backend"}}, 401),
    "429": JSONResponse({"error": {"message": "slow down"}}, 429),
    "503": JSONResponse({"error": {"message": "loading"}}, 503),
    "html": Response("<html>hello</html>", media_type="text/html"),
    "empty": Response(b"", media_type="text/event-stream"),
    "redirect": Response(status_code=302, headers={"location": "http://127.0.0.1:1/"}),
    "list": JSONResponse([1, 2]),
    "deep": Response(b"[" * 100_000, media_type="application/json"),
}


def write_chunk(chunk: dict[str, Any]) -> bytes:
    return f"data: {json.dumps(chunk)}\n\n".encode()


TRANSPORTS = [(LLAMA, "v1"), (LLAMA, "sdk"), (COMMAND_A, "sdk"), (GPT_OSS, "responses")]
"""A model of each transport and wire format."""


def list_pieces(chat: Conversation, prompt: str) -> Iterator[str]:
    return (event.text for event in chat.stream(prompt) if isinstance(event, TextDelta))
