"""``truncation``: a prompt that is too long for the model loses its oldest messages, if it may.

Source: OpenAI's reference ("by dropping items from the beginning of the conversation"); that the
instructions stay was not observed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ocigenai_nb.emulator.answer import Ask, count_prompt
from ocigenai_nb.emulator.brain import Turn


def drop_oldest(ask: Ask, limit: int, *, told: int) -> Ask:
    """Return ``ask`` with no more than ``limit`` tokens, if leaving out old turns can do that.

    Args:
        ask: The question; its last turn stays.
        limit: The tokens of the model's context.
        told: How many turns at the beginning are the instructions, which stay too.
    """
    head, rest = ask.turns[:told], ask.turns[told:]
    over = count_prompt(ask.turns) - limit
    start = 0
    while start < len(rest) - 1 and (over > 0 or _is_stray(rest, start)):
        over -= count_prompt(rest[start : start + 1])
        start += 1
    return replace(ask, turns=(*head, *rest[start:]))


def _is_stray(turns: Sequence[Turn], start: int) -> bool:
    """Tell whether ``turns`` from ``start`` on begin with a result whose call was left out."""
    return start > 0 and turns[start].role == "tool"
