"""Which region a request is for: the caller's home, or the one that its path begins with.

Rules: a tenancy is known in the regions it has subscribed to. Anywhere else a key is unknown, and
the answer is 401.

Known deviations: a real region is a host, ``inference.generativeai.<region>...``; here a tenancy's
home region is at the root, and every region below ``/regions/<region>``, which is part of what is
signed. That an unsubscribed region answers 401 is what keys do that are not known there; it was
not observed. The identity services are at the root alone.
"""

from __future__ import annotations

import re
from typing import Final

REGIONS: Final = "/regions"
"""What the path of a region begins with."""

NAME: Final = re.compile(r"[a-z]{2,3}-[a-z]+-[1-9]")
"""What a region's name looks like."""

_REGION: Final = re.compile(rf"{REGIONS}/({NAME.pattern})(?=/|$)")


def split_region(target: str) -> tuple[str | None, str]:
    """Return the region that a request target begins with, if any, and the rest of it."""
    found = _REGION.match(target)
    return (found[1], target[found.end() :]) if found else (None, target)
