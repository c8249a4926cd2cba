"""Who signs: credentials put the authorization on a request, and renew themselves.

`ready()` is awaited before each attempt, so it is cheap while nothing is about to expire. After a
401 `renew()` looks for something newer. Both renew in one place for everybody who waits, and
leave the I/O loop free while they do.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NoReturn, Protocol

from ocigenai_nb.core.errors import ConfigError, UsageError
from ocigenai_nb.core.profiles import Profile
from ocigenai_nb.core.signing import SigningKey, sign
from ocigenai_nb.core.sourced import Sourced

from .keys import check_fingerprint, read_key

# Seconds before its end at which a token counts as expired, as in Oracle's own SDK.
JITTER = 60.0


class Credentials(Protocol):
    """What a signed client needs of an identity. `kind` is its name as in `auth_type=`.

    `generation` counts the keys that there have been, so that a request knows which it had.
    """

    kind: str
    generation: int

    async def ready(self) -> None:
        """Make sure that there is something to sign with. Raises ConfigError where there isn't."""

    def authorize(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, date: datetime
    ) -> dict[str, str]:
        """The headers to set on a request, `authorization` among them."""

    async def renew(self, refused: int) -> bool:
        """After a 401 with the key of generation `refused`: whether there is another to try."""


class Unpicklable:
    """What holds a key. Keys stay in their process, so it can't be pickled; nor copied, therefore.

    Pickling or copying one raises UsageError.
    """

    __slots__ = ()

    def __reduce__(self) -> NoReturn:
        raise UsageError(
            f"{type(self).__name__} holds a key, so it can't be pickled or copied.",
            remedy="Send the names (profile, region, model) and make it anew from them there.",
        )


class KeyedCredentials(Unpicklable, ABC):
    """Credentials that sign with a key which may change. `now` is in seconds since 1970."""

    kind: str

    def __init__(self, *, now: Callable[[], float] = time.time) -> None:
        self.generation = 0
        self._now = now
        self._key: SigningKey | None = None
        self._expires: float | None = None
        self._locks: dict[int, asyncio.Lock] = {}  # by process: each has its own event loop

    async def ready(self) -> None:
        """Load or renew the key where it is time to; once for everybody who waits."""
        if self._is_due():
            async with self._lock():
                if self._is_due():
                    await self._load()

    def authorize(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, date: datetime
    ) -> dict[str, str]:
        """Sign the request with the key in force."""
        if self._key is None:
            raise ConfigError("There is no key to sign with yet.")
        return sign(self._key, method, url, headers, body, date)

    async def renew(self, refused: int) -> bool:
        """Load again, unless somebody did since; whether the key is another one."""
        async with self._lock():
            if self.generation == refused:
                await self._load_again()
            return self.generation != refused

    def _is_due(self) -> bool:
        return self._key is None or self._is_expiring()

    def _is_expiring(self) -> bool:
        return self._expires is not None and self._now() >= self._expires - JITTER

    def _adopt(self, key: SigningKey, expires: float | None) -> None:
        """Sign with `key` from now on."""
        if self._key is None or key.key_id != self._key.key_id:
            self.generation += 1
        self._key, self._expires = key, expires

    def _lock(self) -> asyncio.Lock:
        return self._locks.setdefault(os.getpid(), asyncio.Lock())

    @abstractmethod
    async def _load(self) -> None:
        """Find a key that is good now, and adopt it. Raises ConfigError where there is none."""

    @abstractmethod
    async def _load_again(self) -> None:
        """Find another key than the one that was refused, and adopt it if there is one."""


class ApiKeyCredentials(KeyedCredentials):
    """An API key of a user, from a profile."""

    kind = "api_key"

    def __init__(self, profile: Profile) -> None:
        super().__init__()
        self._profile = profile

    async def _load(self) -> None:
        """Read the key, once. Its fingerprint is checked before anything is sent."""
        tenancy = needed(self._profile, "tenancy", self._profile.tenancy)
        user = needed(self._profile, "user", self._profile.user)
        private_key = read_key(self._profile)
        check_fingerprint(self._profile, private_key)
        stated = needed(self._profile, "fingerprint", self._profile.fingerprint)
        self._adopt(SigningKey(f"{tenancy}/{user}/{stated.lower()}", private_key), None)

    async def _load_again(self) -> None:
        """An API key does not expire, so there is no other."""


class BearerCredentials(Unpicklable):
    """A Generative AI API key, sent as it is. Source: Oracle's "Generative AI API keys" page."""

    kind = "genai_api_key"
    generation = 1

    def __init__(self, api_key: str) -> None:
        self._api_key = api_key

    async def ready(self) -> None:
        """There is nothing to get ready."""

    def authorize(
        self,
        method: str,  # noqa: ARG002 (a bearer signs nothing of the request)
        url: str,  # noqa: ARG002
        headers: Mapping[str, str],  # noqa: ARG002
        body: bytes,  # noqa: ARG002
        date: datetime,  # noqa: ARG002
    ) -> dict[str, str]:
        """The key as a bearer token."""
        return {"authorization": f"Bearer {self._api_key}"}

    async def renew(self, refused: int) -> bool:  # noqa: ARG002
        """There is no other key."""
        return False


def token_expiry(token: str) -> float | None:
    """When a JWT ends, in seconds since 1970; None where it does not say so."""
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return float(claims["exp"])
    except (IndexError, KeyError, TypeError, ValueError):
        return None


def needed(profile: Profile, key: str, value: Sourced[str] | None) -> str:
    """The value of a key that a profile has to have. Raises ConfigError, which names it."""
    if value is None:
        raise ConfigError(
            f"Profile {profile.name} has no {key}.",
            remedy=f"Add {key}= to the profile, as the Console shows it.",
        )
    return value.value
