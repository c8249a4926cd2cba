"""The journal as DataFrames."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from .journal_entry import COLUMNS, Row
from .journal_packing import unpack
from .journal_rounds import read_judged, read_rounds

if TYPE_CHECKING:
    import pandas as pd

_WIRE = {"packed_request": "request", "packed_events": "events", "packed_earlier": "earlier"}
_TYPES = {
    "at": "datetime64[us, UTC]",
    "emulated": "bool",
    **dict.fromkeys(("turn", "parent", "attempts", "rounds"), "Int64"),
    **dict.fromkeys(
        ("input_tokens", "output_tokens", "cached_tokens", "reasoning_tokens"), "Int64"
    ),
    **dict.fromkeys(("ttft", "total", "tokens_per_second", "cost"), "float64"),
}

ENTRY_COLUMNS = tuple(name for name in COLUMNS if name not in _WIRE)
"""The columns without what was sent and what came."""


def frame_entries(rows: list[Row], columns: tuple[str, ...]) -> pd.DataFrame:
    """Rows as a DataFrame: times in UTC, whole numbers that may be missing, text as text.

    Of the rounds there are their number and the names of the tools that were called for.
    """
    import pandas as pd

    frame = pd.DataFrame(rows, columns=list(columns), dtype="object")
    frame["at"] = pd.to_datetime(frame["at"], utc=True, format="ISO8601")
    frame["notices"] = frame["notices"].map(lambda notices: "\n".join(json.loads(notices)))
    frame["judged"] = frame["judged"].map(_write_verdicts)
    tools = [_name_tools(packed) for packed in frame["packed_rounds"]]
    frame.insert(columns.index("packed_rounds"), "tools", [names for _, names in tools])
    frame["packed_rounds"] = [count for count, _ in tools]
    for packed in _WIRE.keys() & set(columns):
        frame[packed] = frame[packed].map(unpack)
    frame = frame.rename(columns={"packed_rounds": "rounds", **_WIRE})
    return frame.astype({name: _TYPES.get(name, "string") for name in frame.columns})


def sum_costs(entries: pd.DataFrame) -> pd.DataFrame:
    """What entries add up to, by model and by who answered; the dearest first."""
    groups = entries.assign(not_estimated=entries["cost"].isna()).groupby(["model", "emulated"])
    sums = groups.agg(
        exchanges=("turn", "size"),
        input_tokens=("input_tokens", "sum"),
        cached_tokens=("cached_tokens", "sum"),
        output_tokens=("output_tokens", "sum"),
        estimated_usd=("cost", "sum"),
        not_estimated=("not_estimated", "sum"),
    )
    return sums.reset_index().sort_values("estimated_usd", ascending=False, ignore_index=True)


def _name_tools(packed: bytes) -> tuple[int, str]:
    """How many rounds there were, and the tools that were called for in them."""
    rounds = read_rounds(packed)
    names = dict.fromkeys(call.name for each in rounds for call in each.tool_calls)
    return len(rounds), ", ".join(names)


def _write_verdicts(judged: str) -> str:
    """What hooks found, a line for each."""
    return "\n".join(f"{each.by}: {each.verdict}" for each in read_judged(judged))
