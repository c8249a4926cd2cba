"""The emulated compute instance: its certificate, and what its metadata say.

Source: Oracle's page "Getting Instance Metadata" for the fields; the ``oci`` SDK for the
certificate's subject.
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from cryptography import x509

from ocigenai_nb.emulator.certificates import CertificateAuthority, Span, write_pem
from ocigenai_nb.emulator.keys import make_key_pair
from ocigenai_nb.emulator.principals import make_instance
from ocigenai_nb.emulator.regions import KEYS
from ocigenai_nb.emulator.tenancies import Tenancy

_LIFETIME: Final = timedelta(hours=24)
_LEEWAY: Final = timedelta(hours=1)


class Instance:
    """A compute instance with a certificate that is renewed; its key stays the same."""

    def __init__(self, tenancy: Tenancy, authority: CertificateAuthority) -> None:
        self.principal = make_instance(tenancy)
        self._authority = authority
        self.key = make_key_pair()
        self._certificate: x509.Certificate | None = None
        self._lock = threading.Lock()

    def certify(self, *, now: float) -> x509.Certificate:
        """Return the certificate, renewed where it is within an hour of an end of its time."""
        moment = datetime.fromtimestamp(now, UTC)
        with self._lock:
            held = self._certificate
            if held is None or not _covers(held, moment):
                held = self._certificate = self._make_certificate(moment)
            return held

    def describe_identity(self, *, now: float) -> dict[str, str]:
        """Return what the metadata service has below ``identity/``."""
        return {
            "cert.pem": write_pem(self.certify(now=now)).decode(),
            "key.pem": self.key.pem.decode(),
            "intermediate.pem": write_pem(self._authority.intermediate).decode(),
            "tenancyId": self.principal.tenancy.ocid,
        }

    def describe(self) -> dict[str, Any]:
        """Return what the metadata service has below ``instance/``."""
        return {
            "compartmentId": self.principal.tenancy.compartment_id,
            "displayName": "emulated-instance",
            "hostname": "emulated-instance",
            "id": self.principal.id,
            "region": self.principal.tenancy.home_region,
            "canonicalRegionName": self.principal.tenancy.home_region,
            "regionInfo": {
                "realmKey": "oc1",
                "realmDomainComponent": "oraclecloud.com",
                "regionKey": KEYS.get(self.principal.tenancy.home_region, ""),
                "regionIdentifier": self.principal.tenancy.home_region,
            },
            "shape": "VM.Standard.E5.Flex",
            "state": "Running",
            "tenantId": self.principal.tenancy.ocid,
            "metadata": {},
        }

    def _make_certificate(self, moment: datetime) -> x509.Certificate:
        tenancy = self.principal.tenancy
        names = (
            "opc-certtype:instance",
            f"opc-compartment:{tenancy.compartment_id}",
            f"opc-instance:{self.principal.id}",
            f"opc-tenant:{tenancy.ocid}",
            f"opc-identity:{tenancy.ocid}",
        )
        span = Span(moment - 2 * _LEEWAY, moment + _LIFETIME)
        return self._authority.certify_instance(names, self.key.public, span)


def _covers(certificate: x509.Certificate, moment: datetime) -> bool:
    begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    return begins + _LEEWAY <= moment < ends - _LEEWAY
