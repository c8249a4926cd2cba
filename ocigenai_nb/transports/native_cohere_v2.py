"""COHEREV2 requests, Cohere's second format: messages with roles and parts.

Source: `oci.generative_ai_inference.models` (2.189); calls as Cohere's own second chat API writes
them. An assistant message without text says a space (langchain-oci 0.4.0).

Unverified: no request with tools has been recorded in public.
"""

from __future__ import annotations

from typing import Any

from ocigenai_nb.core.catalog import Family
from ocigenai_nb.core.messages import Message, Part, Text, Tool, ToolCall
from ocigenai_nb.core.requests import ChatRequest
from ocigenai_nb.core.schemas import inline_refs

from .native_cohere import write_format


def write_request(models: Any, request: ChatRequest, _family: Family) -> Any:
    """The `CohereChatRequestV2` of messages, tools and response format."""
    return models.CohereChatRequestV2(
        messages=[_message(models, message) for message in request.messages],
        tools=[_tool(models, tool) for tool in request.tools] or None,
        response_format=write_format(models, request.response_format),
    )


def _message(models: Any, message: Message) -> Any:
    parts = message.parts
    if message.role == "assistant" and not any(part != Text("") for part in parts):
        parts = (Text(" "),)
    content = [_part(models, part) for part in parts]
    match message.role:
        case "system":
            return models.CohereSystemMessageV2(content=content)
        case "user":
            return models.CohereUserMessageV2(content=content)
        case "tool":
            return models.CohereToolMessageV2(content=content, tool_call_id=message.tool_call_id)
    calls = [_call(models, call) for call in message.tool_calls]
    return models.CohereAssistantMessageV2(content=content, tool_calls=calls or None)


def _part(models: Any, part: Part) -> Any:
    if isinstance(part, Text):
        return models.CohereTextContentV2(text=part.text)
    detail = None if part.detail == "auto" else part.detail.upper()
    url = models.CohereImageUrlV2(url=part.url, detail=detail)
    return models.CohereImageContentV2(image_url=url)


def _call(models: Any, call: ToolCall) -> Any:
    function = {"name": call.name, "arguments": call.arguments}
    return models.CohereToolCallV2(id=call.id, type="FUNCTION", function=function)


def _tool(models: Any, tool: Tool) -> Any:
    function = models.Function(
        name=tool.name,
        description=tool.description or None,
        parameters=inline_refs(tool.parameters),
    )
    return models.CohereToolV2(type="FUNCTION", function=function)
