"""The tools of a response.

Rules: functions are flat (name and parameters beside the type). The choice is a word, one function
or a list of allowed ones. xAI takes no empty list, and its multi-agent models no functions of the
client; web search is for OpenAI's models.
Source: OpenAI's reference and published error texts; published observations of the live service.

Known deviations: which of the allowed tools may be called is said by "auto" (where the mode is
left out) or "required", not by "none", which the Open Responses specification has too. What must
be called may be a function or the search of files, no other tool of the service. Of the tools that
the service runs itself only ``file_search`` is used, and read by ``search_tools``; of the others
the type is checked, and that "mcp" and "code_interpreter" say what they are about. The words about
web search were not observed, those about client-side tools not to their end.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from ocigenai_nb.emulator.parameters import (
    Rule,
    check,
    check_length,
    check_schema,
    check_some,
    refuse,
    refuse_choice,
    refuse_missing,
)
from ocigenai_nb.emulator.refusals import Refusal, RefusedError
from ocigenai_nb.emulator.responses.search_tools import read_search_tool
from ocigenai_nb.model_facts import ModelFacts

_WEB: Final = ("web_search", "web_search_preview")
_TYPES: Final = ("function", "mcp", "file_search", "code_interpreter", *_WEB)
_WORDS: Final = ("none", "auto", "required")
_NAMED: Final = ("function", "file_search")
_NEEDED: Final = {"mcp": "server_label", "code_interpreter": "container"}
_LONGEST_NAME: Final = 64
_FUNCTION_NAME: Final = re.compile(r"[a-zA-Z0-9_-]+")
_NO_CLIENT_TOOLS: Final = Refusal(
    400,
    {
        "code": "invalid-argument",
        "error": "Client-side tools for multi-agent models require beta access.",
    },
)


def read_tools(tools: list[Any], facts: ModelFacts) -> list[dict[str, Any]]:
    """Return the tools as a response states them.

    Raises:
        RefusedError: With the words for what is wrong.
    """
    if facts["vendor"] == "xai":
        check_some(tools, param="tools")
    return [_read_tool(tool, f"tools[{index}]", facts) for index, tool in enumerate(tools)]


def list_functions(
    tools: Sequence[Mapping[str, Any]], choice: str | Mapping[str, Any]
) -> list[Mapping[str, Any]]:
    """Return the functions that may be called."""
    functions = [tool for tool in tools if tool["type"] == "function"]
    if isinstance(choice, str) or choice["type"] != "allowed_tools":
        return functions
    allowed = [tool.get("name") for tool in choice["tools"]]
    return [function for function in functions if function["name"] in allowed]


def name_choice(choice: str | Mapping[str, Any]) -> str:
    """Return the choice as one word: "auto", "none", "required" or a function's name."""
    if isinstance(choice, str):
        return choice
    if choice["type"] == "file_search":
        return "none"  # the service searches; no function is called
    return str(choice["name"] if choice["type"] == "function" else choice["mode"])


def read_choice(choice: Any, tools: Sequence[Mapping[str, Any]]) -> str | dict[str, Any]:
    """Return the choice as a response states it.

    Raises:
        RefusedError: If it is none.
    """
    if isinstance(choice, str):
        if choice not in _WORDS:
            refuse_choice(choice, _WORDS, param="tool_choice")
        if choice == "required" and not tools:
            refuse(
                "Tool choice 'required' must be specified with 'tools' parameter.",
                param="tool_choice",
            )
        return choice
    if choice.get("type") == "allowed_tools":
        return _read_allowed(choice, tools)
    if choice.get("type") not in _NAMED:
        kinds = ("function", "allowed_tools", "file_search")
        refuse_choice(choice.get("type"), kinds, param="tool_choice.type")
    _check_listed(choice, tools)
    return dict(choice)


def _read_allowed(choice: Mapping[str, Any], tools: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    allowed, mode = choice.get("tools"), choice.get("mode", "auto")
    if mode not in _WORDS[1:]:
        refuse_choice(mode, _WORDS[1:], param="tool_choice.mode")
    check(allowed, Rule("an array"), param="tool_choice.tools")
    check_some(list(allowed or ()), param="tool_choice.tools")
    for index, tool in enumerate(allowed or ()):
        check(tool, Rule("an object"), param=f"tool_choice.tools[{index}]")
        _check_listed(tool, tools)
    return {**choice, "mode": mode}


def _check_listed(tool: Mapping[str, Any], tools: Sequence[Mapping[str, Any]]) -> None:
    """Refuse ``tool``, which is chosen, unless it is one of ``tools``."""
    kind, name = tool.get("type"), tool.get("name")
    if kind == "function" and name not in [known.get("name") for known in tools]:
        words = f"Tool choice 'function' not found in 'tools' parameter: {name}"
        refuse(words, param="tool_choice")
    if kind not in [known["type"] for known in tools]:
        refuse(f"Tool choice '{kind}' not found in 'tools' parameter.", param="tool_choice")


def _read_tool(tool: Any, where: str, facts: ModelFacts) -> dict[str, Any]:
    check(tool, Rule("an object"), param=where)
    kind = tool.get("type")
    if kind not in _TYPES:
        refuse_choice(kind, _TYPES, param=f"{where}.type")
    if kind in _WEB and facts["vendor"] != "openai":
        refuse(f"Tool '{kind}' is not supported with this model.", param=f"{where}.type")
    if kind == "file_search":
        return read_search_tool(tool, where)
    if kind in _NEEDED and tool.get(_NEEDED[kind]) is None:
        refuse_missing(f"{where}.{_NEEDED[kind]}")
    if kind != "function":
        return {name: value for name, value in tool.items() if value is not None}
    if "multi-agent" in facts["id"]:
        raise RefusedError(_NO_CLIENT_TOOLS)
    _check_function(tool, where)
    described = {"description": None, "parameters": None, "strict": True}
    return {**described, **tool}


def _check_function(tool: Mapping[str, Any], where: str) -> None:
    if tool.get("name") is None:
        refuse_missing(f"{where}.name")
    check(tool["name"], Rule("a string"), param=f"{where}.name")
    if not _FUNCTION_NAME.fullmatch(tool["name"]):
        refuse(
            f"Invalid '{where}.name': string does not match pattern. "
            "Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.",
            param=f"{where}.name",
        )
    check_length(tool["name"], longest=_LONGEST_NAME, param=f"{where}.name")
    for name, kind in (("description", "a string"), ("strict", "a boolean")):
        if tool.get(name) is not None:
            check(tool[name], Rule(kind), param=f"{where}.{name}")
    if tool.get("parameters") is not None:
        check(tool["parameters"], Rule("an object"), param=f"{where}.parameters")
        of = f"function '{tool['name']}'"
        check_schema(tool["parameters"], of=of, param=f"{where}.parameters")
