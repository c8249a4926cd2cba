"""Throw-away keys in every form they come in, and configurations that name them."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from ocigenai_nb.core.signing import SigningKey
from ocigenai_nb.transports.credentials import Credentials, KeyedCredentials

TENANCY: Final = "ocid1.tenancy.oc1..test"
USER: Final = "ocid1.user.oc1..test"


@functools.cache
def make_key() -> rsa.RSAPrivateKey:
    """An RSA key that no service knows."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@functools.cache
def make_ec_key() -> ec.EllipticCurvePrivateKey:
    """A private key of the wrong kind."""
    return ec.generate_private_key(ec.SECP256R1())


def take_key(credentials: Credentials) -> SigningKey:
    """The key that these credentials sign with now."""
    asyncio.run(credentials.ready())
    assert isinstance(credentials, KeyedCredentials)
    assert credentials._key is not None
    return credentials._key


def write_pem(
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey,
    *,
    pass_phrase: str | None = None,
    form: PrivateFormat = PrivateFormat.PKCS8,
) -> str:
    """A private key as PEM text."""
    encryption: KeySerializationEncryption = NoEncryption()
    if pass_phrase is not None:
        encryption = BestAvailableEncryption(pass_phrase.encode())
    return key.private_bytes(Encoding.PEM, form, encryption).decode()


def write_public_pem(key: rsa.RSAPrivateKey) -> str:
    """Its public half as PEM text."""
    form = PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(Encoding.PEM, form).decode()


def write_config(folder: Path, profiles: Mapping[str, Mapping[str, str]]) -> Path:
    """An OCI configuration with these profiles."""
    path = folder / "config"
    lines = []
    for name, settings in profiles.items():
        lines += [f"[{name}]", *(f"{key}={value}" for key, value in settings.items()), ""]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path
