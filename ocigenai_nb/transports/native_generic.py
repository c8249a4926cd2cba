"""GENERIC requests: the roles and parts that all families share.

Source: `oci.generative_ai_inference.models` (2.189) and behaviour seen in public: an assistant
message without text makes the service fail on Gemini (langchain-oracle #78), so it says "."; Gemini
takes one call and its one result at a time (langchain-oracle #111); `$ref` is refused in schemas
(langchain-oracle #40).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from ocigenai_nb.core.catalog import Family
from ocigenai_nb.core.messages import Message, Part, ResponseFormat, Text, Tool
from ocigenai_nb.core.requests import ChatRequest
from ocigenai_nb.core.schemas import inline_refs

_NOTHING = Text(".")


def write_request(models: Any, request: ChatRequest, family: Family) -> Any:
    """The `GenericChatRequest` of messages, tools and response format."""
    said = _pair_calls(request.messages) if family.name == "gemini" else request.messages
    return models.GenericChatRequest(
        messages=[_message(models, message) for message in said],
        tools=[_tool(models, tool) for tool in request.tools] or None,
        response_format=_format(models, request.response_format),
    )


def _message(models: Any, message: Message) -> Any:
    content = [_part(models, part) for part in _filled(message)]
    match message.role:
        case "system":
            return models.SystemMessage(content=content)
        case "user":
            return models.UserMessage(content=content)
        case "tool":
            return models.ToolMessage(content=content, tool_call_id=message.tool_call_id)
    calls = [
        models.FunctionCall(id=call.id, name=call.name, arguments=call.arguments)
        for call in message.tool_calls
    ]
    return models.AssistantMessage(content=content, tool_calls=calls or None)


def _filled(message: Message) -> Sequence[Part]:
    if message.role == "assistant" and not any(part != Text("") for part in message.parts):
        return (_NOTHING,)
    return message.parts


def _part(models: Any, part: Part) -> Any:
    if isinstance(part, Text):
        return models.TextContent(text=part.text)
    detail = None if part.detail == "auto" else part.detail.upper()
    return models.ImageContent(image_url=models.ImageUrl(url=part.url, detail=detail))


def _tool(models: Any, tool: Tool) -> Any:
    return models.FunctionDefinition(
        name=tool.name,
        description=tool.description or None,
        parameters=inline_refs(tool.parameters),
    )


def _format(models: Any, wanted: ResponseFormat | None) -> Any:
    if wanted is None:
        return None
    if wanted.schema is None:
        return models.JsonObjectResponseFormat()
    schema = models.ResponseJsonSchema(name=wanted.name, schema=inline_refs(wanted.schema))
    return models.JsonSchemaResponseFormat(json_schema=schema)


def _pair_calls(messages: Sequence[Message]) -> Iterator[Message]:
    """The same history with each call in a message of its own, followed by its result."""
    rest = list(messages)
    while rest:
        message = rest.pop(0)
        if len(message.tool_calls) < 2:
            yield message
            continue
        results: list[Message] = []
        while rest and rest[0].role == "tool":
            results.append(rest.pop(0))
        for number, call in enumerate(message.tool_calls):
            yield replace(message, parts=message.parts if number == 0 else (), tool_calls=(call,))
            yield from (result for result in results if result.tool_call_id == call.id)
        known = {call.id for call in message.tool_calls}
        yield from (result for result in results if result.tool_call_id not in known)
