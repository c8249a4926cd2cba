"""RSA keys of this run, made on other threads or not before they are needed."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

_KEY_BITS: Final = 2048

ValueT = TypeVar("ValueT")


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


class Lazy(Generic[ValueT]):
    """A value that is made when it is first asked for, once, whichever thread asks.

    ``made`` holds it from then on, and is empty before.
    """

    def __init__(self, make: Callable[[], ValueT]) -> None:
        self._make = make
        self.made: tuple[ValueT, ...] = ()
        self._lock = threading.Lock()

    def take(self) -> ValueT:
        """Return the value."""
        with self._lock:
            if not self.made:
                self.made = (self._make(),)
            return self.made[0]


def make_key_pair() -> KeyPair:
    """Return a new key; takes some 60 ms."""
    return KeyPair(_generate_key())


def _generate_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=_KEY_BITS)
