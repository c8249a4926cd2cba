"""locus-sdk on all three APIs: `python -m tests.peers.clients.locus_oci`.

Aimed with `base_url=` and, on the native API, `service_endpoint=`. Its methods are asynchronous;
`Agent.run_sync` is what its notebooks have.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from locus.agent import Agent
from locus.core.messages import Message
from locus.models.providers.oci import OCIChatCompletionsModel, OCIModel, OCIResponsesModel
from locus.models.providers.oci._responses_parse import build_request_body
from locus.rag.embeddings.oci import OCIEmbeddings
from locus.rag.reranker.cohere_oci import OCICohereReranker
from locus.rag.stores.base import Document, SearchResult
from locus.tools import tool
from pydantic import BaseModel

from tests.peers.flows import (
    ANSWER,
    DISSIMILAR,
    QUESTION,
    SIMILAR,
    Aim,
    Flow,
    check_embeddings,
    run,
)

LLAMA = "meta.llama-3.3-70b-instruct"
COHERE = "cohere.command-r-plus-08-2024"
GPT = "openai.gpt-5.5"


class Person(BaseModel):
    """A person."""

    name: str
    age: int


def get_weather(city: str) -> str:
    """Get the current weather in a city."""
    return f"It is 21 degrees and sunny in {city}."


WEATHER: Any = tool(get_weather)


def place(aim: Aim) -> dict[str, Any]:
    """How the classes of the native API find the emulator."""
    return {
        "profile_name": aim.profile,
        "config_file": aim.config_file,
        "service_endpoint": aim.url,
        "compartment_id": aim.compartment_id,
    }


def connect_v1(aim: Aim, kind: Any, model: str) -> Any:
    """A model of OpenAI's APIs."""
    return kind(
        model,
        profile=aim.profile,
        config_file=aim.config_file,
        base_url=f"{aim.url}/openai/v1",
        compartment_id=aim.compartment_id,
    )


def connect(aim: Aim) -> list[Any]:
    """A model of each of its classes and formats."""
    return [
        connect_v1(aim, OCIChatCompletionsModel, LLAMA),
        connect_v1(aim, OCIResponsesModel, GPT),
        OCIModel(LLAMA, **place(aim)),
        OCIModel(COHERE, **place(aim)),
    ]


def in_a_loop(show: Callable[[Aim], Coroutine[Any, Any, str | None]]) -> Flow:
    """A flow from what is asynchronous."""
    return lambda aim: asyncio.run(show(aim))


async def chat(aim: Aim) -> None:
    """A question to each model."""
    for model in connect(aim):
        answer = await model.complete([Message.user(QUESTION)])
        assert ANSWER in (answer.message.content or ""), model


async def stream(aim: Aim) -> str:
    """Several pieces, which make the answer once."""
    *generic, cohere = connect(aim)
    for model in generic:
        texts = await read(model)
        assert "".join(texts).count(ANSWER) == 1, model
        assert len(texts) > 1
    (text,) = await read(cohere)
    assert ANSWER in text
    return "on Cohere in one piece: it streams without the message, is refused, and asks for all"


async def read(model: Any) -> list[str]:
    """The texts of a stream."""
    events = model.stream([Message.user(QUESTION)])
    return [event.content async for event in events if event.content]


def use_agent(aim: Aim) -> None:
    """A tool's whole round, by an agent, with each model."""
    for model in connect(aim):
        agent = Agent(model=model, tools=[WEATHER], system_prompt="You are concise.")
        result = agent.run_sync("What is the weather in Paris?")
        (called,) = result.tool_executions
        assert (called.tool_name, called.arguments) == ("get_weather", {"city": "Paris"})
        assert "21 degrees" in result.message, model


def structured(aim: Aim) -> str:
    """A class of pydantic, from an agent with each model but that of Responses."""
    for model in connect(aim):
        if isinstance(model, OCIResponsesModel):
            continue
        agent = Agent(model=model, output_schema=Person)
        result = agent.run_sync("Extract the person: Ada is 36 years old.")
        assert result.parsed == Person(name="Ada", age=36), model
    wish = {"type": "json_schema", "json_schema": {"name": "Person"}}
    body = build_request_body([Message.user("")], model=GPT, response_format=wish)
    assert body["response_format"] == wish
    assert "text" not in body
    return "not on Responses: it sends response_format, which that API calls text.format"


async def embed(aim: Aim) -> None:
    """Documents and a query."""
    embeddings = OCIEmbeddings("cohere.embed-v4.0", **place(aim))
    found = await embeddings.embed_batch([*SIMILAR, DISSIMILAR])
    *similar, dissimilar = [one.embedding for one in found]
    check_embeddings(similar, dissimilar)
    query = await embeddings.embed_query(SIMILAR[1])
    check_embeddings([similar[0], query.embedding], dissimilar)


async def rerank(aim: Aim) -> None:
    """The relevant document first."""
    reranker = OCICohereReranker(model="cohere.rerank-v4.0-fast", **place(aim))
    candidates = [
        SearchResult(document=Document(id=str(place), content=text), score=0.5)
        for place, text in enumerate((DISSIMILAR, SIMILAR[0]))
    ]
    found = await reranker.rerank("Where does the cat sit?", candidates)
    assert [one.document.content for one in found] == [SIMILAR[0], DISSIMILAR]
    assert found[0].score > found[1].score


async def respond(aim: Aim) -> None:
    """A response that is kept, and one that isn't."""
    for store in (True, False):
        model = connect_v1(aim, OCIResponsesModel, GPT)
        model.config.store = store
        answer = await model.complete([Message.user(QUESTION)])
        assert ANSWER in (answer.message.content or "")


async def thread(aim: Aim) -> None:
    """Only the new turn travels, with previous_response_id."""
    model = connect_v1(aim, OCIResponsesModel, GPT)
    first = await model.complete([Message.user("My name is Ada.")])
    asked = [Message.user("What is my name?")]
    second = await model.complete(asked, provider_state=first.provider_state)
    assert "Ada" in (second.message.content or "")


if __name__ == "__main__":
    run(
        "locus-sdk",
        {
            "chat": in_a_loop(chat),
            "stream": in_a_loop(stream),
            "async": in_a_loop(chat),
            "tools": use_agent,
            "structured": structured,
            "embeddings": in_a_loop(embed),
            "rerank": in_a_loop(rerank),
            "responses": in_a_loop(respond),
            "thread": in_a_loop(thread),
        },
        {
            "vision": "its messages of a user are text",
            "models": "it lists none",
        },
    )
