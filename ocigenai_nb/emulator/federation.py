"""``POST /v1/x509``: a session token for whoever holds an instance's certificate.

Rules: the body is ``{certificate, publicKey, intermediateCertificates}``, base64 without PEM's
armor; the request is signed with the certificate's key, over ``date (request-target)
content-length content-type x-content-sha256`` without ``host``; the key id is
``<tenancy>/fed-x509/<SHA-1>`` or, from newer SDKs, ``<tenancy>/fed-x509-sha256/<SHA-256>`` of the
certificate, in colon-separated hex. Source: Oracle's Python and Go SDKs.

Known deviations: ``purpose`` is ignored; how the service words a bad public key is not known.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ocigenai_nb.emulator import paths
from ocigenai_nb.emulator.doors import Door
from ocigenai_nb.emulator.exchange import EXCHANGE, Exchange
from ocigenai_nb.emulator.identity import Identity
from ocigenai_nb.emulator.json_bodies import read_json
from ocigenai_nb.emulator.principals import Principal
from ocigenai_nb.emulator.refusals import RefusedError, write_oci
from ocigenai_nb.emulator.signatures import KnownKey, RefusedSignatureError, WireRequest, verify
from ocigenai_nb.emulator.tenancies import Tenancy

if TYPE_CHECKING:
    from cryptography import x509

_ARMOR = ("-----BEGIN PUBLIC KEY-----", "-----END PUBLIC KEY-----")
_BAD_KEY = write_oci(400, "InvalidParameter", "The public key is not an RSA key in base64.")


def check_certificate(request: WireRequest, identity: Identity, now: float) -> Tenancy:
    """Return the tenancy of the instance whose certificate signed ``request``.

    Raises:
        RefusedSignatureError: If certificate, key id and signature do not prove one.
    """
    body = read_body(request)
    leaf = _read_certificate(body.get("certificate"))
    others = body.get("intermediateCertificates") or []
    if not isinstance(others, list):
        raise RefusedSignatureError("the intermediate certificates are no list")
    identity.authority.check(leaf, [_read_certificate(text) for text in others], now=now)
    tenancy, key = identity.tenancies[0], leaf.public_key()
    if not isinstance(key, RSAPublicKey):
        raise RefusedSignatureError("the certificate is not an instance's")
    key_ids = _write_key_ids(tenancy, leaf)

    def find_key(key_id: str) -> KnownKey[Tenancy]:
        if key_id not in key_ids:
            raise RefusedSignatureError("the key id is not the certificate's")
        return KnownKey(key, tenancy)

    return verify(request, now=now, find_key=find_key, host_signed=False)


async def answer_federation(request: Request) -> Response:
    """Answer ``{token}``.

    Raises:
        RefusedError: If the body holds no public key.
    """
    exchange: Exchange = request.scope[EXCHANGE]
    principal = exchange.deployment.identity.instance.principal
    return JSONResponse({"token": issue_token(exchange, principal, "publicKey")})


def issue_token(exchange: Exchange, principal: Principal, field: str) -> str:
    """Return a new token for the public key in a field of the request's body.

    Raises:
        RefusedError: If there is no RSA key.
    """
    deployment = exchange.deployment
    key = _read_public_key(read_body(exchange.request).get(field))
    return deployment.identity.issue_token(
        principal, key, now=deployment.now(), minutes=deployment.token_minutes
    )


def read_body(request: WireRequest) -> Mapping[str, Any]:
    """Return the body's JSON object; an empty one where there is none."""
    value = read_json(request.body)
    return value if isinstance(value, dict) else {}


def _read_public_key(text: object) -> RSAPublicKey:
    bare = text if isinstance(text, str) else ""
    for line in _ARMOR:
        bare = bare.replace(line, "")
    try:
        key = load_der_public_key(base64.b64decode(bare))
    except (ValueError, UnsupportedAlgorithm):
        raise RefusedError(_BAD_KEY) from None
    if not isinstance(key, RSAPublicKey):
        raise RefusedError(_BAD_KEY)
    return key


def _read_certificate(text: object) -> x509.Certificate:
    from cryptography import x509  # here: it takes 30 ms, and few runs federate

    try:
        return x509.load_der_x509_certificate(base64.b64decode(str(text)))
    except ValueError:
        raise RefusedSignatureError("a certificate cannot be read") from None


def _write_key_ids(tenancy: Tenancy, certificate: x509.Certificate) -> frozenset[str]:
    sha1 = certificate.fingerprint(SHA1()).hex(":")  # noqa: S303 - names it, proves nothing
    sha256 = certificate.fingerprint(SHA256()).hex(":")
    return frozenset(
        f"{tenancy.ocid}/{path}/{digest}"
        for path, hexed in (("fed-x509", sha1), ("fed-x509-sha256", sha256))
        for digest in (hexed, hexed.upper())
    )


DOOR = Door("POST", paths.FEDERATION, check_certificate, answer_federation)
