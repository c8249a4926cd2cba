"""The tools of a response.

Rules: functions are flat (name and parameters beside the type). The choice is a word, one function
or a list of allowed ones. xAI takes no empty list, and its multi-agent models no functions of the
client; web search is for OpenAI's models.
Source: OpenAI's reference and published error texts; published observations of the live service.

Known deviations: of the tools that the service runs itself only ``file_search`` is used, and read
by ``search_tools``; of the others the type is checked, nothing more. The words about web search
were not observed, those about client-side tools not to their end.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from ocigenai_nb.emulator.parameters import (
    Rule,
    check,
    check_schema,
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
    if not tools and facts["vendor"] == "xai":
        refuse(
            "Invalid 'tools': empty array. Expected an array with minimum length 1, "
            "but got an empty array instead.",
            param="tools",
            code="empty_array",
        )
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


def check_choice(choice: Any, tools: Sequence[Mapping[str, Any]]) -> None:
    """Refuse a choice that is none."""
    if isinstance(choice, str):
        if choice not in _WORDS:
            refuse_choice(choice, _WORDS, param="tool_choice")
        return
    kind = choice.get("type")
    if kind == "allowed_tools":
        check(choice.get("tools"), Rule("an array"), param="tool_choice.tools")
        if choice.get("mode") not in _WORDS[1:]:
            refuse_choice(choice.get("mode"), _WORDS[1:], param="tool_choice.mode")
    elif kind == "file_search":
        if kind not in [tool["type"] for tool in tools]:
            words = f"Tool choice '{kind}' not found in 'tools' parameter."
            refuse(words, param="tool_choice")
    elif kind != "function":
        refuse_choice(kind, ("function", "allowed_tools", "file_search"), param="tool_choice.type")
    elif choice.get("name") not in [tool.get("name") for tool in tools]:
        refuse(
            f"Tool choice 'function' not found in 'tools' parameter: {choice.get('name')}",
            param="tool_choice",
        )


def _read_tool(tool: Any, where: str, facts: ModelFacts) -> dict[str, Any]:
    check(tool, Rule("an object"), param=where)
    kind = tool.get("type")
    if kind not in _TYPES:
        refuse_choice(kind, _TYPES, param=f"{where}.type")
    if kind in _WEB and facts["vendor"] != "openai":
        refuse(f"Tool '{kind}' is not supported with this model.", param=f"{where}.type")
    if kind == "file_search":
        return read_search_tool(tool, where)
    if kind != "function":
        return dict(tool)
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
    if tool.get("parameters") is not None:
        check(tool["parameters"], Rule("an object"), param=f"{where}.parameters")
        of = f"function '{tool['name']}'"
        check_schema(tool["parameters"], of=of, param=f"{where}.parameters")
