"""Private keys from PEM text, with one clear sentence for each way it can go wrong."""

from __future__ import annotations

import hashlib
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from ocigenai_nb.core.errors import (
    ConfigError,
    FingerprintMismatchError,
    KeyFileError,
    PassphraseError,
)
from ocigenai_nb.core.profiles import Profile


def read_key(profile: Profile) -> RSAPrivateKey:
    """The private key of a profile, from `key_content` or `key_file`.

    Raises KeyFileError where it is missing, unreadable or no RSA private key, and PassphraseError
    where it is encrypted and the pass phrase is missing or wrong. No error names the path.
    """
    if profile.key_content is not None:
        pem = profile.key_content.value.encode()
    elif profile.key_file is not None:
        pem = read_file(profile.key_file.value, f"key_file of profile {profile.name}")
    else:
        raise KeyFileError(
            f"Profile {profile.name} names no key.",
            remedy="Add key_file= with the path of the API key's private half.",
        )
    pass_phrase = profile.pass_phrase.value if profile.pass_phrase else None
    return load_key(pem, pass_phrase, profile.name)


def read_file(path: str, what: str) -> bytes:
    """A file's bytes. Raises KeyFileError, which says `what` it is and not where it is."""
    try:
        return Path(path).expanduser().read_bytes()
    except (OSError, RuntimeError) as error:
        why = error.strerror if isinstance(error, OSError) else "no home directory"
    # Raised out here, so that the error which names the path is not its context.
    raise KeyFileError(
        f"The {what} can't be read: {why}.",
        remedy="Check the path in the configuration and the file's permissions.",
    )


def load_key(pem: bytes, pass_phrase: str | None, profile: str) -> RSAPrivateKey:
    """An RSA private key from PEM bytes; the errors are those of `read_key`."""
    try:
        key = _load(pem, pass_phrase)
    except TypeError:
        if pass_phrase is None:
            raise PassphraseError(
                f"The key of profile {profile} is encrypted, and no pass phrase is known.",
                remedy="Add pass_phrase= to the profile.",
            ) from None
        # [DEFAULT] lends its pass phrase to profiles whose key needs none.
        return load_key(pem, None, profile)
    except (ValueError, UnsupportedAlgorithm):
        raise _explain(pem, pass_phrase, profile) from None
    if not isinstance(key, RSAPrivateKey):
        raise KeyFileError(
            f"The key of profile {profile} is not an RSA key, and OCI signs with RSA.",
            remedy="Create an API key in the Console and use its private half.",
        )
    return key


def fingerprint(key: RSAPrivateKey) -> str:
    """The key's fingerprint as OCI writes it: the MD5 of its public half, in hex with colons."""
    der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    digest = hashlib.md5(der, usedforsecurity=False).hexdigest()
    return ":".join(digest[i : i + 2] for i in range(0, len(digest), 2))


def check_fingerprint(profile: Profile, key: RSAPrivateKey) -> None:
    """Raise FingerprintMismatchError where the profile's fingerprint is not its key's."""
    if profile.fingerprint is None:
        raise ConfigError(
            f"Profile {profile.name} has no fingerprint.",
            remedy=f"Add fingerprint={fingerprint(key)}, which is that of its key.",
        )
    stated = profile.fingerprint.value.lower()
    if stated != fingerprint(key):
        raise FingerprintMismatchError(
            f"Profile {profile.name} states the fingerprint {stated}, "
            f"but its key has {fingerprint(key)}.",
            remedy="Put the key's fingerprint into the profile, or name the key that fits it.",
        )


def _load(pem: bytes, pass_phrase: str | None) -> object:
    # Without OpenSSL's consistency check, which costs 40 ms a key: the key is the person's own,
    # its public half is checked against the fingerprint, and a damaged one earns a 401.
    secret = pass_phrase.encode() if pass_phrase is not None else None
    return load_pem_private_key(pem, secret, unsafe_skip_rsa_key_validation=True)


def _explain(pem: bytes, pass_phrase: str | None, profile: str) -> KeyFileError:
    try:
        load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm):
        pass
    else:
        return KeyFileError(
            f"The key of profile {profile} is a public key.",
            remedy="Name its private half in key_file=.",
        )
    if b"ENCRYPTED" in pem and pass_phrase is not None:
        return PassphraseError(
            f"The pass phrase of profile {profile} does not open its key.",
            remedy="Mend pass_phrase= in the profile.",
        )
    return KeyFileError(
        f"The key of profile {profile} is not a private key in PEM form.",
        remedy="It begins with -----BEGIN PRIVATE KEY----- or -----BEGIN RSA PRIVATE KEY-----.",
    )
