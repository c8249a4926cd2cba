"""The sentence that helps with a name that was almost right."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from difflib import SequenceMatcher, get_close_matches

_FAR = 0.15  # less alike than the nearest by this much, a name is not worth naming beside it


def suggest(name: str, known: Iterable[str], *, show: Callable[[str], str] = str) -> str:
    """`" Did you mean 'x'?"` for the nearest of the known names; empty when none is near.

    `show` turns a way to write a name into the name to show.
    """
    by_lower = {written.lower(): show(written) for written in known}
    near = get_close_matches(name.lower(), by_lower, n=3, cutoff=0.6)
    if not near:
        return ""
    likeness = {match: SequenceMatcher(None, match, name.lower()).ratio() for match in near}
    least = max(likeness.values()) - _FAR
    names = dict.fromkeys(by_lower[match] for match in near if likeness[match] >= least)
    return f" Did you mean {' or '.join(repr(full) for full in names)}?"
