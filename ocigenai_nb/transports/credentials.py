"""Who signs: credentials that give `core.signing` a key, and renew it.

`signing_key()` is called for every attempt, so it is cheap when nothing changed. `renew()` is
called after a 401 and says whether there is something new to try.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from ocigenai_nb.core.errors import ConfigError, KeyFileError, SessionExpiredError
from ocigenai_nb.core.profiles import Profile
from ocigenai_nb.core.signing import SigningKey
from ocigenai_nb.core.sourced import Sourced

from .keys import check_fingerprint, read_file, read_key


class Credentials(Protocol):
    """What a signed client needs of an identity."""

    @property
    def kind(self) -> str:
        """Its name as in `auth_type=`."""

    def signing_key(self) -> SigningKey:
        """The key for the next attempt. Raises ConfigError where there is none."""

    def renew(self) -> bool:
        """Look for a newer key; whether there is one."""


class ApiKeyCredentials:
    """An API key of a user, from a profile."""

    kind = "api_key"

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._key: SigningKey | None = None

    def signing_key(self) -> SigningKey:
        """The profile's key, read once. Its fingerprint is checked before anything is sent."""
        if self._key is None:
            tenancy = _needed(self._profile, "tenancy", self._profile.tenancy)
            user = _needed(self._profile, "user", self._profile.user)
            private_key = read_key(self._profile)
            check_fingerprint(self._profile, private_key)
            stated = _needed(self._profile, "fingerprint", self._profile.fingerprint)
            self._key = SigningKey(f"{tenancy}/{user}/{stated.lower()}", private_key)
        return self._key

    def renew(self) -> bool:
        """An API key does not expire."""
        return False


class SessionTokenCredentials:
    """A session token that `oci session authenticate` wrote, read again whenever it changes.

    `now` gives the present moment in seconds since 1970.
    """

    kind = "security_token"

    def __init__(self, profile: Profile, *, now: Callable[[], float] = time.time) -> None:
        self._profile = profile
        self._now = now
        self._key: SigningKey | None = None
        self._expires: float | None = None
        self._stamp: tuple[int, int] | None = None

    def signing_key(self) -> SigningKey:
        """The key for the token that is on disk now. Raises SessionExpiredError past its end."""
        stamp = self._look()
        key = self._key
        if key is None or stamp != self._stamp:
            key = self._read(stamp)
        if self._expires is not None and self._now() >= self._expires:
            raise self._expired("has expired")
        return key

    def renew(self) -> bool:
        """Read the files again; whether the token is another one."""
        before = self._key.key_id if self._key else None
        self._stamp = None
        return self.signing_key().key_id != before

    def _look(self) -> tuple[int, int]:
        with suppress(OSError, RuntimeError):
            found = Path(self._path()).expanduser().stat()
            return found.st_mtime_ns, found.st_size
        # Out here, as below: the error that names the path or the token must not be its context.
        raise self._expired("can't be read")

    def _read(self, stamp: tuple[int, int]) -> SigningKey:
        token = None
        with suppress(KeyFileError, UnicodeDecodeError):
            token = read_file(self._path(), "security token").decode("ascii").strip()
        if not token:
            raise self._expired("can't be read" if token is None else "is empty")
        # A new session comes with a new key, so both are read anew.
        self._key = SigningKey(f"ST${token}", read_key(self._profile))
        self._expires, self._stamp = token_expiry(token), stamp
        return self._key

    def _path(self) -> str:
        return _needed(self._profile, "security_token_file", self._profile.security_token_file)

    def _expired(self, why: str) -> SessionExpiredError:
        name = self._profile.name
        return SessionExpiredError(
            f"The session token of profile {name} {why}.",
            remedy=f"Run `oci session authenticate --profile-name {name}` and send it again.",
        )


def make_credentials(profile: Profile) -> Credentials:
    """The credentials that a profile's own section describes."""
    if profile.auth.value == "security_token":
        return SessionTokenCredentials(profile)
    return ApiKeyCredentials(profile)


def token_expiry(token: str) -> float | None:
    """When a JWT ends, in seconds since 1970; None where it does not say so."""
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return float(claims["exp"])
    except (IndexError, KeyError, TypeError, ValueError):
        return None


def _needed(profile: Profile, key: str, value: Sourced[str] | None) -> str:
    if value is None:
        raise ConfigError(
            f"Profile {profile.name} has no {key}.",
            remedy=f"Add {key}= to the profile, as the Console shows it.",
        )
    return value.value
