"""OCIDs: what kind of thing one names, and where that thing is.

Rule: `ocid1.<kind>.<realm>.<region>.<unique part>`; the region is written as its name or its
three-letter code (`iad`), and left out where a thing belongs to no region. Source: Oracle's page
on resource identifiers; the ids of the control plane's lists.
"""

from __future__ import annotations

from .endpoints import resolve_region
from .errors import ConfigError

_MODEL = "ocid1.generativeaimodel."


def is_model_ocid(text: str) -> bool:
    """Whether it is the OCID of a model, which each region lists under one of its own."""
    return text.lower().startswith(_MODEL)


def home_region(ocid: str) -> str | None:
    """The region that an OCID names; None where it names none that is known, or is no OCID."""
    parts = ocid.lower().split(".")
    if parts[0] != "ocid1" or len(parts) < 5:
        return None
    try:
        region, known = resolve_region(parts[3])
    except ConfigError:
        return None
    return region.name if known else None
