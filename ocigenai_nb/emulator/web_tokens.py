"""RS256 JSON Web Tokens, and the RSA public keys that travel with them.

Source: RFC 7515, 7517 and 7519. Readers raise ``RefusedSignatureError``: whatever is wrong with a
token, the request that carries it is not authentic.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPublicKey,
    RSAPublicNumbers,
)
from cryptography.hazmat.primitives.hashes import SHA256

from ocigenai_nb.emulator.json_bodies import read_json
from ocigenai_nb.emulator.signatures import RefusedSignatureError


def write_token(key: RSAPrivateKey, claims: Mapping[str, object]) -> str:
    """Return a token with ``claims``, signed by ``key``."""
    signed = f"{_encode({'alg': 'RS256', 'typ': 'JWT', 'kid': 'asw'})}.{_encode(claims)}"
    signature = key.sign(signed.encode(), PKCS1v15(), SHA256())
    return f"{signed}.{_to_base64url(signature)}"


def read_token(key: RSAPublicKey, token: str, *, now: float, what: str) -> Mapping[str, object]:
    """Return the claims of a token that ``key`` signed and that has not expired.

    Args:
        key: The issuer's key.
        token: The token.
        now: The issuer's time, in seconds since the epoch.
        what: What the token is called where it is refused.

    Raises:
        RefusedSignatureError: If it is no such token, or no longer good.
    """
    signed, _, signature = token.rpartition(".")
    header, _, payload = signed.partition(".")
    if _decode(header, what).get("alg") != "RS256":
        raise RefusedSignatureError(f"the {what} is not an RS256 JSON Web Token")
    try:
        key.verify(_from_base64url(signature, what), signed.encode(), PKCS1v15(), SHA256())
    except InvalidSignature:
        raise RefusedSignatureError(f"the {what} was not issued here") from None
    claims = _decode(payload, what)
    expires = claims.get("exp")
    if not isinstance(expires, int) or expires <= now:
        raise RefusedSignatureError(f"the {what} has expired")
    return claims


def peek_claims(token: str) -> Mapping[str, object]:
    """Return what ``token`` claims, believed or not; nothing where it can't be read."""
    try:
        return _decode(token.split(".")[1], "token")
    except (IndexError, RefusedSignatureError):
        return {}


def write_jwk(key: RSAPublicKey) -> dict[str, str]:
    """Return ``key`` as a JSON Web Key."""
    numbers = key.public_numbers()
    return {
        "kty": "RSA",
        "alg": "RS256",
        "use": "sig",
        "n": _to_base64url(numbers.n.to_bytes((numbers.n.bit_length() + 7) // 8)),
        "e": _to_base64url(numbers.e.to_bytes((numbers.e.bit_length() + 7) // 8)),
    }


def read_jwk(jwk: Mapping[str, str]) -> RSAPublicKey:
    """Return the key in a JSON Web Key that ``write_jwk`` wrote."""
    numbers = (int.from_bytes(_from_base64url(jwk[name], "session key")) for name in ("n", "e"))
    modulus, exponent = numbers
    return RSAPublicNumbers(exponent, modulus).public_key()


def _to_base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _from_base64url(text: str, what: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        raise RefusedSignatureError(f"the {what} is not base64url") from None


def _encode(value: Mapping[str, object]) -> str:
    return _to_base64url(json.dumps(value, separators=(",", ":")).encode())


def _decode(text: str, what: str) -> Mapping[str, object]:
    value = read_json(_from_base64url(text, what))
    if not isinstance(value, dict):
        raise RefusedSignatureError(f"the {what} does not parse")
    return value
