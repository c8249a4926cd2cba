"""Session tokens: RS256 JSON Web Tokens that bind a session's public key to a user.

Source: RFC 7515 and 7519 for the form; the claims that the ``oci`` SDK and CLI read (``exp``,
``iat``, ``tenant``, ``jwk``) for the content.

Known deviations: the exact claim set of real tokens is not published; ``jwk`` is a JSON text
inside the JSON, as in tokens that people have shown. Only tokens of this issuer are accepted.
"""

from __future__ import annotations

import base64
import binascii
import json
import uuid
from collections.abc import Mapping
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPublicKey,
    RSAPublicNumbers,
)
from cryptography.hazmat.primitives.hashes import SHA256

from ocigenai_nb.emulator.signatures import KnownKey, RefusedSignatureError
from ocigenai_nb.emulator.tenancies import Tenancy

_ISSUER: Final = "authService.oracle.com"


class SessionIssuer:
    """Issues the tokens of one user's sessions, and reads them back."""

    def __init__(self, key: RSAPrivateKey, tenancy: Tenancy) -> None:
        self._key = key
        self._tenancy = tenancy
        self._issued: set[str] = set()
        self._revoked: set[str] = set()

    def issue(self, session_key: RSAPublicKey, *, now: float, minutes: float) -> str:
        """Return a token for ``session_key`` that is good for ``minutes`` from ``now``."""
        serial = str(uuid.uuid4())
        self._issued.add(serial)
        claims = {
            "sub": self._tenancy.user_id,
            "iss": _ISSUER,
            "ptype": "user",
            "aud": "oci",
            "ttype": "login",
            "tenant": self._tenancy.ocid,
            "jti": serial,
            "iat": int(min(now, now + minutes * 60)),
            "exp": int(now + minutes * 60),
            "jwk": json.dumps(_write_jwk(session_key)),
        }
        signed = f"{_encode({'alg': 'RS256', 'typ': 'JWT', 'kid': 'asw'})}.{_encode(claims)}"
        signature = self._key.sign(signed.encode(), PKCS1v15(), SHA256())
        return f"{signed}.{_to_base64url(signature)}"

    def revoke(self) -> None:
        """Refuse every token issued up to now, whatever its expiry says."""
        self._revoked |= self._issued

    def read(self, token: str, *, now: float) -> KnownKey[Tenancy]:
        """Return the session key in ``token`` and the tenancy it speaks for.

        Raises:
            RefusedSignatureError: If the token is not one of this issuer's, or no longer good.
        """
        claims = self._read_claims(token)
        expires = claims.get("exp")
        if not isinstance(expires, int) or expires <= now:
            raise RefusedSignatureError("the session token has expired")
        if claims.get("jti") in self._revoked:
            raise RefusedSignatureError("the session token was revoked")
        return KnownKey(_read_jwk(str(claims["jwk"])), self._tenancy)

    def _read_claims(self, token: str) -> Mapping[str, object]:
        signed, _, signature = token.rpartition(".")
        header, _, payload = signed.partition(".")
        if _decode(header).get("alg") != "RS256":
            raise RefusedSignatureError("the session token is not an RS256 JSON Web Token")
        try:
            self._key.public_key().verify(
                _from_base64url(signature), signed.encode(), PKCS1v15(), SHA256()
            )
        except InvalidSignature:
            raise RefusedSignatureError("the session token was not issued here") from None
        return _decode(payload)


def _write_jwk(key: RSAPublicKey) -> dict[str, str]:
    numbers = key.public_numbers()
    return {
        "kty": "RSA",
        "alg": "RS256",
        "use": "sig",
        "n": _to_base64url(numbers.n.to_bytes((numbers.n.bit_length() + 7) // 8)),
        "e": _to_base64url(numbers.e.to_bytes((numbers.e.bit_length() + 7) // 8)),
    }


def _read_jwk(text: str) -> RSAPublicKey:
    jwk = json.loads(text)
    modulus, exponent = (int.from_bytes(_from_base64url(jwk[name])) for name in ("n", "e"))
    return RSAPublicNumbers(exponent, modulus).public_key()


def _to_base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _from_base64url(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        raise RefusedSignatureError("the session token is not base64url") from None


def _encode(value: Mapping[str, object]) -> str:
    return _to_base64url(json.dumps(value, separators=(",", ":")).encode())


def _decode(text: str) -> Mapping[str, object]:
    try:
        value = json.loads(_from_base64url(text))
    except ValueError:
        raise RefusedSignatureError("the session token does not parse") from None
    return value if isinstance(value, dict) else {}
