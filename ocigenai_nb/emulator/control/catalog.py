"""The models that ``GET /20231130/models`` lists in a region, with the real catalogue's traps.

Rules: an entry's id is an OCID of the region (``iad`` and ``phx`` by code, every other region by
name), its ``displayName`` what requests carry. A name has a second entry, with an id of its own,
where the model can be fine-tuned. Every entry is ACTIVE, whatever its dates say. A model that is
for dedicated clusters only in a region is listed there with a ``timeOnDemandRetired`` in the past,
1970-01-01 even, or with no date at all. Guardrail models have a capability that the clients of
2026 do not know, and a ``timeDeprecated`` with no end to it; ``xai.grok-voice-agent`` lists CHAT.
Source: a dump of 13 regions, as the service listed them in July 2026; ``model_facts``.

Known deviations: the OCIDs, times of creation and versions are made up, and the word of the
guardrail capability is. Which dedicated models carry which mark is a rule here: embeddings 1970,
Cohere's reasoning model nothing, all others 2025-05-01, as seen of one. Restricted models are
listed to those who may call them. What is known by an alias or from one source alone is not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final, TypeAlias

from ocigenai_nb.emulator.tenancies import make_ocid
from ocigenai_nb.model_facts import MODELS, ModelFacts

Resource: TypeAlias = Mapping[str, Any]
"""A resource as it goes on the wire."""

NO_TAGS: Final[Resource] = {"freeformTags": {}, "definedTags": {}, "systemTags": {}}
"""The tags of a resource that nobody tagged."""

_CODES: Final = {"us-ashburn-1": "iad", "us-phoenix-1": "phx"}
_CAPABILITIES: Final = {
    "chat": ("CHAT",),
    "embed": ("TEXT_EMBEDDINGS",),
    "rerank": ("TEXT_RERANK",),
    "guardrail": ("GUARDRAIL",),
    "speech": ("TEXT_TO_AUDIO",),
    "video": ("IMAGE_TEXT_TO_VIDEO", "TEXT_TO_VIDEO"),
}
_OWN_CAPABILITIES: Final = {
    "cohere.command": ("TEXT_GENERATION",),
    "cohere.command-light": ("TEXT_GENERATION",),
    "xai.grok-voice-agent": ("CHAT",),
}
_FINE_TUNED: Final = ("cohere.command", "meta.llama-3-70b-instruct", "meta.llama-3.3-70b-instruct")
_UNLISTED: Final = (
    "cohere.command-a-translate-08-2025",
    "cohere.command-latest",
    "cohere.command-plus-latest",
    "mistral.mistral-large",
)
_VENDORS: Final = {"dreamina": "byteplus"}
_EXTERNAL: Final = ("dreamina", "google", "xai")
"""Who runs models of their own elsewhere: there are no dedicated clusters for them."""
_CLUSTERED: Final = ("chat", "embed", "rerank")
_UNMARKED: Final = ("cohere.command-a-reasoning", "cohere.command-a-reasoning-08-2025")
_MARKED: Final = "2025-05-01"
_MARKED_EMBED: Final = "1970-01-01"
_GUARDRAIL_DEPRECATED: Final = "2025-08-01"
_DEDICATED_TO_THE_END: Final = ("meta.llama-3.2-11b-vision-instruct", "cohere.embed-")


@lru_cache(maxsize=32)
def list_models(region: str, *, restricted: bool) -> tuple[Resource, ...]:
    """Return every entry of ``region``; with those most tenancies can't call if ``restricted``."""
    return tuple(
        entry
        for facts in MODELS.values()
        if _is_listed(facts, region) and (restricted or not facts["restricted"])
        for entry in _write_entries(facts, region)
    )


def make_model_id(name: str, region: str, *, tuning: bool = False) -> str:
    """Return the OCID of a model in ``region``, or of its other entry, the one for fine-tuning."""
    purpose = "tuning" if tuning else "inference"
    code = _CODES.get(region, region)
    return make_ocid("generativeaimodel", f"{name}/{purpose}/{region}", region=code)


def find_name(ocid: str, region: str) -> str | None:
    """Return the name of the model that a request may call by ``ocid`` in ``region``."""
    return _index(region).get(ocid)


def is_dedicated_only(facts: ModelFacts, region: str) -> bool:
    """Tell whether ``region`` has a model on dedicated clusters alone."""
    if facts["vendor"] in _EXTERNAL or facts["kind"] not in _CLUSTERED or facts["restricted"]:
        return False
    lasted = facts["retired"] is None or facts["id"].startswith(_DEDICATED_TO_THE_END)
    return lasted and facts["id"] not in _UNLISTED and region not in facts["on_demand"]


@lru_cache(maxsize=32)
def _index(region: str) -> Mapping[str, str]:
    return {make_model_id(name, region): name for name in MODELS}


def is_elsewhere(facts: ModelFacts, region: str) -> bool:
    """Tell whether other regions have a model, and ``region`` has it in no way."""
    absent = bool(facts["on_demand"]) and region not in facts["on_demand"]
    return absent and facts["vendor"] in _EXTERNAL


def _is_listed(facts: ModelFacts, region: str) -> bool:
    return facts["id"] not in _UNLISTED and not is_elsewhere(facts, region)


def _write_entries(facts: ModelFacts, region: str) -> Iterator[Resource]:
    name = facts["id"]
    capabilities = _OWN_CAPABILITIES.get(name) or _CAPABILITIES[facts["kind"]]
    yield _write_entry(facts, region, make_model_id(name, region), capabilities)
    if name in _FINE_TUNED:
        tuning = make_model_id(name, region, tuning=True)
        yield _write_entry(facts, region, tuning, ("FINE_TUNE",))


def _write_entry(
    facts: ModelFacts, region: str, ocid: str, capabilities: tuple[str, ...]
) -> Resource:
    return {
        "id": ocid,
        "displayName": facts["id"],
        "vendor": _VENDORS.get(facts["vendor"], facts["vendor"]),
        "version": "1.0.0",
        "capabilities": list(capabilities),
        "type": "BASE",
        "lifecycleState": "ACTIVE",
        "lifecycleDetails": "Base Model created",
        "timeCreated": _make_time(ocid),
        **_write_dates(facts, region),
        "isLongTermSupported": True,
        "baseModelId": None,
        "compartmentId": None,
        "fineTuneDetails": None,
        "modelMetrics": None,
        **NO_TAGS,
    }


def _write_dates(facts: ModelFacts, region: str) -> dict[str, str | None]:
    deprecated, ended, dedicated = facts["deprecated"], facts["retired"], None
    if facts["kind"] == "guardrail":
        deprecated = _GUARDRAIL_DEPRECATED
    elif facts["id"] in _UNMARKED:
        ended = None
    elif is_dedicated_only(facts, region):
        dedicated = ended
        deprecated = ended = _MARKED_EMBED if facts["kind"] == "embed" else _MARKED
    return {
        "timeDeprecated": _write_day(deprecated),
        "timeOnDemandRetired": _write_day(ended),
        "timeDedicatedRetired": _write_day(dedicated),
    }


def _write_day(day: str | None) -> str | None:
    return None if day is None else f"{day}T00:00:00.000Z"


def _make_time(ocid: str) -> str:
    """Return a moment of 2025, always the same for the same OCID."""
    first, second, third, fourth = hashlib.sha256(ocid.encode()).digest()[:4]
    return f"2025-{first % 12 + 1:02}-{second % 28 + 1:02}T{third % 24:02}:{fourth % 60:02}:00.000Z"
