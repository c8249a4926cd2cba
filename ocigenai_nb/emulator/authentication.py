"""Who is calling, and whether they may: by signature, by bearer token, or as a door has it."""

from __future__ import annotations

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
from ocigenai_nb.emulator.paths import OPENAI_BASES
from ocigenai_nb.emulator.refusals import Refusal
from ocigenai_nb.emulator.signatures import RefusedSignatureError, WireRequest, verify
from ocigenai_nb.emulator.tenancies import Tenancy

DOORS: Final = (
    metadata_service.DOOR,
    federation.DOOR,
    session_renewal.DOOR,
    *resource_principals.DOORS,
    workload_identity.DOOR,
)
"""The services beside the API."""


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
    """Return the door that a request comes to, or ``None`` where it is for the API."""
    return next((door for door in DOORS if door.matches(request.target)), None)


def find_denial(exchange: Exchange) -> Refusal | None:
    """Return why an authentic request to the API is not answered, or ``None``."""
    if find_door(exchange.request) is not None:
        return None
    if exchange.key_id_kind in exchange.deployment.denied_kinds:
        return refusals.NOT_AUTHORIZED
    return _find_project_denial(exchange) if exchange.key_id_kind == "bearer" else None


def _find_project_denial(exchange: Exchange) -> Refusal | None:
    project = exchange.headers.get("openai-project")
    if not project:
        return refusals.NO_COMPARTMENT  # misleading, but so the service says
    return None if project == exchange.caller.project_id else refusals.NOT_AUTHORIZED


def _check_api_key(secret: str, request: WireRequest, identity: Identity, now: float) -> Tenancy:
    if not request.target.startswith(tuple(f"{base}/" for base in OPENAI_BASES)):
        raise RefusedSignatureError("a GenAI API key is for the OpenAI-compatible API only")
    identity.genai_keys.check(secret, now=now)
    return identity.tenancies[0]
