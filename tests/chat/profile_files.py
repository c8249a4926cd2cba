"""A profile and its key, written for the tests of signing in."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)

from ocigenai_nb.chat.sign_in import Check
from ocigenai_nb.transports.keys import fingerprint

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER = "0f:" * 15 + "0e"
TENANCY = "ocid1.tenancy.oc1..aaaaaaaatheunique0000000000000000000partofit"


def pem(encryption: KeySerializationEncryption | None = None) -> bytes:
    return KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption or NoEncryption())


def write_key(folder: Path, content: bytes | None = None) -> Path:
    path = folder / "key.pem"
    path.write_bytes(pem() if content is None else content)
    path.chmod(0o600)
    return path


def profile_text(folder: Path, **changes: str | None) -> str:
    values: dict[str, str | None] = {
        "user": "ocid1.user.oc1..u",
        "tenancy": TENANCY,
        "fingerprint": fingerprint(KEY),
        "region": "us-chicago-1",
        "key_file": str(folder / "key.pem"),
    }
    values |= changes
    lines = [f"{name}={value}" for name, value in values.items() if value is not None]
    return "\n".join(["[WORK]", *lines, ""])


def by_name(checks: tuple[Check, ...]) -> dict[str, Check]:
    return {check.name: check for check in checks}
