"""API keys of the Generative AI service: secrets that go into ``Authorization: Bearer``.

Rules: a key is good in one region, for the OpenAI-compatible API only, until it expires. Source:
Oracle's pages on these keys.

Known deviation: the form of a real secret is not published, beyond its ``sk-``.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from ocigenai_nb.emulator.signatures import RefusedSignatureError


@dataclass(frozen=True, slots=True)
class _Terms:
    region: str
    expires: float | None


class GenAIKeys:
    """The keys of one tenancy."""

    def __init__(self) -> None:
        self._issued: dict[str, _Terms] = {}

    def issue(self, *, region: str, expires: float | None) -> str:
        """Return a new secret; ``expires`` is in seconds since the epoch, ``None``: never."""
        secret = f"sk-{secrets.token_urlsafe(36)}"
        self._issued[secret] = _Terms(region, expires)
        return secret

    def check(self, secret: str, *, region: str, now: float) -> None:
        """Raise ``RefusedSignatureError`` unless ``secret`` is good in ``region``, and now."""
        terms = self._issued.get(secret)
        if terms is None:
            raise RefusedSignatureError("no such GenAI API key")
        if terms.region != region:
            raise RefusedSignatureError(f"the GenAI API key is one of {terms.region}")
        if terms.expires is not None and terms.expires <= now:
            raise RefusedSignatureError("the GenAI API key has expired")
