"""Session tokens: what `oci session authenticate` wrote, read again and refreshed.

The refresh is that of `oci session refresh` (read in oci-cli 3.95): POST the current token to
`/v1/authentication/refresh`, signed with itself; the answer is a token for the same key, which is
written back to the profile's file.
"""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ocigenai_nb.core.errors import KeyFileError, SessionExpiredError
from ocigenai_nb.core.profiles import Profile
from ocigenai_nb.core.signing import SigningKey, sign

from .credentials import JITTER, KeyedCredentials, needed, token_expiry
from .keys import read_file, read_key

REFRESH_PATH = "/v1/authentication/refresh"
# Seconds before its end at which a token is refreshed: a session lasts an hour at most, and can
# be refreshed only while it is good.
REFRESH_AHEAD = 300.0
_TIMEOUT = 10.0


class SessionTokenCredentials(KeyedCredentials):
    """A session token of a profile. `auth_endpoint` is the root of the service that refreshes it.

    Raises SessionExpiredError from `ready` when the token is past its end and can't be renewed.
    """

    kind = "security_token"

    def __init__(
        self, profile: Profile, auth_endpoint: str, *, now: Callable[[], float] = time.time
    ) -> None:
        super().__init__(now=now)
        self._profile = profile
        self._auth_endpoint = auth_endpoint
        self._stamp: tuple[int, int] | None = None
        self._refreshed_from: str | None = None

    def _is_due(self) -> bool:
        return self._key is None or self._left() <= REFRESH_AHEAD or self._look() != self._stamp

    async def _load(self) -> None:
        self._read()
        if self._left() <= REFRESH_AHEAD:
            await self._refresh()
        if self._left() <= 0:
            raise self._unusable("has expired")

    async def _load_again(self) -> None:
        refused = self._key
        self._read()
        if self._key is not None and refused is not None and self._key.key_id == refused.key_id:
            await self._refresh()
        if self._left() <= 0:
            raise self._unusable("has expired")

    def _left(self) -> float:
        """Seconds until its end, as far as it says."""
        return JITTER + REFRESH_AHEAD + 1 if self._expires is None else self._expires - self._now()

    def _look(self) -> tuple[int, int]:
        with suppress(OSError, RuntimeError):
            found = self._path().stat()
            return found.st_mtime_ns, found.st_size
        # Out here, as below: the error that names the path or the token must not be its context.
        raise self._unusable("can't be read")

    def _read(self) -> None:
        stamp, token = self._look(), None
        with suppress(KeyFileError, UnicodeDecodeError):
            token = read_file(str(self._path()), "security token").decode("ascii").strip()
        if not token:
            raise self._unusable("can't be read" if token is None else "is empty")
        # A new session comes with a new key, so both are read anew.
        self._adopt(SigningKey(f"ST${token}", read_key(self._profile)), token_expiry(token))
        self._stamp = stamp

    async def _refresh(self) -> None:
        """Ask the service for a newer token; once for each token, since a refusal stands."""
        key = self._key
        if key is None or key.key_id == self._refreshed_from or self._left() <= 0:
            return
        self._refreshed_from = key.key_id
        date = datetime.fromtimestamp(self._now(), UTC)
        token = await asyncio.to_thread(_ask, self._auth_endpoint, key, date)
        if token:
            self._adopt(SigningKey(f"ST${token}", key.private_key), token_expiry(token))
            self._write(token)

    def _write(self, token: str) -> None:
        """Keep the new token for other programs, whole or not at all; in vain is no harm."""
        path = self._path()
        with suppress(OSError):
            handle, name = tempfile.mkstemp(dir=path.parent)  # readable by the person alone
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(token)
            Path(name).replace(path)
            self._stamp = self._look()

    def _path(self) -> Path:
        named = needed(self._profile, "security_token_file", self._profile.security_token_file)
        return Path(named).expanduser()

    def _unusable(self, why: str) -> SessionExpiredError:
        name = self._profile.name
        return SessionExpiredError(
            f"The session token of profile {name} {why}.",
            remedy=f"Run `oci session authenticate --profile-name {name}` and send it again.",
        )


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A token is never sent on to another address."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _ask(endpoint: str, key: SigningKey, date: datetime) -> str | None:
    """The newer token; None where the service gives none."""
    url = endpoint + REFRESH_PATH
    body = json.dumps({"currentToken": key.key_id.removeprefix("ST$")}).encode()
    headers = sign(key, "POST", url, {"content-type": "application/json"}, body, date)
    request = urllib.request.Request(url, body, headers, method="POST")  # noqa: S310 (checked root)
    # Plain http goes to loopback only, which no proxy of the environment can reach.
    direct = [urllib.request.ProxyHandler({})] if url.startswith("http://") else []
    opener = urllib.request.build_opener(_NoRedirect, *direct)
    failures = (urllib.error.URLError, OSError, ValueError, KeyError, TypeError)
    with suppress(*failures), opener.open(request, timeout=_TIMEOUT) as answer:
        return str(json.loads(answer.read(1 << 20))["token"])
    return None
