"""langchain-oci on the native API: `python -m tests.peers.clients.langchain_oci`.

Aimed with `service_endpoint=` and `auth_file_location=`. Each flow is shown on a generic model and
on one of Cohere's, which have formats of their own.
"""

from __future__ import annotations

import asyncio
import functools
import operator
from typing import Any

from langchain_core.documents import Document
from langchain_core.messages import HumanMessage, SystemMessage, ToolMessage
from langchain_core.output_parsers import PydanticOutputParser
from langchain_core.tools import tool
from langchain_oci import ChatOCIGenAI, OCIGenAIEmbeddings, OCIGenAIRerank
from langchain_oci.chat_models.providers import CohereProvider
from pydantic import BaseModel, Field

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

GENERIC = "meta.llama-3.3-70b-instruct"
COHERE = "cohere.command-a-03-2025"
MODELS = (GENERIC, COHERE)


class Person(BaseModel):
    """A person."""

    name: str = Field(description="the name of the person")
    age: int = Field(description="the age in years")


def get_weather(city: str) -> str:
    """Get the current weather in a city."""
    return f"It is 21 degrees and sunny in {city}."


WEATHER: Any = tool(get_weather)


def place(aim: Aim) -> dict[str, Any]:
    """How its classes find the emulator."""
    return {
        "service_endpoint": aim.url,
        "auth_file_location": aim.config_file,
        "auth_profile": aim.profile,
        "compartment_id": aim.compartment_id,
    }


def connect(aim: Aim, model: str, **options: Any) -> Any:
    """A chat model."""
    return ChatOCIGenAI(model_id=model, **{**place(aim), **options})


def chat(aim: Aim) -> None:
    """A question, on both formats."""
    for model in MODELS:
        message = connect(aim, model).invoke(QUESTION)
        assert ANSWER in message.text
        assert message.usage_metadata["output_tokens"] > 0


def stream(aim: Aim) -> None:
    """Several pieces, which make the answer once, and the usage."""
    for model in MODELS:
        pieces = list(connect(aim, model).stream(QUESTION))
        assert "".join(piece.text for piece in pieces).count(ANSWER) == 1
        assert sum(bool(piece.text) for piece in pieces) > 1
        assert sum(piece.usage_metadata["output_tokens"] for piece in pieces if use(piece)) > 0


def use(piece: Any) -> Any:
    """The usage in a piece, if any."""
    return piece.usage_metadata


def go_async(aim: Aim) -> None:
    """The same from one event loop: its aiohttp session belongs to the loop that made it."""

    async def ask(model: str) -> None:
        connected = connect(aim, model)
        assert ANSWER in (await connected.ainvoke(QUESTION)).text
        pieces = [piece.text async for piece in connected.astream(QUESTION)]
        assert "".join(pieces).count(ANSWER) == 1
        await connected.aclose()

    async def ask_all() -> None:
        for model in MODELS:
            await ask(model)

    asyncio.run(ask_all())


def tools(aim: Aim) -> str:
    """The model's call, whole and streamed, and an answer from the result."""
    asked = [SystemMessage("You are concise."), HumanMessage("What is the weather in Paris?")]
    messages: list[Any] = []
    for model in MODELS:
        bound = connect(aim, model).bind_tools([WEATHER])
        messages = [*asked]
        called = bound.invoke(messages)
        (call,) = called.tool_calls
        assert (call["name"], call["args"]) == ("get_weather", {"city": "Paris"})
        streamed = functools.reduce(operator.add, bound.stream(messages))
        assert [(one["name"], one["args"]) for one in streamed.tool_calls] == [
            ("get_weather", {"city": "Paris"})
        ]
        messages += [called, ToolMessage(get_weather(**call["args"]), tool_call_id=call["id"])]
        final = bound.invoke(messages)
        assert "21 degrees" in final.text
        assert not final.tool_calls
    return repeat_result(messages[1:])


def repeat_result(messages: list[Any]) -> str:
    """Show what it sends to Cohere's models without a system message, without sending it."""
    written = CohereProvider().messages_to_oci_params(messages, model_id=COHERE)
    *_, called, repeated = written["chat_history"]
    assert called.tool_calls
    assert (repeated.role, repeated.message) == ("CHATBOT", messages[-1].content)
    return (
        "on Cohere after a system message only: without one it looks before the first message, "
        "finds the last, and puts the result where the emulator's Command A wants none"
    )


def structured(aim: Aim) -> None:
    """Each of its three methods gives a validated object."""
    for model in MODELS:
        for method in ("function_calling", "json_schema", "json_mode"):
            asked = "Extract the person: Ada is 36 years old."
            if method == "json_mode":  # which tells the model nothing of the schema
                parser = PydanticOutputParser(pydantic_object=Person)
                asked += f"\n\n{parser.get_format_instructions()}"
            parsed = connect(aim, model).with_structured_output(Person, method=method).invoke(asked)
            assert parsed == Person(name="Ada", age=36), (model, method, parsed)


def vision(aim: Aim) -> None:
    """A picture, on the generic format and on Cohere's second."""
    content: list[str | dict[Any, Any]] = [
        {"type": "text", "text": "What is the main color of this image?"},
        {"type": "image_url", "image_url": {"url": make_picture_url()}},
    ]
    for model in ("meta.llama-4-maverick-17b-128e-instruct-fp8", "cohere.command-a-vision"):
        assert "red" in connect(aim, model).invoke([HumanMessage(content)]).text


def embed(aim: Aim) -> None:
    """Documents and a query."""
    embeddings = OCIGenAIEmbeddings(model_id="cohere.embed-v4.0", **place(aim))
    *similar, dissimilar = embeddings.embed_documents([*SIMILAR, DISSIMILAR])
    check_embeddings(similar, dissimilar)
    check_embeddings([similar[0], embeddings.embed_query(SIMILAR[1])], dissimilar)


def rerank(aim: Aim) -> None:
    """The relevant document first."""
    reranker = OCIGenAIRerank(model_id="cohere.rerank-v4.0-fast", top_n=2, **place(aim))
    documents = [Document(DISSIMILAR), Document(SIMILAR[0])]
    first, second = reranker.compress_documents(documents, "Where does the cat sit?")
    assert first.page_content == SIMILAR[0]
    assert first.metadata["relevance_score"] > second.metadata["relevance_score"]


def respond(aim: Aim) -> str:
    """`use_responses_api=True`, whole and streamed."""
    model = connect(
        aim, "openai.gpt-5.5", service_endpoint=f"{aim.url}/openai", use_responses_api=True
    )
    assert ANSWER in model.invoke(QUESTION).text
    assert "".join(piece.text for piece in model.stream(QUESTION)).count(ANSWER) == 1
    return "with service_endpoint=…/openai only: it asks for /v1/responses below it"


if __name__ == "__main__":
    run(
        "langchain-oci",
        {
            "chat": chat,
            "stream": stream,
            "async": go_async,
            "tools": tools,
            "structured": structured,
            "vision": vision,
            "embeddings": embed,
            "rerank": rerank,
            "responses": respond,
        },
        {
            "thread": "ChatOCIGenAI sends the whole conversation each time",
            "models": "it lists none",
        },
    )
