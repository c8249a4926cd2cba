"""The requests of `tests.bench.crowd` and their answers, in the three wire formats."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from ocigenai_nb.core.profiles import Profile, find_profile, parse_profiles
from ocigenai_nb.core.signing import SigningKey, sign

SHAPES: Final = ("V1", "native", "Responses")
_PATHS: Final = {
    "V1": "/openai/v1/chat/completions",
    "native": "/20231130/actions/chat",
    "Responses": "/openai/v1/responses",
}
_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CHUNK: Final = re.compile(rb"[0-9a-f]+\r\n")
_END: Final = b"0\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Order:
    """Who asks whom, for what."""

    url: str
    config_file: str
    profile: str
    compartment_id: str
    prompt: str
    answer: str
    """What must be said."""


@dataclass(slots=True)
class Answer:
    """One answer as it came: pieces of its bytes, and when each came."""

    sent: float
    times: list[float] = field(default_factory=list)
    pieces: list[bytes] = field(default_factory=list)
    _length: int | None = None
    """Bytes of the whole answer; ``None`` as long as that is not known, -1 where it is chunked."""
    _came: int = 0

    def take(self, data: bytes) -> bool:
        """Add what came; tell whether that is all."""
        self.times.append(time.perf_counter())
        self.pieces.append(data)
        self._came += len(data)
        if self._length is None:
            self._find_length()
        if self._length == -1:
            tail = data if len(data) >= len(_END) else b"".join(self.pieces[-len(_END) :])
            return tail.endswith(_END)
        return self._came == self._length

    def read(self) -> tuple[int, bytes]:
        """Return its status and its body."""
        head, _, body = b"".join(self.pieces).partition(b"\r\n\r\n")
        if self._length == -1:
            body = b"".join(_read_chunks(body))
        return int(head.split(b" ", 2)[1]), body

    def _find_length(self) -> None:
        head, end, _ = b"".join(self.pieces).partition(b"\r\n\r\n")
        if end:
            length = _LENGTH.search(head)
            self._length = len(head) + len(end) + int(length[1]) if length else -1


def _read_chunks(body: bytes) -> list[bytes]:
    chunks, position = [], 0
    while match := _CHUNK.match(body, position):
        end = match.end() + int(match[0], 16)
        chunks.append(body[match.end() : end])
        position = end + 2
    return chunks


def write_requests(order: Order, shape: str, count: int, *, streamed: bool) -> list[bytes]:
    """So many requests of one kind, each signed by itself."""
    profile = find_profile(parse_profiles(Path(order.config_file).read_text()), order.profile)
    key, url = _load_key(profile), f"{order.url}{_PATHS[shape]}"
    body = json.dumps(_write_body(order, shape, streamed=streamed)).encode()
    headers = {"content-type": "application/json", "opc-compartment-id": order.compartment_id}
    requests = []
    for _ in range(count):
        signed = headers | sign(key, "POST", url, headers, body, datetime.now(UTC))
        lines = "".join(f"{name}: {value}\r\n" for name, value in signed.items())
        requests.append(f"POST {_PATHS[shape]} HTTP/1.1\r\n{lines}\r\n".encode() + body)
    return requests


def _load_key(profile: Profile) -> SigningKey:
    assert profile.key_file is not None
    private = load_pem_private_key(Path(profile.key_file.value).read_bytes(), None)
    assert isinstance(private, RSAPrivateKey)
    parts = (profile.tenancy, profile.user, profile.fingerprint)
    return SigningKey("/".join(part.value for part in parts if part), private)


def _write_body(order: Order, shape: str, *, streamed: bool) -> dict[str, Any]:
    if shape == "Responses":
        return {"model": "openai.gpt-4.1", "input": order.prompt, "stream": streamed}
    model = "meta.llama-3.3-70b-instruct"
    if shape == "V1":
        messages: Any = [{"role": "user", "content": order.prompt}]
        return {"model": model, "messages": messages, "stream": streamed}
    messages = [{"role": "USER", "content": [{"type": "TEXT", "text": order.prompt}]}]
    return {
        "compartmentId": order.compartment_id,
        "servingMode": {"servingType": "ON_DEMAND", "modelId": model},
        "chatRequest": {"apiFormat": "GENERIC", "messages": messages, "isStream": streamed},
    }


def is_right(answer: Answer, shape: str, expected: str, *, streamed: bool) -> bool:
    """Tell whether an answer is whole and says what it must."""
    status, body = answer.read()
    if status != 200:
        return False
    if not streamed:
        return _read_whole(json.loads(body), shape) == expected
    *lines, done = [line[6:] for line in body.split(b"\n") if line.startswith(b"data: ")]
    events = [json.loads(line) for line in lines]
    text = "".join(map(_DELTAS[shape], events))
    return text == expected and done == b"[DONE]" and any(map(_ENDINGS[shape], events))


def _read_whole(value: Any, shape: str) -> object:
    if shape == "V1":
        return value["choices"][0]["message"]["content"]
    if shape == "native":
        return value["chatResponse"]["choices"][0]["message"]["content"][0]["text"]
    return value["output"][-1]["content"][0]["text"]


def _read_native(event: Mapping[str, Any]) -> str:
    return "".join(part["text"] for part in event.get("message", {}).get("content", ()))


def _read_v1(event: Mapping[str, Any]) -> str:
    return str(event["choices"][0]["delta"].get("content", ""))


def _read_response(event: Mapping[str, Any]) -> str:
    return str(event["delta"]) if event["type"] == "response.output_text.delta" else ""


_DELTAS: Final[Mapping[str, Callable[[Mapping[str, Any]], str]]] = {
    "V1": _read_v1,
    "native": _read_native,
    "Responses": _read_response,
}
_ENDINGS: Final[Mapping[str, Callable[[Mapping[str, Any]], bool]]] = {
    "V1": lambda event: event["choices"][0]["finish_reason"] == "stop",
    "native": lambda event: event.get("finishReason") == "stop",
    "Responses": lambda event: bool(event["type"] == "response.completed"),
}
"""What must come before an answer is whole."""
