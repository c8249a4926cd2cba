"""A server that streams long answers at next to no cost: `python -m tests.bench.stream_server`.

It prints its URL and answers any POST, signed or not, in the shape that the path (and, on the
native API, the format in the body) asks for: one HTTP chunk for each event, as many tokens as the
request allows. The native shapes are those of public recordings of the service (September 2026),
`pad` included; the others are those of OpenAI's references.
"""

from __future__ import annotations

import asyncio
import functools
import json
import re
from collections.abc import Iterator
from typing import Any

HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncache-control: no-cache\r\n"
    b"transfer-encoding: chunked\r\n\r\n"
)
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
TOKENS = re.compile(rb'"max_?(?:completion_?|output_?)?tokens": *(\d+)', re.IGNORECASE)
DEFAULT_TOKENS = 10

# The end of a path, and what the body must hold: which shape.
SHAPES = (
    (b"/chat/completions", b"", "v1"),
    (b"/responses", b"", "responses"),
    (b"/actions/chat", b'"COHERE"', "cohere"),
    (b"/actions/chat", b'"GENERIC"', "generic"),
)


@functools.cache
def pieces(shape: str, tokens: int) -> list[bytes]:
    """The answer in one shape, as chunks ready to be sent."""
    events = {"v1": v1, "responses": responses, "generic": generic, "cohere": cohere}[shape]
    sent = (data if isinstance(data, bytes) else write(data) for data in events(tokens))
    return [*(b"%x\r\n%s\r\n" % (len(data), data) for data in sent), b"0\r\n\r\n"]


def write(data: dict[str, Any]) -> bytes:
    """One server-sent event, without spaces as the service writes it."""
    return b"data: %s\n\n" % json.dumps(data, separators=(",", ":")).encode()


def words(tokens: int) -> list[str]:
    """The tokens of the answer."""
    return [f" tok{number}" for number in range(tokens)]


def v1(tokens: int) -> Iterator[dict[str, Any] | bytes]:
    """Chat completions."""

    def chunk(choices: list[dict[str, Any]], usage: dict[str, int] | None) -> dict[str, Any]:
        return {
            "id": "chatcmpl-68f1c2a9b7a48190",
            "object": "chat.completion.chunk",
            "created": 1_790_000_000,
            "model": "meta.llama-3.3-70b-instruct",
            "choices": choices,
            "usage": usage,
        }

    def delta(said: dict[str, str], reason: str | None = None) -> dict[str, Any]:
        return chunk([{"index": 0, "delta": said, "finish_reason": reason}], None)

    yield delta({"role": "assistant", "content": ""})
    yield from (delta({"content": word}) for word in words(tokens))
    yield delta({}, "stop")
    counts = {"prompt_tokens": 1, "completion_tokens": tokens, "total_tokens": tokens + 1}
    yield chunk([], counts)
    yield b"data: [DONE]\n\n"


def responses(tokens: int) -> Iterator[dict[str, Any] | bytes]:
    """Responses: named events with numbers."""
    for number, event in enumerate(_response_events(tokens)):
        data = write({"type": event["type"], "sequence_number": number, **event})
        yield b"event: %s\n%s" % (event["type"].encode(), data)


def _response_events(tokens: int) -> Iterator[dict[str, Any]]:
    place = {"item_id": "msg_68f1c2a9b7a48190", "output_index": 0, "content_index": 0}
    yield {"type": "response.created", "response": _response("in_progress", [], None)}
    item = {"id": place["item_id"], "type": "message", "role": "assistant", "content": []}
    started = {**item, "status": "in_progress"}
    yield {"type": "response.output_item.added", "output_index": 0, "item": started}
    part = {"type": "output_text", "annotations": [], "logprobs": [], "text": ""}
    yield {"type": "response.content_part.added", **place, "part": part}
    for word in words(tokens):
        seal = {"logprobs": [], "obfuscation": "x7Fh2aPq"}
        yield {"type": "response.output_text.delta", **place, "delta": word, **seal}
    said = {**part, "text": "".join(words(tokens))}
    done = {**item, "status": "completed", "content": [said]}
    yield {"type": "response.output_item.done", "output_index": 0, "item": done}
    usage = {
        "input_tokens": 1,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": tokens,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": tokens + 1,
    }
    yield {"type": "response.completed", "response": _response("completed", [done], usage)}


def _response(
    status: str, output: list[dict[str, Any]], usage: dict[str, Any] | None
) -> dict[str, Any]:
    return {
        "id": "resp_68f1c2a9b7a48190",
        "object": "response",
        "created_at": 1_790_000_000,
        "model": "openai.gpt-5.5",
        "status": status,
        "output": output,
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "metadata": {},
        "parallel_tool_calls": True,
        "temperature": 1.0,
        "tool_choice": "auto",
        "tools": [],
        "top_p": 1.0,
        "usage": usage,
    }


def generic(tokens: int) -> Iterator[dict[str, Any] | bytes]:
    """The native API's GENERIC format."""

    def message(text: str) -> dict[str, Any]:
        return {"role": "ASSISTANT", "content": [{"type": "TEXT", "text": text}]}

    for number, word in enumerate(["", *words(tokens)]):
        yield {"index": 0, "message": message(word), "pad": _pad(number)}
    yield {"message": message(""), "finishReason": "stop", "pad": _pad(0)}
    yield {"usage": _usage(tokens), "pad": _pad(1)}
    yield b"data: [DONE]\n\n"


def cohere(tokens: int) -> Iterator[dict[str, Any] | bytes]:
    """The native API's COHERE format, whose last event repeats the answer."""
    for number, word in enumerate(words(tokens)):
        yield {"apiFormat": "COHERE", "text": word, "pad": _pad(number)}
    whole = "".join(words(tokens))
    yield {
        "apiFormat": "COHERE",
        "text": whole,
        "chatHistory": [{"role": "CHATBOT", "message": whole}],
        "finishReason": "COMPLETE",
        "pad": _pad(0),
        "usage": _usage(tokens),
    }


def _pad(number: int) -> str:
    return "a" * (1 + number % 12)


def _usage(tokens: int) -> dict[str, int]:
    return {"completionTokens": tokens, "promptTokens": 1, "totalTokens": tokens + 1}


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One connection; requests come one after the other."""
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = LENGTH.search(head)
            body = await reader.readexactly(int(length[1]) if length else 0)
            allowed = TOKENS.search(body)
            tokens = int(allowed[1]) if allowed else DEFAULT_TOKENS
            writer.write(HEAD)
            for piece in pieces(find_shape(head, body), tokens):
                writer.write(piece)
                await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


def find_shape(head: bytes, body: bytes) -> str:
    """The shape that a request asks for."""
    path = head.split(b" ", 2)[1]
    return next(name for end, held, name in SHAPES if path.endswith(end) and held in body)


async def serve() -> None:
    """Serve until terminated."""
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve())
