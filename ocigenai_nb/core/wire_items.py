"""What a request said, read back from its body: messages, tool calls and their outputs.

Source: the bodies that this package writes (`chat_completions`, `responses_request`, and the native
API's formats GENERIC, COHERE and COHEREV2 as the `oci` SDK's models state them). Known deviation:
what has another shape is shown as its JSON, so that nothing is hidden.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

Kind: TypeAlias = Literal[
    "system", "prompt", "answer", "refusal", "reasoning", "tool call", "tool output", "image"
]
_ROLES: Mapping[str, Kind] = {
    "system": "system",
    "developer": "system",
    "user": "prompt",
    "assistant": "answer",
    "chatbot": "answer",
    "tool": "tool output",
}


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that was said. `name` is a tool's, `call` the id of the call that it belongs to."""

    kind: Kind
    text: str
    name: str = ""
    call: str = ""


def read_sent(body: Mapping[str, Any] | None) -> tuple[Item, ...]:
    """What a request's body said, in order; nothing where the body isn't known."""
    if not body:
        return ()
    said = body.get("chatRequest", body)
    found = [*_instructions(said)]
    for message in (*_list(said.get("chatHistory")), *_list(_conversation(said))):
        found += _read(message)
    for result in _list(said.get("toolResults")):
        found.append(Item("tool output", _text(result.get("outputs")), *_called(result)))
    if isinstance(said.get("message"), str) and said["message"]:
        found.append(Item("prompt", said["message"]))
    return tuple(found)


def _instructions(said: Mapping[str, Any]) -> Iterator[Item]:
    for name in ("instructions", "preambleOverride"):
        if said.get(name):
            yield Item("system", _text(said[name]))


def _conversation(said: Mapping[str, Any]) -> object:
    given = said.get("input", said.get("messages"))
    return [{"role": "user", "content": given}] if isinstance(given, str) else given


def _read(message: Mapping[str, Any]) -> Iterator[Item]:
    kind = message.get("type")
    if kind == "function_call":
        arguments = _text(message.get("arguments"))
        yield Item("tool call", arguments, _str(message, "name"), _str(message, "call_id"))
    elif kind == "function_call_output":
        yield Item("tool output", _text(message.get("output")), "", _str(message, "call_id"))
    elif kind == "reasoning":
        yield Item("reasoning", _parts(message.get("summary") or message.get("content")))
    elif "role" not in message:
        yield Item("prompt", _text(message))
    else:
        yield from _read_message(message)


def _read_message(message: Mapping[str, Any]) -> Iterator[Item]:
    role = _ROLES.get(_str(message, "role").lower(), "prompt")
    call = _str(message, "tool_call_id") or _str(message, "toolCallId")
    content = message.get("content", message.get("message"))
    text = content if isinstance(content, str) else _parts(content)
    if text:
        yield Item(role, text, "", call)
    for part in _list(content):
        if "image" in _str(part, "type").lower():
            yield Item("image", _image(part))
    for made in _list(message.get("tool_calls") or message.get("toolCalls")):
        yield _read_call(made)


def _read_call(call: Mapping[str, Any]) -> Item:
    function = call.get("function") or call
    arguments = function.get("arguments", function.get("parameters"))
    return Item("tool call", _text(arguments), _str(function, "name"), _str(call, "id"))


def _called(result: Mapping[str, Any]) -> tuple[str, str]:
    call = result.get("call") or {}
    return _str(call, "name"), _str(call, "id")


def _parts(content: object) -> str:
    parts = (part.get("text") or part.get("refusal") or "" for part in _list(content))
    return "".join(map(_text, parts))


def _image(part: Mapping[str, Any]) -> str:
    url = part.get("image_url", part.get("imageUrl"))
    return _str(url, "url") if isinstance(url, Mapping) else _text(url)


def _list(value: object) -> Iterable[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def _str(value: Mapping[str, Any], name: str) -> str:
    found = value.get(name)
    return found if isinstance(found, str) else ""


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
