"""langchain-oci on OpenAI's API: `python -m tests.peers.clients.langchain_oci_openai`.

Aimed with `service_endpoint=`, and signed by oci-openai. Each flow that both APIs have is shown on
chat completions and on Responses.
"""

from __future__ import annotations

import asyncio
import functools
import json
import operator
import urllib.request
from typing import Any

from langchain_core.messages import HumanMessage, SystemMessage, ToolMessage
from langchain_core.tools import tool
from langchain_oci import ChatOCIOpenAI
from oci_openai import OciUserPrincipalAuth
from pydantic import BaseModel, Field

from tests.peers.flows import ANSWER, QUESTION, Aim, make_picture_url, run

MODEL = "openai.gpt-5.5"
PARIS = {"city": "Paris"}


class Person(BaseModel):
    """A person."""

    name: str = Field(description="the name of the person")
    age: int = Field(description="the age in years")


def get_weather(city: str) -> str:
    """Get the current weather in a city."""
    return f"It is 21 degrees and sunny in {city}."


WEATHER: Any = tool(get_weather)


def connect(aim: Aim, **options: Any) -> Any:
    """A chat model."""
    return ChatOCIOpenAI(
        auth=OciUserPrincipalAuth(config_file=aim.config_file, profile_name=aim.profile),
        service_endpoint=aim.url,
        compartment_id=aim.compartment_id,
        model=MODEL,
        **options,
    )


def connect_both(aim: Aim) -> tuple[Any, Any]:
    """One on chat completions, one on Responses that keeps nothing."""
    return connect(aim, use_responses_api=False), connect(aim, store=False)


def chat(aim: Aim) -> None:
    """A question on chat completions."""
    message = connect(aim, use_responses_api=False).invoke(QUESTION)
    assert ANSWER in message.text
    assert message.usage_metadata["output_tokens"] > 0


def stream(aim: Aim) -> None:
    """Several pieces, which make the answer once."""
    for model in connect_both(aim):
        pieces = [piece.text for piece in model.stream(QUESTION)]
        assert "".join(pieces).count(ANSWER) == 1
        assert sum(map(bool, pieces)) > 1


def go_async(aim: Aim) -> None:
    """Whole and streamed."""

    async def ask_both() -> None:
        for model in connect_both(aim):
            assert ANSWER in (await model.ainvoke(QUESTION)).text
            pieces = [piece.text async for piece in model.astream(QUESTION)]
            assert "".join(pieces).count(ANSWER) == 1

    asyncio.run(ask_both())


def tools(aim: Aim) -> None:
    """The model's call, whole and streamed, and an answer from the result."""
    for model in connect_both(aim):
        bound = model.bind_tools([WEATHER])
        messages: list[Any] = [HumanMessage("What is the weather in Paris?")]
        called = bound.invoke(messages)
        streamed = functools.reduce(operator.add, bound.stream(messages))
        for message in (called, streamed):
            assert [(one["name"], one["args"]) for one in message.tool_calls] == [
                ("get_weather", PARIS)
            ]
        result = ToolMessage(get_weather(**PARIS), tool_call_id=called.tool_calls[0]["id"])
        final = bound.invoke([*messages, called, result])
        assert "21 degrees" in final.text
        assert not final.tool_calls


def structured(aim: Aim) -> None:
    """Each of its three methods gives a validated object."""
    for model in connect_both(aim):
        for method in ("function_calling", "json_schema"):
            parser = model.with_structured_output(Person, method=method)
            assert parser.invoke("Ada is 36 years old.") == Person(name="Ada", age=36)
        parser = model.with_structured_output(Person, method="json_mode")
        asked = f"Ada is 36 years old. JSON schema: {Person.model_json_schema()}"
        assert parser.invoke(asked.replace("'", '"')) == Person(name="Ada", age=36)


def vision(aim: Aim) -> None:
    """A picture."""
    content: list[str | dict[Any, Any]] = [
        {"type": "text", "text": "What is the main color of this image?"},
        {"type": "image_url", "image_url": {"url": make_picture_url()}},
    ]
    for model in connect_both(aim):
        assert "red" in model.invoke([HumanMessage(content)]).text


def respond(aim: Aim) -> None:
    """A question on Responses that keeps nothing."""
    message = connect(aim, store=False).invoke([SystemMessage("You are concise."), QUESTION])
    assert ANSWER in message.text
    assert message.usage_metadata["output_tokens"] > 0
    assert message.response_metadata["id"].startswith("resp_")


def thread(aim: Aim) -> None:
    """Only the new turn travels: the service keeps the rest, in a conversation store."""
    with urllib.request.urlopen(f"{aim.url}/emulator") as told:
        store = json.load(told)["conversation_store_id"]
    model = connect(aim, conversation_store_id=store)
    first = model.invoke("My name is Ada.")
    going = model.bind(previous_response_id=first.response_metadata["id"])
    assert "Ada" in going.invoke("What is my name?").text
    by_itself = connect(aim, conversation_store_id=store, use_previous_response_id=True)
    messages = [HumanMessage("My name is Ada."), first, HumanMessage("What is my name?")]
    assert "Ada" in by_itself.invoke(messages).text


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
            "responses": respond,
            "thread": thread,
        },
        {
            "embeddings": "see langchain-oci: ChatOCIOpenAI is for chat",
            "rerank": "see langchain-oci: ChatOCIOpenAI is for chat",
            "models": "it lists none",
        },
    )
