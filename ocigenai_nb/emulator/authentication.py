"""Who is calling, and whether they may: by signature, by bearer token, or as a door has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from ocigenai_nb.emulator import (
    federation,
    metadata_service,
    refusals,
    resource_principals,
    session_renewal,
    workload_identity,
)
from ocigenai_nb.emulator.bearers import read_bearer
from ocigenai_nb.emulator.doors import Door
from ocigenai_nb.emulator.exchange import Exchange
from ocigenai_nb.emulator.identity import Identity
from ocigenai_nb.emulator.journal import KeyIdKind
from ocigenai_nb.emulator.paths import OPENAI_BASES
from ocigenai_nb.emulator.policies import Subject, allows, find_need
from ocigenai_nb.emulator.refusals import Refusal
from ocigenai_nb.emulator.regions import split_region
from ocigenai_nb.emulator.signatures import (
    RefusedSignatureError,
    WireRequest,
    read_key_id,
    verify,
)
from ocigenai_nb.emulator.tenancies import Tenancy

DOORS: Final = (
    metadata_service.DOOR,
    federation.DOOR,
    session_renewal.DOOR,
    *resource_principals.DOORS,
    workload_identity.DOOR,
)
"""The services beside the API."""

_CALLERS: Final[Mapping[KeyIdKind, str]] = {
    "api_key": "this user's groups",
    "session": "this user's groups",
    "instance": "an instance",
    "resource": "a resource",
    "workload": "a workload",
    "bearer": "a GenAI API key",
}


def identify(request: WireRequest, identity: Identity, now: float) -> Tenancy:
    """Return whose request it is.

    Raises:
        RefusedSignatureError: If it is not authentic.
    """
    door = find_door(request)
    if door is not None:
        return door.identify(request, identity, now)
    secret = read_bearer(request)
    if secret is not None:
        return _check_api_key(secret, request, identity, now)
    return verify(request, now=now, find_key=lambda k: identity.find_key(k, now=now))


def find_door(request: WireRequest) -> Door | None:
    """Return the door that a request comes to, or ``None`` where it is for the API.

    Below a region there is none.
    """
    return next((door for door in DOORS if door.matches(request.target)), None)


def find_denial(exchange: Exchange) -> Refusal | None:
    """Return why an authentic request to the API is not answered, or ``None``."""
    if find_door(exchange.request) is not None:
        return None
    kind, caller = exchange.key_id_kind, exchange.caller
    if _is_door(exchange):
        return refusals.UNKNOWN_PATH
    if kind in exchange.deployment.denied_kinds:
        return refusals.NOT_AUTHORIZED
    if not _is_allowed(exchange):
        whom = _CALLERS.get(kind, "this caller")
        exchange.refused = f"no policy statement of the tenancy allows it to {whom}"
        return refusals.NOT_AUTHORIZED
    denial = _find_project_denial(exchange) if kind == "bearer" else None
    return denial or _find_throttle(exchange, caller)


def _is_door(exchange: Exchange) -> bool:
    return any(door.matches(exchange.target) for door in DOORS)


def _is_allowed(exchange: Exchange) -> bool:
    caller = exchange.caller
    need = find_need(exchange.request.method, exchange.target.partition("?")[0])
    if caller.policies is None or need is None:
        return True
    groups = exchange.deployment.identity.find_groups(read_key_id(exchange.request))
    need = replace(need, in_root=exchange.any_compartment == caller.ocid)
    return allows(caller.policies, Subject(exchange.key_id_kind, groups), need)


def _find_throttle(exchange: Exchange, caller: Tenancy) -> Refusal | None:
    model, now = exchange.model, exchange.deployment.now()
    meter = exchange.deployment.meter
    if model is None or meter.admit(caller.name, caller.limits, model=model, now=now):
        return None
    exchange.refused = "the tenancy has used up a limit"
    return refusals.report_throttle(caller.ocid)


def _find_project_denial(exchange: Exchange) -> Refusal | None:
    project = exchange.headers.get("openai-project")
    if not project:
        exchange.refused = "a GenAI API key goes with the header OpenAI-Project"
        return refusals.NO_COMPARTMENT  # misleading, but so the service says
    if exchange.at_home and project == exchange.caller.project_id:
        return None
    exchange.refused = f"the project is not one of the tenancy in {exchange.region}"
    return refusals.NOT_AUTHORIZED


def _check_api_key(secret: str, request: WireRequest, identity: Identity, now: float) -> Tenancy:
    region, target = split_region(request.target)
    if not target.startswith(tuple(f"{base}/" for base in OPENAI_BASES)):
        raise RefusedSignatureError("a GenAI API key is for the OpenAI-compatible API only")
    tenancy = identity.tenancies[0]
    identity.genai_keys.check(secret, region=region or tenancy.home_region, now=now)
    return tenancy
