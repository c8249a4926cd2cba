"""litellm on the native API: `python -m tests.peers.clients.litellm_oci`.

Aimed with `api_base=`, and with the profile's fields, as it reads no config of OCI's. Each flow is
shown on a generic model and on one of Cohere's, which have formats of their own.
"""

from __future__ import annotations

import asyncio
import configparser
import json
import os
from typing import Any

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # or it asks the network for prices

import litellm
from litellm.llms.oci.chat.transformation import OCIChatConfig
from pydantic import BaseModel

from tests.peers.flows import (
    ANSWER,
    DISSIMILAR,
    QUESTION,
    SIMILAR,
    Aim,
    check_embeddings,
    make_picture_url,
    run,
)

GENERIC = "oci/xai.grok-4.20-non-reasoning"
COHERE = "oci/cohere.command-a-03-2025"
MODELS = (GENERIC, COHERE)
WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Get the current weather in a city",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string", "description": "the city"}},
            "required": ["city"],
        },
    },
}


class Person(BaseModel):
    """A person."""

    name: str
    age: int


def place(aim: Aim) -> dict[str, Any]:
    """How its functions find the emulator."""
    config = configparser.ConfigParser()
    config.read(aim.config_file)
    profile = config[aim.profile]
    return {
        "api_base": aim.url,
        "oci_tenancy": profile["tenancy"],
        "oci_user": profile["user"],
        "oci_fingerprint": profile["fingerprint"],
        "oci_key_file": profile["key_file"],
        "oci_region": profile["region"],
        "oci_compartment_id": aim.compartment_id,
    }


def write_user(content: Any) -> list[dict[str, Any]]:
    """A conversation of one turn."""
    return [{"role": "user", "content": content}]


def ask(aim: Aim, model: str, messages: list[Any], **options: Any) -> Any:
    """A whole answer, or its stream."""
    return litellm.completion(model=model, messages=messages, **options, **place(aim))


def join(chunks: Any) -> list[str]:
    """The texts of a stream."""
    return [chunk.choices[0].delta.content for chunk in chunks if chunk.choices[0].delta.content]


def chat(aim: Aim) -> None:
    """A question, on both formats."""
    for model in MODELS:
        answer = ask(aim, model, write_user(QUESTION))
        assert ANSWER in answer.choices[0].message.content
        assert answer.usage.completion_tokens > 0


def stream(aim: Aim) -> None:
    """Several pieces, which make the answer once."""
    for model in MODELS:
        texts = join(ask(aim, model, write_user(QUESTION), stream=True))
        assert "".join(texts).count(ANSWER) == 1, texts
        assert len(texts) > 1


def go_async(aim: Aim) -> None:
    """Whole and streamed."""

    async def ask_both() -> None:
        for model in MODELS:
            asked: dict[str, Any] = {"model": model, "messages": write_user(QUESTION), **place(aim)}
            answer = await litellm.acompletion(**asked)
            assert ANSWER in answer.choices[0].message.content
            chunks = [chunk async for chunk in await litellm.acompletion(stream=True, **asked)]
            assert "".join(join(chunks)).count(ANSWER) == 1

    asyncio.run(ask_both())


def tools(aim: Aim) -> str:
    """The model's call, whole and streamed, and on the generic format an answer from the result."""
    for model in MODELS:
        messages = write_user("What is the weather in Paris?")
        said = ask(aim, model, messages, tools=[WEATHER]).choices[0].message
        chunks = list(ask(aim, model, messages, tools=[WEATHER], stream=True))
        streamed = litellm.stream_chunk_builder(chunks, messages=messages).choices[0].message
        for message in (said, streamed):
            (call,) = message.tool_calls
            assert call.function.name == "get_weather"
            assert json.loads(call.function.arguments) == {"city": "Paris"}
        content = "It is 21 degrees and sunny in Paris."
        result = {"role": "tool", "tool_call_id": said.tool_calls[0].id, "content": content}
        messages += [said.model_dump(exclude_none=True), result]
        if model == COHERE:
            return repeat_question(messages)
        final = ask(aim, model, messages, tools=[WEATHER]).choices[0].message
        assert "21 degrees" in final.content
        assert not final.tool_calls
    raise AssertionError


def repeat_question(messages: list[Any]) -> str:
    """Show what is wrong with the second request to Cohere's models, without sending it."""
    identity = {"oci_compartment_id": "c"}
    body = OCIChatConfig().transform_request(COHERE, messages, identity, {}, {})["chatRequest"]
    assert body["chatHistory"][-1]["role"] == "TOOL"
    assert body["message"] == messages[0]["content"]
    return (
        "needs the package mcp, which it does not declare; on Cohere the call only: it sends the "
        "result at the end of the history and the question again, which users saw refused"
    )


def structured(aim: Aim) -> None:
    """A model of pydantic as the format."""
    for model in MODELS:
        answer = ask(aim, model, write_user("Ada is 36 years old."), response_format=Person)
        text = answer.choices[0].message.content
        assert Person.model_validate_json(text) == Person(name="Ada", age=36)


def vision(aim: Aim) -> None:
    """A picture, on the generic format."""
    content = [
        {"type": "text", "text": "What is the main color of this image?"},
        {"type": "image_url", "image_url": {"url": make_picture_url()}},
    ]
    answer = ask(aim, GENERIC, write_user(content))
    assert "red" in answer.choices[0].message.content


def embed(aim: Aim) -> None:
    """Three texts."""
    answer = litellm.embedding(
        model="oci/cohere.embed-v4.0", input=[*SIMILAR, DISSIMILAR], **place(aim)
    )
    *similar, dissimilar = [one["embedding"] for one in answer.data]
    check_embeddings(similar, dissimilar)


if __name__ == "__main__":
    run(
        "litellm",
        {
            "chat": chat,
            "stream": stream,
            "async": go_async,
            "tools": tools,
            "structured": structured,
            "vision": vision,
            "embeddings": embed,
        },
        {
            "rerank": "its OCI provider has none",
            "responses": "its OCI provider speaks the native API only",
            "thread": "its OCI provider speaks the native API only",
            "models": "its list of OCI's models is its own, and static",
        },
    )
