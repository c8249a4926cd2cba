"""What the control plane's list of models means: one line a name, and how it can be called.

Rules, from a dump of 13 regions (July 2026) and what was seen of them since: every entry says
ACTIVE; `displayName` is what requests carry; a name may have several entries, of which those for
fine-tuning alone can't be called; a `timeOnDemandRetired` in the past, 1970 even, says that on
demand a model is not here (any more), but a missing one does not say that it is. So what is known
of the model besides is weighed in, and where the two do not agree it is "not known".

A dedicated endpoint names the entry of the model that it serves, and is called by its own OCID,
while it is ACTIVE or being changed. Source: the `oci` SDK 2.189 (`EndpointSummary`).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias, get_args

from ocigenai_nb.model_facts import ModelFacts

from .catalog import find_model
from .errors import UnknownModelError
from .ocids import home_region
from .routing import shorten

Access: TypeAlias = Literal["on demand", "endpoint", "not known", "dedicated only", "retired"]
"""How a model can be called in a region, the best first."""

_ACCESS: Final[tuple[Access, ...]] = get_args(Access)
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_TUNING = "FINE_TUNE"
_SERVING: Final = ("ACTIVE", "UPDATING")
_KINDS: Final = (
    ("CHAT", "chat"),
    ("TEXT_GENERATION", "chat"),
    ("TEXT_EMBEDDINGS", "embed"),
    ("TEXT_RERANK", "rerank"),
    ("TEXT_TO_AUDIO", "speech"),
    ("AUDIO_TO_TEXT", "speech"),
    ("REALTIME", "speech"),
    ("TEXT_TO_VIDEO", "video"),
)


@dataclass(frozen=True, slots=True)
class ListedModel:
    """A model of a region's list. Days are ISO; `ends` is that of the access there is, or was.

    `ocid` is what a request may carry in place of `name`. `facts` is what else is known of it.
    Of a dedicated endpoint, both are its OCID, `base` is the model that it serves, which `facts`
    are of, and `title` what it is called in the Console.
    """

    name: str
    ocid: str
    vendor: str
    kind: str
    access: Access
    deprecated: str | None
    ends: str | None
    facts: ModelFacts | None
    base: str | None = None
    title: str = ""

    @property
    def rank(self) -> tuple[int, bool, str]:
        """Sorts the best access first, in it chat models first, then by name."""
        return _ACCESS.index(self.access), self.kind != "chat", self.name


def read_model_list(items: Iterable[object], region: str, day: str) -> list[ListedModel]:
    """The models of a list's items, as they are on `day` (ISO) in `region`, the best access first.

    An item that is no model, and a model that is there for fine-tuning only, are left out.
    """
    entries: defaultdict[str, list[ListedModel]] = defaultdict(list)
    for item in items:
        if isinstance(item, dict) and (found := _read_item(item, region, day)) is not None:
            entries[found.name].append(found)
    best = (min(found, key=lambda entry: _ACCESS.index(entry.access)) for found in entries.values())
    return sorted(best, key=lambda entry: entry.rank)


def read_endpoint_list(endpoints: Iterable[object], items: Iterable[object]) -> list[ListedModel]:
    """The dedicated endpoints that answer, with what `items`, the list of models, says of each.

    Where the list does not have the model that one serves, the endpoint's kind is "other".
    """
    listed = {str(item.get("id")): item for item in items if isinstance(item, dict)}
    return [
        _read_endpoint(each, listed)
        for each in endpoints
        if isinstance(each, dict)
        and isinstance(each.get("id"), str)
        and each.get("lifecycleState") in _SERVING
    ]


def _read_endpoint(item: Mapping[str, Any], listed: Mapping[str, Any]) -> ListedModel:
    served = listed.get(str(item.get("modelId")), {})
    base = listed.get(str(served.get("baseModelId")), served)  # what one's own model was made of
    name, given = base.get("displayName"), base.get("capabilities")
    facts = find_model(name) if isinstance(name, str) else None
    return ListedModel(
        name=item["id"],
        ocid=item["id"],
        vendor=str(base.get("vendor") or ""),
        kind=facts["kind"] if facts is not None else _find_kind(given),
        access="endpoint",
        deprecated=_read_day(base.get("timeDeprecated")),
        ends=_read_day(base.get("timeDedicatedRetired")),
        facts=facts,
        base=name if isinstance(name, str) else None,
        title=str(item.get("displayName") or ""),
    )


def check_home(ocid: str, region: str) -> None:
    """Raises UnknownModelError for the OCID of another region's model than `region`'s."""
    home = home_region(ocid)
    if home not in {None, region}:
        raise UnknownModelError(
            f"{shorten(ocid)} is a model's OCID in {home}, and requests go to {region}.",
            remedy=f"Give the model's name, which is the same everywhere, or region={home!r}.",
        )


def find_listed_name(items: Iterable[object], ocid: str, region: str) -> str:
    """What requests call the model with that OCID, by the list of models of `region`.

    Raises UnknownModelError for one that the list does not have, and for a model of one's own,
    which is called through a dedicated endpoint.
    """
    for item in items:
        if not isinstance(item, dict) or str(item.get("id")).lower() != ocid.lower():
            continue
        if item.get("type") == "CUSTOM":
            raise UnknownModelError(
                f"{shorten(ocid)} is a model of your own, which is called through an endpoint.",
                remedy="Give the OCID of its endpoint; connection.models() lists those there are.",
            )
        return str(item.get("displayName"))
    raise UnknownModelError(
        f"The control plane lists no model with the OCID {shorten(ocid)} in {region}.",
        remedy="Give the model's name; connection.models() lists what is here.",
    )


def _read_item(item: Mapping[str, Any], region: str, day: str) -> ListedModel | None:
    name, ocid, given = item.get("displayName"), item.get("id"), item.get("capabilities")
    if not (isinstance(name, str) and isinstance(ocid, str) and isinstance(given, list)):
        return None
    if set(given) == {_TUNING}:
        return None
    facts = find_model(name)
    over = _read_day(item.get("timeOnDemandRetired"))
    dedicated = _read_day(item.get("timeDedicatedRetired"))
    custom = item.get("type") == "CUSTOM"
    access = _find_access(facts, region, day, over=over, dedicated=dedicated, custom=custom)
    return ListedModel(
        name=name,
        ocid=ocid,
        vendor=str(item.get("vendor") or name.partition(".")[0]),
        kind=facts["kind"] if facts is not None else _find_kind(given),
        access=access,
        deprecated=_read_day(item.get("timeDeprecated")),
        ends=_find_end(access, facts, over=over, dedicated=dedicated),
        facts=facts,
    )


def _find_access(
    facts: ModelFacts | None,
    region: str,
    day: str,
    *,
    over: str | None,
    dedicated: str | None,
    custom: bool,
) -> Access:
    known_end = facts is not None and facts["retired"] is not None and facts["retired"] <= day
    if dedicated is not None and dedicated <= day:
        return "retired"
    if over is not None and over <= day:
        return "retired" if known_end else "dedicated only"
    if custom:
        return "dedicated only"  # one's own fine-tuned model needs an endpoint
    if facts is None:
        return "on demand"
    offered = region in facts["on_demand"] or facts["restricted"]
    return "on demand" if offered and not known_end else "not known"


def _find_end(
    access: Access, facts: ModelFacts | None, *, over: str | None, dedicated: str | None
) -> str | None:
    if access == "dedicated only":
        return dedicated
    if access == "retired":
        return max(day for day in (over, dedicated) if day is not None)
    return over or (facts["retired"] if facts is not None else None)


def _find_kind(capabilities: object) -> str:
    given = capabilities if isinstance(capabilities, list) else []
    return next((kind for name, kind in _KINDS if name in given), "other")


def _read_day(value: object) -> str | None:
    """The day of a timestamp; None where there is none."""
    found = _DAY.match(value) if isinstance(value, str) else None
    return found[0] if found else None
