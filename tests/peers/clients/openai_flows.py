"""The flows of whatever is, or makes, a client of the `openai` SDK."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any, Literal

import openai
from pydantic import BaseModel

from tests.peers.flows import ANSWER, QUESTION, Aim, Flow, make_picture_url

LLAMA = "meta.llama-3.3-70b-instruct"
GPT = "openai.gpt-5.5"

ABSENT = {
    "embeddings": "the service has none here: 400 Unsupported OpenAI operation",
    "rerank": "OpenAI's API has none",
    "models": "the service has none here: 404 Path doesn't map to a registered service!",
}

WEATHER: Any = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Tell the weather of a city.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
            "additionalProperties": False,
        },
    },
}


class Person(BaseModel):
    """What is to be read from a sentence."""

    name: str
    age: int
    mood: Literal["happy", "sad"]


def make_flows(
    connect: Callable[[Aim], openai.OpenAI], connect_async: Callable[[Aim], openai.AsyncOpenAI]
) -> dict[str, Flow]:
    """Every flow but those of `ABSENT`."""

    def with_client(show: Callable[[openai.OpenAI], str | None]) -> Flow:
        def flow(aim: Aim) -> str | None:
            with connect(aim) as client:
                return show(client)

        return flow

    def show_async(aim: Aim) -> None:
        asyncio.run(stream_async(connect_async(aim)))

    return {
        "chat": with_client(chat),
        "stream": with_client(stream),
        "async": show_async,
        "tools": with_client(use_tool),
        "structured": with_client(parse),
        "vision": with_client(look),
        "responses": with_client(respond),
        "thread": with_client(go_on),
    }


def write_headers(aim: Aim) -> dict[str, str]:
    """Where the compartment goes: each of OCI's APIs has a header of its own for it."""
    return {"CompartmentId": aim.compartment_id, "opc-compartment-id": aim.compartment_id}


def write_user(content: Any) -> list[Any]:
    """A conversation of one turn."""
    return [{"role": "user", "content": content}]


def chat(client: openai.OpenAI) -> None:
    """A whole answer, with what it cost."""
    answer = client.chat.completions.create(model=LLAMA, messages=write_user(QUESTION))
    assert ANSWER in (answer.choices[0].message.content or "")
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens


def stream(client: openai.OpenAI) -> None:
    """A streamed answer, and its usage at the end."""
    chunks = list(
        client.chat.completions.create(
            model=LLAMA,
            messages=write_user(QUESTION),
            stream=True,
            stream_options={"include_usage": True},
        )
    )
    texts = [chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices]
    assert ANSWER in "".join(texts)
    assert sum(map(bool, texts)) > 1
    assert chunks[-1].usage
    assert chunks[-1].usage.completion_tokens > 0


async def stream_async(client: openai.AsyncOpenAI) -> None:
    """A whole answer and a streamed one, at a time."""

    async def read() -> str:
        chunks = await client.chat.completions.create(
            model=LLAMA, messages=write_user(QUESTION), stream=True
        )
        return "".join([chunk.choices[0].delta.content or "" async for chunk in chunks])

    async with client:
        whole, text = await asyncio.gather(
            client.chat.completions.create(model=LLAMA, messages=write_user(QUESTION)), read()
        )
    assert ANSWER in (whole.choices[0].message.content or "")
    assert ANSWER in text


def use_tool(client: openai.OpenAI) -> None:
    """A call with the right arguments, and an answer that uses what it gave."""
    messages = write_user("What is the weather in Paris?")
    first = client.chat.completions.create(model=LLAMA, messages=messages, tools=[WEATHER])
    said = first.choices[0].message
    assert first.choices[0].finish_reason == "tool_calls"
    assert said.tool_calls
    (call,) = said.tool_calls
    assert call.type == "function"
    assert call.function.name == "get_weather"
    assert json.loads(call.function.arguments) == {"city": "Paris"}
    messages += [said, {"role": "tool", "tool_call_id": call.id, "content": "18 degrees, sunny"}]
    last = client.chat.completions.create(model=LLAMA, messages=messages, tools=[WEATHER])
    assert "18 degrees" in (last.choices[0].message.content or "")


def parse(client: openai.OpenAI) -> None:
    """An object of a class of ours, on both APIs."""
    asked = "Anna is 34 years old and happy."
    answer = client.chat.completions.parse(
        model=GPT, messages=write_user(asked), response_format=Person
    )
    assert answer.choices[0].message.parsed == Person(name="Anna", age=34, mood="happy")
    response = client.responses.parse(model=GPT, input=asked, text_format=Person)
    assert response.output_parsed == Person(name="Anna", age=34, mood="happy")


def look(client: openai.OpenAI) -> None:
    """The color of a picture."""
    parts = [
        {"type": "text", "text": "What color is this image?"},
        {"type": "image_url", "image_url": {"url": make_picture_url()}},
    ]
    answer = client.chat.completions.create(model=GPT, messages=write_user(parts))
    assert "red" in (answer.choices[0].message.content or "").lower()


def respond(client: openai.OpenAI) -> None:
    """A response: whole, streamed by the SDK's own helper, and with a tool."""
    whole = client.responses.create(model=GPT, input=QUESTION)
    assert ANSWER in whole.output_text
    assert whole.status == "completed"
    with client.responses.stream(model=GPT, input=QUESTION) as events:
        kinds = [event.type for event in events]
        final = events.get_final_response()
    assert kinds[0] == "response.created"
    assert kinds.count("response.output_text.delta") > 1
    assert ANSWER in final.output_text
    use_tool_in_response(client)


def use_tool_in_response(client: openai.OpenAI) -> None:
    """A call, and an answer to its output in the same thread."""
    tools: Any = [{"type": "function", "strict": True, **WEATHER["function"]}]
    first = client.responses.create(model=GPT, input="What is the weather in Paris?", tools=tools)
    (call,) = [item for item in first.output if item.type == "function_call"]
    assert (call.name, json.loads(call.arguments)) == ("get_weather", {"city": "Paris"})
    output: Any = {
        "type": "function_call_output",
        "call_id": call.call_id,
        "output": "18 degrees, sunny",
    }
    last = client.responses.create(
        model=GPT, input=[output], previous_response_id=first.id, tools=tools
    )
    assert "18 degrees" in last.output_text


def go_on(client: openai.OpenAI) -> None:
    """What was said before is known: by the response before, and by a conversation."""
    first = client.responses.create(model=GPT, input="My name is Ada.", store=True)
    second = client.responses.create(
        model=GPT, input="What is my name?", previous_response_id=first.id
    )
    assert "Ada" in second.output_text
    assert client.responses.retrieve(second.id).output_text == second.output_text
    conversation = client.conversations.create(metadata={"of": "peers"})
    said = [
        client.responses.create(model=GPT, input=text, conversation=conversation.id).output_text
        for text in ("My name is Bea.", "What is my name?")
    ]
    assert "Bea" in said[-1]
    assert len(list(client.conversations.items.list(conversation.id))) >= 4
    assert client.conversations.delete(conversation.id).deleted
    client.responses.delete(first.id)
