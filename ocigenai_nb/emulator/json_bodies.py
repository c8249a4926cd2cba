"""JSON as a request brings it: read once, the same way for every service of the emulator.

Rules: RFC 8259: a text in UTF-8, without NaN and the infinities that Python's reader would take. A
number that is too large for a double, half a surrogate pair and ever deeper nesting are allowed
there and of no use to anyone: what holds one is no JSON here.

Known deviation: how deep the service reads is not known; here it is 100 levels.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, Final, NoReturn

_MOST_LEVELS: Final = 100
_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]")


def read_json(body: bytes) -> Any:
    """Return the value that ``body`` holds; ``None`` where it is no JSON, as for ``null``."""
    try:
        text = body.decode()
        value: object = json.loads(text, parse_constant=_refuse, parse_float=_read_float)
        if _SURROGATE.search(text):
            json.dumps(value, ensure_ascii=False).encode()  # fails for half a character
    except (ValueError, RecursionError):
        return None
    return None if _is_deep(text, value) else value


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON.")


def _read_float(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError("The number is too large.")
    return value


def _is_deep(text: str, value: object) -> bool:
    if text.count("[") + text.count("{") <= _MOST_LEVELS:
        return False
    level = [value]
    for _ in range(_MOST_LEVELS):
        level = [inner for outer in level for inner in _list_members(outer)]
    return any(isinstance(inner, dict | list) for inner in level)


def _list_members(value: object) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
