"""The tool ``file_search`` as a request describes it: which stores, how much of what is found.

Source: OpenAI's reference. Known deviation: the words for a missing or empty list of stores are
OpenAI's usual ones; they were not observed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ocigenai_nb.emulator.files.searching import read_options
from ocigenai_nb.emulator.parameters import Rule, check, check_some, refuse_missing

KIND: Final = "file_search"
"""The type of the tool."""
USUAL: Final = 20
"""How many chunks are found where the tool doesn't say."""


def read_search_tool(tool: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Return the tool as a response states it.

    Raises:
        RefusedError: With the words for what is wrong.
    """
    name = f"{where}.vector_store_ids"
    store_ids = tool.get("vector_store_ids")
    if store_ids is None:
        refuse_missing(name)
    check(store_ids, Rule("an array"), param=name)
    check_some(store_ids, param=name)
    for index, store_id in enumerate(store_ids):
        check(store_id, Rule("a string"), param=f"{name}[{index}]")
    given = {key: value for key, value in tool.items() if value is not None}
    read_options(given, (), usual=USUAL, where=f"{where}.")
    ranking = {"ranker": "auto", "score_threshold": 0.0, **given.get("ranking_options", {})}
    return {"filters": None, "max_num_results": USUAL, **given, "ranking_options": ranking}
