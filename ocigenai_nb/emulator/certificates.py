"""A certificate authority of this run: for the instance's certificate and for TLS.

Source: RFC 5280; the subject names that the ``oci`` SDK reads the tenancy from.

Known deviation: the authority's own keys are elliptic, because they are made fast; the real ones
are not published.
"""

from __future__ import annotations

import ipaddress
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from ocigenai_nb.emulator.signatures import RefusedSignatureError

_BEGINS: Final = datetime(1970, 1, 1, tzinfo=UTC)
_ENDS: Final = datetime(2100, 1, 1, tzinfo=UTC)
_DIGITAL_SIGNATURE: Final = x509.KeyUsage(
    digital_signature=True,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=False,
    crl_sign=False,
    encipher_only=False,
    decipher_only=False,
)
_CERT_SIGN: Final = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)

LeafKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey


@dataclass(frozen=True, slots=True)
class Span:
    """When a certificate is valid."""

    begins: datetime = _BEGINS
    ends: datetime = _ENDS


class CertificateAuthority:
    """A root and an intermediate, which signs the certificates of instances and servers."""

    def __init__(self) -> None:
        root_key = ec.generate_private_key(ec.SECP256R1())
        self._key = ec.generate_private_key(ec.SECP256R1())
        root_name = _name("Emulated root of ocigenai_nb")
        name = _name("Emulated intermediate of ocigenai_nb")
        self.root = _sign(root_name, root_key.public_key(), root_name, root_key, authority=True)
        self.intermediate = _sign(name, self._key.public_key(), root_name, root_key, authority=True)

    def certify_instance(self, names: Sequence[str], key: LeafKey, span: Span) -> x509.Certificate:
        """Return a certificate for ``key`` with ``names`` as its organizational units."""
        units = [x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, name) for name in names]
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "instance"), *units])
        return _sign(subject, key, self.intermediate.subject, self._key, span=span)

    def certify_server(self, address: str, key: LeafKey) -> x509.Certificate:
        """Return a certificate for a TLS server at an IP address."""
        return _sign(_name(address), key, self.intermediate.subject, self._key, address=address)

    def check(
        self, leaf: x509.Certificate, intermediates: Sequence[x509.Certificate], *, now: float
    ) -> None:
        """Follow the chain from ``leaf`` through ``intermediates`` to the root.

        Raises:
            RefusedSignatureError: If it does not lead there, or is not valid at ``now``.
        """
        chain = [leaf, *intermediates, self.root]
        try:
            for issued, issuer in itertools.pairwise(chain):
                issued.verify_directly_issued_by(issuer)
        except (InvalidSignature, TypeError, UnsupportedAlgorithm, ValueError):
            raise RefusedSignatureError("the certificate was not issued here") from None
        moment = datetime.fromtimestamp(now, UTC)
        if not all(c.not_valid_before_utc <= moment < c.not_valid_after_utc for c in chain):
            raise RefusedSignatureError("the certificate is not valid now")


def write_pem(certificate: x509.Certificate) -> bytes:
    """Return ``certificate`` as a PEM file's content."""
    return certificate.public_bytes(Encoding.PEM)


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _sign(
    subject: x509.Name,
    key: LeafKey,
    issuer: x509.Name,
    issuer_key: ec.EllipticCurvePrivateKey,
    *,
    span: Span = Span(),
    authority: bool = False,
    address: str | None = None,
) -> x509.Certificate:
    builder = (
        x509.CertificateBuilder(issuer, subject, key, x509.random_serial_number())
        .not_valid_before(span.begins)
        .not_valid_after(span.ends)
    )
    usage = _CERT_SIGN if authority else _DIGITAL_SIGNATURE
    # Python 3.13 refuses a TLS chain that lacks any of these.
    extensions: list[tuple[x509.ExtensionType, bool]] = [
        (x509.BasicConstraints(ca=authority, path_length=None), True),
        (usage, True),
        (x509.SubjectKeyIdentifier.from_public_key(key), False),
        (x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), False),
        *(_list_server_extensions(address) if address else ()),
    ]
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    return builder.sign(issuer_key, SHA256())


def _list_server_extensions(address: str) -> list[tuple[x509.ExtensionType, bool]]:
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))])
    return [(names, False), (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)]
