"""Who may call: the keys of every tenancy, and what a key id leads to."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from ocigenai_nb.emulator.journal import KeyIdKind
from ocigenai_nb.emulator.session_tokens import SessionIssuer
from ocigenai_nb.emulator.signatures import KnownKey, RefusedSignatureError
from ocigenai_nb.emulator.tenancies import Tenancy

_KEY_BITS: Final = 2048


@dataclass(frozen=True, slots=True, repr=False)
class KeyPair:
    """An RSA key as its owner holds it."""

    private: rsa.RSAPrivateKey

    @property
    def public(self) -> rsa.RSAPublicKey:
        """The half that the service knows."""
        return self.private.public_key()

    @property
    def fingerprint(self) -> str:
        """MD5 of the public key, as colon-separated hex pairs: how OCI names API keys."""
        der = self.public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        digest = hashlib.md5(der, usedforsecurity=False).hexdigest()
        return ":".join(digest[i : i + 2] for i in range(0, len(digest), 2))

    @property
    def pem(self) -> bytes:
        """The private key as an unencrypted PEM file's content."""
        return self.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


class Identity:
    """Knows every key of this run: one API key per tenancy, one session of the first tenancy."""

    def __init__(self, tenancies: Sequence[Tenancy], *, keys: KeyFactory) -> None:
        self.tenancies = tuple(tenancies)
        self.api_keys = {tenancy.name: keys.take() for tenancy in tenancies}
        self.session_key = keys.take()
        self._sessions = SessionIssuer(keys.take().private, tenancies[0])
        self._known = {
            make_key_id(tenancy, self.api_keys[tenancy.name]): tenancy for tenancy in tenancies
        }

    def find_key(self, key_id: str, *, now: float) -> KnownKey[Tenancy]:
        """Return the public key of ``key_id`` and its tenancy.

        Raises:
            RefusedSignatureError: If no such key is known, or its session is over.
        """
        if key_id.startswith("ST$"):
            return self._sessions.read(key_id.removeprefix("ST$"), now=now)
        tenancy = self._known.get(key_id)
        if tenancy is None:
            raise RefusedSignatureError("no such key id")
        return KnownKey(self.api_keys[tenancy.name].public, tenancy)

    def issue_session(self, *, now: float, minutes: float) -> str:
        """Return a new token for the session's key."""
        return self._sessions.issue(self.session_key.public, now=now, minutes=minutes)

    def revoke_sessions(self) -> None:
        """Refuse every session token issued up to now."""
        self._sessions.revoke()


class KeyFactory:
    """Makes RSA keys on threads of its own: each takes some 60 ms, which is most of a start."""

    def __init__(self, count: int) -> None:
        pool = ThreadPoolExecutor(max_workers=count, thread_name_prefix="emulator-keys")
        make: Callable[[], rsa.RSAPrivateKey] = _generate_key
        self._keys: list[Future[rsa.RSAPrivateKey]] = [pool.submit(make) for _ in range(count)]
        pool.shutdown(wait=False)

    def take(self) -> KeyPair:
        """Return the next key, waiting until it is made."""
        return KeyPair(self._keys.pop().result())


def make_key_id(tenancy: Tenancy, key: KeyPair) -> str:
    """Return the key id under which ``tenancy``'s user signs with ``key``."""
    return f"{tenancy.ocid}/{tenancy.user_id}/{key.fingerprint}"


def classify_key_id(key_id: str | None) -> KeyIdKind:
    """Return what sort of key id this is, known or not."""
    if key_id is None:
        return "none"
    if key_id.startswith("ST$"):
        return "session"
    return "api_key" if key_id.count("/") == 2 else "unknown"


def _generate_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=_KEY_BITS)
