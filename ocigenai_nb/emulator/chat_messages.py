"""The messages of a chat-completions request: their shape and their order.

Source: OpenAI's API reference and published error texts.

Known deviations: images go to the script alone, which reads no more than their size and color;
audio and files are accepted unread; names and refusals are ignored.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Literal

from ocigenai_nb.emulator.brain import Call, Turn
from ocigenai_nb.emulator.parameters import Rule, check, refuse, refuse_choice, refuse_missing

_SPEAKERS: Final[Mapping[str, Literal["system", "user", "assistant", "tool"]]] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
    "tool": "tool",
}
_PARTS: Final = ("text", "image_url", "input_audio", "file", "refusal")


def check_messages(messages: Any, *, calls_have_ids: bool) -> None:
    """Refuse messages that are malformed or whose tool results do not follow their calls.

    Args:
        messages: What the request holds.
        calls_have_ids: Whether the family's tool calls have ids that results must name.
    """
    if messages is None:
        refuse_missing("messages")
    check(messages, Rule("an array"), param="messages")
    if not messages:
        refuse(
            "Invalid 'messages': empty array. Expected an array with minimum length 1, "
            "but got an empty array instead.",
            param="messages",
            code="empty_array",
        )
    for index, message in enumerate(messages):
        _check_message(message, f"messages[{index}]")
    if calls_have_ids:
        _check_order(messages)


def read_turns(messages: Iterable[Mapping[str, Any]]) -> Iterable[Turn]:
    """Yield what was said in ``messages``; a tool's result carries the name of the tool."""
    names: dict[object, str] = {}
    for message in messages:
        calls = tuple(map(_read_call, message.get("tool_calls") or ()))
        names |= {call.id: call.name for call in calls}
        call_id = _read_word(message.get("tool_call_id"))
        tool = names.get(call_id) or message.get("name")
        role, text, images = _SPEAKERS[message["role"]], _read_text(message), _list_images(message)
        yield Turn(role, text, tool, calls, call_id, images)


def _read_call(call: Mapping[str, Any]) -> Call:
    function = call.get("function") or {}
    arguments = _read_word(function.get("arguments")) or "{}"
    return Call(_read_word(call.get("id")), _read_word(function.get("name")) or "", arguments)


def _read_word(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _read_text(message: Mapping[str, Any]) -> str:
    content = message.get("content")
    if isinstance(content, str):
        return content
    return "".join(part.get("text", "") for part in content or () if part.get("type") == "text")


def _list_images(message: Mapping[str, Any]) -> tuple[str, ...]:
    content = message.get("content")
    parts = content if isinstance(content, list) else ()
    return tuple(part["image_url"]["url"] for part in parts if part.get("type") == "image_url")


def _check_message(message: Any, where: str) -> None:
    check(message, Rule("an object"), param=where)
    role = message.get("role")
    if role is None:
        refuse_missing(f"{where}.role")
    if role not in tuple(_SPEAKERS):  # of what came, not all can be looked up
        refuse_choice(role, tuple(_SPEAKERS), param=f"{where}.role")
    _check_calls(message.get("tool_calls"), f"{where}.tool_calls")
    _check_content(message.get("content"), f"{where}.content", optional=role == "assistant")


def _check_calls(calls: Any, where: str) -> None:
    if calls is not None:
        check(calls, Rule("an array"), param=where)
        for index, call in enumerate(calls):
            check(call, Rule("an object"), param=f"{where}[{index}]")
            check(call.get("function"), Rule("an object"), param=f"{where}[{index}].function")


def _check_content(content: Any, where: str, *, optional: bool) -> None:
    if content is None:
        if not optional:
            refuse_missing(where)
        return
    check(content, Rule("a string or an array"), param=where)
    for index, part in enumerate(content if isinstance(content, list) else ()):
        _check_part(part, f"{where}[{index}]")


def _check_part(part: Any, where: str) -> None:
    check(part, Rule("an object"), param=where)
    if part.get("type") not in _PARTS:
        refuse_choice(part.get("type"), _PARTS, param=f"{where}.type")
    if part["type"] == "text":
        check(part.get("text"), Rule("a string"), param=f"{where}.text")
    if part["type"] == "image_url":
        check(part.get("image_url"), Rule("an object"), param=f"{where}.image_url")
        url = part["image_url"].get("url")
        check(url, Rule("a string"), param=f"{where}.image_url.url")


def _check_order(messages: Sequence[Mapping[str, Any]]) -> None:
    """Every tool result answers a call right before it, and every call has its result."""
    open_calls: list[str] = []
    for index, message in enumerate(messages):
        if message["role"] == "tool":
            if message.get("tool_call_id") not in open_calls:
                refuse(
                    "Invalid parameter: messages with role 'tool' must be a response to a "
                    "preceeding message with 'tool_calls'.",
                    param=f"messages[{index}].role",
                    code=None,
                )
            open_calls.remove(message["tool_call_id"])
            continue
        _check_answered(open_calls, index)
        open_calls = [call.get("id") for call in message.get("tool_calls") or ()]
    _check_answered(open_calls, len(messages))


def _check_answered(open_calls: Sequence[str], index: int) -> None:
    if open_calls:
        refuse(
            "An assistant message with 'tool_calls' must be followed by tool messages responding "
            "to each 'tool_call_id'. The following tool_call_ids did not have response messages: "
            f"{', '.join(map(str, open_calls))}",
            param=f"messages[{index}].role",
            code=None,
        )
