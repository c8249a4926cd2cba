"""Real calls of the models: chat in every format, embedding, reranking, guardrails."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from tests.emulator.client import CHAT, GPT, GPT_5, LLAMA
from tests.emulator.native_client import COMMAND_A, COMMAND_R, NATIVE, write_cohere, write_generic
from tests.emulator.responses_client import WEATHER

Bare = tuple[str, str, Any]
"""Method, target, body."""
V1: Final = "/openai/v1"
ACTIONS: Final = "/20231130/actions"
SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "city": {"type": "string", "minLength": 1, "pattern": "^[A-Z]"},
        "size": {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}]},
        "kinds": {"type": "array", "items": {"enum": ["a", 2]}, "minItems": 1, "maxItems": 3},
    },
    "required": ["city"],
    "additionalProperties": False,
}
_PIXEL: Final = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9Q"
    "DwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def list_chat() -> Iterator[Bare]:
    user = {"role": "user", "content": "Hello! What is the weather in Paris?"}
    tool = {"type": "function", "function": {k: v for k, v in WEATHER.items() if k != "type"}}
    call = {"id": "c1", "type": "function", "function": {"name": "get_weather", "arguments": "{}"}}
    picture = {"type": "image_url", "image_url": {"url": _PIXEL, "detail": "low"}}
    yield (
        "POST",
        CHAT,
        {
            "model": LLAMA,
            "messages": [
                {"role": "system", "content": "You are concise."},
                user,
                {"role": "assistant", "content": None, "tool_calls": [call]},
                {"role": "tool", "tool_call_id": "c1", "content": "18 degrees"},
                {"role": "user", "content": [{"type": "text", "text": "And now?"}]},
            ],
            "tools": [tool],
            "tool_choice": "auto",
            "max_tokens": 20,
            "temperature": 0.5,
            "top_p": 0.9,
            "n": 2,
            "stop": ["x"],
            "seed": 7,
        },
    )
    yield (
        "POST",
        CHAT,
        {
            "model": GPT,
            "messages": [{"role": "user", "content": [{"type": "text", "text": "?"}, picture]}],
            "stream": True,
            "stream_options": {"include_usage": True},
            "logprobs": True,
            "top_logprobs": 2,
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "n", "schema": SCHEMA, "strict": True},
            },
        },
    )
    forced = {"type": "function", "function": {"name": "get_weather"}}
    yield (
        "POST",
        CHAT,
        {
            "model": GPT_5,
            "messages": [user],
            "tools": [tool],
            "tool_choice": forced,
            "parallel_tool_calls": False,
            "reasoning_effort": "low",
            "max_completion_tokens": 40,
            "metadata": {"a": "b"},
            "stream": True,
        },
    )
    yield "POST", f"{V1}/embeddings", {"model": LLAMA, "input": "x"}


def list_native(compartment_id: str) -> Iterator[Bare]:
    def wrap(model: str, **more: Any) -> dict[str, Any]:
        serving = {"servingType": "ON_DEMAND", "modelId": model}
        return {"compartmentId": compartment_id, "servingMode": serving, **more}

    tool = {"type": "FUNCTION", "name": "get_weather", "description": "d", "parameters": SCHEMA}
    generic = write_generic(
        "Count from 1 to 5.",
        tools=[tool],
        toolChoice={"type": "AUTO"},
        maxTokens=20,
        temperature=0.2,
        topK=1,
        numGenerations=1,
        stop=["x"],
        isStream=True,
        streamOptions={"isIncludeUsage": True},
        responseFormat={"type": "JSON_OBJECT"},
    )
    cohere = write_cohere(
        chatHistory=[{"role": "USER", "message": "a"}, {"role": "CHATBOT", "message": "b"}],
        documents=[{"title": "t", "snippet": "s"}],
        tools=[{"name": "t", "description": "d", "parameterDefinitions": {"a": {"type": "str"}}}],
        preambleOverride="p",
        isStream=False,
        maxTokens=9,
    )
    v2 = {
        "apiFormat": "COHEREV2",
        "messages": [{"role": "USER", "content": [{"type": "TEXT", "text": "Hello!"}]}],
        "responseFormat": {"type": "JSON_OBJECT", "schema": SCHEMA},
        "isStream": True,
    }
    yield "POST", NATIVE, wrap(LLAMA, chatRequest=generic)
    yield "POST", NATIVE, wrap(COMMAND_R, chatRequest=cohere)
    yield "POST", NATIVE, wrap(COMMAND_A, chatRequest=v2)
    embed: dict[str, Any] = {"inputs": ["a", "b"], "truncate": "END", "inputType": "SEARCH_QUERY"}
    embed |= {"outputDimensions": 256, "embeddingTypes": ["float", "int8"]}
    yield "POST", f"{ACTIONS}/embedText", wrap("cohere.embed-v4.0", **embed)
    rerank: dict[str, Any] = {"input": "a", "documents": ["a", "b"], "topN": 1, "isEcho": True}
    yield "POST", f"{ACTIONS}/rerankText", wrap("cohere.rerank-v4.0-fast", **rerank)
    guard = {
        "compartmentId": compartment_id,
        "input": {"type": "TEXT", "content": "I am Ada, ada@example.com.", "languageCode": "en"},
        "guardrailConfigs": {
            "contentModerationConfig": {"categories": ["OVERALL"]},
            "personallyIdentifiableInformationConfig": {"types": ["EMAIL"]},
            "promptInjectionConfig": {},
        },
        "guardrailVersionConfig": {"guardrailVersion": "1.0.0"},
    }
    yield "POST", f"{ACTIONS}/applyGuardrails", guard
