"""The Responses wire, writing: messages and wishes to a body.

Source: OpenAI's Responses reference as the types of `openai` 3.54 state it, the Open Responses
schema, and what OCI was seen to take (public observations, 2026). Rules:

- Instructions are sent every time: the service does not carry them over from the turn before.
- With `store` and a continuation only the new turn travels; without one, all of it.
- Items in the strict form, which every version of the service took, and without ids: Gemini
  refuses calls that carry one, and a service that keeps nothing knows none.
- Reasoning goes back sealed, or not at all: gpt-oss refuses it as text.

Deviation: `store` is left out where it is true, the default, as the only client seen working does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .catalog import Family, Rule
from .errors import UsageError
from .messages import Image, Message, Part, ResponseFormat, Tool
from .requests import ChatRequest, Plan
from .shaping import apply_rules

_NO_SUCH = "the Responses API has no such parameter"
_RULES = (
    Rule("max_tokens", "rename", "so the Responses API calls it", "max_output_tokens"),
    *(
        Rule(name, "omit", _NO_SUCH)
        for name in ("seed", "stop", "frequency_penalty", "presence_penalty")
    ),
)

# The families whose makers document sealed reasoning; openai.gpt-4.1 and its like answer 400.
_SEALS_REASONING = frozenset({"openai-reasoning", "grok-reasoning"})


def build_body(request: ChatRequest, family: Family, *, store: bool) -> Plan:
    """The body shaped for the family, with a notice for each wish that is not sent.

    Raises UsageError where there is no new message, or an image where the API takes none.
    """
    continued = request.continuation if store else None
    body: dict[str, Any] = {"model": request.model, **_history(request.messages, continued)}
    if not store:
        body["store"] = False
        if family.name in _SEALS_REASONING:
            body["include"] = ["reasoning.encrypted_content"]
    body |= request.parameters.given()
    if request.tools:
        body["tools"] = [_tool(tool) for tool in request.tools]
    if request.response_format is not None:
        body["response_format"] = _format(request.response_format)
    if request.stream:
        body["stream"] = True
    notices = [*apply_rules(body, _rules(family))]
    _regroup(body)
    if request.continuation and not store:
        notices.append("The continuation is not sent: with store=False the service keeps nothing.")
    return Plan(body, tuple(notices))


def _rules(family: Family) -> tuple[Rule, ...]:
    # The cap has one name here for every family.
    return (*(rule for rule in family.rules if rule.parameter != "max_tokens"), *_RULES)


def _regroup(body: dict[str, Any]) -> None:
    """Move what this API keeps one level deeper than chat completions do."""
    if "response_format" in body:
        body["text"] = {"format": body.pop("response_format")}
    if "reasoning_effort" in body:
        body["reasoning"] = {"effort": body.pop("reasoning_effort"), "summary": "auto"}


def _history(messages: Sequence[Message], continued: str | None) -> dict[str, Any]:
    instructions = "\n\n".join(_instruction(m) for m in messages if m.role == "system")
    result: dict[str, Any] = {"instructions": instructions} if instructions else {}
    if continued:
        result["previous_response_id"] = continued
        messages = _new_turn(messages)
    result["input"] = [item for message in messages for item in _items(message)]
    if not result["input"]:
        raise UsageError("There is no new message to send.", remedy="Add what to ask.")
    return result


def _new_turn(messages: Sequence[Message]) -> Sequence[Message]:
    """What came after the last answer."""
    answers = [number for number, message in enumerate(messages) if message.role == "assistant"]
    return messages[answers[-1] + 1 :] if answers else messages


def _instruction(message: Message) -> str:
    if any(isinstance(part, Image) for part in message.parts):
        raise UsageError("Instructions can't hold an image here.", remedy="Move it to the prompt.")
    return message.text


def _items(message: Message) -> Iterator[dict[str, Any]]:
    if message.role == "tool":
        yield {
            "type": "function_call_output",
            "call_id": message.tool_call_id,
            "output": _output(message),
        }
    elif message.role == "user":
        yield _said("user", [_input(part) for part in message.parts])
    elif message.role == "assistant":
        yield from map(_reasoning, message.reasoning_items)
        if message.parts:
            yield _said("assistant", [_spoken(part) for part in message.parts])
        for call in message.tool_calls:
            yield {
                "type": "function_call",
                "call_id": call.id,
                "name": call.name,
                "arguments": call.arguments,
            }


def _said(role: str, content: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "message", "role": role, "content": content}


def _input(part: Part) -> dict[str, Any]:
    if isinstance(part, Image):
        return {"type": "input_image", "image_url": part.url, "detail": part.detail}
    return {"type": "input_text", "text": part.text}


def _spoken(part: Part) -> dict[str, Any]:
    if isinstance(part, Image):
        raise UsageError("An answer in the history can't hold an image here.")
    return {"type": "output_text", "text": part.text}


def _output(message: Message) -> str | list[dict[str, Any]]:
    pictured = any(isinstance(part, Image) for part in message.parts)
    return [_input(part) for part in message.parts] if pictured else message.text


def _reasoning(item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "reasoning",
        "summary": item.get("summary") or [],
        "encrypted_content": item["encrypted_content"],
    }


def _tool(tool: Tool) -> dict[str, Any]:
    # Here functions are strict unless told otherwise, and a strict schema is another language.
    return {
        "type": "function",
        "name": tool.name,
        "description": tool.description,
        "parameters": dict(tool.parameters),
        "strict": False,
    }


def _format(wanted: ResponseFormat) -> dict[str, Any]:
    if wanted.schema is None:
        return {"type": "json_object"}
    return {"type": "json_schema", "name": wanted.name, "schema": dict(wanted.schema)}
