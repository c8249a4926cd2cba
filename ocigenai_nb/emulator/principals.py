"""Who a session token may speak for: a user, a compute instance, a resource, a workload.

Source: the claims that the ``oci`` SDK, CLI and Go SDK read (``tenant``, ``opc-tenant``,
``res_tenant``, ``res_compartment``), and the names that policies use for workloads.

Known deviations: the exact claims of real tokens are not published; those of a workload, and
what tells it from another resource, are our guess.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from ocigenai_nb.emulator.journal import KeyIdKind
from ocigenai_nb.emulator.tenancies import Tenancy, make_ocid

NAMESPACE: Final = "default"
"""Kubernetes namespace of the emulated workload."""

SERVICE_ACCOUNT: Final = "notebook"
"""Kubernetes service account of the emulated workload."""

_KINDS: Final[Mapping[str, KeyIdKind]] = {"instance": "instance", "resource": "resource"}


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody who signs with a session token."""

    id: str
    """Its OCID."""
    tenancy: Tenancy
    claims: Mapping[str, str] = field(repr=False)
    """What its tokens say of it, besides the claims that all tokens have."""


def make_user(tenancy: Tenancy) -> Principal:
    """Return the one user of ``tenancy``."""
    claims = {"ptype": "user", "ttype": "login"}
    return Principal(tenancy.user_id, tenancy, claims)


def make_instance(tenancy: Tenancy) -> Principal:
    """Return the one compute instance of ``tenancy``."""
    instance = make_ocid("instance", tenancy.name, region=tenancy.home_region)
    claims = {
        "ptype": "instance",
        "ttype": "x509",
        "opc-certtype": "instance",
        "opc-compartment": tenancy.compartment_id,
        "opc-instance": instance,
        "opc-tenant": tenancy.ocid,
    }
    return Principal(instance, tenancy, claims)


def make_resource(tenancy: Tenancy) -> Principal:
    """Return the one resource of ``tenancy``: a notebook session."""
    resource = make_ocid("datasciencenotebooksession", tenancy.name, region=tenancy.home_region)
    return Principal(
        resource, tenancy, _describe_resource(resource, "datasciencenotebooksession", tenancy)
    )


def make_workload(tenancy: Tenancy) -> Principal:
    """Return the one workload of ``tenancy``, which runs in its Kubernetes cluster."""
    workload = make_ocid("workload", tenancy.name, region=tenancy.home_region)
    claims = {
        **_describe_resource(workload, "workload", tenancy),
        "cluster_id": make_ocid("cluster", tenancy.name, region=tenancy.home_region),
        "namespace": NAMESPACE,
        "service_account": SERVICE_ACCOUNT,
    }
    return Principal(workload, tenancy, claims)


def classify_claims(claims: Mapping[str, object]) -> KeyIdKind:
    """Return what sort of principal a session token claims to speak for."""
    if claims.get("res_type") == "workload":
        return "workload"
    return _KINDS.get(str(claims.get("ptype")), "session")


def _describe_resource(resource: str, kind: str, tenancy: Tenancy) -> dict[str, str]:
    return {
        "ptype": "resource",
        "ttype": "res",
        "res_type": kind,
        "res_id": resource,
        "res_tenant": tenancy.ocid,
        "res_compartment": tenancy.compartment_id,
    }
