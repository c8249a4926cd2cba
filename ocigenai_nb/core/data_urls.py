"""Pictures inside JSON: megabytes that nobody wants to read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_DATA_URL = re.compile(r"data:([^,;\s\"]{0,100})(?:;[^,;\s\"]{0,100}){0,9}?;base64,([\w+/=-]{64,})")


def name_data_urls(value: Any) -> Any:
    """The value with its data URLs replaced by their type and size."""
    if isinstance(value, str):
        return _DATA_URL.sub(_name, value) if ";base64," in value else value
    if isinstance(value, Mapping):
        return {name: name_data_urls(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [name_data_urls(item) for item in value]
    return value


def _name(found: re.Match[str]) -> str:
    return f"[{found[1] or 'data'}, {len(found[2]) * 3 // 4:,} bytes]"
