"""Which tools a prompt calls for, and with which arguments."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ocigenai_nb.emulator.brain import evidence
from ocigenai_nb.emulator.brain.arithmetic import find_expression
from ocigenai_nb.emulator.brain.corrections import is_complaint
from ocigenai_nb.emulator.brain.schema_filling import fill_schema
from ocigenai_nb.emulator.brain.talk import Talk

_WORD: Final = re.compile(r"[A-Za-z]{3,}")
_CAMEL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_FILLERS: Final = (
    "all and any are can current fetch find for from function get given has how into its list look "
    "lookup make one out read return returns run search send set tell that the them this tool use "
    "used user what when where which will with you your"
)
_SAYS_NOTHING: Final = frozenset(_FILLERS.split())
_WITHOUT_END: Final = re.compile(r"\bagain and again\b|\bover and over\b", re.IGNORECASE)
_SENTENCE_END: Final = re.compile(r"[.!?\n]")
_NAME_WEIGHT: Final = 2
_ENOUGH: Final = 2


@dataclass(frozen=True, slots=True)
class ToolUse:
    """One call of a tool."""

    name: str
    arguments: Mapping[str, Any]


def pick_tools(
    talk: Talk, tools: Sequence[Mapping[str, Any]], *, choice: str, parallel: bool
) -> tuple[ToolUse, ...]:
    """Return the calls that the last prompt needs; none once their results are there.

    Args:
        talk: The conversation.
        tools: Functions with ``name``, ``description`` and ``parameters``.
        choice: "auto", "none", "required", or the name of the function that must be called.
        parallel: Whether there may be more than one call.
    """
    enough = bool(talk.tool_results) and not _goes_on(talk)
    if not tools or choice == "none" or (enough and choice == "auto"):
        return ()
    wanted = [tool for tool in tools if choice in ("auto", "required", tool["name"])]
    scores = {tool["name"]: _score(talk.prompt, tool) for tool in wanted}
    fitting = [tool for tool in wanted if scores[tool["name"]] >= _ENOUGH]
    fitting.sort(key=lambda tool: _find_first_mention(talk.prompt, tool))
    if not fitting and choice != "auto":
        fitting = [max(wanted, key=lambda tool: scores[tool["name"]])]
    calls = _split_up(talk.prompt, fitting)
    return calls if parallel else calls[:1]


def _goes_on(talk: Talk) -> bool:
    """Tell whether the prompt wants calls without end, and nobody complained about them."""
    told_off = any(is_complaint(turn.text) for turn in talk.tool_results)
    return _WITHOUT_END.search(talk.prompt) is not None and not told_off


def _split_up(prompt: str, tools: Sequence[Mapping[str, Any]]) -> tuple[ToolUse, ...]:
    """Return a call of each tool; a single tool is called for each place the prompt names.

    Where several tools and as many places are named, they go together in order.
    """
    places = _list_places(prompt)
    if len(places) > 1 and all(_count_strings(tool) == 1 for tool in tools):
        if len(tools) == 1:
            return tuple(_call(tools[0], f"in {place}: {prompt}") for place in places)
        if len(tools) == len(places):
            return tuple(_call(t, f"in {p}: {prompt}") for t, p in zip(tools, places, strict=True))
    return tuple(_call(tool, prompt) for tool in tools)


def _list_places(prompt: str) -> list[str]:
    places = evidence.find_places(prompt)
    if not places:
        return []
    sentence = _SENTENCE_END.split(prompt[prompt.index(places[0]) :], maxsplit=1)[0]
    return list(dict.fromkeys([*evidence.find_names(sentence), *places]))


def _count_strings(tool: Mapping[str, Any]) -> int:
    parameters = tool.get("parameters") or {}
    properties = parameters.get("properties", {})
    required = [properties.get(name, {}) for name in parameters.get("required", [])]
    return sum(each.get("type") == "string" and "enum" not in each for each in required)


def _call(tool: Mapping[str, Any], prompt: str) -> ToolUse:
    schema = tool.get("parameters") or {"type": "object"}
    arguments = fill_schema(schema, prompt, answer=prompt, only_required="required" in schema)
    return ToolUse(tool["name"], arguments if isinstance(arguments, dict) else {})


def _find_first_mention(prompt: str, tool: Mapping[str, Any]) -> int:
    positions = (prompt.lower().find(word) for word in _list_name_words(tool))
    return min((position for position in positions if position >= 0), default=len(prompt))


def _list_name_words(tool: Mapping[str, Any]) -> set[str]:
    return _list_words(_CAMEL.sub(" ", tool["name"]).replace("_", " "))


def _score(prompt: str, tool: Mapping[str, Any]) -> int:
    said, name = _list_words(prompt), _list_name_words(tool)
    described = _list_words(str(tool.get("description") or "")) - name
    score = _NAME_WEIGHT * len(said & name) + len(said & described)
    properties = (tool.get("parameters") or {}).get("properties", {})
    if "expression" in properties and find_expression(prompt):
        score += _ENOUGH
    return score


def _list_words(text: str) -> set[str]:
    words = (match[0].lower() for match in _WORD.finditer(text))
    return {word.removesuffix("s") for word in words if word not in _SAYS_NOTHING}
