"""What the tests of the script ask it with."""

from __future__ import annotations

import json
from typing import Any

from ocigenai_nb.emulator.brain import Question, Turn, think

WEATHER = {
    "name": "get_weather",
    "description": "Get the current weather in a city",
    "parameters": {
        "type": "object",
        "properties": {
            "city": {"type": "string"},
            "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]},
        },
        "required": ["city"],
    },
}
TIME = {
    "name": "get_time",
    "description": "Current time in a place",
    "parameters": {
        "type": "object",
        "properties": {"place": {"type": "string"}},
        "required": ["place"],
    },
}
CALCULATE = {
    "name": "calculate",
    "description": "Evaluate an arithmetic expression",
    "parameters": {
        "type": "object",
        "properties": {"expression": {"type": "string"}},
        "required": ["expression"],
    },
}
ADD = {
    "name": "addNumbers",
    "parameters": {
        "type": "object",
        "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
        "required": ["a", "b"],
    },
}
TOOLS: list[dict[str, Any]] = [WEATHER, TIME, CALCULATE, ADD]


def ask(prompt: str, *earlier: Turn, **options: Any) -> str:
    question = Question("some.model", [*earlier, Turn("user", prompt)], **options)
    return think(question).text


def call(prompt: str, **options: Any) -> list[tuple[str, dict[str, Any]]]:
    question = Question("some.model", [Turn("user", prompt)], tools=TOOLS, **options)
    return [(use.name, dict(use.arguments)) for use in think(question).calls]


def fill(schema: dict[str, Any], prompt: str) -> Any:
    return json.loads(ask(prompt, schema=schema))
