"""What a tenancy has besides models: a dedicated endpoint, a project, an API key.

Source: the shapes that the ``oci`` SDK reads (2.189.0). A get has more fields than a list.

Known deviations: one resource of each kind, made at a fixed time, in the compartment below the
root; only the first tenancy has an API key. Which settings a new endpoint and a new project have
is not known: moderation is off, responses and conversations are kept for 30 days.
"""

from __future__ import annotations

from typing import Final

from ocigenai_nb.emulator.control.catalog import NO_TAGS, Resource, make_model_id
from ocigenai_nb.emulator.model_access import DEDICATED_MODEL
from ocigenai_nb.emulator.tenancies import Tenancy, make_ocid

PROJECT_SETTINGS: Final = (
    "conversationConfig",
    "longTermMemoryConfig",
    "shortTermMemoryOptimizationConfig",
    "sandboxConfig",
)
"""What a get shows of a project and a list does not."""

_MADE: Final = "2026-01-21T09:00:00.000Z"
_HOURS: Final = 30 * 24
_OFF: Final = {"isEnabled": False, "mode": "INFORM"}


def write_endpoint(tenancy: Tenancy) -> Resource:
    """Return the dedicated endpoint."""
    cluster = make_ocid("generativeaidedicatedaicluster", tenancy.name, region=tenancy.home_region)
    return {
        **_write_head(tenancy, tenancy.endpoint_id, "emulated-endpoint"),
        "modelId": make_model_id(DEDICATED_MODEL, tenancy.home_region),
        "dedicatedAiClusterId": cluster,
        "generativeAiPrivateEndpointId": None,
        "contentModerationConfig": {**_OFF, "modelId": None},
        "promptInjectionConfig": dict(_OFF),
        "piiDetectionConfig": dict(_OFF),
    }


def write_project(tenancy: Tenancy) -> Resource:
    """Return the Generative AI project."""
    kept = {"responsesRetentionInHours": _HOURS, "conversationsRetentionInHours": _HOURS}
    return {
        **_write_head(tenancy, tenancy.project_id, "emulated-project"),
        **dict.fromkeys(PROJECT_SETTINGS),
        "conversationConfig": kept,
    }


def write_api_key(tenancy: Tenancy, secret: str) -> Resource:
    """Return the Generative AI API key with ``secret``, of which only a mask is shown."""
    ocid = make_ocid("generativeaiapikey", tenancy.name, region=tenancy.home_region)
    item = {
        "key": None,
        "keyName": "key-1",
        "keyMask": f"{secret[:5]}****{secret[-4:]}",
        "timeCreated": _MADE,
        "timeActivated": _MADE,
        "timeExpiry": None,
        "timeDeactivated": None,
        "timeRevoked": None,
        "timeLastUsed": None,
        "state": "ACTIVE",
    }
    return {**_write_head(tenancy, ocid, "emulated-api-key"), "keys": [item]}


def _write_head(tenancy: Tenancy, ocid: str, name: str) -> dict[str, object]:
    return {
        "id": ocid,
        "displayName": name,
        "description": None,
        "compartmentId": tenancy.compartment_id,
        "lifecycleState": "ACTIVE",
        "lifecycleDetails": None,
        "timeCreated": _MADE,
        "timeUpdated": _MADE,
        **NO_TAGS,
    }
