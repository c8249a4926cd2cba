"""Ways to read one streamed answer from `stream_server`: ours, the SDKs', and the bare bytes.

Each takes the number of tokens to ask for and returns how many texts came.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import oci
import openai
from oci.generative_ai_inference import GenerativeAiInferenceClient
from oci.generative_ai_inference import models as oci_models

from ocigenai_nb.core.events import TextDelta
from ocigenai_nb.core.parameters import Parameters
from ocigenai_nb.transports.keys import fingerprint
from ocigenai_nb.transports.model import Model
from ocigenai_nb.transports.native import OCIModel
from ocigenai_nb.transports.openai_chat import OCIOpenAIModel
from ocigenai_nb.transports.responses import OCIResponsesModel
from tests.transports.keys import TENANCY, USER, make_key, write_config, write_pem

Reader: TypeAlias = Callable[[int], int]

PROMPT = "Count."
MODELS = {
    "v1": "meta.llama-3.3-70b-instruct",
    "responses": "openai.gpt-5.5",
    "generic": "xai.grok-4.20-non-reasoning",
    "cohere": "cohere.command-r-08-2024",
}
NATIVE_PATH = "/20231130/actions/chat"


def write_identity(folder: Path) -> Path:
    """An OCI configuration whose key no service knows; the server checks none."""
    key = folder / "key.pem"
    key.write_text(write_pem(make_key()))
    profile = {
        "tenancy": TENANCY,
        "user": USER,
        "fingerprint": fingerprint(make_key()),
        "key_file": str(key),
        "region": "us-chicago-1",
    }
    return write_config(folder, {"DEFAULT": profile})


def ours(url: str, config_file: Path) -> dict[str, Reader]:
    """Our public API, `for event in model.stream(...)`, on each transport."""

    def reader(model: Model) -> Reader:
        def read(tokens: int) -> int:
            events = model.stream(PROMPT, parameters=Parameters(max_tokens=tokens))
            return sum(isinstance(event, TextDelta) for event in events)

        return read

    place: dict[str, Any] = {"config_file": config_file, "base_url": url}
    native: dict[str, Any] = {"config_file": config_file, "service_endpoint": url}
    return {
        "v1": reader(OCIOpenAIModel(MODELS["v1"], **place)),
        "responses": reader(OCIResponsesModel(MODELS["responses"], **place)),
        "generic": reader(OCIModel(MODELS["generic"], **native)),
        "cohere": reader(OCIModel(MODELS["cohere"], **native)),
    }


def theirs(url: str, config_file: Path) -> dict[str, Reader]:
    """The SDK that each transport stands on, as its documentation reads a stream."""
    sdk = openai.OpenAI(api_key="unused", base_url=f"{url}/openai/v1")
    config = oci.config.from_file(str(config_file))
    client = GenerativeAiInferenceClient(config, service_endpoint=url)

    def v1(tokens: int) -> int:
        chunks = sdk.chat.completions.create(
            model=MODELS["v1"],
            messages=[{"role": "user", "content": PROMPT}],
            max_tokens=tokens,
            stream=True,
        )
        return sum(bool(chunk.choices and chunk.choices[0].delta.content) for chunk in chunks)

    def responses(tokens: int) -> int:
        events = sdk.responses.create(
            model=MODELS["responses"], input=PROMPT, max_output_tokens=tokens, stream=True
        )
        return sum(event.type == "response.output_text.delta" for event in events)

    def native(shape: str) -> Reader:
        def read(tokens: int) -> int:
            events = client.chat(_chat_details(shape, tokens)).data.events()
            return sum(bool(text_of(json.loads(e.data))) for e in events if e.data != "[DONE]")

        return read

    return {
        "v1": v1,
        "responses": responses,
        "generic": native("generic"),
        "cohere": native("cohere"),
    }


def _chat_details(shape: str, tokens: int) -> Any:
    request: Any
    if shape == "cohere":
        request = oci_models.CohereChatRequest(message=PROMPT)
    else:
        content = [oci_models.TextContent(text=PROMPT)]
        request = oci_models.GenericChatRequest(messages=[oci_models.UserMessage(content=content)])
    request.is_stream, request.max_tokens = True, tokens
    return oci_models.ChatDetails(
        compartment_id=TENANCY,
        serving_mode=oci_models.OnDemandServingMode(model_id=MODELS[shape]),
        chat_request=request,
    )


class RawReaders:
    """What reading and parsing the bytes costs by itself: no event, no thread, no cap, no check.

    `httpx2` where `openai` stands on it, else `httpx`, as our transports do.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._runner = asyncio.Runner()
        self._client = openai.DefaultAsyncHttpxClient()

    def readers(self) -> dict[str, Reader]:
        """For each of the native formats."""
        return {shape: self._reader(shape) for shape in ("generic", "cohere")}

    def close(self) -> None:
        """Close the connections and the event loop."""
        self._runner.run(self._client.aclose())
        self._runner.close()

    def _reader(self, shape: str) -> Reader:
        return lambda tokens: self._runner.run(self._read(shape, tokens))

    async def _read(self, shape: str, tokens: int) -> int:
        body = {"chatRequest": {"apiFormat": shape.upper(), "maxTokens": tokens}}
        count = 0
        async with self._client.stream("POST", self._url + NATIVE_PATH, json=body) as response:
            async for data in split_events(response.aiter_bytes()):
                if data != b"[DONE]":
                    count += bool(text_of(json.loads(data)))
        return count


async def split_events(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The data of each server-sent event, as simply as it can be told."""
    rest = b""
    async for piece in pieces:
        *events, rest = (rest + piece).split(b"\n\n")
        for event in events:
            yield event[6:]


def text_of(event: Mapping[str, Any]) -> str:
    """The text of a native event that is not the last one."""
    if "finishReason" in event:
        return ""
    if "text" in event:
        return str(event["text"])
    content = event.get("message", {}).get("content")
    return str(content[0]["text"]) if content else ""
