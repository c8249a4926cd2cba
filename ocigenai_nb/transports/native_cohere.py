"""COHERE requests, Cohere's first format: one message, and what came before it as history.

Source: `oci.generative_ai_inference.models` (2.189), and refusals seen in public: every entry of
the history needs a message (langchain-cohere #15), so an empty one is a space; results of tools
can't come with a message, nor right before one (langchain-oracle #9), so a space stands between.

The instructions at the start of a history become `preambleOverride`; later ones stay in place.
Calls have no ids in this format: a result repeats its call, with that call's own parameters.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ocigenai_nb.core.catalog import Family
from ocigenai_nb.core.errors import UsageError
from ocigenai_nb.core.messages import Message, ResponseFormat, Text, ToolCall
from ocigenai_nb.core.requests import ChatRequest
from ocigenai_nb.core.schemas import inline_refs
from ocigenai_nb.core.tool_calls import normalize_arguments

from .native_cohere_tools import write_tool

_NOTHING = " "


def write_request(models: Any, request: ChatRequest, _family: Family) -> Any:
    """The `CohereChatRequest` of messages, tools and response format."""
    _check_parts(request.messages, request.model)
    preamble, said = _split_preamble(request.messages)
    before, results, message = _split_turn(said)
    calls: dict[str, ToolCall] = {}
    history = _write_history(models, before, calls)
    if message and before and before[-1].role == "tool":
        history.append(models.CohereChatBotMessage(message=_NOTHING))
    return models.CohereChatRequest(
        message=message,
        preamble_override=preamble,
        chat_history=history or None,
        tool_results=[_write_result(models, result, calls) for result in results] or None,
        tools=[write_tool(models, tool) for tool in request.tools] or None,
        response_format=write_format(models, request.response_format),
    )


def write_format(models: Any, wanted: ResponseFormat | None) -> Any:
    """Cohere's response format, in both of its formats; a schema has no name there."""
    if wanted is None:
        return None
    schema = None if wanted.schema is None else inline_refs(wanted.schema)
    return models.CohereResponseJsonFormat(schema=schema)


def _split_preamble(messages: Sequence[Message]) -> tuple[str | None, Sequence[Message]]:
    count = 0
    while count < len(messages) and messages[count].role == "system":
        count += 1
    texts = [message.text for message in messages[:count]]
    return "\n\n".join(texts) if texts else None, messages[count:]


def _check_parts(messages: Sequence[Message], model: str) -> None:
    for message in messages:
        if not all(isinstance(part, Text) for part in message.parts):
            raise UsageError(
                f"{model} takes no images: its format, COHERE, has no place for them.",
                remedy="Ask a model that sees, such as cohere.command-a-vision.",
            )


def _split_turn(
    messages: Sequence[Message],
) -> tuple[Sequence[Message], Sequence[Message], str]:
    """What came before, the results of tools that end the history, and the message that does."""
    end = len(messages)
    while end and messages[end - 1].role == "tool":
        end -= 1
    if end < len(messages):
        return messages[:end], messages[end:], ""
    if end and messages[-1].role == "user":
        return messages[:-1], (), messages[-1].text
    last = f"an {messages[-1].role} message" if end else "nothing but instructions"
    raise UsageError(
        f"The history ends with {last}, which Cohere's first format can't say.",
        remedy="End it with what the user says, or with the results of tools.",
    )


def _write_history(
    models: Any, messages: Sequence[Message], calls: dict[str, ToolCall]
) -> list[Any]:
    """The entries of the history; its calls are noted in `calls`, by their ids."""
    history: list[Any] = []
    for message in messages:
        if message.role == "tool":
            # Results of one turn share one entry.
            if not history or not isinstance(history[-1], models.CohereToolMessage):
                history.append(models.CohereToolMessage(tool_results=[]))
            history[-1].tool_results.append(_write_result(models, message, calls))
        elif message.role == "assistant":
            calls.update({call.id: call for call in message.tool_calls})
            history.append(_write_answer(models, message))
        elif message.role == "system":
            history.append(models.CohereSystemMessage(message=message.text or _NOTHING))
        else:
            history.append(models.CohereUserMessage(message=message.text or _NOTHING))
    return history


def _write_answer(models: Any, message: Message) -> Any:
    return models.CohereChatBotMessage(
        message=message.text or _NOTHING,
        tool_calls=[_write_call(models, call) for call in message.tool_calls] or None,
    )


def _write_call(models: Any, call: ToolCall) -> Any:
    arguments = normalize_arguments(call.arguments)
    if arguments is None:
        raise UsageError(
            f"The arguments of the call of {call.name} are not a JSON object.",
            remedy="Leave that call and its result out of the history.",
        )
    return models.CohereToolCall(name=call.name, parameters=json.loads(arguments))


def _write_result(models: Any, result: Message, calls: Mapping[str, ToolCall]) -> Any:
    call = calls.get(result.tool_call_id or "")
    if call is None:
        raise UsageError(
            f"A tool's result answers {result.tool_call_id!r}, which no message before it calls.",
            remedy="Keep the assistant's message with that call in the history.",
        )
    call_of = _write_call(models, call)
    return models.CohereToolResult(call=call_of, outputs=[{"output": result.text}])
