"""Claims: what an answer says, one thing at a time, as a judge found it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True, frozen=True)
class Claim:
    """One thing that an answer says, and what a hook found of it.

    `verdict` is a word such as "grounded", `basis` what it rests on in the hook's own terms, and
    `source` the tool call or document that bears on it; "" where there is none.
    """

    text: str
    verdict: str
    basis: str = ""
    source: str = ""
