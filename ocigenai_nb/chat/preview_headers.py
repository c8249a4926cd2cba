"""The headers that a request would carry, without what only sending it makes.

Sources: what `transports.pool` sets and `core.signing` signs; a test compares the names with those
that arrive at the emulator.
"""

from __future__ import annotations

from dataclasses import dataclass

from ocigenai_nb.core.routing import Settings, TransportName
from ocigenai_nb.core.signing import SIGNED_HEADERS, split_url
from ocigenai_nb.transports.credentials import BearerCredentials

REDACTED = "redacted"
_WHEN_SENT = "made when it is sent"
_OF_BODY = "computed from the body's bytes"


@dataclass(frozen=True, slots=True)
class Header:
    """One header: its name, what it would hold, why it is there, and whether it is signed.

    `known` is False where `value` is a description: a secret, or what only sending makes.
    """

    name: str
    value: str
    why: str
    signed: bool
    known: bool = True


def list_headers(transport: TransportName, url: str, settings: Settings) -> tuple[Header, ...]:
    """The headers of a POST to `url`, in the order of their importance."""
    bearer = settings.auth.value == BearerCredentials.kind
    host, _ = split_url(url)
    given = [*_authorization(bearer=bearer), *_account(transport, settings), *_content(transport)]
    sent = [("host", host, "where it goes", True), *given, *_agent(transport)]
    return tuple(
        Header(name, value, why, not bearer and name in SIGNED_HEADERS, known)
        for name, value, why, known in sent
    )


_Row = tuple[str, str, str, bool]


def _authorization(*, bearer: bool) -> list[_Row]:
    if bearer:
        why = "the Generative AI API key, as a bearer token"
        return [("authorization", f"Bearer {REDACTED}", why, False)]
    covered = " ".join(SIGNED_HEADERS)
    signature = (
        f'Signature algorithm="rsa-sha256",headers="{covered}",keyId="{REDACTED}",'
        f'signature="{REDACTED}",version="1"'
    )
    return [
        ("authorization", signature, "the signature over the signed headers", False),
        ("date", _WHEN_SENT, "each attempt is signed with a date of its own", False),
        ("x-content-sha256", _OF_BODY, "what binds the body to the signature", False),
    ]


def _account(transport: TransportName, settings: Settings) -> list[_Row]:
    """Whom it counts to; the native API is told in the body."""
    if transport == "sdk":
        return []
    compartment = settings.compartment
    rows = [
        (name, compartment.value, compartment.source, True)
        for name in ("opc-compartment-id", "compartmentid")
    ]
    if settings.project is not None:
        rows.append(("openai-project", settings.project.value, settings.project.source, True))
    return rows


def _content(transport: TransportName) -> list[_Row]:
    accept = "application/json, text/event-stream" if transport == "sdk" else "application/json"
    return [
        ("content-type", "application/json", "what the body is", True),
        ("content-length", _OF_BODY, "how long the body is", False),
        ("accept", accept, "what the answer may be", True),
        ("accept-encoding", "gzip, deflate", "zstd could not be read as it streams", True),
    ]


def _agent(transport: TransportName) -> list[_Row]:
    """What the libraries say of themselves."""
    rows = [
        ("user-agent", "the library's name and version", "from the library that sends", False),
        ("connection", "keep-alive", "the connection is used again", True),
    ]
    if transport != "sdk":
        described = "the openai SDK's version, Python and system"
        rows.append(("x-stainless-*", described, "the openai SDK describes itself", False))
    return rows
