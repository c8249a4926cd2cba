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

KEYS: Final = {
    "us-chicago-1": "ORD",
    "us-ashburn-1": "IAD",
    "us-phoenix-1": "PHX",
    "sa-saopaulo-1": "GRU",
    "eu-frankfurt-1": "FRA",
    "uk-london-1": "LHR",
    "me-riyadh-1": "RUH",
    "me-abudhabi-1": "AUH",
    "ap-hyderabad-1": "HYD",
    "ap-osaka-1": "KIX",
}
"""Regions of the service, and the three letters that an instance's metadata has for each."""

_REGION: Final = re.compile(rf"{REGIONS}/({NAME.pattern})(?=/|$)")


def split_region(target: str) -> tuple[str | None, str]:
    """Return the region that a request target begins with, if any, and the rest of it."""
    found = _REGION.match(target)
    return (found[1], target[found.end() :]) if found else (None, target)
