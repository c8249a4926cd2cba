"""Session tokens: JSON Web Tokens that bind a session's public key to a principal.

Rules: a request is signed with the session's private key and the key id ``ST$<token>``. ``exp``
ends the token; a user's session ends at ``sess_exp``, and no renewal outlives that.

Source: the claims that the ``oci`` SDK and CLI and Oracle's Spring library read.

Known deviations: the exact claims of real tokens are not published; ``jwk`` is a JSON text inside
the JSON, as in tokens that people have shown. Only tokens of this issuer are accepted.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from email.utils import formatdate, parsedate_to_datetime
from typing import Final

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from ocigenai_nb.emulator.principals import Principal
from ocigenai_nb.emulator.signatures import KnownKey, RefusedSignatureError
from ocigenai_nb.emulator.tenancies import Tenancy
from ocigenai_nb.emulator.web_tokens import (
    peek_claims,
    read_jwk,
    read_token,
    write_jwk,
    write_token,
)

_ISSUER: Final = "authService.oracle.com"
_NAME: Final = "session token"


class TokenIssuer:
    """Issues the tokens of one tenancy's principals, and reads them back."""

    def __init__(self, key: RSAPrivateKey, tenancy: Tenancy) -> None:
        self._key = key
        self._tenancy = tenancy
        self._good: set[object] = set()

    def issue(
        self,
        principal: Principal,
        session_key: RSAPublicKey,
        *,
        now: float,
        minutes: float,
        session_ends: float | None = None,
    ) -> str:
        """Return a token that lets ``principal`` sign with ``session_key``.

        Args:
            principal: Who it speaks for.
            session_key: The public key of its session.
            now: The issuer's time, in seconds since the epoch.
            minutes: How long it is good; negative: it has expired.
            session_ends: Until when it may be renewed, in seconds since the epoch.
        """
        claims: dict[str, object] = {
            "sub": principal.id,
            **principal.claims,
            "tenant": principal.tenancy.ocid,
            "jwk": json.dumps(write_jwk(session_key)),
        }
        if session_ends is not None:
            claims["sess_exp"] = formatdate(session_ends, usegmt=True)
        return self._write(claims, now=now, minutes=minutes)

    def renew(self, token: str, *, now: float, minutes: float) -> str:
        """Return a token like ``token``, which has been checked, that is good for longer.

        It ends with the session at the latest, so that a last renewal gains little.
        """
        return self._write(peek_claims(token), now=now, minutes=minutes)

    def revoke(self) -> None:
        """Refuse every token issued up to now, whatever its expiry says."""
        self._good = set()

    def read(self, token: str, *, now: float) -> KnownKey[Tenancy]:
        """Return the session key in ``token`` and the tenancy it speaks for.

        Raises:
            RefusedSignatureError: If the token is not one of this issuer's, or no longer good.
        """
        jwk = self._check(token, now=now)["jwk"]
        return KnownKey(read_jwk(json.loads(str(jwk))), self._tenancy)

    def sign(self, claims: Mapping[str, object]) -> str:
        """Return a token of another sort, which no request can be signed with."""
        return write_token(self._key, claims)

    def check_other(self, token: str, sort: str, *, now: float, what: str) -> None:
        """Raise ``RefusedSignatureError`` unless ``sign`` made ``token`` with this ``ttype``."""
        claims = read_token(self._key.public_key(), token, now=now, what=what)
        if claims.get("ttype") != sort:
            raise RefusedSignatureError(f"the {what} is a token of another sort")

    def _write(self, claims: Mapping[str, object], *, now: float, minutes: float) -> str:
        serial = str(uuid.uuid4())
        expires = now + minutes * 60
        if "sess_exp" in claims:
            expires = min(expires, parsedate_to_datetime(str(claims["sess_exp"])).timestamp())
        self._good.add(serial)
        issued = {
            **claims,
            "iss": _ISSUER,
            "aud": "oci",
            "jti": serial,
            "iat": int(min(now, expires)),
            "exp": int(expires),
        }
        return write_token(self._key, issued)

    def _check(self, token: str, *, now: float) -> Mapping[str, object]:
        claims = read_token(self._key.public_key(), token, now=now, what=_NAME)
        if "jwk" not in claims:
            raise RefusedSignatureError(f"the {_NAME} holds no session key")
        if claims.get("jti") not in self._good:
            raise RefusedSignatureError(f"the {_NAME} was revoked")
        return claims
