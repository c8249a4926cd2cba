"""Ids of responses and their items: a prefix that says of what, and random hex."""

from __future__ import annotations

import uuid
from typing import Final

PREFIXES: Final = {
    "message": "msg_",
    "reasoning": "rs_",
    "function_call": "fc_",
    "function_call_output": "fco_",
    "compaction": "cmp_",
    "file_search_call": "fs_",
}
"""What the id of an item begins with, by the item's type."""


def make_id(prefix: str) -> str:
    """Return a new id."""
    return prefix + uuid.uuid4().hex


def name_item(item: dict[str, object]) -> dict[str, object]:
    """Return ``item`` as it is kept: with an id, a new one where it has none, and a status."""
    kind = str(item["type"])
    known = {name: value for name, value in item.items() if value is not None}
    status = {} if kind in {"reasoning", "compaction"} else {"status": "completed"}
    return {"id": make_id(PREFIXES[kind]), **status, **known}
