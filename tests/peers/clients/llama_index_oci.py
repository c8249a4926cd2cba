"""llama-index on the native API: `python -m tests.peers.clients.llama_index_oci`.

Aimed with `service_endpoint=` and `auth_file_location=`. It has a provider of its own for each of
Meta's, xAI's and Cohere's models.
"""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

from llama_index.core.base.llms.types import ChatMessage, ImageBlock, TextBlock
from llama_index.core.tools import FunctionTool
from llama_index.embeddings.oci_genai import OCIGenAIEmbeddings
from llama_index.llms.oci_genai import OCIGenAI
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

META = "meta.llama-3.3-70b-instruct"
XAI = "xai.grok-4"
COHERE = "cohere.command-a-03-2025"


class Person(BaseModel):
    """A person."""

    name: str
    age: int


def place(aim: Aim) -> dict[str, Any]:
    """How its classes find the emulator."""
    return {
        "service_endpoint": aim.url,
        "auth_file_location": aim.config_file,
        "auth_profile": aim.profile,
        "compartment_id": aim.compartment_id,
    }


def connect(aim: Aim, model: str) -> Any:
    """A model."""
    return OCIGenAI(model=model, **place(aim))


def chat(aim: Aim) -> None:
    """A question, to each of its providers."""
    for model in (META, XAI, COHERE):
        connected = connect(aim, model)
        assert ANSWER in connected.chat([ChatMessage(QUESTION)]).message.content
        assert ANSWER in connected.complete(QUESTION).text


def defect_stream_dies() -> str:
    """What it makes of a generic stream as the service sends it."""
    sent = ('{"message":{"content":[{"type":"TEXT","text":"Hello"}]}}', "[DONE]")
    events = [SimpleNamespace(data=data) for data in sent]
    answer = SimpleNamespace(data=SimpleNamespace(events=lambda: iter(events)))
    model = OCIGenAI(model=META, client=SimpleNamespace(chat=lambda _request: answer))
    pieces = model.stream_chat([ChatMessage("Hello")])
    assert next(pieces).message.content == "Hello"
    try:
        next(pieces)
    except json.JSONDecodeError:
        return "its streams die at the [DONE] of generic models with JSONDecodeError"
    raise AssertionError("It reads past [DONE] now.")


def get_weather(city: str) -> str:
    """Get the current weather in a city."""
    return f"It is 21 degrees and sunny in {city}."


def use_tool(aim: Aim) -> None:
    """The model's call, and an answer from the result."""
    tool = FunctionTool.from_defaults(get_weather)
    for model in (XAI, COHERE):
        connected = connect(aim, model)
        asked = [ChatMessage("What is the weather in Paris?")]
        said = connected.chat(asked, tools=[tool])
        (call,) = connected.get_tool_calls_from_response(said)
        assert (call.tool_name, call.tool_kwargs) == ("get_weather", {"city": "Paris"})
        result = ChatMessage(
            role="tool",
            content=get_weather(**call.tool_kwargs),
            additional_kwargs={"tool_call_id": call.tool_id},
        )
        final = connected.chat([*asked, said.message, result], tools=[tool]).message
        assert "21 degrees" in final.content, final
        assert not final.additional_kwargs.get("tool_calls")


def structured(aim: Aim) -> None:
    """A class of pydantic, which it makes a tool."""
    for model in (XAI, COHERE):
        asked = [ChatMessage("Extract the person: Ada is 36 years old.")]
        answer = connect(aim, model).as_structured_llm(Person).chat(asked)
        assert answer.raw == Person(name="Ada", age=36), answer.raw


def vision(aim: Aim) -> None:
    """A picture."""
    message = ChatMessage(
        role="user",
        blocks=[
            TextBlock(text="What is the main color of this image?"),
            ImageBlock(url=make_picture_url()),
        ],
    )
    model = connect(aim, "meta.llama-4-maverick-17b-128e-instruct-fp8")
    assert "red" in model.chat([message]).message.content


def embed(aim: Aim) -> None:
    """Documents and a query."""
    embeddings = OCIGenAIEmbeddings(model_name="cohere.embed-english-v3.0", **place(aim))
    *similar, dissimilar = embeddings.get_text_embedding_batch([*SIMILAR, DISSIMILAR])
    check_embeddings(similar, dissimilar)
    check_embeddings([similar[0], embeddings.get_query_embedding(SIMILAR[1])], dissimilar)


if __name__ == "__main__":
    run(
        "llama-index-llms-oci-genai",
        {
            "chat": chat,
            "tools": use_tool,
            "structured": structured,
            "vision": vision,
            "embeddings": embed,
        },
        {
            "async": "its methods for it raise NotImplementedError",
            "rerank": "it has none for OCI",
            "responses": "it speaks the native API only",
            "thread": "it speaks the native API only",
            "models": "its list of models is its own, and static",
        },
        {"stream": "defect_stream_dies"},
    )
