"""The input of a response: its items, checked, and what they say.

Rules: ``input`` is a text or a list of items, each with its ``type``; a message's content is a
list of parts: ``input_text``, ``input_image``, ``input_file``, and ``output_text`` or ``refusal``
where the assistant speaks. Each function call has its output and each output its call; ids begin
as the service makes them. Gemini takes no message of the system, nor, when streaming, calls with
an id; gpt-oss takes no reasoning as text.
Source: OpenAI's reference and published error texts; published observations of the live service,
which refused the short form of messages (no type, text as content) in June 2026 and was looser
later: that is ``strict``.

Known deviations: images go to the script alone, which reads no more than their size and color;
files and outputs other than text are accepted unread; Gemini's words are
Google's own; the words for text reasoning were not observed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from ocigenai_nb.emulator.brain import Call, Turn
from ocigenai_nb.emulator.parameters import (
    Rule,
    check,
    check_length,
    refuse,
    refuse_choice,
    refuse_missing,
)
from ocigenai_nb.emulator.responses.ids import PREFIXES
from ocigenai_nb.emulator.responses.parts import HEARD, SPOKEN, TEXTS, read_parts

_SPEAKERS: Final[Mapping[str, Literal["system", "user", "assistant"]]] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
}
_TYPES: Final = (*PREFIXES, "item_reference")
_WORDS: Final = {
    "status": ("in_progress", "completed", "incomplete"),
    "phase": ("commentary", "final_answer"),
}
_LONGEST_CALL_ID: Final = 64
_TEXT: Final = Rule("a string")
_OBJECT: Final = Rule("an object")


@dataclass(frozen=True, slots=True)
class Taste:
    """What one model takes as input."""

    family: str
    stream: bool
    strict: bool
    """Whether the short form of messages is refused."""


def read_items(given: Any, taste: Taste, *, param: str = "input") -> list[dict[str, Any]]:
    """Return the items of ``input``, checked one by one; ``param`` is what else it is called.

    Raises:
        RefusedError: With the words for what is wrong.
    """
    if given is None:
        refuse_missing(param)
    check(given, Rule("a string or an array"), param=param)
    if isinstance(given, str):
        return [_write_message("user", given)]
    return [_read_item(item, f"{param}[{index}]", taste) for index, item in enumerate(given)]


def check_calls(items: Iterable[Mapping[str, Any]]) -> None:
    """Refuse a thread in which a function call lacks its output, or an output its call."""
    open_calls: list[str] = []
    for item in items:
        if item["type"] == "function_call":
            open_calls.append(item["call_id"])
        elif item["type"] == "function_call_output":
            if item["call_id"] not in open_calls:
                call_id = item["call_id"]
                refuse(
                    f"No tool call found for function call output with call_id {call_id}.",
                    param="input",
                    code=None,
                )
            open_calls.remove(item["call_id"])
    if open_calls:
        refuse(f"No tool output found for function call {open_calls[0]}.", param="input", code=None)


def read_turns(
    items: Iterable[Mapping[str, Any]], open_sealed: Callable[[str], Iterable[Turn]]
) -> Iterator[Turn]:
    """Yield what was said in ``items``; a tool's result carries the name of the tool.

    Args:
        items: Items that were checked.
        open_sealed: Returns what was said in the content of a compaction.
    """
    names: dict[str, str] = {}
    for item in items:
        if item["type"] == "message":
            images = _list_images(item["content"])
            yield Turn(_SPEAKERS[item["role"]], _join(item["content"]), images=images)
        elif item["type"] == "function_call":
            names[item["call_id"]] = item["name"]
            call = Call(item["call_id"], item["name"], item["arguments"])
            yield Turn("assistant", "", calls=(call,))
        elif item["type"] == "function_call_output":
            output = item["output"]
            text = output if isinstance(output, str) else _join(output)
            call_id = item["call_id"]
            yield Turn("tool", text, names.get(call_id), call_id=call_id)
        elif item["type"] == "compaction":
            yield from open_sealed(item["encrypted_content"])


def _join(parts: Sequence[Mapping[str, Any]]) -> str:
    return "".join(part[TEXTS[part["type"]]] for part in parts if part["type"] in TEXTS)


def _list_images(parts: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    urls = (part.get("image_url") for part in parts if part["type"] == "input_image")
    return tuple(url for url in urls if isinstance(url, str))


def _write_message(role: str, text: str) -> dict[str, Any]:
    said: dict[str, Any] = {"type": "input_text", "text": text}
    if role == "assistant":
        said = {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
    return {"type": "message", "role": role, "content": [said]}


def _read_item(item: Any, where: str, taste: Taste) -> dict[str, Any]:
    check(item, _OBJECT, param=where)
    kind = item.get("type")
    if kind is None and not taste.strict:
        kind = "item_reference" if item.keys() <= {"id", "type"} else "message"
    if kind is None:
        refuse_missing(f"{where}.type")
    if kind not in _TYPES:
        refuse_choice(kind, _TYPES, param=f"{where}.type")
    _check_id(item.get("id"), PREFIXES.get(kind, ""), f"{where}.id")
    for name, allowed in _WORDS.items():
        if item.get(name) is not None and item[name] not in allowed:
            refuse_choice(item[name], allowed, param=f"{where}.{name}")
    return {**_READERS[kind](item, where, taste), "type": kind}


def _check_id(item_id: Any, prefix: str, where: str) -> None:
    if item_id is None:
        return
    check(item_id, _TEXT, param=where)
    if not item_id.startswith(prefix):
        refuse(
            f"Invalid '{where}': '{item_id}'. "
            f"Expected an ID that begins with '{prefix.rstrip('_')}'.",
            param=where,
        )


def _read_message(item: dict[str, Any], where: str, taste: Taste) -> dict[str, Any]:
    role = item.get("role")
    if role is None:
        refuse_missing(f"{where}.role")
    if role not in tuple(_SPEAKERS):  # of what came, not all can be looked up
        refuse_choice(role, tuple(_SPEAKERS), param=f"{where}.role")
    if role == "system" and taste.family == "gemini":
        refuse("Please use a valid role: user, model.", param=f"{where}.role")
    content = item.get("content")
    if isinstance(content, str) and not taste.strict:
        return {**item, **_write_message(role, content)}
    if content is None:
        refuse_missing(f"{where}.content")
    check(content, Rule("an array"), param=f"{where}.content")
    allowed = SPOKEN if role == "assistant" else HEARD
    return {**item, "content": read_parts(content, f"{where}.content", allowed)}


def _read_reasoning(item: dict[str, Any], where: str, taste: Taste) -> dict[str, Any]:
    if "summary" not in item:
        refuse_missing(f"{where}.summary")
    check(item["summary"], Rule("an array"), param=f"{where}.summary")
    read = {"summary": read_parts(item["summary"], f"{where}.summary", ("summary_text",))}
    if item.get("encrypted_content") is not None:
        check(item["encrypted_content"], _TEXT, param=f"{where}.encrypted_content")
    if item.get("content") and taste.family == "gpt-oss":
        refuse_choice("reasoning_text", (*HEARD, *SPOKEN), param=f"{where}.content[0].type")
    if item.get("content") is not None:
        check(item["content"], Rule("an array"), param=f"{where}.content")
        read["content"] = read_parts(item["content"], f"{where}.content", ("reasoning_text",))
    return {**item, **read}


def _read_call(item: dict[str, Any], where: str, taste: Taste) -> dict[str, Any]:
    for name in ("call_id", "name", "arguments"):
        _check_text(item, name, where)
    _check_call_id(item, where)
    if item.get("id") is not None and taste.family == "gemini" and taste.stream:
        refuse(
            f"Invalid JSON payload received. Unknown name \"id\" at '{where}': Cannot find field.",
            param=f"{where}.id",
        )
    return item


def _read_output(item: dict[str, Any], where: str, _taste: Taste) -> dict[str, Any]:
    _check_text(item, "call_id", where)
    _check_call_id(item, where)
    if item.get("output") is None:
        refuse_missing(f"{where}.output")
    check(item["output"], Rule("a string or an array"), param=f"{where}.output")
    if isinstance(item["output"], list):
        return {**item, "output": read_parts(item["output"], f"{where}.output", HEARD)}
    return item


def _check_call_id(item: Mapping[str, Any], where: str) -> None:
    name = f"{where}.call_id"
    check_length(item["call_id"], shortest=1, longest=_LONGEST_CALL_ID, param=name)


def _read_compaction(item: dict[str, Any], where: str, _taste: Taste) -> dict[str, Any]:
    _check_text(item, "encrypted_content", where)
    return item


def _read_reference(item: dict[str, Any], where: str, _taste: Taste) -> dict[str, Any]:
    _check_text(item, "id", where)
    return item


def _check_text(item: Mapping[str, Any], name: str, where: str) -> None:
    if item.get(name) is None:
        refuse_missing(f"{where}.{name}")
    check(item[name], _TEXT, param=f"{where}.{name}")


def _read_search(item: dict[str, Any], where: str, _taste: Taste) -> dict[str, Any]:
    check(item.get("queries"), Rule("an array"), param=f"{where}.queries")
    for index, query in enumerate(item["queries"]):
        check(query, _TEXT, param=f"{where}.queries[{index}]")
    return item


_READERS: Final[Mapping[str, Callable[[dict[str, Any], str, Taste], dict[str, Any]]]] = {
    "message": _read_message,
    "reasoning": _read_reasoning,
    "function_call": _read_call,
    "function_call_output": _read_output,
    "compaction": _read_compaction,
    "file_search_call": _read_search,
    "item_reference": _read_reference,
}
