"""``Authorization: Bearer``: the one header that names a caller without a signature."""

from __future__ import annotations

from ocigenai_nb.emulator.signatures import WireRequest


def read_bearer(request: WireRequest) -> str | None:
    """Return the token in the header, or ``None`` where there is no such header."""
    for name, value in request.headers:
        scheme, _, token = value.partition(" ")
        if name == "authorization" and scheme.lower() == "bearer":
            return token.strip()
    return None
