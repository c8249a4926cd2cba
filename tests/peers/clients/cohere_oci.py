"""Cohere's SDK on the native API: `python -m tests.peers.clients.cohere_oci`.

Its host is hard-coded: `cohere.oci_client.get_oci_url` is replaced, by one that puts the emulator
before the path that it gives. `OciClient` writes Cohere's first format, `OciClientV2` its second.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import cohere
from cohere import oci_client
from oci.generative_ai_inference.models import CohereResponseFormat

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

MODEL = "command-a-03-2025"
WEATHER: Any = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Get the current weather in a city",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
        },
    },
}
PERSON = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
    "required": ["name", "age"],
}
find_url = oci_client.get_oci_url


def connect(aim: Aim, kind: Any = cohere.OciClientV2) -> Any:
    """A client of one of the two kinds."""

    def find_emulator(region: str, endpoint: str) -> str:
        host = find_url(region, "chat").partition("/20231130")[0]
        return str(find_url(region, endpoint).replace(host, aim.url))

    oci_client.get_oci_url = find_emulator
    return kind(
        oci_config_path=aim.config_file,
        oci_profile=aim.profile,
        oci_region=aim.region,
        oci_compartment_id=aim.compartment_id,
    )


def write_user(content: Any) -> list[Any]:
    """A conversation of one turn."""
    return [{"role": "user", "content": content}]


def chat(aim: Aim) -> None:
    """A question, in both formats."""
    assert ANSWER in connect(aim, cohere.OciClient).chat(model=MODEL, message=QUESTION).text
    answer = connect(aim).chat(model=MODEL, messages=write_user(QUESTION))
    assert ANSWER in answer.message.content[0].text
    assert answer.usage.tokens.output_tokens > 0


def stream(aim: Aim) -> str:
    """Several pieces, which make the answer once, in the second format."""
    events = list(connect(aim).chat_stream(model=MODEL, messages=write_user(QUESTION)))
    texts = [event.delta.message.content.text for event in events if event.type == "content-delta"]
    assert "".join(texts).count(ANSWER) == 1
    assert len(texts) > 1
    assert events[-1].delta.finish_reason == "COMPLETE"
    first = connect(aim, cohere.OciClient).chat_stream(model=MODEL, message=QUESTION)
    whole = [event.response.text for event in first if event.event_type == "stream-end"]
    assert ANSWER in "".join(whole)
    return defect_text_twice()


def defect_text_twice() -> str:
    """What it makes of a stream as the service sends it: pieces, then the whole text again."""
    sent = ('{"text":"Hel"}', '{"text":"lo"}', '{"text":"Hello","finishReason":"COMPLETE"}')
    lines = iter([f"data: {data}\n\n".encode() for data in sent])
    read = b"".join(oci_client.transform_oci_stream_wrapper(lines, "chat")).splitlines()
    assert json.loads(read[-1])["response"]["text"] == "HelloHello"
    return "OciClient says the text twice: the last event repeats it, and it is taken for more"


def tools(aim: Aim) -> str:
    """The model's call, and an answer from the result, in the second format."""
    client = connect(aim)
    messages = write_user("What is the weather in Paris?")
    said = client.chat(model=MODEL, messages=messages, tools=[WEATHER]).message
    (call,) = said.tool_calls
    assert call.function.name == "get_weather"
    assert json.loads(call.function.arguments) == {"city": "Paris"}
    result = {
        "role": "tool",
        "tool_call_id": call.id,
        "content": "It is 21 degrees and sunny in Paris.",
    }
    messages += [
        {"role": "assistant", "tool_calls": said.tool_calls, "tool_plan": said.tool_plan},
        result,
    ]
    final = client.chat(model=MODEL, messages=messages, tools=[WEATHER]).message
    assert "21 degrees" in final.content[0].text
    assert not final.tool_calls
    return defect_calls_lost()


def defect_calls_lost() -> str:
    """What it makes of calls in the first format, and of those in a stream of the second."""
    answer = {"chatResponse": {"text": "", "toolCalls": [{"name": "f", "parameters": {}}]}}
    assert "tool_calls" not in oci_client.transform_oci_response_to_cohere("chat", answer)
    event = {"message": {"role": "ASSISTANT", "toolCalls": [{"id": "c", "type": "FUNCTION"}]}}
    assert oci_client.transform_stream_event("chat", event, is_v2=True) == []
    return "OciClientV2, whole only: OciClient and streams drop the calls"


def defect_format_unwritten() -> str:
    """What it makes of a wish for JSON: Cohere's words, where the service has its own."""
    wish = {"type": "json_object", "schema": PERSON}
    body = {"model": MODEL, "messages": write_user("Ada is 36."), "response_format": wish}
    written = oci_client.transform_request_to_oci("chat", body, "c", is_v2=True)
    assert written["chatRequest"]["responseFormat"]["type"] == "json_object"
    assert CohereResponseFormat.TYPE_JSON_OBJECT == "JSON_OBJECT"
    return "response_format goes out as Cohere words it (json_object), not OCI (JSON_OBJECT)"


def vision(aim: Aim) -> None:
    """A picture, in the second format."""
    content = [
        {"type": "text", "text": "What is the main color of this image?"},
        {"type": "image_url", "image_url": {"url": make_picture_url()}},
    ]
    answer = connect(aim).chat(model="command-a-vision", messages=write_user(content))
    assert "red" in answer.message.content[0].text


def embed(aim: Aim) -> None:
    """Three texts, with both clients."""
    asked: dict[str, Any] = {"texts": [*SIMILAR, DISSIMILAR], "input_type": "search_document"}
    for vectors in embed_both(aim, {"model": "embed-v4.0", **asked}):
        check_embeddings(vectors[:2], vectors[2])


def embed_both(aim: Aim, asked: dict[str, Any]) -> Iterator[Any]:
    """The vectors of each client."""
    yield connect(aim, cohere.OciClient).embed(**asked).embeddings
    yield connect(aim).embed(embedding_types=["float"], **asked).embeddings.float_


if __name__ == "__main__":
    run(
        "cohere",
        {
            "chat": chat,
            "stream": stream,
            "tools": tools,
            "vision": vision,
            "embeddings": embed,
        },
        {
            "async": "its OCI clients are synchronous",
            "rerank": "its OCI clients refuse it",
            "responses": "it speaks the native API only",
            "thread": "it speaks the native API only",
            "models": "its OCI clients have chat and embed only",
        },
        {"structured": "defect_format_unwritten"},
    )
